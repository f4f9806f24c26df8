//! `Backlog`: pending counters that left the shards, merged by Metrica, until they are put into a batch.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::memory_limit;
use crate::recorder::pending::Pending;
use crate::recorder::pending_map::PendingMap;

/// The queues of counters to be sent: first in, first out within a Metrica; metricas take turns.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// By the index of the Metrica in the Recorder.
    metricas: BTreeMap<u32, MetricaQueue>,
    bytes: usize,
    /// The Metrica that had the last turn.
    last_turn: Option<u32>,
}

/// The queue of one Metrica.
#[derive(Debug, Default)]
struct MetricaQueue {
    map: PendingMap,
    /// Number of counters removed so far.
    taken: u64,
}

/// The number of counters to be removed from the queue of each Metrica before a flush is complete.
#[derive(Debug, Default)]
pub(crate) struct FlushTarget(Vec<(u32, u64)>);

impl Backlog {
    /// Adds the counters of the queues in the order of their first kick. Counters of known points are merged. With a
    /// limit in bytes, of which `others` are in use elsewhere, new points need free space. Returns the number of kicks
    /// for which there was none.
    pub(crate) fn add_queues(
        &mut self,
        mut queues: Vec<EntryQueue>,
        limit: Option<usize>,
        others: usize,
    ) -> u64 {
        let order = |queue: &EntryQueue| queue.first().map(|(_, entry, _)| entry.order);
        let mut firsts: BinaryHeap<Reverse<(u64, usize)>> =
            queues.iter().enumerate().filter_map(|(at, queue)| Some(Reverse((order(queue)?, at)))).collect();
        let mut dropped = 0;
        while let Some(Reverse((_, at))) = firsts.pop()
            && let Some(queue) = queues.get_mut(at)
        {
            let until = firsts.peek().map_or(u64::MAX, |Reverse((order, _))| *order);
            while let Some(first) = order(queue) {
                if first > until {
                    firsts.push(Reverse((first, at)));
                    break;
                }
                dropped += self.add_first(queue, limit, others);
            }
        }
        dropped
    }

    /// Moves the first counter of a queue in; returns the number of its kicks if there was no space.
    fn add_first(&mut self, queue: &mut EntryQueue, limit: Option<usize>, others: usize) -> u64 {
        let Some((_, entry, key)) = queue.first() else { return 0 };
        let bucket = entry.bucket();
        let own = self.metricas.entry(bucket.metrica).or_default();
        let has_space = limit.is_none_or(|limit| {
            let more = EntryQueue::bytes_of(key.len());
            memory_limit::fits_fair_share(own.map.bytes(), others + self.bytes, limit, more)
        });
        let dropped = if has_space || own.map.contains(entry.hash, bucket, (key, None)) {
            let hash_and_order = (entry.hash, entry.order);
            self.bytes += own.map.add(hash_and_order, bucket, key, entry.total, entry.count);
            0
        } else {
            entry.count
        };
        queue.pop();
        dropped
    }

    /// Returns the metricas with counters to send, in the order of their turns.
    pub(crate) fn turns(&self) -> Vec<u32> {
        let with_counters = self.metricas.iter().filter(|(_, queue)| !queue.map.is_empty());
        let mut metricas: Vec<u32> = with_counters.map(|(metrica, _)| *metrica).collect();
        let after = self.last_turn.map_or(0, |last| metricas.partition_point(|metrica| *metrica <= last));
        metricas.rotate_left(after);
        metricas
    }

    /// Notes that a Metrica had its turn.
    pub(crate) fn end_turn(&mut self, metrica: u32) {
        self.last_turn = Some(metrica);
    }

    /// Removes the first counter of a Metrica.
    pub(crate) fn pop(&mut self, metrica: u32) -> Option<Pending> {
        let queue = self.metricas.get_mut(&metrica)?;
        let before = queue.map.bytes();
        let pending = queue.map.pop();
        self.bytes -= before - queue.map.bytes();
        queue.taken += u64::from(pending.is_some());
        pending
    }

    /// Returns the target at which all present counters have been removed.
    pub(crate) fn flush_target(&self) -> FlushTarget {
        let all = |queue: &MetricaQueue| queue.taken + queue.map.len() as u64;
        FlushTarget(self.metricas.iter().map(|(metrica, queue)| (*metrica, all(queue))).collect())
    }

    /// Returns true when all counters that were present when the target was created have been removed.
    pub(crate) fn has_reached(&self, target: &FlushTarget) -> bool {
        target.0.iter().all(|(metrica, taken)| {
            self.metricas.get(metrica).is_none_or(|queue| queue.taken >= *taken || queue.map.is_empty())
        })
    }

    /// Returns the bytes of its counters in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}
