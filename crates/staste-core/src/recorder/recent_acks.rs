//! What the Store confirmed lately, to tell when its server lost it again.

use std::collections::{HashMap, VecDeque};

/// For how many seconds batches are remembered: a server passes on what it confirmed within less.
const REMEMBERED: i64 = 60;
/// How many are at most, of each Metrica.
const AT_MOST: usize = 10_000;

/// A batch that was confirmed: its sequence, how many kicks it had, and when.
type Confirmation = (u64, u64, i64);

/// The batches confirmed lately, by the slots of their metricas.
#[derive(Debug, Default)]
pub(crate) struct RecentAcks(HashMap<u32, VecDeque<Confirmation>>);

impl RecentAcks {
    /// Notes a batch of a Metrica that was confirmed; tells how many kicks of those before the Store does not
    /// have any more. `mark` is the sequence of the last one before that the Store has.
    pub(crate) fn note(&mut self, slot: u32, mark: u64, (sequence, kicks, now): Confirmation) -> u64 {
        let batches = self.0.entry(slot).or_default();
        while batches.pop_front_if(|(_, _, when)| now - *when > REMEMBERED).is_some() {}
        let mut lost = 0;
        while let Some((_, kicks, _)) = batches.pop_back_if(|(before, _, _)| *before > mark) {
            lost += kicks;
        }
        batches.push_back((sequence, kicks, now));
        if batches.len() > AT_MOST {
            batches.pop_front();
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_the_mark_was_lost() {
        let mut acks = RecentAcks::default();
        let mut lost = Vec::new();
        for (slot, mark, sequence) in
            [(0, 0, 1), (0, 1, 2), (1, 0, 3), (0, 2, 4), (0, 1, 5), (0, 5, 6), (1, 0, 7), (1, 7, 8)]
        {
            lost.push(acks.note(slot, mark, (sequence, 10 * sequence, 0)));
        }
        // Batches 2 and 4 of the first slot, and later batch 3 of the second.
        assert_eq!(lost, [0, 0, 0, 0, 60, 0, 30, 0]);
    }

    #[test]
    fn what_was_long_ago_is_not_remembered() {
        let mut acks = RecentAcks::default();
        assert_eq!(acks.note(0, 0, (1, 5, 0)), 0);
        assert_eq!(acks.note(0, 0, (2, 5, REMEMBERED + 1)), 0);
        assert_eq!(acks.note(0, 0, (3, 5, REMEMBERED + 2)), 5);
    }

    #[test]
    fn a_minute_is_remembered_whole() {
        for (seconds, lost) in [(60, 5), (61, 0)] {
            let mut acks = RecentAcks::default();
            acks.note(0, 0, (1, 5, 0));
            assert_eq!(acks.note(0, 0, (2, 7, seconds)), lost, "{seconds}");
        }
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut acks = RecentAcks::default();
        for sequence in 1..=20_000 {
            assert_eq!(acks.note(0, sequence - 1, (sequence, 1, 0)), 0);
        }
        assert_eq!(acks.note(0, 0, (20_001, 1, 0)), AT_MOST as u64);
    }
}
