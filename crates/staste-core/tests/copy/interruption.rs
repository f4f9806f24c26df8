//! A copy that is interrupted anywhere resumes when it is run again, and batches that arrive late change nothing.

use std::ops::ControlFlow;

use std::sync::Arc;

use staste_core::store::Batch;
use staste_core::{CopyPhase, Metrica, Staste};
use staste_testkit::{
    CallCounts, CapabilityLimits, CountingStore, Fault, Faults, FaultyStore, LimitedStore, TestEnv,
    TestProcess,
};

use crate::history::History;
use crate::two_stores::{CELLS_PER_BATCH, TwoStores, copy, keep_going};

/// Plays a history whose copy takes several batches.
fn history(seed: u64) -> (TwoStores, Metrica) {
    let stores = TwoStores::new();
    let mut history = History::play(seed, &stores);
    let old = stores.old.staste();
    let metrica = history.metrica(&old);
    for _ in 0..30 {
        history.kick(&metrica);
    }
    old.flush().unwrap();
    (stores, metrica)
}

/// Returns the number of batches of a copy.
fn batches(metrica: &Metrica, to: &TestProcess) -> usize {
    copy(metrica, to).unwrap();
    to.counts.batches().len()
}

#[test]
fn copy_resumes_after_a_fault_at_any_batch() {
    for (seed, faults) in [(3, &[Fault::Unavailable][..]), (8, &[Fault::ReplyLost, Fault::RequestLost])] {
        let (stores, metrica) = history(seed);
        let all = batches(&metrica, &stores.target());
        assert!(all > 6, "{all} batches");
        for fault in faults.iter().copied() {
            for at in 0..all {
                let (stores, metrica) = history(seed);
                let to = stores.target();
                to.faults.schedule_after(at, fault);
                // A batch in doubt is sent again at once; another error ends the copy.
                let outcome = copy(&metrica, &to);
                assert_eq!(outcome.is_ok(), fault != Fault::Unavailable, "{outcome:?}");
                stores.copy("guests").unwrap();
                stores.assert_equal("guests");
            }
        }
    }
}

/// Copies until a batch stays in doubt. Returns the batches that were sent, applied or not.
fn until_in_doubt(stores: &TwoStores, metrica: &Metrica, at: usize, fault: Fault) -> Vec<Batch> {
    let (sent, faults) = (CallCounts::default(), Faults::default());
    faults.schedule(std::iter::repeat_n(Fault::None, at).chain([fault; 4]));
    let limits = CapabilityLimits { cells_per_batch: Some(CELLS_PER_BATCH), ..CapabilityLimits::default() };
    let limited = Arc::new(LimitedStore::new(limits, stores.new.open_store()));
    let store = CountingStore::new(sent.clone(), Arc::new(FaultyStore::new(faults, limited)));
    let to = Staste::with(Arc::new(store), stores.new.clock.clone(), TestEnv::options());
    let outcome = metrica.copy_to(&to).run(&mut keep_going);
    assert!(outcome.unwrap_err().is_in_doubt());
    let mut sent = sent.batches();
    sent.retain(|batch| !batch.parts[0].kicks.is_empty());
    sent
}

#[test]
fn late_batches_of_a_copy_in_doubt_change_nothing() {
    for fault in [Fault::ReplyLost, Fault::RequestLost] {
        for at in 0..9 {
            let (stores, metrica) = history(11);
            let sent = until_in_doubt(&stores, &metrica, at, fault);
            stores.copy("guests").unwrap();
            stores.assert_equal("guests");
            // The late batches arrive.
            let store = stores.new.open_store();
            for batch in sent {
                assert!(store.apply(&batch).unwrap().duplicate);
            }
            stores.assert_equal("guests");
        }
    }
}

#[test]
fn late_batch_during_the_next_copy_is_not_counted_twice() {
    for phase in [CopyPhase::Checking, CopyPhase::Copying] {
        let (stores, metrica) = history(11);
        let sent = until_in_doubt(&stores, &metrica, 8, Fault::RequestLost);
        assert!(sent.len() > 2);
        let mut late = None;
        let outcome = metrica.copy_to(&stores.target().staste).run(&mut |step| {
            if step.phase == phase && late.is_none() {
                late = Some(stores.new.open_store().apply(sent.last().unwrap()).unwrap().duplicate);
            }
            ControlFlow::Continue(())
        });
        outcome.unwrap();
        assert_eq!(late, Some(phase == CopyPhase::Copying));
        stores.assert_equal("guests");
    }
}

#[test]
fn copy_resumes_after_progress_stops_it_at_any_step() {
    let (stores, metrica) = history(11);
    let mut steps = 0;
    let count = |_| {
        steps += 1;
        ControlFlow::Continue(())
    };
    metrica.copy_to(&stores.target().staste).run(&mut { count }).unwrap();
    for stop in 1..steps {
        let (stores, metrica) = history(11);
        let mut taken = 0;
        let copied = metrica.copy_to(&stores.target().staste).run(&mut |_| {
            taken += 1;
            if taken >= stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let first = copied.unwrap();
        let second = stores.copy("guests").unwrap();
        assert_eq!(first.total.raw() + second.total.raw(), metrica.total().unwrap().raw());
        stores.assert_equal("guests");
    }
}

#[test]
fn two_copies_at_once_count_everything_once() {
    let (stores, metrica) = history(11);
    let mut others = 0;
    let copied = metrica.copy_to(&stores.target().staste).run(&mut |step| {
        if step.phase == CopyPhase::Copying && others < 3 {
            others += 1;
            metrica
                .copy_to(&stores.target().staste)
                .run(&mut |step| match step.phase {
                    CopyPhase::Copying if step.done > 4 => ControlFlow::Break(()),
                    _ => keep_going(step),
                })
                .unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(copied.unwrap().since.is_none());
    stores.assert_equal("guests");
}
