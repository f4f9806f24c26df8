//! `BlockClaim`: the record of a counted block, by which it is recognized when the file is imported again.

/// Version of the encoding.
const VERSION: u8 = 1;
/// The number of first records whose ends are all checkpoints. After them checkpoints get sparse.
const DENSE_CHECKPOINTS: usize = 8;
/// Maximum length of a block. A claim with a larger length is damaged.
const MAX_BLOCK_BYTES: u64 = 1 << 30;

/// Hashes of a stream, each of which depends on all bytes before it. Equal hashes mean equal bytes in equal blocks.
pub(crate) struct ChainHash;

impl ChainHash {
    /// The hash at the start of a stream.
    pub(crate) const START: [u8; 32] = [0; 32];

    /// Returns the hash after a block. The same bytes in other blocks have other hashes.
    pub(crate) fn next(previous: [u8; 32], bytes: &[u8]) -> [u8; 32] {
        *blake3::Hasher::new().update(&previous).update(bytes).finalize().as_bytes()
    }
}

/// A counted block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockClaim {
    /// Number of bytes.
    pub(crate) length: u64,
    /// The hash after the block.
    pub(crate) hash: [u8; 32],
    /// Number of rows.
    pub(crate) rows: u64,
    /// Offsets in the block with a short hash of the bytes before them. They distinguish a shorter copy of the same stream
    /// from another stream that starts in the same way.
    checkpoints: Vec<(u32, u32)>,
}

/// The claim of a block that is read in parts.
#[derive(Clone, Debug)]
pub(crate) struct GrowingClaim {
    hasher: blake3::Hasher,
    length: usize,
    rows: u64,
    checkpoints: Vec<(u32, u32)>,
}

/// How a stream compares with a counted block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The stream continues with the block.
    Same,
    /// The stream continues with other bytes.
    Different(CommonPrefix),
    /// The stream ends inside the block and is the same up to its end.
    Shorter,
}

/// The part that a stream and a counted block have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CommonPrefix {
    /// Number of common bytes.
    pub(crate) bytes: usize,
    /// True if the next record differs. Otherwise the first record that differs may come later.
    pub(crate) is_exact: bool,
}

/// The offsets of the checkpoints of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckpointOffsets(Vec<usize>);

impl CheckpointOffsets {
    /// Adds the end of a record, unless the last checkpoint is close to it.
    pub(crate) fn add_record_end(&mut self, at: usize) {
        if is_checkpoint(at, self.0.len(), self.0.last().copied().unwrap_or(0)) {
            self.0.push(at);
        }
    }
}

/// Returns true if the end of a record is a checkpoint, after a number of others of which the last is at `last`.
fn is_checkpoint(at: usize, others: usize, last: usize) -> bool {
    others < DENSE_CHECKPOINTS || at >= last + last / 2
}

impl GrowingClaim {
    /// Returns the claim of a block without rows after the hash `before`.
    pub(crate) fn new(before: [u8; 32]) -> GrowingClaim {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before);
        GrowingClaim { hasher, length: 0, rows: 0, checkpoints: Vec::new() }
    }

    /// Appends a part of the block with `rows` rows. The offsets are those in the part.
    pub(crate) fn append(&mut self, part: &[u8], rows: u64, offsets: &CheckpointOffsets) {
        let mut from = 0;
        for offset in offsets.0.iter().copied().filter(|offset| *offset < part.len()) {
            let last = self.checkpoints.last().map_or(0, |(length, _)| *length as usize);
            let Ok(length) = u32::try_from(self.length + offset) else { break };
            if is_checkpoint(self.length + offset, self.checkpoints.len(), last) {
                self.hasher.update(part.get(from..offset).unwrap_or_default());
                from = offset;
                self.checkpoints.push((length, short_hash(&self.hasher)));
            }
        }
        self.hasher.update(part.get(from..).unwrap_or_default());
        self.length += part.len();
        self.rows += rows;
    }

    /// Returns the number of bytes so far.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Returns the claim of the parts so far.
    pub(crate) fn claim(&self) -> BlockClaim {
        // This is `ChainHash::next`, without hashing the bytes again.
        let hash = *self.hasher.finalize().as_bytes();
        BlockClaim {
            length: self.length as u64,
            hash,
            rows: self.rows,
            checkpoints: self.checkpoints.clone(),
        }
    }
}

impl BlockClaim {
    /// Compares the block with a stream after the hash `before`. `ahead` is the next part of the stream, at least as long as
    /// the block unless the stream ends.
    pub(crate) fn compare(&self, before: [u8; 32], ahead: &[u8]) -> Comparison {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before);
        let mut prefix = CommonPrefix { bytes: 0, is_exact: true };
        // A difference in the first record is found without hashing the others.
        for (index, (length, hash)) in self.checkpoints.iter().enumerate() {
            let Some(next) = ahead.get(prefix.bytes..*length as usize) else { break };
            hasher.update(next);
            if short_hash(&hasher) != *hash {
                return Comparison::Different(prefix);
            }
            prefix = CommonPrefix { bytes: *length as usize, is_exact: index + 1 < DENSE_CHECKPOINTS };
        }
        let Some(rest) = ahead.get(prefix.bytes..length) else { return Comparison::Shorter };
        hasher.update(rest);
        if *hasher.finalize().as_bytes() == self.hash {
            Comparison::Same
        } else {
            Comparison::Different(prefix)
        }
    }

    /// Encodes the claim.
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

    /// Decodes a claim, or returns none if the bytes are invalid.
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
        (rest.is_empty() && length <= MAX_BLOCK_BYTES).then(|| BlockClaim {
            length,
            hash: *hash,
            rows: u64::from_le_bytes(*rows),
            checkpoints: pairs.iter().map(pair).collect(),
        })
    }
}

