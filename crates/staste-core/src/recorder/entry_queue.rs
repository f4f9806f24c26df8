//! Pending counters in the order of their first kick, in chunks that are freed as they leave.

use std::collections::VecDeque;

use crate::recorder::pending::{At, Head};

/// Counters of a chunk: few enough that an empty site pays little, many enough that a chunk is one allocation.
const CHUNK: u32 = 512;
/// The bit of [`Entry::multiplier`] that marks a local time; multipliers are at most 10^9.
const CIVIL: u32 = 1 << 31;

/// A counter, in 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) total: i128,
    pub(crate) hash: u64,
    pub(crate) order: u64,
    pub(crate) count: u64,
    at: i64,
    slot: u32,
    multiplier: u32,
    key_start: u32,
    key_length: u32,
}

impl Entry {
    /// Adds kicks.
    #[inline]
    pub(crate) fn add(&mut self, total: i128, count: u64) {
        self.total += total;
        self.count += count;
    }

    /// What it is of, but for its point.
    #[inline]
    pub(crate) fn head(&self) -> Head {
        let at = if self.multiplier & CIVIL == 0 { At::Instant(self.at) } else { At::Civil(self.at) };
        Head { slot: self.slot, multiplier: self.multiplier & !CIVIL, at }
    }
}

/// A run of counters and, one after the other, the bytes of their points.
#[derive(Debug, Default)]
struct Chunk {
    entries: Vec<Entry>,
    keys: Vec<u8>,
}

impl Chunk {
    #[inline]
    fn key(&self, entry: &Entry) -> &[u8] {
        let start = entry.key_start as usize;
        self.keys.get(start..start + entry.key_length as usize).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| EntryQueue::bytes_of(entry.key_length as usize)).sum()
    }
}

/// Counters that enter at the back and leave at the front. A counter is found again by its position.
#[derive(Debug, Default)]
pub(crate) struct EntryQueue {
    /// All chunks but the last are full; of the first, some counters may have left.
    chunks: VecDeque<Chunk>,
    /// The position of the first place of the first chunk, and of the counter that leaves next. Positions wrap around.
    base: u32,
    front: u32,
    len: usize,
    bytes: usize,
}

impl EntryQueue {
    /// Bytes that a counter takes: its fields, its point, and its share of a table that finds it.
    pub(crate) const fn bytes_of(key_length: usize) -> usize {
        // A table of positions takes 5 bytes a place and is never less than 7/16 full, or twice that while it grows.
        size_of::<Entry>() + key_length + 16
    }

    /// Bytes that the counters take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that the counters of each slot take.
    pub(crate) fn bytes_by_slot(&self) -> Vec<(u32, usize)> {
        let mut slots: Vec<(u32, usize)> = Vec::new();
        for (_, entry) in self.iter() {
            let bytes = EntryQueue::bytes_of(entry.key_length as usize);
            match slots.iter_mut().find(|(slot, _)| *slot == entry.slot) {
                Some((_, all)) => *all += bytes,
                None => slots.push((entry.slot, bytes)),
            }
        }
        slots
    }

    /// Adds a counter at the back; returns its position.
    pub(crate) fn push(&mut self, head: Head, key: &[u8], like: (u64, u64, i128, u64)) -> u32 {
        if self.chunks.back().is_none_or(|chunk| chunk.entries.len() == CHUNK as usize) {
            if let Some(full) = self.chunks.back_mut() {
                full.keys.shrink_to_fit();
            }
            self.chunks.push_back(Chunk::default());
        }
        let before = u32::try_from(self.chunks.len() - 1).unwrap_or(u32::MAX).wrapping_mul(CHUNK);
        let Some(chunk) = self.chunks.back_mut() else { unreachable!("one was pushed") };
        let (at, civil) = match head.at {
            At::Instant(at) => (at, 0),
            At::Civil(at) => (at, CIVIL),
        };
        let (hash, order, total, count) = like;
        // A chunk has 512 points of at most sixteen axes of a KiB.
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let place = length(chunk.entries.len());
        chunk.entries.push(Entry {
            total,
            hash,
            order,
            count,
            at,
            slot: head.slot,
            multiplier: head.multiplier | civil,
            key_start: length(chunk.keys.len()),
            key_length: length(key.len()),
        });
        chunk.keys.extend_from_slice(key);
        self.len += 1;
        self.bytes += EntryQueue::bytes_of(key.len());
        self.base.wrapping_add(before).wrapping_add(place)
    }

    /// The counter at a position, with its point.
    #[inline]
    pub(crate) fn get(&self, position: u32) -> Option<(&Entry, &[u8])> {
        let place = position.wrapping_sub(self.base);
        let chunk = self.chunks.get((place / CHUNK) as usize)?;
        let entry = chunk.entries.get((place % CHUNK) as usize)?;
        Some((entry, chunk.key(entry)))
    }

    /// The counter at a position, to be added to.
    #[inline]
    pub(crate) fn get_mut(&mut self, position: u32) -> Option<&mut Entry> {
        let place = position.wrapping_sub(self.base);
        self.chunks.get_mut((place / CHUNK) as usize)?.entries.get_mut((place % CHUNK) as usize)
    }

    /// The counter that leaves next, with its position and its point.
    pub(crate) fn first(&self) -> Option<(u32, &Entry, &[u8])> {
        let (entry, key) = self.get(self.front).filter(|_| self.len > 0)?;
        Some((self.front, entry, key))
    }

    /// Lets the first counter leave.
    pub(crate) fn pop(&mut self) {
        let Some((_, _, key)) = self.first() else { return };
        self.bytes -= EntryQueue::bytes_of(key.len());
        self.len -= 1;
        self.front = self.front.wrapping_add(1);
        if self.len == 0 {
            self.chunks.clear();
            self.base = self.front;
        } else if self.front.wrapping_sub(self.base) == CHUNK {
            self.chunks.pop_front();
            self.base = self.front;
        }
    }

    /// Moves whole chunks out at the front, as many as take at most so many bytes together. None of them may have
    /// lost a counter.
    pub(crate) fn split_front(&mut self, most: usize) -> EntryQueue {
        let mut taken = EntryQueue { base: self.base, front: self.front, ..EntryQueue::default() };
        while let Some(chunk) = self.chunks.front() {
            let bytes = chunk.bytes();
            if taken.bytes + bytes > most {
                break;
            }
            let len = chunk.entries.len();
            taken.len += len;
            taken.bytes += bytes;
            self.len -= len;
            self.bytes -= bytes;
            taken.chunks.extend(self.chunks.pop_front());
            self.base = self.base.wrapping_add(CHUNK);
            self.front = self.base;
        }
        taken
    }

    /// All counters with their positions, first to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Entry)> {
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
