//! `ChainLedger`: finds the blocks of a stream that versions before the [`RunLedger`](super::run_ledger::RunLedger) counted,
//! by their claims in the store.
//!
//! The key of a claim is `import/METRICA/MAPPING/FIRST/N`. MAPPING is the hash of the mapping and the format of the file.
//! FIRST is the chain hash up to the end of the first record of the block, so that the claim is found before the end of the
//! block is known. N is a number, because streams that start in the same way can continue differently.
//!
//! They can do so within their first block only. Every later block also claims `import/METRICA/MAPPING/after/BEFORE`, the
//! chain hash before it. This distinguishes a stream that was changed from one that has grown.

use staste::store::Store;

use super::block_claim::{BlockClaim, ChainHash, CommonPrefix, Comparison};
use crate::failure::{Failure, Result};
use crate::input::BlockReader;

/// The claims of a Metrica and mapping.
pub(crate) struct ChainLedger<'a> {
    store: &'a dyn Store,
    metrica: String,
    mapping: String,
}

/// Whether the next block of a stream is counted.
pub(crate) enum BlockStatus {
    /// The block is counted.
    Counted(BlockClaim),
    /// The block is not counted. Contains the part it has in common with a counted block, if any.
    New(Option<CommonPrefix>),
    /// A counted block continues after the end of the stream.
    ShorterThanCounted,
    /// The blocks before are counted, and another block was counted after them.
    Changed(CommonPrefix),
}

/// Streams that were imported with other mappings and start with the same record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherMapping {
    /// The same stream, as far as it can be compared.
    SameStream,
    /// Streams that continue differently.
    SimilarStream,
}

impl<'a> ChainLedger<'a> {
    /// Returns the ledger of a Metrica and mapping.
    pub(crate) fn new(store: &'a dyn Store, metrica: &str, mapping: &str) -> ChainLedger<'a> {
        let mapping = blake3::hash(mapping.as_bytes()).to_hex().to_string();
        ChainLedger { store, metrica: metrica.to_owned(), mapping }
    }

    /// Looks up the next block of a stream, after the hash `before`. Its first record ends after `record_end` bytes.
    ///
    /// # Errors
    /// When the store cannot be reached, or contains an invalid claim.
    pub(crate) fn look_up<R: std::io::Read>(
        &self,
        blocks: &mut BlockReader<R>,
        before: [u8; 32],
        record_end: usize,
    ) -> Result<BlockStatus> {
        let record = blocks.peek_bytes(record_end).get(..record_end).unwrap_or_default();
        let key_prefix = self.key_prefix(&self.mapping, before, record);
        let claims = self.read_claims(&key_prefix)?;
        let mut is_shorter = false;
        let mut prefix = None;
        for (_, claim) in &claims {
            match compare(claim, before, blocks) {
                Comparison::Same => return Ok(BlockStatus::Counted(claim.clone())),
                Comparison::Shorter => is_shorter = true,
                Comparison::Different(common) => prefix = prefix.max(Some(common)),
            }
        }
        if is_shorter {
            return Ok(BlockStatus::ShorterThanCounted);
        }
        if before != ChainHash::START && (prefix.is_some() || self.has_block_after(before)?) {
            return Ok(BlockStatus::Changed(prefix.unwrap_or(CommonPrefix { bytes: 0, is_exact: true })));
        }
        Ok(BlockStatus::New(prefix))
    }

    /// Looks up streams of other mappings that start with the next record.
    ///
    /// # Errors
    /// As [`look_up`](Self::look_up).
    pub(crate) fn look_up_other_mappings<R: std::io::Read>(
        &self,
        blocks: &mut BlockReader<R>,
        record_end: usize,
    ) -> Result<Option<OtherMapping>> {
        let record = blocks.peek_bytes(record_end).get(..record_end).unwrap_or_default().to_vec();
        let start = first_hash(ChainHash::START, &record);
        let start_key = format!("import/{}/begins/{start}/", self.metrica);
        let mut found = None;
        for (key, _) in self.store.records(&start_key)? {
            let Some(mapping) = key.strip_prefix(&start_key).filter(|mapping| *mapping != self.mapping)
            else {
                continue;
            };
            found = Some(OtherMapping::SimilarStream);
            for (_, claim) in self.read_claims(&self.key_prefix(mapping, ChainHash::START, &record))? {
                if !matches!(compare(&claim, ChainHash::START, blocks), Comparison::Different(_)) {
                    return Ok(Some(OtherMapping::SameStream));
                }
            }
        }
        Ok(found)
    }

    fn has_block_after(&self, before: [u8; 32]) -> Result<bool> {
        Ok(!self.store.records(&self.after_key(before))?.is_empty())
    }

    fn read_claims(&self, prefix: &str) -> Result<Vec<(String, BlockClaim)>> {
        let records = self.store.records(prefix)?.into_iter();
        let claims = records.map(|(key, value)| match BlockClaim::decode(&value) {
            Some(claim) => Ok((key, claim)),
            None => Err(Failure::failed(format!("the record {key} of an earlier import is invalid"))
                .help("if a newer version of staste wrote it, upgrade; or import with --again, which ignores records")),
        });
        claims.collect()
    }

    fn key_prefix(&self, mapping: &str, before: [u8; 32], first_record: &[u8]) -> String {
        format!("import/{}/{mapping}/{}/", self.metrica, first_hash(before, first_record))
    }

    fn after_key(&self, before: [u8; 32]) -> String {
        format!("import/{}/{}/after/{}", self.metrica, self.mapping, blake3::Hash::from(before).to_hex())
    }
}

fn compare<R: std::io::Read>(
    claim: &BlockClaim,
    before: [u8; 32],
    blocks: &mut BlockReader<R>,
) -> Comparison {
    claim.compare(before, blocks.peek_bytes(usize::try_from(claim.length).unwrap_or(usize::MAX)))
}

/// Returns the chain hash of a first record without its newline, because a last line can get its newline later.
fn first_hash(before: [u8; 32], record: &[u8]) -> String {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    blake3::Hash::from(ChainHash::next(before, record)).to_hex().to_string()
}
