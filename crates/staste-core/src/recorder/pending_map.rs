//! `PendingMap`: a map of pending counters in the order of their first kick.

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::amount::Bin;
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
        let entry = self.position(hash, bucket, matches).and_then(|position| self.queue.get_mut(position));
        // A counter without kicks of its own does not use its memory yet.
        entry.filter(|entry| entry.count > 0)
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
        match self.position(hash, bucket, |known| known == key) {
            Some(position) => self.queue.add(position, order, total, count),
            None => {
                self.insert((hash, order), bucket, key, (total, count));
                EntryQueue::bytes_of(key.len())
            }
        }
    }

    /// Inserts a counter; returns its position.
    fn insert(
        &mut self,
        (hash, order): (u64, u64),
        bucket: PendingBucket,
        key: &[u8],
        kicks: (i128, u64),
    ) -> u32 {
        let position = self.queue.push(bucket, key, (hash, order, kicks.0, kicks.1));
        let queue = &self.queue;
        self.table.insert_unique(hash, position, |position| {
            queue.get(*position).map_or(0, |(entry, _)| entry.hash)
        });
        position
    }

    /// Adds a kick to the counter of a point, and to its bin if it has one; returns false if there is no such counter.
    #[inline]
    pub(crate) fn try_add(
        &mut self,
        hash: u64,
        bucket: PendingBucket,
        matches: impl Fn(&[u8]) -> bool,
        bin: Option<Bin>,
        total: i64,
    ) -> bool {
        match bin {
            None => {
                let entry = self.find(hash, bucket, matches);
                entry.map(|entry| entry.add(i128::from(total), 1)).is_some()
            }
            Some(bin) => {
                let position = self.position(hash, bucket, matches);
                let bins = position.and_then(|position| self.queue.bins_mut(position));
                bins.is_some_and(|bins| bins.try_add(bin, total))
            }
        }
    }

    /// Returns true when there is a counter of this point, and of its bin if it has one.
    pub(crate) fn contains(
        &self,
        hash: u64,
        bucket: PendingBucket,
        (key, bin): (&[u8], Option<Bin>),
    ) -> bool {
        let Some(position) = self.position(hash, bucket, |known| known == key) else { return false };
        match bin {
            None => self.queue.get(position).is_some_and(|(entry, _)| entry.count > 0),
            Some(bin) => self.queue.bins(position).is_some_and(|bins| bins.contains(bin)),
        }
    }

    /// Adds kicks to a point, and to a bin if they have one. Returns the bytes that they took: 0 unless the counter is new.
    pub(crate) fn add_to_bin(
        &mut self,
        (hash, order): (u64, u64),
        bucket: PendingBucket,
        (key, bin): (&[u8], Option<Bin>),
        kicks: (i64, u32),
    ) -> usize {
        let Some(bin) = bin else {
            let (total, count) = kicks;
            return self.add((hash, order), bucket, key, i128::from(total), u64::from(count));
        };
        let known = self.position(hash, bucket, |known| known == key);
        let position = known.unwrap_or_else(|| self.insert((hash, order), bucket, key, (0, 0)));
        self.queue.add_to_bin(position, bin, order, kicks)
    }

    /// Removes the first counter.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        let (position, entry, key) = self.queue.first()?;
        let pending = pending(entry, key);
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

    /// Removes the first counters in large pieces that take at most `max_bytes` together.
    pub(crate) fn split_front(&mut self, max_bytes: usize) -> EntryQueue {
        let taken = self.queue.split_front(max_bytes);
        for (position, entry, _) in taken.iter() {
            remove_position(&mut self.table, entry.hash, position);
        }
        taken
    }

    /// Removes all counters, one for each bin of a point, in the order of their first kicks.
    pub(crate) fn take_all(&mut self, seed: &RandomState) -> Vec<Pending> {
        let queue = std::mem::take(self).queue.with_counter_for_each_bin(seed);
        let mut all: Vec<Pending> = queue.iter().map(|(_, entry, key)| pending(entry, key)).collect();
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

fn pending(entry: &PendingEntry, key: &[u8]) -> Pending {
    Pending {
        hash: entry.hash,
        order: entry.order,
        bucket: entry.bucket(),
        key: key.into(),
        total: entry.total,
        count: entry.count,
    }
}

fn remove_position(table: &mut HashTable<u32>, hash: u64, position: u32) {
    if let Ok(found) = table.find_entry(hash, |known| *known == position) {
        found.remove();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recorder::identity;
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
        queue.iter().map(|(_, entry, _)| entry.count).eq(numbers.iter().map(|(_, count)| *count))
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

        #[test]
        fn kicks_in_bins_equal_counters_whose_points_have_the_bin(
            kicks in proptest::collection::vec((0..900_u16, proptest::option::of(-6..6_i64), 1..4_u64), 1..1500),
            split in proptest::option::of(0..400_000_usize),
        ) {
            let seed = RandomState::default();
            let (mut map, mut expected) = (PendingMap::default(), PendingMap::default());
            for (order, (number, value, count)) in (0_u64..).zip(kicks) {
                let (bucket, key) = point(number);
                let hash_of = |key: &[u8]| (hash(&seed, bucket, key), order);
                let total = i128::from(value.unwrap_or(1)) * i128::from(count);
                let before = map.bytes();
                let (added, bytes) = match value.map(|value| Bin::of(value, 1)) {
                    None => (
                        map.add(hash_of(&key), bucket, &key, total, count),
                        expected.add(hash_of(&key), bucket, &key, total, count),
                    ),
                    Some(bin) => {
                        let with_bin = identity::with_bin(&key, bin);
                        prop_assert_eq!(
                            map.contains(hash_of(&key).0, bucket, (&key, Some(bin))),
                            expected.contains(hash_of(&with_bin).0, bucket, (&with_bin, None)),
                        );
                        let kicks = (i64::try_from(total).unwrap(), u32::try_from(count).unwrap());
                        (
                            map.add_to_bin(hash_of(&key), bucket, (&key, Some(bin)), kicks),
                            expected.add(hash_of(&with_bin), bucket, &with_bin, total, count),
                        )
                    }
                };
                prop_assert_eq!(map.bytes(), before + added);
                prop_assert!(added >= bytes);
            }
            let mut queues = Vec::new();
            if let Some(max_bytes) = split {
                let taken = map.split_front(max_bytes);
                prop_assert!(taken.bytes() <= max_bytes);
                queues.push(taken);
            }
            queues.push(map.into_queue());
            let mut found = PendingMap::default();
            for queue in queues {
                let by_metrica: usize = queue.bytes_by_metrica().iter().map(|(_, bytes)| bytes).sum();
                prop_assert_eq!(by_metrica, queue.bytes());
                let bytes = queue.bytes();
                let mut counters = queue.with_counter_for_each_bin(&seed);
                prop_assert!(counters.bytes() <= bytes);
                while let Some((_, entry, key)) = counters.first() {
                    found.add((entry.hash, entry.order), entry.bucket(), key, entry.total, entry.count);
                    counters.pop();
                }
                prop_assert_eq!(counters.bytes(), 0);
            }
            // Kicks without a bin may have the order of the first kick with one.
            let all = |mut map: PendingMap| -> Vec<_> {
                let all = map.take_all(&seed).into_iter();
                let mut all: Vec<_> = all.map(|own| (own.hash, own.key, own.total, own.count)).collect();
                all.sort();
                all
            };
            // Not shown, because there are many.
            prop_assert!(all(found) == all(expected));
        }
    }
}
