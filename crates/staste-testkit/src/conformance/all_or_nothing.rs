//! Point 3: a kick is in all its cells or in none, whatever fault the flush meets.

use staste_core::{Axis, Moment};

use crate::batch_cells::{cells_of, kicks_of};
use crate::guests::{guests, verify};
use crate::model::{ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;
use crate::wrappers::{CapabilityLimits, Fault};

claims! { all_or_nothing:
    point_03_flush_faults_lose_no_kick_and_split_none,
    point_03_large_flush_is_split_between_whole_kicks,
    point_03_store_of_one_metrica_per_batch_gets_one_per_batch,
    point_03_kick_adds_to_exactly_the_planned_cells,
    point_03_path_counts_once_at_each_prefix,
}

/// With faults before and after each batch is applied, all cells agree and no kick is lost.
fn point_03_flush_faults_lose_no_kick_and_split_none(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let mut pair = MetricaWithModel::guests(&process.staste, "UTC");
    let mut rng = Rng::new(5);
    let faults = [Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost, Fault::None, Fault::Slow(1000)];
    for round in 0..20 {
        pair.kick_randomly(&mut rng, 6, 86_400);
        process.faults.schedule([rng.choose(&faults), rng.choose(&faults)]);
        let _ = process.staste.flush();
        let _ = process.staste.flush();
        process.faults.clear();
        pair.verify();
        pair.compare().read(&ModelQuery::new(ModelSpan::Ever));
        assert_eq!(process.staste.health().committed, 6 * (round + 1));
    }
    pair.check(&ModelQuery::new(ModelSpan::Ever));
}

/// A flush larger than one transaction is sent as several batches of whole kicks. If one fails, those before it are
/// kept and the rest is sent by the next flush.
fn point_03_large_flush_is_split_between_whole_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let limits = CapabilityLimits { cells_per_batch: Some(100), ..CapabilityLimits::default() };
    let process = env.process_with(TestEnv::options(), limits);
    let metrica = guests(&process.staste).averaged().build().unwrap();
    for age in 0..50 {
        metrica.kick_with([("age", age)], 1, Moment::Instant(NOW - age * 60)).unwrap();
    }
    process.faults.schedule_after(2, Fault::Unavailable);
    assert!(process.staste.flush().unwrap_err().is_unavailable());
    let batches = process.counts.batches();
    assert_eq!(batches.len(), 2);
    let sent: u64 = batches.iter().map(kicks_of).sum();
    assert!((1..50).contains(&sent), "{sent}");
    let elsewhere = env.staste().stored_metrica("guests").unwrap();
    assert_eq!(elsewhere.values().count().unwrap(), i128::from(sent));
    verify(&elsewhere);
    process.staste.flush().unwrap();
    assert_eq!(elsewhere.values().count().unwrap(), 50);
    for batch in process.counts.batches() {
        // The estimated number of cells of a batch can be as low as a third of the real one.
        assert!(cells_of(&batch) <= 3 * 100 + 3 * 6, "{} cells", cells_of(&batch));
    }
    verify(&elsewhere);
}

/// A Store that takes one Metrica per batch gets one per batch.
fn point_03_store_of_one_metrica_per_batch_gets_one_per_batch(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let limits = CapabilityLimits { one_metrica_per_batch: true, ..CapabilityLimits::default() };
    let process = env.process_with(TestEnv::options(), limits);
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

/// A kick adds to the cells of its plan and to no others: for each kept scale, 2 to the power of the number of axes (or
/// pairs and the full point).
fn point_03_kick_adds_to_exactly_the_planned_cells(factory: Factory<'_>) {
    for (axes, planned) in [(0, 1), (1, 2), (2, 4), (5, 32), (6, 23)] {
        let env = TestEnv::new(factory);
        let process = env.process();
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

/// A path counts once at each of its prefixes.
fn point_03_path_counts_once_at_each_prefix(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "UTC");
    for door in [&["east", "1", "left"][..], &["east", "1"], &["east"], &["west", "1"]] {
        pair.kick(&[("door", ModelChoice::path(door))], 1, NOW);
    }
    for (door, count) in
        [(&["east"][..], 3), (&["east", "1"], 2), (&["east", "1", "left"], 1), (&["north"], 0)]
    {
        let view = pair.metrica.filter([("door", door)]).unwrap();
        assert_eq!(view.count().unwrap(), count, "{door:?}");
        pair.check(&ModelQuery::new(ModelSpan::Ever).filter("door", ModelChoice::path(door)));
    }
    pair.verify();
}
