//! Point 3: a kick is in all its cells or in none, whatever happens to the flush.

use staste_core::{Axis, Moment};

use crate::model::{Ask, Pick, Span};
use crate::{Dice, Factory, Fault, Lab, Limits, NOW, Twin, cells_of, guests, kicks_of};

/// Faults before and after the act at every flush: every sum stays a sum and no kick is lost.
pub fn point_03_atomic_under_faults(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let mut twin = Twin::guests(&process.staste, "UTC");
    let mut dice = Dice::new(5);
    let faults = [Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost, Fault::None, Fault::Slow(1000)];
    for round in 0..20 {
        twin.kick_randomly(&mut dice, 6, 86_400);
        process.faults.next([dice.pick(&faults), dice.pick(&faults)]);
        let _ = process.staste.flush();
        let _ = process.staste.flush();
        process.faults.clear();
        twin.verify();
        twin.compare().read(&Ask::of(Span::Ever));
        assert_eq!(process.staste.health().committed, 6 * (round + 1));
    }
    twin.check(&Ask::of(Span::Ever));
}

/// A flush larger than one transaction is sent in chunks of whole kicks; when one fails, those before
/// it stay and those after it follow later.
pub fn point_03_atomic_chunks_of_whole_kicks(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let limits = Limits { cells_per_batch: Some(100), ..Limits::default() };
    let process = lab.process_with(Lab::options(), limits);
    let metrica = guests(&process.staste).averaged().build().unwrap();
    for age in 0..50 {
        metrica.kick_with([("age", age)], 1, Moment::Instant(NOW - age * 60)).unwrap();
    }
    process.faults.after(2, Fault::Unavailable);
    assert!(process.staste.flush().unwrap_err().is_unavailable());
    let batches = process.counts.batches();
    assert_eq!(batches.len(), 2);
    let sent: u64 = batches.iter().map(kicks_of).sum();
    assert!((1..50).contains(&sent), "{sent}");
    let elsewhere = lab.staste().known("guests").unwrap();
    assert_eq!(elsewhere.values().count().unwrap(), i128::from(sent));
    crate::verify(&elsewhere);
    process.staste.flush().unwrap();
    assert_eq!(elsewhere.values().count().unwrap(), 50);
    for batch in process.counts.batches() {
        // How many cells a batch has is estimated, at worst as a third of what they are.
        assert!(cells_of(&batch) <= 3 * 100 + 3 * 6, "{} cells", cells_of(&batch));
    }
    crate::verify(&elsewhere);
}

/// A Store that takes one Metrica a batch gets one.
pub fn point_03_atomic_one_metrica_a_batch(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let limits = Limits { one_metrica_per_batch: true, ..Limits::default() };
    let process = lab.process_with(Lab::options(), limits);
    let metricas =
        ["a", "b", "c"].map(|name| process.staste.metrica(name).axis("x", Axis::stored()).build().unwrap());
    for x in 0..3 {
        for metrica in &metricas {
            metrica.kick([("x", x)]).unwrap();
        }
    }
    process.staste.flush().unwrap();
    assert!(process.counts.batches().iter().all(|batch| batch.parts.len() == 1));
    for metrica in &metricas {
        assert_eq!(metrica.total().unwrap(), 3);
    }
}

/// A kick bumps the cells of its plan and no others: two to the power of the axes, per scale kept.
pub fn point_03_atomic_kicks_bump_what_is_planned(factory: Factory<'_>) {
    for (axes, planned) in [(0, 1), (1, 2), (2, 4), (5, 32), (6, 23)] {
        let lab = Lab::new(factory);
        let process = lab.process();
        let names: Vec<String> = (0..axes).map(|axis| format!("axis{axis}")).collect();
        let builder = names
            .iter()
            .fold(process.staste.metrica("m"), |builder, name| builder.axis(name, Axis::stored()));
        let metrica = builder.build().unwrap();
        metrica.kick(names.iter().map(|name| (name, "x"))).unwrap();
        assert_eq!(metrica.total().unwrap(), 1);
        let batches = process.counts.batches();
        assert_eq!(batches.len(), 1);
        assert_eq!(cells_of(&batches[0]), planned * 6, "{axes} axes");
        let size = process.staste.size("m").unwrap();
        assert_eq!(size.scales, [(1, planned as u64); 6], "{axes} axes");
    }
}

/// A path counts at each of its prefixes, once.
pub fn point_03_atomic_paths_count_at_every_prefix(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "UTC");
    let path = |components: &[&str]| [("door", Pick::path(components))];
    for place in [&["east", "1", "left"][..], &["east", "1"], &["east"], &["west", "1"]] {
        twin.kick(&path(place), 1, NOW);
    }
    for (place, count) in
        [(&["east"][..], 3), (&["east", "1"], 2), (&["east", "1", "left"], 1), (&["north"], 0)]
    {
        let view = twin.metrica.filter([("door", place)]).unwrap();
        assert_eq!(view.count().unwrap(), count, "{place:?}");
        let mut ask = Ask::of(Span::Ever);
        ask.filter.push(("door".to_owned(), Pick::path(place)));
        twin.check(&ask);
    }
    twin.verify();
}
