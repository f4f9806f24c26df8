//! Point 14: a forked child leaks what was its parent's and counts for itself.
//!
//! In a test file of their own, run one after the other: each forks the test process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fork::Fork;
use staste_core::{Axis, Metrica, RecorderOptions, Staste};

use crate::{Factory, Lab, verify};

/// Makes a test of every claim about forks, for the Store whose places the factory makes.
#[macro_export]
macro_rules! fork_conformance {
    ($factory:expr) => {
        #[test]
        fn point_14_forked_children_count_for_themselves() {
            $crate::forked::children_leave_what_is_pending_alone(&$factory);
            $crate::forked::children_count_beside_their_parent(&$factory);
            $crate::forked::grandchildren_count_too(&$factory);
            $crate::forked::forks_come_at_any_moment(&$factory);
        }
    };
}

fn ages(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

/// Whether what a child commits can be seen by its parent.
fn is_shared(lab: &Lab) -> bool {
    lab.open().capabilities().durable
}

/// The total that somebody sees who just came.
fn committed(lab: &Lab) -> i128 {
    ages(&lab.staste()).total().unwrap().raw()
}

/// Runs `work` in a forked child and waits for it to end well.
fn in_child(work: impl FnOnce()) {
    match fork::fork().unwrap() {
        Fork::Child => {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            exit(i32::from(outcome.is_err()));
        }
        Fork::Parent(child) => assert_eq!(fork::waitpid(child).unwrap(), 0, "the child failed"),
    }
}

/// A child that drops, closes or flushes handles with pending kicks of its parent commits none of them.
pub fn children_leave_what_is_pending_alone(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
    let bound = metrica.bind([("age", 2)]).unwrap();
    metrica.kick([("age", 1)]).unwrap();
    bound.kick().unwrap();
    in_child(|| drop((staste.clone(), ages(&staste))));
    in_child(|| staste.close().unwrap());
    in_child(|| {
        staste.flush().unwrap();
        assert_eq!(staste.health().committed, 0);
        assert_eq!(staste.health().pending_bytes, 0);
    });
    assert_eq!(committed(&lab), 0);
    assert_eq!(metrica.total().unwrap(), 2);
}

/// Both count what they kicked, once, over connections that were open before the fork.
pub fn children_count_beside_their_parent(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
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
    let children = if is_shared(&lab) { 10 * 10 } else { 0 };
    assert_eq!(metrica.total().unwrap(), 2 + 10 + children);
    verify(&metrica);
}

/// A child of a child is a process like any other.
pub fn grandchildren_count_too(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
    metrica.kick([("age", 1)]).unwrap();
    in_child(|| {
        metrica.kick([("age", 2)]).unwrap();
        in_child(|| {
            metrica.kick([("age", 3)]).unwrap();
            staste.close().unwrap();
        });
        staste.close().unwrap();
    });
    assert_eq!(metrica.total().unwrap(), if is_shared(&lab) { 3 } else { 1 });
}

/// Ends the threads that look at it.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Forks while a thread flushes, another kicks and another reads: no child hangs, all is counted once.
pub fn forks_come_at_any_moment(factory: Factory<'_>) {
    const CHILDREN: i128 = 25;
    let lab = Lab::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_millis(1)));
    // No layers in front of the Store: a fork may come while one of their locks is held.
    let staste = Staste::with(lab.open(), lab.clock.clone(), options);
    let metrica = ages(&staste);
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
        // The others end when this goes, also by a panic.
        let ending = Ending(&done);
        for _ in 0..CHILDREN {
            in_child(|| {
                for age in 0..7 {
                    metrica.kick([("age", age)]).unwrap();
                }
                assert!(metrica.total().unwrap().raw() >= 7);
                staste.close().unwrap();
            });
        }
        drop(ending);
        kicker.join().unwrap()
    });
    let children = if is_shared(&lab) { 7 * CHILDREN } else { 0 };
    assert_eq!(metrica.total().unwrap(), kicked + children);
    verify(&metrica);
}
