//! `BlockClaim`: what is remembered of a block that was counted: where it ended, and how to know it again.

use crate::input::ChainHash;

/// The form of the record.
const VERSION: u8 = 1;
/// The ends of so many first records are checkpoints; after them they thin out.
const DENSE: usize = 8;
/// No block is longer; a record that says so is damaged.
const LONGEST: u64 = 1 << 30;

/// A counted block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockClaim {
    /// How many bytes it has.
    pub(crate) length: u64,
    /// The chain's hash after it.
    pub(crate) hash: [u8; 32],
    /// How many rows it has.
    pub(crate) rows: u64,
    /// Lengths within it with short hashes of what comes before them, to tell a shorter copy of the same
    /// stream from another stream that begins alike.
    checkpoints: Vec<(u32, u32)>,
}

/// What a stream turned out to be beside a counted block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// It goes on with the very block.
    Same,
    /// It goes on otherwise.
    Different(Alike),
    /// It ends within the block, and as far as it goes it is the same.
    Shorter,
}

/// How far a stream goes with a counted block before it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike {
    /// So many bytes are the same.
    pub(crate) bytes: usize,
    /// The very next record differs; else one soon after it may be the first.
    pub(crate) exact: bool,
}

/// Where checkpoints of a block will be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(Vec<usize>);

impl Marks {
    /// Notes the end of a record.
    pub(crate) fn record_ends(&mut self, at: usize) {
        let last = self.0.last().copied().unwrap_or(0);
        if self.0.len() < DENSE || at >= last + last / 16 {
            self.0.push(at);
        }
    }
}

impl BlockClaim {
    /// The claim on a block of `rows` rows after the hash `before`.
    pub(crate) fn new(before: [u8; 32], block: &[u8], rows: u64, marks: &Marks) -> BlockClaim {
        let mut checkpoints = Vec::with_capacity(marks.0.len());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before);
        let mut from = 0;
        for mark in marks.0.iter().copied().filter(|mark| *mark < block.len()) {
            hasher.update(block.get(from..mark).unwrap_or_default());
            from = mark;
            if let Ok(length) = u32::try_from(mark) {
                checkpoints.push((length, short(&hasher)));
            }
        }
        BlockClaim { length: block.len() as u64, hash: ChainHash::next(before, block), rows, checkpoints }
    }

    /// Compares the block with a stream that is at `before`; `ahead` is what it has from here on, at least as
    /// long as the block unless the stream ends.
    pub(crate) fn compare(&self, before: [u8; 32], ahead: &[u8]) -> Comparison {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        let is_whole = ahead.len() >= length;
        if ahead.get(..length).is_some_and(|block| ChainHash::next(before, block) == self.hash) {
            return Comparison::Same;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before);
        let mut alike = Alike { bytes: 0, exact: true };
        for (index, (length, hash)) in self.checkpoints.iter().enumerate() {
            let Some(next) = ahead.get(alike.bytes..*length as usize) else { break };
            hasher.update(next);
            if short(&hasher) != *hash {
                return Comparison::Different(alike);
            }
            alike = Alike { bytes: *length as usize, exact: index + 1 < DENSE };
        }
        if is_whole { Comparison::Different(alike) } else { Comparison::Shorter }
    }

    /// The record.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.hash);
        bytes.extend(self.rows.to_le_bytes());
        for (length, hash) in &self.checkpoints {
            bytes.extend(length.to_le_bytes());
            bytes.extend(hash.to_le_bytes());
        }
        bytes
    }

    /// Reads a record; none when it is not one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<BlockClaim> {
        let rest = bytes.strip_prefix(&[VERSION])?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let (rows, rest) = rest.split_first_chunk::<8>()?;
        let (pairs, rest) = rest.as_chunks::<8>();
        let length = u64::from_le_bytes(*length);
        let pair = |[a, b, c, d, e, f, g, h]: &[u8; 8]| {
            (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
        };
        (rest.is_empty() && length <= LONGEST).then(|| BlockClaim {
            length,
            hash: *hash,
            rows: u64::from_le_bytes(*rows),
            checkpoints: pairs.iter().map(pair).collect(),
        })
    }
}

fn short(hasher: &blake3::Hasher) -> u32 {
    let mut bytes = [0; 4];
    hasher.finalize_xof().fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(lines: &[&str]) -> (BlockClaim, String) {
        let mut marks = Marks::default();
        let mut text = String::new();
        for line in lines {
            text.push_str(line);
            marks.record_ends(text.len());
        }
        (BlockClaim::new([7; 32], text.as_bytes(), lines.len() as u64, &marks), text)
    }

    #[test]
    fn a_block_is_known_again() {
        let (claim, text) = claim(&["girl,18\n", "boy,19\n", "girl,20\n"]);
        let compare = |text: &str| claim.compare([7; 32], text.as_bytes());
        assert_eq!(compare(&text), Comparison::Same);
        assert_eq!(compare(&format!("{text}more\n")), Comparison::Same);
        let different = |bytes| Comparison::Different(Alike { bytes, exact: true });
        assert_eq!(compare("girl,18\nboy,19\ngirl,21\n"), different(15));
        assert_eq!(compare("girl,18\nboy,19\n"), Comparison::Shorter);
        assert_eq!(compare("girl,18\n"), Comparison::Shorter);
        assert_eq!(compare("girl,18\nboy,7\n boy"), different(8), "begins alike, but is another");
        assert_eq!(claim.compare([8; 32], text.as_bytes()), different(0), "another past");
    }

    #[test]
    fn a_difference_is_found_as_near_as_there_are_checkpoints() {
        let (claim, text) = claim(&["abc\n"; 200]);
        for (at, bytes, exact) in
            [(0, 0, true), (5, 4, true), (31, 28, true), (33, 32, false), (620, 600, false)]
        {
            let mut changed = text.clone();
            changed.replace_range(at..=at, "x");
            let Comparison::Different(alike) = claim.compare([7; 32], changed.as_bytes()) else {
                panic!("{at}")
            };
            assert!(alike.bytes <= at && alike.exact == exact, "{at}: {alike:?}");
            assert!(alike.bytes >= bytes, "{at}: {alike:?}");
        }
    }

    #[test]
    fn records_survive() {
        let (claim, _) = claim(&["a\n"; 100]);
        assert!(claim.checkpoints.len() < 60);
        assert_eq!(BlockClaim::decode(&claim.encode()), Some(claim.clone()));
        let bytes = claim.encode();
        assert_eq!(BlockClaim::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(BlockClaim::decode(&[2]), None);
        assert_eq!(BlockClaim::decode(&[]), None);
    }
}
