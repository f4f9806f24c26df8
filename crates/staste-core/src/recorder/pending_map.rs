//! A map of pending counters that keeps them in the order of their first kick.

use hashbrown::HashTable;

use crate::recorder::entry_queue::{Entry, EntryQueue};
use crate::recorder::pending::{Head, Pending};

/// Finds the counter of a point, and lets counters leave in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct PendingMap {
    /// Positions in the queue, by the hash of what is there.
    table: HashTable<u32>,
    queue: EntryQueue,
}

impl PendingMap {
    /// A map with room for so many counters.
    pub(crate) fn with_capacity(counters: usize) -> PendingMap {
        PendingMap { table: HashTable::with_capacity(counters), queue: EntryQueue::default() }
    }

    #[inline]
    fn position(&self, hash: u64, head: Head, is: impl Fn(&[u8]) -> bool) -> Option<u32> {
        let is_it = |position: &u32| {
            self.queue
                .get(*position)
                .is_some_and(|(entry, key)| entry.hash == hash && entry.head() == head && is(key))
        };
        self.table.find(hash, is_it).copied()
    }

    /// The counter of a point that is there already.
    #[inline]
    pub(crate) fn find(&mut self, hash: u64, head: Head, is: impl Fn(&[u8]) -> bool) -> Option<&mut Entry> {
        self.position(hash, head, is).and_then(|position| self.queue.get_mut(position))
    }

    /// True when there is a counter of this point.
    pub(crate) fn has(&self, hash: u64, head: Head, key: &[u8]) -> bool {
        self.position(hash, head, |known| known == key).is_some()
    }

    /// Adds to a counter, which is put in at the back if it is not there yet. Returns the bytes that took.
    pub(crate) fn add(
        &mut self,
        (hash, order): (u64, u64),
        head: Head,
        key: &[u8],
        total: i128,
        count: u64,
    ) -> usize {
        if let Some(entry) = self.find(hash, head, |known| known == key) {
            entry.add(total, count);
            entry.order = entry.order.min(order);
            return 0;
        }
        let position = self.queue.push(head, key, (hash, order, total, count));
        let queue = &self.queue;
        self.table.insert_unique(hash, position, |position| {
            queue.get(*position).map_or(0, |(entry, _)| entry.hash)
        });
        EntryQueue::bytes_of(key.len())
    }

    /// Takes the first counter out.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        let (position, entry, key) = self.queue.first()?;
        let pending = Pending {
            hash: entry.hash,
            order: entry.order,
            head: entry.head(),
            key: key.into(),
            total: entry.total,
            count: entry.count,
        };
        forget(&mut self.table, pending.hash, position);
        self.queue.pop();
        Some(pending)
    }

    /// When its first counter was kicked first, as a number that rises.
    pub(crate) fn first_order(&self) -> Option<u64> {
        self.queue.first().map(|(_, entry, _)| entry.order)
    }

    /// Takes all counters out.
    pub(crate) fn into_queue(self) -> EntryQueue {
        self.queue
    }

    /// Takes the first counters out, in large pieces that take at most so many bytes together.
    pub(crate) fn split_front(&mut self, most: usize) -> EntryQueue {
        let taken = self.queue.split_front(most);
        for (position, entry) in taken.iter() {
            forget(&mut self.table, entry.hash, position);
        }
        taken
    }

    /// Takes all counters out in the order of their numbers.
    pub(crate) fn take(&mut self) -> Vec<Pending> {
        let mut all: Vec<Pending> = std::iter::from_fn(|| self.pop()).collect();
        all.sort_by_key(|pending| pending.order);
        all
    }

    /// Bytes that the counters take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.queue.bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

fn forget(table: &mut HashTable<u32>, hash: u64, position: u32) {
    if let Ok(found) = table.find_entry(hash, |known| *known == position) {
        found.remove();
    }
}

#[cfg(test)]
mod tests {
    use foldhash::fast::RandomState;
    use proptest::prelude::*;

    use super::*;
    use crate::recorder::pending::{At, hash};

    #[derive(Clone, Debug)]
    enum Step {
        Add(u16),
        Pop(u16),
        Split(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0..3000_u16).prop_map(Step::Add),
            2 => (1..400_u16).prop_map(Step::Pop),
            1 => (0..200_000_usize).prop_map(Step::Split),
        ]
    }

    fn point(number: u16) -> (Head, Vec<u8>) {
        let at = if number.is_multiple_of(2) { At::Instant(7) } else { At::Civil(7) };
        let head = Head { slot: u32::from(number % 3), multiplier: 1_000_000_000, at };
        (head, vec![b'x'; usize::from(number % 50)].into_iter().chain(number.to_le_bytes()).collect())
    }

    /// What the list knows of a counter: its number, and how often it was added to.
    type Listed = Vec<(u16, u64)>;

    fn listed(queue: &EntryQueue, numbers: &Listed) -> bool {
        queue.iter().map(|(_, entry)| entry.count).eq(numbers.iter().map(|(_, count)| *count))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn map_agrees_with_a_list(steps in proptest::collection::vec((step(), 1..600_u16), 1..60)) {
            let seed = RandomState::default();
            let (mut map, mut list, mut order) = (PendingMap::default(), Listed::new(), 0);
            let mut has_popped = false;
            for (step, times) in steps {
                match step {
                    Step::Add(first) => for number in (first..3000).take(usize::from(times)) {
                        let (head, key) = point(number);
                        order += 1;
                        map.add((hash(&seed, head, &key), order), head, &key, i128::from(number), 1);
                        match list.iter_mut().find(|(known, _)| *known == number) {
                            Some((_, count)) => *count += 1,
                            None => list.push((number, 1)),
                        }
                    },
                    Step::Pop(many) => for _ in 0..many {
                        has_popped = true;
                        let first = if list.is_empty() { None } else { Some(list.remove(0)) };
                        let popped = map.pop().map(|pending| (pending.head, pending.key.to_vec(), pending.count));
                        prop_assert_eq!(popped, first.map(|(number, count)| {
                            let (head, key) = point(number);
                            (head, key, count)
                        }));
                    },
                    // Chunks that counters have left are never split off.
                    Step::Split(_) if has_popped => {}
                    Step::Split(most) => {
                        let taken = map.split_front(most);
                        prop_assert!(taken.bytes() <= most);
                        let rest = list.split_off(taken.len());
                        prop_assert!(listed(&taken, &list));
                        list = rest;
                    }
                }
                let bytes: usize = list.iter().map(|(number, _)| EntryQueue::bytes_of(point(*number).1.len())).sum();
                prop_assert_eq!((map.len(), map.bytes()), (list.len(), bytes));
                for (number, count) in &list {
                    let (head, key) = point(*number);
                    let found = map.find(hash(&seed, head, &key), head, |known| known == key);
                    prop_assert_eq!(found.map(|entry| (entry.count, entry.head())), Some((*count, head)));
                }
            }
            prop_assert!(listed(&map.into_queue(), &list));
        }
    }
}
