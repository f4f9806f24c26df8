//! Point 14: a forked child never commits the pending kicks of its parent, and counts its own.
//!
//! These claims are in a test file of their own and run one after the other, because each forks the test process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fork::Fork;
use staste_core::{RecorderOptions, Staste};

use crate::guests::{guests_by_age, verify};
use crate::stop_on_drop::StopOnDrop;
use crate::store_location::Factory;
use crate::test_env::TestEnv;

/// Makes a test of the claims about forks, for the Store whose locations the factory creates.
#[macro_export]
macro_rules! fork_conformance {
    ($factory:expr) => {
        #[test]
        fn point_14_forked_processes_count_their_own_kicks_once() {
            $crate::fork_conformance::child_does_not_commit_kicks_of_its_parent(&$factory);
            $crate::fork_conformance::child_and_parent_both_count(&$factory);
            $crate::fork_conformance::grandchild_counts(&$factory);
            $crate::fork_conformance::fork_during_kicks_queries_and_flushes_counts_once(&$factory);
        }
    };
}

/// Returns true if a parent sees what its child commits.
fn is_shared(env: &TestEnv) -> bool {
    env.open_store().capabilities().durable
}

/// Returns the total that a new process sees.
fn committed(env: &TestEnv) -> i128 {
    guests_by_age(&env.staste()).total().unwrap().raw()
}

/// Runs `work` in a forked child and waits for it to succeed.
fn in_child(work: impl FnOnce()) {
    match fork::fork().unwrap() {
        Fork::Child => {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            exit(i32::from(outcome.is_err()));
        }
        Fork::Parent(child) => assert_eq!(fork::waitpid(child).unwrap(), 0, "the child failed"),
    }
}

/// A child that drops, closes or flushes handles commits none of the pending kicks of its parent.
pub fn child_does_not_commit_kicks_of_its_parent(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    let bound = metrica.bind([("age", 2)]).unwrap();
    metrica.kick([("age", 1)]).unwrap();
    bound.kick().unwrap();
    in_child(|| drop((staste.clone(), guests_by_age(&staste))));
    in_child(|| staste.close().unwrap());
    in_child(|| {
        staste.flush().unwrap();
        assert_eq!(staste.health().committed, 0);
        assert_eq!(staste.health().pending_bytes, 0);
    });
    assert_eq!(committed(&env), 0);
    assert_eq!(metrica.total().unwrap(), 2);
}

/// Parent and child count their kicks once, although the connections were open before the fork.
pub fn child_and_parent_both_count(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    metrica.kick([("age", 0)]).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
    let bound = metrica.bind([("age", 1)]).unwrap();
    bound.kick().unwrap();
    for _ in 0..10 {
        metrica.kick([("age", 2)]).unwrap();
        in_child(|| {
            for _ in 0..5 {
                metrica.kick([("age", 3)]).unwrap();
                bound.kick().unwrap();
            }
            assert!(metrica.filter([("age", 3)]).unwrap().total().unwrap().raw() >= 5);
            staste.close().unwrap();
        });
        let _ = metrica.values().iterate("age").unwrap();
    }
    let children = if is_shared(&env) { 10 * 10 } else { 0 };
    assert_eq!(metrica.total().unwrap(), 2 + 10 + children);
    verify(&metrica);
}

/// A child of a child counts its kicks too.
pub fn grandchild_counts(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    metrica.kick([("age", 1)]).unwrap();
    in_child(|| {
        metrica.kick([("age", 2)]).unwrap();
        in_child(|| {
            metrica.kick([("age", 3)]).unwrap();
            staste.close().unwrap();
        });
        staste.close().unwrap();
    });
    assert_eq!(metrica.total().unwrap(), if is_shared(&env) { 3 } else { 1 });
}

/// Forks while other threads flush, kick and query: no child hangs, and each kick is counted once.
pub fn fork_during_kicks_queries_and_flushes_counts_once(factory: Factory<'_>) {
    const CHILDREN: i128 = 25;
    let env = TestEnv::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_millis(1)));
    // The Store is not wrapped: a fork could happen while another thread holds a lock of a wrapper.
    let staste = Staste::with(env.open_store(), env.clock.clone(), options);
    let metrica = guests_by_age(&staste);
    metrica.define().unwrap();
    let done = AtomicBool::new(false);
    let kicked: i128 = std::thread::scope(|scope| {
        let kicker = scope.spawn(|| {
            let mut kicked: i128 = 0;
            while !done.load(Ordering::Relaxed) {
                metrica.kick([("age", i64::try_from(kicked % 100).unwrap())]).unwrap();
                kicked += 1;
            }
            kicked
        });
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                metrica.total().unwrap();
            }
        });
        // Also stops the other threads if this one panics.
        let stop = StopOnDrop(&done);
        for _ in 0..CHILDREN {
            in_child(|| {
                for age in 0..7 {
                    metrica.kick([("age", age)]).unwrap();
                }
                assert!(metrica.total().unwrap().raw() >= 7);
                staste.close().unwrap();
            });
        }
        drop(stop);
        kicker.join().unwrap()
    });
    let children = if is_shared(&env) { 7 * CHILDREN } else { 0 };
    assert_eq!(metrica.total().unwrap(), kicked + children);
    verify(&metrica);
}
