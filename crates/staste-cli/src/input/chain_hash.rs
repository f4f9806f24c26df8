//! `ChainHash`: the identity of everything consumed of a stream so far.

/// Hashes that depend on all bytes before them, so that equal hashes mean an equal past.
pub(crate) struct ChainHash;

impl ChainHash {
    /// The hash of nothing.
    pub(crate) const START: [u8; 32] = [0; 32];

    /// The hash after `bytes` were consumed in one piece; other pieces give other hashes.
    pub(crate) fn next(previous: [u8; 32], bytes: &[u8]) -> [u8; 32] {
        *blake3::Hasher::new().update(&previous).update(bytes).finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_the_past_and_on_the_pieces() {
        let once = ChainHash::next(ChainHash::START, b"ab");
        assert_eq!(once, *blake3::hash(&[&[0; 32][..], b"ab"].concat()).as_bytes());
        assert_ne!(once, ChainHash::next(ChainHash::next(ChainHash::START, b"a"), b"b"));
        assert_ne!(once, ChainHash::next(once, b"ab"));
    }
}
