//! Kicks that wait in memory, merged by Metrica, period and point.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::{FoldHasher, RandomState};
use hashbrown::HashTable;

use crate::identity::{self, Texts};

/// What a pending counter is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The Metrica's slot in the Recorder.
    pub(crate) slot: u32,
    /// The multiplier its total was made with; 1 while the Metrica's own is not known.
    pub(crate) multiplier: u32,
    /// When.
    pub(crate) at: At,
}

/// An instant inside the finest bucket, or a local time to be resolved when the zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Instant(i64),
    Civil(i64),
}

/// Kicks merged at one point.
#[derive(Debug)]
pub(crate) struct Pending {
    hash: u64,
    /// Rises with first appearance, so that choices are remembered in that order.
    order: u64,
    pub(crate) head: Head,
    pub(crate) key: Box<[u8]>,
    pub(crate) total: i128,
    pub(crate) count: u64,
}

impl Pending {
    /// Adds kicks.
    #[inline]
    pub(crate) fn add(&mut self, total: i64, count: u64) {
        self.total += i128::from(total);
        self.count += count;
    }

    fn is_same(&self, other: &Pending) -> bool {
        self.hash == other.hash && self.head == other.head && self.key == other.key
    }

    /// What it takes in memory, its share of the table included.
    pub(crate) fn bytes(&self) -> usize {
        Pending::bytes_at(&self.key)
    }

    /// What a counter of this point takes in memory.
    pub(crate) fn bytes_at(key: &[u8]) -> usize {
        key.len() + 128
    }
}

/// A map of pending counters.
#[derive(Debug, Default)]
pub(crate) struct PendingMap {
    table: HashTable<Pending>,
    bytes: usize,
}

/// A hasher that has seen all of a counter's identity but its point.
#[inline]
fn hasher(seed: &RandomState, head: Head) -> FoldHasher<'_> {
    let (at, civil) = match head.at {
        At::Instant(at) => (at, 0),
        At::Civil(at) => (at, 1_u64 << 63),
    };
    let mut hasher = seed.build_hasher();
    hasher.write_i64(at);
    hasher.write_u64(u64::from(head.slot) | u64::from(head.multiplier >> 1) << 32 | civil);
    hasher
}

/// The seeded hash of a counter's identity.
pub(crate) fn hash(seed: &RandomState, head: Head, key: &[u8]) -> u64 {
    let mut hasher = hasher(seed, head);
    identity::hash(key, &mut hasher);
    hasher.finish()
}

/// The same hash, of a point that was not encoded.
#[inline]
pub(crate) fn hash_texts(seed: &RandomState, head: Head, texts: &Texts<'_>) -> u64 {
    let mut hasher = hasher(seed, head);
    texts.hash(&mut hasher);
    hasher.finish()
}

impl PendingMap {
    /// A map with room for so many counters.
    pub(crate) fn with_capacity(counters: usize) -> PendingMap {
        PendingMap { table: HashTable::with_capacity(counters), bytes: 0 }
    }

    /// The counter of a point that is there already.
    #[inline]
    pub(crate) fn find(&mut self, hash: u64, head: Head, is: impl Fn(&[u8]) -> bool) -> Option<&mut Pending> {
        self.table.find_mut(hash, |known| known.hash == hash && known.head == head && is(&known.key))
    }

    /// Adds to a counter, which is put in if it is not there yet; tells the bytes that took.
    pub(crate) fn add(
        &mut self,
        hash: u64,
        order: u64,
        head: Head,
        key: &[u8],
        total: i64,
        count: u64,
    ) -> usize {
        if let Some(pending) = self.find(hash, head, |known| known == key) {
            pending.add(total, count);
            return 0;
        }
        let pending = Pending { hash, order, head, key: key.into(), total: i128::from(total), count };
        let bytes = pending.bytes();
        self.bytes += bytes;
        self.table.insert_unique(hash, pending, |pending| pending.hash);
        bytes
    }

    /// Moves the counters of another map in: those that are here already merge, the others need room
    /// among so many bytes. Tells how many kicks had none.
    pub(crate) fn absorb(&mut self, other: PendingMap, room: usize) -> u64 {
        if self.table.is_empty() && other.bytes <= room {
            *self = other;
            return 0;
        }
        let mut dropped = 0;
        for pending in other.table {
            if self.bytes + pending.bytes() <= room || self.has(&pending) {
                self.put(pending);
            } else {
                dropped += pending.count;
            }
        }
        dropped
    }

    fn has(&self, pending: &Pending) -> bool {
        self.table.find(pending.hash, |known| known.is_same(pending)).is_some()
    }

    /// Moves one counter in.
    pub(crate) fn put(&mut self, pending: Pending) {
        match self.table.find_mut(pending.hash, |known| known.is_same(&pending)) {
            Some(known) => {
                known.total += pending.total;
                known.count += pending.count;
                known.order = known.order.min(pending.order);
            }
            None => {
                self.bytes += pending.bytes();
                self.table.insert_unique(pending.hash, pending, |pending| pending.hash);
            }
        }
    }

    /// Takes all counters out, first seen first.
    pub(crate) fn take(&mut self) -> Vec<Pending> {
        self.bytes = 0;
        let mut all: Vec<Pending> = self.table.drain().collect();
        all.sort_unstable_by_key(|pending| pending.order);
        all
    }

    /// What the counters take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}
