//! `RecordBuilder`: the encoding of a record with the counted runs of a day.
//!
//! A record has a version, the hash of the mapping, the number of the stream, and then runs with their positions. Marks in the
//! place of a position come before the last rows of runs of other days, and before the hashes of rejected rows.

use super::run::Run;

/// Version of the encoding of a record.
const VERSION: u8 = 2;
/// Comes in place of the position of a run before the hashes of rejected rows, which end a record.
const REJECTED: u32 = u32::MAX;
/// Comes in place of the position of a run before the position and the last rows of a run of another day.
const TAIL: u32 = u32::MAX - 1;

/// The day of a row in days since 1970; none for rows without dates.
pub(super) type Day = Option<i64>;

/// A run that an import counted.
#[derive(Clone, Debug)]
pub(super) struct KnownRun {
    /// The random number of the import of the file.
    pub(super) stream: u64,
    /// Position among the runs of this stream.
    pub(super) ordinal: u32,
    /// The day of its record.
    pub(super) day: Day,
    /// False if it was imported with other columns or options.
    pub(super) has_same_mapping: bool,
    pub(super) run: Run,
}

/// A record that is being written.
pub(super) struct RecordBuilder {
    bytes: Vec<u8>,
    is_empty: bool,
}

impl RecordBuilder {
    /// Returns a record without runs.
    pub(super) fn new(mapping: &[u8; 16], stream: u64) -> RecordBuilder {
        let mut bytes = vec![VERSION];
        bytes.extend(mapping);
        bytes.extend(stream.to_le_bytes());
        RecordBuilder { bytes, is_empty: true }
    }

    /// Returns true if it has no runs, last rows or rejected rows.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Adds a run.
    pub(super) fn add_run(&mut self, position: u32, run: &Run) {
        self.is_empty = false;
        self.bytes.extend(position.to_le_bytes());
        run.encode(&mut self.bytes);
    }

    /// Adds the last rows of a run that starts on another day.
    pub(super) fn add_tail(&mut self, position: u32, tail: u64) {
        self.is_empty = false;
        self.bytes.extend(TAIL.to_le_bytes());
        self.bytes.extend(position.to_le_bytes());
        self.bytes.extend(tail.to_le_bytes());
    }

    /// Ends the record with the hashes of rejected rows.
    pub(super) fn end_with_rejected(&mut self, rows: &[u64]) {
        self.is_empty = false;
        self.bytes.extend(REJECTED.to_le_bytes());
        rows.iter().for_each(|row| self.bytes.extend(row.to_le_bytes()));
    }

    /// Returns the encoded record.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The content of a record.
pub(super) struct DecodedRecord {
    pub(super) runs: Vec<KnownRun>,
    /// The last rows of runs that start on another day.
    pub(super) tails: Vec<(u64, (u64, u32))>,
    pub(super) rejected: Vec<u64>,
}

/// Decodes a record of a day, or returns none if it is invalid.
pub(super) fn decode(bytes: &[u8], day: Day, own_mapping: &[u8; 16]) -> Option<DecodedRecord> {
    let rest = bytes.strip_prefix(&[VERSION])?;
    let (mapping, rest) = rest.split_first_chunk::<16>()?;
    let (stream, mut rest) = rest.split_first_chunk::<8>()?;
    let (mut runs, mut tails) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let (ordinal, after) = rest.split_first_chunk::<4>()?;
        if u32::from_le_bytes(*ordinal) == REJECTED {
            let (rows, []) = after.as_chunks::<8>() else { return None };
            let rejected = rows.iter().map(|row| u64::from_le_bytes(*row)).collect();
            return Some(DecodedRecord { runs, tails, rejected });
        }
        if u32::from_le_bytes(*ordinal) == TAIL {
            let (ordinal, after) = after.split_first_chunk::<4>()?;
            let (tail, after) = after.split_first_chunk::<8>()?;
            let id = (u64::from_le_bytes(*stream), u32::from_le_bytes(*ordinal));
            tails.push((u64::from_le_bytes(*tail), id));
            rest = after;
            continue;
        }
        let (run, after) = Run::decode(after)?;
        rest = after;
        runs.push(KnownRun {
            stream: u64::from_le_bytes(*stream),
            ordinal: u32::from_le_bytes(*ordinal),
            day,
            has_same_mapping: mapping == own_mapping,
            run,
        });
    }
    Some(DecodedRecord { runs, tails, rejected: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::super::run::{OpenRun, RowHasher};
    use super::*;

    #[test]
    fn record_is_decoded_and_a_damaged_one_is_not() {
        let mut open = OpenRun::new(0);
        open.add(b"a\nb\n", (0, 2), true);
        open.add(b"a\nb\n", (2, 4), true);
        let run = open.close(b"a\nb\n", RowHasher::new(7)).unwrap().run();
        let mut record = RecordBuilder::new(&[1; 16], 5);
        assert!(record.is_empty());
        record.add_run(3, &run);
        record.add_tail(2, 99);
        record.end_with_rejected(&[8, 9]);
        assert!(!record.is_empty());
        let bytes = record.bytes();
        let decoded = decode(&bytes, Some(20), &[1; 16]).unwrap();
        let known = &decoded.runs[0];
        assert_eq!((known.stream, known.ordinal, known.day, known.has_same_mapping), (5, 3, Some(20), true));
        assert_eq!((&known.run, decoded.tails, decoded.rejected), (&run, vec![(99, (5, 2))], vec![8, 9]));
        assert!(!decode(&bytes, Some(20), &[2; 16]).unwrap().runs[0].has_same_mapping);
        assert!(decode(&bytes[..bytes.len() - 1], None, &[1; 16]).is_none());
        assert!(decode(&[9], None, &[1; 16]).is_none());
    }
}
