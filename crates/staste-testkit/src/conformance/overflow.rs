//! Point 2 at the limits of 64 bits: each kick of a batch is checked in its turn, however kicks are merged.

use std::sync::Arc;

use staste_core::store::{Applied, Store};
use staste_core::{Amount, Choice, Definition, MemoryStore, Scale};

use crate::store_fixtures::{batch, cells, guests, kicks, part, total, without_mark};
use crate::store_location::{Factory, StoreLocation};

claims! { overflow:
    point_02_later_negative_kick_makes_no_room_for_an_overflow,
    point_02_later_positive_kick_makes_no_room_for_a_negative_overflow,
    point_02_new_cell_overflows_kick_by_kick_in_both_directions,
    point_02_cell_changes_from_minimum_to_maximum_in_one_batch,
}

/// A Store and the Store in memory, to which the same batches are applied.
struct StoreAndMemory {
    store: Arc<dyn Store>,
    /// Keeps the data while the Store is used.
    _location: StoreLocation,
    memory: MemoryStore,
    definition: Arc<Definition>,
    sequence: u64,
}

impl StoreAndMemory {
    fn new(factory: Factory<'_>) -> StoreAndMemory {
        let location = factory();
        let (store, memory) = (location.open(), MemoryStore::new());
        let definition = guests(store.as_ref());
        guests(&memory);
        StoreAndMemory { store, _location: location, memory, definition, sequence: 0 }
    }

    /// Applies kicks with these totals to both Stores, in one batch.
    fn apply(&mut self, totals: &[(&str, i128)]) -> Applied {
        let mut part = part(&self.definition, &kicks(totals.iter().map(|(age, _)| age)));
        for (kick, (_, total)) in part.kicks.iter_mut().zip(totals) {
            kick.amount = Amount::new(*total, 1);
        }
        self.sequence += 1;
        let batch = batch(self.sequence, vec![part]);
        let applied = without_mark(self.store.apply(&batch).unwrap());
        assert_eq!(applied, without_mark(self.memory.apply(&batch).unwrap()));
        for scale in Scale::KEPT {
            let [own, others] = [self.store.as_ref(), &self.memory as &dyn Store]
                .map(|store| cells(store, &self.definition, scale));
            assert_eq!(own, others);
        }
        applied
    }

    fn total(&self) -> i128 {
        total(self.store.as_ref(), &self.definition, Scale::Ever, &[Choice::All])
    }
}

const MAX: i128 = i64::MAX as i128;
const MIN: i128 = i64::MIN as i128;

/// A later negative kick makes no room for an earlier one that overflows.
fn point_02_later_negative_kick_makes_no_room_for_an_overflow(factory: Factory<'_>) {
    let mut pair = StoreAndMemory::new(factory);
    assert_eq!(pair.apply(&[("ann", MAX)]).overflowed, 0);
    assert_eq!(pair.apply(&[("bob", 1), ("cid", -5)]).overflowed, 1);
    assert_eq!(pair.total(), MAX - 5);
    assert_eq!(pair.apply(&[("cid", -1), ("bob", 6), ("bob", 1)]).overflowed, 1);
    assert_eq!(pair.total(), MAX);
}

/// The same holds below zero.
fn point_02_later_positive_kick_makes_no_room_for_a_negative_overflow(factory: Factory<'_>) {
    let mut pair = StoreAndMemory::new(factory);
    assert_eq!(pair.apply(&[("ann", MIN)]).overflowed, 0);
    assert_eq!(pair.apply(&[("bob", -1), ("cid", 5)]).overflowed, 1);
    assert_eq!(pair.apply(&[("bob", -6), ("cid", 1)]).overflowed, 1);
    assert_eq!(pair.total(), MIN + 6);
}

/// In a new cell that one batch changes in both directions, each kick is checked.
fn point_02_new_cell_overflows_kick_by_kick_in_both_directions(factory: Factory<'_>) {
    let mut pair = StoreAndMemory::new(factory);
    assert_eq!(pair.apply(&[("ann", MAX), ("bob", MAX), ("cid", MIN)]).overflowed, 1);
    assert_eq!(pair.total(), -1);
}

/// One batch can change a cell from its minimum to its maximum.
fn point_02_cell_changes_from_minimum_to_maximum_in_one_batch(factory: Factory<'_>) {
    let mut pair = StoreAndMemory::new(factory);
    pair.apply(&[("ann", MIN)]);
    assert_eq!(pair.apply(&[("ann", MAX - MIN + 1)]).overflowed, 1);
    assert_eq!(pair.apply(&[("ann", MAX - MIN)]).overflowed, 0);
    assert_eq!(pair.total(), MAX);
    assert_eq!(pair.apply(&[("ann", MIN - MAX), ("ann", 1), ("ann", -2)]).overflowed, 1);
    assert_eq!(pair.total(), MIN + 1);
}
