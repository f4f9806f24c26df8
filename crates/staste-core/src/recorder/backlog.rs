//! The backlog: kicks that left the shards, merged and kept apart by Metrica until they are in a batch.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::pending::Pending;
use crate::recorder::pending_map::PendingMap;
use crate::recorder::room;

/// The queue of kicks to be sent, first come first served within a Metrica, by turns among several.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    metricas: BTreeMap<u32, Waiting>,
    bytes: usize,
    /// The slot whose turn it was last.
    served: Option<u32>,
}

/// The queue of one Metrica.
#[derive(Debug, Default)]
struct Waiting {
    map: PendingMap,
    /// Counters taken out so far.
    taken: u64,
}

/// The point that each Metrica has to reach for a flush to be complete: counters taken out of each slot.
#[derive(Debug, Default)]
pub(crate) struct Goal(Vec<(u32, u64)>);

impl Backlog {
    /// Moves counters in, in the order of their first kick. Those that are here already merge; new ones need room in
    /// `bound` bytes, of which `others` are used otherwise, unless there is no bound. Returns the kicks for which there
    /// was none.
    pub(crate) fn absorb(&mut self, mut queues: Vec<EntryQueue>, bound: Option<usize>, others: usize) -> u64 {
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
                dropped += self.absorb_first(queue, bound, others);
            }
        }
        dropped
    }

    /// Moves the first counter of a queue in; returns its kicks if there was no room for them.
    fn absorb_first(&mut self, queue: &mut EntryQueue, bound: Option<usize>, others: usize) -> u64 {
        let Some((_, entry, key)) = queue.first() else { return 0 };
        let head = entry.head();
        let waiting = self.metricas.entry(head.slot).or_default();
        let has_room = bound.is_none_or(|bound| {
            let more = EntryQueue::bytes_of(key.len());
            room::fits(waiting.map.bytes(), others + self.bytes, bound, more)
        });
        let dropped = if has_room || waiting.map.has(entry.hash, head, key) {
            let like = (entry.hash, entry.order);
            self.bytes += waiting.map.add(like, head, key, entry.total, entry.count);
            0
        } else {
            entry.count
        };
        queue.pop();
        dropped
    }

    /// The slots that have something to send, the next one in turn first.
    pub(crate) fn turns(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = self
            .metricas
            .iter()
            .filter(|(_, waiting)| !waiting.map.is_empty())
            .map(|(slot, _)| *slot)
            .collect();
        let after = self.served.map_or(0, |served| slots.partition_point(|slot| *slot <= served));
        slots.rotate_left(after);
        slots
    }

    /// Notes that it was the turn of a slot.
    pub(crate) fn served(&mut self, slot: u32) {
        self.served = Some(slot);
    }

    /// Takes the first counter of a slot out.
    pub(crate) fn pop(&mut self, slot: u32) -> Option<Pending> {
        let waiting = self.metricas.get_mut(&slot)?;
        let before = waiting.map.bytes();
        let pending = waiting.map.pop();
        self.bytes -= before - waiting.map.bytes();
        waiting.taken += u64::from(pending.is_some());
        pending
    }

    /// Returns the goal at which everything that is here now was sent.
    pub(crate) fn goal(&self) -> Goal {
        let all = |waiting: &Waiting| waiting.taken + waiting.map.len() as u64;
        Goal(self.metricas.iter().map(|(slot, waiting)| (*slot, all(waiting))).collect())
    }

    /// True when everything was taken out that was here when the goal was set.
    pub(crate) fn has_reached(&self, goal: &Goal) -> bool {
        goal.0.iter().all(|(slot, taken)| {
            self.metricas.get(slot).is_none_or(|waiting| waiting.taken >= *taken || waiting.map.is_empty())
        })
    }

    /// Bytes it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}
