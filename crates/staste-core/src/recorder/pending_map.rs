//! `PendingMap`: a map of pending counters in the order of their first kick.

use hashbrown::HashTable;

use crate::recorder::entry_queue::{EntryQueue, PendingEntry};
use crate::recorder::pending::{Pending, PendingBucket};

/// A hash map from points to counters that removes counters in the order of their insertion.
#[derive(Debug, Default)]
pub(crate) struct PendingMap {
    /// Positions in the queue, by the hash of the counter.
    table: HashTable<u32>,
    queue: EntryQueue,
}

impl PendingMap {
    /// Creates a map with capacity for a number of counters.
    pub(crate) fn with_capacity(counters: usize) -> PendingMap {
        PendingMap { table: HashTable::with_capacity(counters), queue: EntryQueue::default() }
    }

    #[inline]
    fn position(&self, hash: u64, bucket: PendingBucket, matches: impl Fn(&[u8]) -> bool) -> Option<u32> {
        let is_counter = |position: &u32| {
            self.queue
                .get(*position)
                .is_some_and(|(entry, key)| entry.hash == hash && entry.bucket() == bucket && matches(key))
        };
        self.table.find(hash, is_counter).copied()
    }

    /// Returns the counter of a point.
    #[inline]
    pub(crate) fn find(
        &mut self,
        hash: u64,
        bucket: PendingBucket,
        matches: impl Fn(&[u8]) -> bool,
    ) -> Option<&mut PendingEntry> {
        self.position(hash, bucket, matches).and_then(|position| self.queue.get_mut(position))
    }

    /// Returns true when there is a counter of this point.
    pub(crate) fn contains(&self, hash: u64, bucket: PendingBucket, key: &[u8]) -> bool {
        self.position(hash, bucket, |known| known == key).is_some()
    }

    /// Adds kicks to a counter, which is inserted if it is missing. Returns the bytes that it took.
    pub(crate) fn add(
        &mut self,
        (hash, order): (u64, u64),
        bucket: PendingBucket,
        key: &[u8],
        total: i128,
        count: u64,
    ) -> usize {
        if let Some(entry) = self.find(hash, bucket, |known| known == key) {
            entry.add(total, count);
            entry.order = entry.order.min(order);
            return 0;
        }
        let position = self.queue.push(bucket, key, (hash, order, total, count));
        let queue = &self.queue;
        self.table.insert_unique(hash, position, |position| {
            queue.get(*position).map_or(0, |(entry, _)| entry.hash)
        });
        EntryQueue::bytes_of(key.len())
    }

    /// Removes the first counter.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        let (position, entry, key) = self.queue.first()?;
        let pending = Pending {
            hash: entry.hash,
            order: entry.order,
            bucket: entry.bucket(),
            key: key.into(),
            total: entry.total,
            count: entry.count,
        };
        remove_position(&mut self.table, pending.hash, position);
        self.queue.pop();
        Some(pending)
    }

    /// Returns the order of its first counter.
    pub(crate) fn first_order(&self) -> Option<u64> {
        self.queue.first().map(|(_, entry, _)| entry.order)
    }

    /// Returns all counters.
    pub(crate) fn into_queue(self) -> EntryQueue {
        self.queue
    }

    /// Removes the first counters in large pieces that take at max_bytes `max_bytes` together.
    pub(crate) fn split_front(&mut self, max_bytes: usize) -> EntryQueue {
        let taken = self.queue.split_front(max_bytes);
        for (position, entry) in taken.iter() {
            remove_position(&mut self.table, entry.hash, position);
        }
        taken
    }

    /// Removes all counters, in the order of their first kicks.
    pub(crate) fn take_all(&mut self) -> Vec<Pending> {
        let mut all: Vec<Pending> = std::iter::from_fn(|| self.pop()).collect();
        all.sort_by_key(|pending| pending.order);
        all
    }

    /// Returns the bytes of the counters in memory.
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

fn remove_position(table: &mut HashTable<u32>, hash: u64, position: u32) {
    if let Ok(found) = table.find_entry(hash, |known| *known == position) {
        found.remove();
    }
}

#[cfg(test)]
mod tests {
    use foldhash::fast::RandomState;
    use proptest::prelude::*;

    use super::*;
    use crate::recorder::pending::{KickTime, hash};

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

    fn point(number: u16) -> (PendingBucket, Vec<u8>) {
        let time = if number.is_multiple_of(2) { KickTime::Instant(7) } else { KickTime::Civil(7) };
        let bucket = PendingBucket { metrica: u32::from(number % 3), multiplier: 1_000_000_000, time };
        (bucket, vec![b'x'; usize::from(number % 50)].into_iter().chain(number.to_le_bytes()).collect())
    }

    /// The counters of the naive list: their number, and how often they were added to.
    type Listed = Vec<(u16, u64)>;

    fn listed(queue: &EntryQueue, numbers: &Listed) -> bool {
        queue.iter().map(|(_, entry)| entry.count).eq(numbers.iter().map(|(_, count)| *count))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn map_equals_naive_list(steps in proptest::collection::vec((step(), 1..600_u16), 1..60)) {
            let seed = RandomState::default();
            let (mut map, mut list, mut order) = (PendingMap::default(), Listed::new(), 0);
            let mut has_popped = false;
            for (step, times) in steps {
                match step {
                    Step::Add(first) => for number in (first..3000).take(usize::from(times)) {
                        let (bucket, key) = point(number);
                        order += 1;
                        map.add((hash(&seed, bucket, &key), order), bucket, &key, i128::from(number), 1);
                        match list.iter_mut().find(|(known, _)| *known == number) {
                            Some((_, count)) => *count += 1,
                            None => list.push((number, 1)),
                        }
                    },
                    Step::Pop(many) => for _ in 0..many {
                        has_popped = true;
                        let first = if list.is_empty() { None } else { Some(list.remove(0)) };
                        let popped = map.pop().map(|pending| (pending.bucket, pending.key.to_vec(), pending.count));
                        prop_assert_eq!(popped, first.map(|(number, count)| {
                            let (bucket, key) = point(number);
                            (bucket, key, count)
                        }));
                    },
                    // Chunks from which counters have left are never split off.
                    Step::Split(_) if has_popped => {}
                    Step::Split(max_bytes) => {
                        let taken = map.split_front(max_bytes);
                        prop_assert!(taken.bytes() <= max_bytes);
                        let rest = list.split_off(taken.len());
                        prop_assert!(listed(&taken, &list));
                        list = rest;
                    }
                }
                let bytes: usize = list.iter().map(|(number, _)| EntryQueue::bytes_of(point(*number).1.len())).sum();
                prop_assert_eq!((map.len(), map.bytes()), (list.len(), bytes));
                for (number, count) in &list {
                    let (bucket, key) = point(*number);
                    let found = map.find(hash(&seed, bucket, &key), bucket, |known| known == key);
                    prop_assert_eq!(found.map(|entry| (entry.count, entry.bucket())), Some((*count, bucket)));
                }
            }
            prop_assert!(listed(&map.into_queue(), &list));
        }
    }
}
