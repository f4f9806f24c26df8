//! `Run`: consecutive rows of a source that are counted, and how they are recognized in any stream.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::block_claim::{BlockClaim, ChainHash, CheckpointOffsets, Comparison, GrowingClaim};

/// Consecutive rows that are counted, or skipped by an option. Rejected rows are in no run, so they can be counted later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The hash of the first row, up to its first newline.
    pub(super) first: u64,
    /// The hash of the last row.
    pub(super) last: u64,
    /// The hash of the last row together with the last one before it that differs; 0 if there is none. By it a stream is
    /// recognized that contains the end of the run only.
    pub(super) tail: u64,
    /// The bytes of all rows.
    pub(super) claim: BlockClaim,
}

/// The hash of rows, with a random seed for each Metrica, so that nobody can write rows with equal hashes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowHasher {
    seed: u64,
}

/// The hashes of the last row of a stream, and of the last one before it that differs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    previous: Option<u64>,
    last: Option<u64>,
}

/// A run of one block or more, which the next block can continue.
#[derive(Clone, Debug)]
pub(super) struct GrowingRun {
    first: u64,
    tail: Tail,
    claim: GrowingClaim,
}

/// A run, or a part of one, that is being read. Offsets are those in its block.
#[derive(Debug)]
pub(super) struct OpenRun {
    start: usize,
    end: usize,
    rows: u64,
    counted: u64,
    /// Where the last row is, and the last one before it that differs.
    last: (usize, usize),
    previous: Option<(usize, usize)>,
    checkpoints: CheckpointOffsets,
}

impl RowHasher {
    pub(super) fn new(seed: u64) -> RowHasher {
        RowHasher { seed }
    }

    /// Returns the hash of the first line of some bytes. A row can have several lines.
    #[inline]
    pub(super) fn hash_start(self, bytes: &[u8]) -> u64 {
        let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |newline| newline + 1);
        self.hash(bytes.get(..end).unwrap_or_default())
    }

    /// Returns the hash of a row without its newline, because a last line can get its newline later.
    #[inline]
    pub(super) fn hash(self, row: &[u8]) -> u64 {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        xxh3_64_with_seed(row.strip_suffix(b"\r").unwrap_or(row), self.seed)
    }
}

impl Tail {
    /// Adds a row.
    pub(super) fn add(&mut self, row: u64) {
        if self.last != Some(row) {
            self.previous = self.last.replace(row);
        }
    }

    /// Returns the hash of both rows; 0 if there are no two rows that differ.
    pub(super) fn hash(&self) -> u64 {
        let (Some(previous), Some(last)) = (self.previous, self.last) else { return 0 };
        xxh3_64_with_seed([previous.to_le_bytes(), last.to_le_bytes()].as_flattened(), 0)
    }
}

impl OpenRun {
    /// Starts a run without rows.
    pub(super) fn new(start: usize) -> OpenRun {
        OpenRun {
            start,
            end: start,
            rows: 0,
            counted: 0,
            last: (start, start),
            previous: None,
            checkpoints: CheckpointOffsets::default(),
        }
    }

    /// Adds a row of the block.
    #[inline]
    pub(super) fn add(&mut self, block: &[u8], (start, end): (usize, usize), is_counted: bool) {
        let (from, to) = self.last;
        if self.rows > 0 && !is_equal(block.get(from..to), block.get(start..end)) {
            self.previous = Some(self.last);
        }
        self.last = (start, end);
        self.end = end;
        self.rows += 1;
        self.counted += u64::from(is_counted);
        self.checkpoints.add_record_end(end - self.start);
    }

    /// Returns the run, or none if no row of it was counted.
    pub(super) fn close(self, block: &[u8], hasher: RowHasher) -> Option<GrowingRun> {
        if self.counted == 0 {
            return None;
        }
        let first = hasher.hash_start(block.get(self.start..self.end)?);
        let mut run = GrowingRun { first, tail: Tail::default(), claim: GrowingClaim::new(ChainHash::START) };
        run.append(&self, block, hasher);
        Some(run)
    }

    /// Returns the end of the run in the block.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Returns true if it has no rows yet.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl GrowingRun {
    /// Appends the next rows, which follow without a gap.
    pub(super) fn append(&mut self, rows: &OpenRun, block: &[u8], hasher: RowHasher) {
        if rows.rows == 0 {
            return;
        }
        for (from, to) in rows.previous.into_iter().chain([rows.last]) {
            self.tail.add(hasher.hash(block.get(from..to).unwrap_or_default()));
        }
        let bytes = block.get(rows.start..rows.end).unwrap_or_default();
        self.claim.append(bytes, rows.rows, &rows.checkpoints);
    }

    /// Returns the number of bytes.
    pub(super) fn length(&self) -> usize {
        self.claim.length()
    }

    /// Returns the run of the rows so far.
    pub(super) fn run(&self) -> Run {
        let last = self.tail.last.unwrap_or_default();
        Run { first: self.first, last, tail: self.tail.hash(), claim: self.claim.claim() }
    }
}