fn short_hash(hasher: &blake3::Hasher) -> u32 {
    let mut bytes = [0; 4];
    hasher.finalize_xof().fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(lines: &[&str]) -> (BlockClaim, String) {
        let mut offsets = CheckpointOffsets::default();
        let mut text = String::new();
        for line in lines {
            text.push_str(line);
            offsets.add_record_end(text.len());
        }
        let mut claim = GrowingClaim::new([7; 32]);
        claim.append(text.as_bytes(), lines.len() as u64, &offsets);
        (claim.claim(), text)
    }

    #[test]
    fn block_is_recognized_in_a_stream() {
        let (claim, text) = claim(&["girl,18\n", "boy,19\n", "girl,20\n"]);
        let compare = |text: &str| claim.compare([7; 32], text.as_bytes());
        assert_eq!(compare(&text), Comparison::Same);
        assert_eq!(compare(&format!("{text}more\n")), Comparison::Same);
        let different = |bytes| Comparison::Different(CommonPrefix { bytes, is_exact: true });
        assert_eq!(compare("girl,18\nboy,19\ngirl,21\n"), different(15));
        assert_eq!(compare("girl,18\nboy,19\n"), Comparison::Shorter);
        assert_eq!(compare("girl,18\n"), Comparison::Shorter);
        assert_eq!(compare("girl,18\nboy,7\n boy"), different(8), "starts in the same way, but is another");
        assert_eq!(claim.compare([8; 32], text.as_bytes()), different(0), "other bytes before");
    }

    #[test]
    fn difference_is_located_after_the_last_equal_checkpoint() {
        let (claim, text) = claim(&["abc\n"; 200]);
        for (at, bytes, is_exact) in
            [(0, 0, true), (5, 4, true), (31, 28, true), (33, 32, false), (620, 548, false)]
        {
            let mut changed = text.clone();
            changed.replace_range(at..=at, "x");
            let Comparison::Different(prefix) = claim.compare([7; 32], changed.as_bytes()) else {
                panic!("{at}")
            };
            assert!(prefix.bytes <= at && prefix.is_exact == is_exact, "{at}: {prefix:?}");
            assert!(prefix.bytes >= bytes, "{at}: {prefix:?}");
        }
    }

    #[test]
    fn claim_of_a_block_read_in_parts_is_that_of_the_whole_block() {
        let lines: Vec<String> = (0..200).map(|n| format!("{n}\n")).collect();
        let text = lines.concat();
        for parts in [vec![200], vec![1, 199], vec![3; 40], vec![150, 1, 1, 48]] {
            let mut claim = GrowingClaim::new([7; 32]);
            let mut next = lines.iter();
            for part in parts {
                let mut offsets = CheckpointOffsets::default();
                let mut bytes = String::new();
                for line in next.by_ref().take(part) {
                    bytes.push_str(line);
                    offsets.add_record_end(bytes.len());
                }
                claim.append(bytes.as_bytes(), part as u64, &offsets);
            }
            let (claim, length) = (claim.claim(), claim.length());
            assert!(claim.checkpoints.len() < 60);
            assert_eq!(claim.compare([7; 32], &text.as_bytes()[..length]), Comparison::Same);
            assert_eq!(claim.compare([7; 32], &text.as_bytes()[..length - 1]), Comparison::Shorter);
            let hash = ChainHash::next([7; 32], &text.as_bytes()[..length]);
            assert_eq!((claim.length, claim.hash), (length as u64, hash));
        }
    }

    #[test]
    fn encoded_claim_is_decoded_and_damaged_one_is_not() {
        let (claim, _) = claim(&["a\n"; 100]);
        assert!(claim.checkpoints.len() < 60);
        assert_eq!(BlockClaim::decode(&claim.encode()), Some(claim.clone()));
        let bytes = claim.encode();
        assert_eq!(BlockClaim::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(BlockClaim::decode(&[2]), None);
        assert_eq!(BlockClaim::decode(&[]), None);
    }

    #[test]
    fn hash_depends_on_earlier_bytes_and_on_blocks() {
        let once = ChainHash::next(ChainHash::START, b"ab");
        assert_eq!(once, *blake3::hash(&[&[0; 32][..], b"ab"].concat()).as_bytes());
        assert_ne!(once, ChainHash::next(ChainHash::next(ChainHash::START, b"a"), b"b"));
        assert_ne!(once, ChainHash::next(once, b"ab"));
    }
}
