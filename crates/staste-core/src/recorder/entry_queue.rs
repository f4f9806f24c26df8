//! `EntryQueue`: pending counters in the order of their first kick, stored in chunks that are freed as counters leave.

use std::collections::VecDeque;

use foldhash::fast::RandomState;

use crate::amount::Bin;
use crate::recorder::identity;
use crate::recorder::pending::{KickTime, PendingBucket, hash};
use crate::recorder::pending_bins::PendingBins;

/// Counters per chunk: few enough to save memory when there is little traffic, enough to make allocations rare.
const CHUNK_LEN: u32 = 512;
/// The bit of `PendingEntry::multiplier` that marks a local time; multipliers are at most 10^9.
const CIVIL_BIT: u32 = 1 << 31;
/// `PendingEntry::bins` of a counter without kicks in bins.
const NO_BINS: u16 = u16::MAX;

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
    /// At most 16 axes of 1 KiB and 16 components.
    key_length: u16,
    /// The position of its kicks in bins in those of the chunk; `NO_BINS` if it has none.
    bins: u16,
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
    /// The kicks in bins of the counters that have such kicks. A counter with kicks in bins only has count 0 itself.
    bins: Vec<PendingBins>,
}

impl Chunk {
    #[inline]
    fn key(&self, entry: &PendingEntry) -> &[u8] {
        let start = entry.key_start as usize;
        self.keys.get(start..start + usize::from(entry.key_length)).unwrap_or_default()
    }

    /// Returns the kicks in bins of a counter.
    fn bins(&self, entry: &PendingEntry) -> Option<&PendingBins> {
        self.bins.get(usize::from(entry.bins))
    }

