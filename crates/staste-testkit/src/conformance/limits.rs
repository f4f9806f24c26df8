//! Sums at the ends of 64 bits: each kick is judged in its turn, however kicks are merged.

use std::sync::Arc;

use staste_core::store::{Applied, Store};
use staste_core::{Amount, Choice, Definition, MemoryStore, Scale};

use crate::batches::{batch, cells, guests, kicks, part, total, unmarked};
use crate::{Factory, Place};

/// A store and the one in memory, with what they agree on.
struct Pair {
    store: Arc<dyn Store>,
    /// Holds what the store lies in.
    _place: Place,
    memory: MemoryStore,
    definition: Arc<Definition>,
    sequence: u64,
}

impl Pair {
    fn new(factory: Factory<'_>) -> Pair {
        let place = factory();
        let (store, memory) = (place.open(), MemoryStore::new());
        let definition = guests(store.as_ref());
        guests(&memory);
        Pair { store, _place: place, memory, definition, sequence: 0 }
    }

    /// Applies kicks of these totals to both, in one batch.
    fn apply(&mut self, totals: &[(&str, i128)]) -> Applied {
        let mut part = part(&self.definition, &kicks(totals.iter().map(|(age, _)| age)));
        for (kick, (_, total)) in part.kicks.iter_mut().zip(totals) {
            kick.amount = Amount::new(*total, 1);
        }
        self.sequence += 1;
        let batch = batch(self.sequence, vec![part]);
        let applied = unmarked(self.store.apply(&batch).unwrap());
        assert_eq!(applied, unmarked(self.memory.apply(&batch).unwrap()));
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

const MOST: i128 = i64::MAX as i128;
const LEAST: i128 = i64::MIN as i128;

/// What a later kick takes makes no room for an earlier one.
pub fn point_02_exact_what_is_taken_later_makes_no_room(factory: Factory<'_>) {
    let mut pair = Pair::new(factory);
    assert_eq!(pair.apply(&[("ann", MOST)]).overflowed, 0);
    assert_eq!(pair.apply(&[("bob", 1), ("cid", -5)]).overflowed, 1);
    assert_eq!(pair.total(), MOST - 5);
    assert_eq!(pair.apply(&[("cid", -1), ("bob", 6), ("bob", 1)]).overflowed, 1);
    assert_eq!(pair.total(), MOST);
}

/// The same below zero.
pub fn point_02_exact_what_is_added_later_makes_no_room_below(factory: Factory<'_>) {
    let mut pair = Pair::new(factory);
    assert_eq!(pair.apply(&[("ann", LEAST)]).overflowed, 0);
    assert_eq!(pair.apply(&[("bob", -1), ("cid", 5)]).overflowed, 1);
    assert_eq!(pair.apply(&[("bob", -6), ("cid", 1)]).overflowed, 1);
    assert_eq!(pair.total(), LEAST + 6);
}

/// A new cell that one batch moves in both directions.
pub fn point_02_exact_a_new_cell_in_both_directions(factory: Factory<'_>) {
    let mut pair = Pair::new(factory);
    assert_eq!(pair.apply(&[("ann", MOST), ("bob", MOST), ("cid", LEAST)]).overflowed, 1);
    assert_eq!(pair.total(), -1);
}

/// From one end of a cell to the other, in one batch.
pub fn point_02_exact_from_one_end_to_the_other(factory: Factory<'_>) {
    let mut pair = Pair::new(factory);
    pair.apply(&[("ann", LEAST)]);
    assert_eq!(pair.apply(&[("ann", MOST - LEAST + 1)]).overflowed, 1);
    assert_eq!(pair.apply(&[("ann", MOST - LEAST)]).overflowed, 0);
    assert_eq!(pair.total(), MOST);
    assert_eq!(pair.apply(&[("ann", LEAST - MOST), ("ann", 1), ("ann", -2)]).overflowed, 1);
    assert_eq!(pair.total(), LEAST + 1);
}
