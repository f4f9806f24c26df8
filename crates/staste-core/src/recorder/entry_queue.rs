//! `EntryQueue`: pending counters in the order of their first kick, stored in chunks that are freed as counters leave.

use std::collections::VecDeque;

use crate::recorder::pending::{KickTime, PendingBucket};

/// Counters per chunk: few enough to save memory when there is little traffic, enough to make allocations rare.
const CHUNK_LEN: u32 = 512;
/// The bit of `PendingEntry::multiplier` that marks a local time; multipliers are at most 10^9.
const CIVIL_BIT: u32 = 1 << 31;

/// A pending counter in 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingEntry {
    pub(crate) total: i128,
    pub(crate) hash: u64,
    pub(crate) order: u64,
    pub(crate) count: u64,
    at: i64,
    metrica: u32,
    multiplier: u32,
    key_start: u32,
    key_length: u32,
}

impl PendingEntry {
    /// Adds kicks.
    #[inline]
    pub(crate) fn add(&mut self, total: i128, count: u64) {
        self.total += total;
        self.count += count;
    }

    /// Returns the Metrica, multiplier and time of the counter.
    #[inline]
    pub(crate) fn bucket(&self) -> PendingBucket {
        let time = if self.multiplier & CIVIL_BIT == 0 {
            KickTime::Instant(self.at)
        } else {
            KickTime::Civil(self.at)
        };
        PendingBucket { metrica: self.metrica, multiplier: self.multiplier & !CIVIL_BIT, time }
    }
}

/// Consecutive counters, and the concatenated keys of their points.
#[derive(Debug, Default)]
struct Chunk {
    entries: Vec<PendingEntry>,
    keys: Vec<u8>,
}

impl Chunk {
    #[inline]
    fn key(&self, entry: &PendingEntry) -> &[u8] {
        let start = entry.key_start as usize;
        self.keys.get(start..start + entry.key_length as usize).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| EntryQueue::bytes_of(entry.key_length as usize)).sum()
    }
}

/// A queue of counters, each of which is found by its position.
#[derive(Debug, Default)]
pub(crate) struct EntryQueue {
    /// All chunks but the last are full; some counters of the first may have left.
    chunks: VecDeque<Chunk>,
    /// The position of the start of the first chunk, and of the counter that leaves next. Positions wrap around.
    base: u32,
    front: u32,
    len: usize,
    bytes: usize,
}

impl EntryQueue {
    /// Returns the bytes of a counter: its fields, the key of its point, and its share of the hash table that finds it.
    pub(crate) const fn bytes_of(key_length: usize) -> usize {
        // A hash table of positions takes 5 bytes per slot and is at least 7/16 full; while it grows, it takes twice
        // that.
        size_of::<PendingEntry>() + key_length + 16
    }

    /// Returns the bytes of all counters.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the bytes of the counters of each Metrica.
    pub(crate) fn bytes_by_metrica(&self) -> Vec<(u32, usize)> {
        let mut metricas: Vec<(u32, usize)> = Vec::new();
        for (_, entry) in self.iter() {
            let bytes = EntryQueue::bytes_of(entry.key_length as usize);
            match metricas.iter_mut().find(|(metrica, _)| *metrica == entry.metrica) {
                Some((_, all)) => *all += bytes,
                None => metricas.push((entry.metrica, bytes)),
            }
        }
        metricas
    }

    /// Appends a counter; returns its position.
    pub(crate) fn push(&mut self, bucket: PendingBucket, key: &[u8], values: (u64, u64, i128, u64)) -> u32 {
        if self.chunks.back().is_none_or(|chunk| chunk.entries.len() == CHUNK_LEN as usize) {
            if let Some(full) = self.chunks.back_mut() {
                full.keys.shrink_to_fit();
            }
            self.chunks.push_back(Chunk::default());
        }
        let before = u32::try_from(self.chunks.len() - 1).unwrap_or(u32::MAX).wrapping_mul(CHUNK_LEN);
        let Some(chunk) = self.chunks.back_mut() else { unreachable!("one was pushed") };
        let (at, civil) = match bucket.time {
            KickTime::Instant(at) => (at, 0),
            KickTime::Civil(at) => (at, CIVIL_BIT),
        };
        let (hash, order, total, count) = values;
        // A chunk has at most 512 points of sixteen axes of 1 KiB.
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let offset = length(chunk.entries.len());
        chunk.entries.push(PendingEntry {
            total,
            hash,
            order,
            count,
            at,
            metrica: bucket.metrica,
            multiplier: bucket.multiplier | civil,
            key_start: length(chunk.keys.len()),
            key_length: length(key.len()),
        });
        chunk.keys.extend_from_slice(key);
        self.len += 1;
        self.bytes += EntryQueue::bytes_of(key.len());
        self.base.wrapping_add(before).wrapping_add(offset)
    }

    /// Returns the counter at a position and the key of its point.
    #[inline]
    pub(crate) fn get(&self, position: u32) -> Option<(&PendingEntry, &[u8])> {
        let offset = position.wrapping_sub(self.base);
        let chunk = self.chunks.get((offset / CHUNK_LEN) as usize)?;
        let entry = chunk.entries.get((offset % CHUNK_LEN) as usize)?;
        Some((entry, chunk.key(entry)))
    }

    /// Returns the counter at a position.
    #[inline]
    pub(crate) fn get_mut(&mut self, position: u32) -> Option<&mut PendingEntry> {
        let offset = position.wrapping_sub(self.base);
        self.chunks.get_mut((offset / CHUNK_LEN) as usize)?.entries.get_mut((offset % CHUNK_LEN) as usize)
    }

    /// Returns the counter that leaves next, with its position and the key of its point.
    pub(crate) fn first(&self) -> Option<(u32, &PendingEntry, &[u8])> {
        let (entry, key) = self.get(self.front).filter(|_| self.len > 0)?;
        Some((self.front, entry, key))
    }

    /// Removes the first counter.
    pub(crate) fn pop(&mut self) {
        let Some((_, _, key)) = self.first() else { return };
        self.bytes -= EntryQueue::bytes_of(key.len());
        self.len -= 1;
        self.front = self.front.wrapping_add(1);
        if self.len == 0 {
            self.chunks.clear();
            self.base = self.front;
        } else if self.front.wrapping_sub(self.base) == CHUNK_LEN {
            self.chunks.pop_front();
            self.base = self.front;
        }
    }

    /// Removes whole chunks at the front that take at max_bytes `max_bytes` together. No counter of them may have left
    /// before.
    pub(crate) fn split_front(&mut self, max_bytes: usize) -> EntryQueue {
        let mut taken = EntryQueue { base: self.base, front: self.front, ..EntryQueue::default() };
        while let Some(chunk) = self.chunks.front() {
            let bytes = chunk.bytes();
            if taken.bytes + bytes > max_bytes {
                break;
            }
            let len = chunk.entries.len();
            taken.len += len;
            taken.bytes += bytes;
            self.len -= len;
            self.bytes -= bytes;
            taken.chunks.extend(self.chunks.pop_front());
            self.base = self.base.wrapping_add(CHUNK_LEN);
            self.front = self.base;
        }
        taken
    }

    /// Returns all counters with their positions, first to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &PendingEntry)> {
        let entries = self.chunks.iter().flat_map(|chunk| &chunk.entries);
        let mut position = self.base;
        let numbered = entries.map(move |entry| {
            let own = position;
            position = position.wrapping_add(1);
            (own, entry)
        });
        numbered.skip(self.front.wrapping_sub(self.base) as usize)
    }
}