    /// Returns the bytes of a counter.
    fn bytes_of(&self, entry: &PendingEntry) -> usize {
        let key_length = usize::from(entry.key_length);
        let own = if entry.count > 0 { EntryQueue::bytes_of(key_length) } else { 0 };
        let bins = self.bins(entry);
        let expanded = bins.into_iter().flat_map(PendingBins::iter);
        let expanded = expanded.map(|(bin, ..)| EntryQueue::bytes_of_bin(key_length, bin));
        own + expanded.sum::<usize>() + bins.map_or(0, PendingBins::bytes)
    }

    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| self.bytes_of(entry)).sum()
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

    /// Returns the bytes of the kicks of a counter in a bin: those of a counter of their own, which they become in the
    /// outbox. [`PendingBins::bytes`] are in addition to them.
    fn bytes_of_bin(key_length: usize, bin: Bin) -> usize {
        EntryQueue::bytes_of(key_length + identity::bin_length(bin))
    }

    /// Returns the bytes of a new counter of one bin, if it has bins. Further bins may take a few hundred bytes more, once
    /// for each point.
    pub(crate) fn bytes_of_first(key_length: usize, bin: Option<Bin>) -> usize {
        match bin {
            None => EntryQueue::bytes_of(key_length),
            Some(bin) => EntryQueue::bytes_of_bin(key_length, bin) + size_of::<PendingBins>(),
        }
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
        for (position, entry, _) in self.iter() {
            let bytes = self.bytes_at(position);
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
            key_length: u16::try_from(key.len()).unwrap_or(u16::MAX),
            bins: NO_BINS,
        });
        chunk.keys.extend_from_slice(key);
        self.len += 1;
        // A counter without kicks is for kicks in bins.
        self.bytes += if count > 0 { EntryQueue::bytes_of(key.len()) } else { 0 };
        self.base.wrapping_add(before).wrapping_add(offset)
    }

    /// Returns the counter at a position and the key of its point.
    #[inline]
    pub(crate) fn get(&self, position: u32) -> Option<(&PendingEntry, &[u8])> {
        let (chunk, entry) = self.chunk(position)?;
        Some((entry, chunk.key(entry)))
    }

    /// Returns the counter at a position.
    #[inline]
    pub(crate) fn get_mut(&mut self, position: u32) -> Option<&mut PendingEntry> {
        let offset = position.wrapping_sub(self.base);
        self.chunks.get_mut((offset / CHUNK_LEN) as usize)?.entries.get_mut((offset % CHUNK_LEN) as usize)
    }

    /// Returns the counter at a position with its chunk.
    #[inline]
    fn chunk(&self, position: u32) -> Option<(&Chunk, &PendingEntry)> {
        let offset = position.wrapping_sub(self.base);
        let chunk = self.chunks.get((offset / CHUNK_LEN) as usize)?;
        Some((chunk, chunk.entries.get((offset % CHUNK_LEN) as usize)?))
    }

    /// Returns the bytes of the counter at a position.
    fn bytes_at(&self, position: u32) -> usize {
        self.chunk(position).map_or(0, |(chunk, entry)| chunk.bytes_of(entry))
    }

    /// Adds kicks to a counter; returns the bytes that it took.
    pub(crate) fn add(&mut self, position: u32, order: u64, total: i128, count: u64) -> usize {
        let Some(entry) = self.get_mut(position) else { return 0 };
        let is_first = entry.count == 0 && count > 0;
        entry.add(total, count);
        entry.order = entry.order.min(order);
        let bytes = if is_first { EntryQueue::bytes_of(usize::from(entry.key_length)) } else { 0 };
        self.bytes += bytes;
        bytes
    }

    /// Returns the kicks in bins of the counter at a position.
    pub(crate) fn bins(&self, position: u32) -> Option<&PendingBins> {
        self.chunk(position).and_then(|(chunk, entry)| chunk.bins(entry))
    }

    /// Returns the kicks in bins of the counter at a position.
    #[inline]
    pub(crate) fn bins_mut(&mut self, position: u32) -> Option<&mut PendingBins> {
        let offset = position.wrapping_sub(self.base);
        let chunk = self.chunks.get_mut((offset / CHUNK_LEN) as usize)?;
        let entry = chunk.entries.get((offset % CHUNK_LEN) as usize)?;
        chunk.bins.get_mut(usize::from(entry.bins))
    }

    /// Adds kicks to the counter at a position, in a bin; returns the bytes that they took.
    pub(crate) fn add_to_bin(
        &mut self,
        position: u32,
        bin: Bin,
        order: u64,
        (total, count): (i64, u32),
    ) -> usize {
        let offset = position.wrapping_sub(self.base);
        let Some(chunk) = self.chunks.get_mut((offset / CHUNK_LEN) as usize) else { return 0 };
        let Some(entry) = chunk.entries.get_mut((offset % CHUNK_LEN) as usize) else { return 0 };
        entry.order = entry.order.min(order);
        let mut bytes = 0;
        if entry.bins == NO_BINS {
            // A chunk has fewer counters than NO_BINS.
            entry.bins = u16::try_from(chunk.bins.len()).unwrap_or(NO_BINS);
            chunk.bins.push(PendingBins::default());
            bytes += size_of::<PendingBins>();
        }
        let Some(bins) = chunk.bins.get_mut(usize::from(entry.bins)) else { return 0 };
        let before = bins.bytes();
        if bins.add(bin, total, count) {
            bytes += EntryQueue::bytes_of_bin(usize::from(entry.key_length), bin) + bins.bytes() - before;
        }
        self.bytes += bytes;
        bytes
    }

    /// Returns the same kicks with a counter of its own for each bin of a point.
    pub(crate) fn with_counter_for_each_bin(self, seed: &RandomState) -> EntryQueue {
        if self.chunks.iter().all(|chunk| chunk.bins.is_empty()) {
            return self;
        }
        let mut queue = EntryQueue::default();
        for (position, entry, key) in self.iter() {
            let bucket = entry.bucket();
            if entry.count > 0 {
                queue.push(bucket, key, (entry.hash, entry.order, entry.total, entry.count));
            }
            for (bin, total, count) in self.bins(position).into_iter().flat_map(PendingBins::iter) {
                let key = identity::with_bin(key, bin);
                let values = (hash(seed, bucket, &key), entry.order, i128::from(total), u64::from(count));
                queue.push(bucket, &key, values);
            }
        }
        queue
    }

    /// Returns the counter that leaves next, with its position and the key of its point.
    pub(crate) fn first(&self) -> Option<(u32, &PendingEntry, &[u8])> {
        let (entry, key) = self.get(self.front).filter(|_| self.len > 0)?;
        Some((self.front, entry, key))
    }

    /// Removes the first counter.
    pub(crate) fn pop(&mut self) {
        if self.len == 0 {
            return;
        }
        self.bytes -= self.bytes_at(self.front);
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

    /// Removes whole chunks at the front that take at most `max_bytes` together. No counter of them may have left
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

    /// Returns all counters with their positions and the keys of their points, first to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &PendingEntry, &[u8])> {
        let counters =
            self.chunks.iter().flat_map(|chunk| chunk.entries.iter().map(|own| (own, chunk.key(own))));
        let mut position = self.base;
        let numbered = counters.map(move |(entry, key)| {
            let own = position;
            position = position.wrapping_add(1);
            (own, entry, key)
        });
        numbered.skip(self.front.wrapping_sub(self.base) as usize)
    }
}
