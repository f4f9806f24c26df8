//! A copy that ends early anywhere goes on when it is run again, and what arrives late changes nothing.

use std::ops::ControlFlow;

use std::sync::Arc;

use staste_core::store::Batch;
use staste_core::{CopyPhase, Metrica, Staste};
use staste_testkit::{
    CallCounts, CapabilityLimits, CountingStore, Fault, Faults, FaultyStore, LimitedStore, TestEnv,
    TestProcess,
};

use crate::history::History;
use crate::places::{FEW, Places, copy, go_on};

/// Some history that takes several batches.
fn history(seed: u64) -> (Places, Metrica) {
    let places = Places::new();
    let mut history = History::play(seed, &places);
    let old = places.old.staste();
    let metrica = history.metrica(&old);
    for _ in 0..30 {
        history.kick(&metrica);
    }
    old.flush().unwrap();
    (places, metrica)
}

/// How many batches a copy takes.
fn batches(metrica: &Metrica, to: &TestProcess) -> usize {
    copy(metrica, to).unwrap();
    to.counts.batches().len()
}

#[test]
fn after_every_batch_and_every_fault() {
    for (seed, faults) in [(3, &[Fault::Unavailable][..]), (8, &[Fault::ReplyLost, Fault::RequestLost])] {
        let (places, metrica) = history(seed);
        let all = batches(&metrica, &places.target());
        assert!(all > 6, "{all} batches");
        for fault in faults.iter().copied() {
            for at in 0..all {
                let (places, metrica) = history(seed);
                let to = places.target();
                to.faults.schedule_after(at, fault);
                // What is in doubt is sent again at once; a refusal ends the copy.
                let outcome = copy(&metrica, &to);
                assert_eq!(outcome.is_ok(), fault != Fault::Unavailable, "{outcome:?}");
                places.copy("guests").unwrap();
                places.check_same("guests");
            }
        }
    }
}

/// Copies until a batch is in doubt for good; what was sent, whether it arrived or not.
fn until_in_doubt(places: &Places, metrica: &Metrica, at: usize, fault: Fault) -> Vec<Batch> {
    let (sent, faults) = (CallCounts::default(), Faults::default());
    faults.schedule(std::iter::repeat_n(Fault::None, at).chain([fault; 4]));
    let limits = CapabilityLimits { cells_per_batch: Some(FEW), ..CapabilityLimits::default() };
    let limited = Arc::new(LimitedStore::new(limits, places.new.open_store()));
    let store = CountingStore::new(sent.clone(), Arc::new(FaultyStore::new(faults, limited)));
    let to = Staste::with(Arc::new(store), places.new.clock.clone(), TestEnv::options());
    let outcome = metrica.copy_to(&to).run(&mut go_on);
    assert!(outcome.unwrap_err().is_in_doubt());
    let mut sent = sent.batches();
    sent.retain(|batch| !batch.parts[0].kicks.is_empty());
    sent
}

#[test]
fn in_doubt_to_the_end() {
    for fault in [Fault::ReplyLost, Fault::RequestLost] {
        for at in 0..9 {
            let (places, metrica) = history(11);
            let sent = until_in_doubt(&places, &metrica, at, fault);
            places.copy("guests").unwrap();
            places.check_same("guests");
            // What was on its way all that time arrives at last.
            let store = places.new.open_store();
            for batch in sent {
                assert!(store.apply(&batch).unwrap().duplicate);
            }
            places.check_same("guests");
        }
    }
}

#[test]
fn what_arrives_while_the_copy_goes_on_is_not_copied_again() {
    for phase in [CopyPhase::Looking, CopyPhase::Copying] {
        let (places, metrica) = history(11);
        let sent = until_in_doubt(&places, &metrica, 8, Fault::RequestLost);
        assert!(sent.len() > 2);
        let mut late = None;
        let outcome = metrica.copy_to(&places.target().staste).run(&mut |step| {
            if step.phase == phase && late.is_none() {
                late = Some(places.new.open_store().apply(sent.last().unwrap()).unwrap().duplicate);
            }
            ControlFlow::Continue(())
        });
        outcome.unwrap();
        assert_eq!(late, Some(phase == CopyPhase::Copying));
        places.check_same("guests");
    }
}

#[test]
fn told_to_stop_after_every_step() {
    let (places, metrica) = history(11);
    let mut steps = 0;
    let count = |_| {
        steps += 1;
        ControlFlow::Continue(())
    };
    metrica.copy_to(&places.target().staste).run(&mut { count }).unwrap();
    for stop in 1..steps {
        let (places, metrica) = history(11);
        let mut taken = 0;
        let copied = metrica.copy_to(&places.target().staste).run(&mut |_| {
            taken += 1;
            if taken >= stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let first = copied.unwrap();
        let second = places.copy("guests").unwrap();
        assert_eq!(first.total.raw() + second.total.raw(), metrica.total().unwrap().raw());
        places.check_same("guests");
    }
}

#[test]
fn two_copies_at_once() {
    let (places, metrica) = history(11);
    let mut others = 0;
    let copied = metrica.copy_to(&places.target().staste).run(&mut |step| {
        if step.phase == CopyPhase::Copying && others < 3 {
            others += 1;
            metrica
                .copy_to(&places.target().staste)
                .run(&mut |step| match step.phase {
                    CopyPhase::Copying if step.done > 4 => ControlFlow::Break(()),
                    _ => go_on(step),
                })
                .unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(copied.unwrap().since.is_none());
    places.check_same("guests");
}
