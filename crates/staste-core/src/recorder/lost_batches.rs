//! `LostBatchDetector`: remembers acknowledged batches for a while, to detect that the server of the Store lost them.

use std::collections::{HashMap, VecDeque};

/// Number of seconds for which batches are remembered: a server replicates acknowledged batches within less.
const MAX_AGE: i64 = 60;
/// Maximum number of batches remembered per Metrica.
const MAX_BATCHES: usize = 10_000;

/// An acknowledged batch: its sequence number, its number of kicks, and the time in unix seconds.
type Acknowledgement = (u64, u64, i64);

/// The recently acknowledged batches, by the index of their Metrica.
#[derive(Debug, Default)]
pub(crate) struct LostBatchDetector(HashMap<u32, VecDeque<Acknowledgement>>);

impl LostBatchDetector {
    /// Notes an acknowledged batch of a Metrica. Returns the number of kicks of earlier batches that the Store has
    /// lost. `mark` is the sequence number of the last batch before it that the Store has.
    pub(crate) fn note(&mut self, metrica: u32, mark: u64, (sequence, kicks, now): Acknowledgement) -> u64 {
        let batches = self.0.entry(metrica).or_default();
        while batches.pop_front_if(|(_, _, when)| now - *when > MAX_AGE).is_some() {}
        let mut lost = 0;
        while let Some((_, kicks, _)) = batches.pop_back_if(|(before, _, _)| *before > mark) {
            lost += kicks;
        }
        batches.push_back((sequence, kicks, now));
        if batches.len() > MAX_BATCHES {
            batches.pop_front();
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_after_the_mark_are_lost() {
        let mut detector = LostBatchDetector::default();
        let mut lost = Vec::new();
        for (metrica, mark, sequence) in
            [(0, 0, 1), (0, 1, 2), (1, 0, 3), (0, 2, 4), (0, 1, 5), (0, 5, 6), (1, 0, 7), (1, 7, 8)]
        {
            lost.push(detector.note(metrica, mark, (sequence, 10 * sequence, 0)));
        }
        // Batches 2 and 4 of the first Metrica, and later batch 3 of the second.
        assert_eq!(lost, [0, 0, 0, 0, 60, 0, 30, 0]);
    }

    #[test]
    fn old_batches_are_not_remembered() {
        let mut detector = LostBatchDetector::default();
        assert_eq!(detector.note(0, 0, (1, 5, 0)), 0);
        assert_eq!(detector.note(0, 0, (2, 5, MAX_AGE + 1)), 0);
        assert_eq!(detector.note(0, 0, (3, 5, MAX_AGE + 2)), 5);
    }

    #[test]
    fn batches_of_the_last_minute_are_remembered() {
        for (seconds, lost) in [(60, 5), (61, 0)] {
            let mut detector = LostBatchDetector::default();
            detector.note(0, 0, (1, 5, 0));
            assert_eq!(detector.note(0, 0, (2, 7, seconds)), lost, "{seconds}");
        }
    }

    #[test]
    fn number_of_remembered_batches_is_limited() {
        let mut detector = LostBatchDetector::default();
        for sequence in 1..=20_000 {
            assert_eq!(detector.note(0, sequence - 1, (sequence, 1, 0)), 0);
        }
        assert_eq!(detector.note(0, 0, (20_001, 1, 0)), MAX_BATCHES as u64);
    }
}