/// Compares two rows. Most differ in their length or their end, which is found without a call.
#[inline]
fn is_equal(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
    one.len() == other.len() && one.last_chunk::<8>() == other.last_chunk::<8>() && one == other
}

impl Run {
    /// Compares the run with the next part of a stream, at least as long as the run unless the stream ends.
    pub(super) fn compare(&self, ahead: &[u8]) -> Comparison {
        self.claim.compare(ChainHash::START, ahead)
    }

    /// Returns the number of bytes.
    pub(super) fn length(&self) -> usize {
        usize::try_from(self.claim.length).unwrap_or(usize::MAX)
    }

    /// Returns true if the whole run starts in a line after the first.
    pub(super) fn is_in_later_line(&self, bytes: &[u8], hasher: RowHasher) -> bool {
        let mut start = 0;
        bytes.split_inclusive(|byte| *byte == b'\n').any(|line| {
            let rest = bytes.get(start..).unwrap_or_default();
            let is_first = start == 0;
            start += line.len();
            !is_first && hasher.hash(line) == self.first && self.compare(rest) == Comparison::Same
        })
    }

    /// Returns true if one of the lines is the last row of the run.
    pub(super) fn last_row_is_in(&self, bytes: &[u8], hasher: RowHasher) -> bool {
        bytes.split_inclusive(|byte| *byte == b'\n').any(|line| hasher.hash(line) == self.last)
    }

    /// Appends the encoded run.
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        let claim = self.claim.encode();
        for number in [self.first, self.last, self.tail, claim.len() as u64] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(claim);
    }

    /// Decodes the first run of some bytes. Returns it with the bytes after it, or none if it is invalid.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Run, &[u8])> {
        let mut rest = bytes;
        let mut number = || {
            let (number, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_le_bytes(*number))
        };
        let (first, last, tail, length) = (number()?, number()?, number()?, number()?);
        let (claim, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some((Run { first, last, tail, claim: BlockClaim::decode(claim)? }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rows: &[&str]) -> (Run, String) {
        let text = rows.concat();
        let mut open = OpenRun::new(0);
        let mut end = 0;
        for row in rows {
            open.add(text.as_bytes(), (end, end + row.len()), true);
            end += row.len();
        }
        (open.close(text.as_bytes(), RowHasher::new(7)).unwrap().run(), text)
    }

    #[test]
    fn run_is_recognized_anywhere_in_a_stream() {
        let (run, text) = run(&["tea,1\n", "coffee,2\n", "cake,3\n"]);
        assert_eq!(run.compare(text.as_bytes()), Comparison::Same);
        let hasher = RowHasher::new(7);
        assert!(run.is_in_later_line(format!("new,1\n{text}more\n").as_bytes(), hasher));
        assert!(!run.is_in_later_line(text.as_bytes(), hasher), "it starts with the first line");
        assert!(!run.is_in_later_line(b"new,1\ntea,1\ncoffee,7\ncake,3\n", hasher));
        assert!(
            run.last_row_is_in(b"tea,2\ncake,3", hasher) && !run.last_row_is_in(b"tea,2\ncake,4", hasher)
        );
    }

    #[test]
    fn hash_of_a_row_has_a_seed_and_ignores_the_newline() {
        let hasher = RowHasher::new(7);
        assert_eq!(hasher.hash(b"a,b\r\n"), hasher.hash(b"a,b"));
        assert_ne!(hasher.hash(b"a,b"), hasher.hash(b"a,b "));
        assert_ne!(hasher.hash(b"a,b"), RowHasher::new(8).hash(b"a,b"));
    }

    #[test]
    fn tail_is_the_last_row_and_the_one_before_it_that_differs() {
        let mut tail = Tail::default();
        let mut hashes = Vec::new();
        for row in [1, 1, 2, 2, 1, 2] {
            tail.add(row);
            hashes.push(tail.hash());
        }
        assert!(hashes[0] == 0 && hashes[1] == 0 && hashes[2] != 0);
        assert_eq!((hashes[3], hashes[5]), (hashes[2], hashes[2]));
        assert_ne!(hashes[4], hashes[5]);
        let hasher = RowHasher::new(7);
        let mut of_rows = Tail::default();
        [b"b", b"a"].iter().for_each(|row| of_rows.add(hasher.hash(*row)));
        assert_eq!(run(&["x\n", "b\n", "a\n", "a\n"]).0.tail, of_rows.hash());
        assert_eq!(run(&["a\n", "a\n"]).0.tail, 0);
    }

    #[test]
    fn encoded_run_is_decoded_and_damaged_one_is_not() {
        let (run, _) = run(&["a\n"; 40]);
        let mut bytes = Vec::new();
        run.encode(&mut bytes);
        let end = bytes.len();
        bytes.extend(b"rest");
        assert_eq!(Run::decode(&bytes), Some((run, &b"rest"[..])));
        assert_eq!(Run::decode(&bytes[..end - 1]), None);
        assert_eq!(Run::decode(&[]), None);
    }

    #[test]
    fn run_without_counted_rows_is_none() {
        let mut open = OpenRun::new(0);
        open.add(b"a\n", (0, 2), false);
        assert!(open.close(b"a\n", RowHasher::new(7)).is_none());
    }
}
