//! `Ledger`: which blocks of a stream were counted already, by the claims in the store.
//!
//! The key of a claim is `import/METRICA/MAPPING/FIRST/N`: the mapping and the form of the file as a hash;
//! the chain's hash up to the end of the block's first record, so that it is found before the block's end is
//! known; and a number, since streams that begin alike may go on differently.
//!
//! They may do so within their first block only. Every later block also claims `import/METRICA/MAPPING/after/PAST`,
//! the chain's hash before it, so that a stream that was changed further on is told from one that has grown.

use staste::store::{Claim, Store};

use super::block_claim::{Alike, BlockClaim, Comparison};
use crate::failure::{Failure, Result};
use crate::input::{Blocks, ChainHash};

/// The claims of one Metrica and mapping.
pub(crate) struct Ledger<'a> {
    store: &'a dyn Store,
    metrica: String,
    mapping: String,
}

/// What the ledger knows of the block at hand.
pub(crate) enum Entry {
    /// It was counted.
    Counted(BlockClaim),
    /// It was not; the key to claim it under, and how far it goes with one that was, if it begins alike.
    New(String, Option<Alike>),
    /// It was counted as part of a block that the stream at hand does not have whole.
    Shorter,
    /// The blocks before it were counted, and after them another one.
    Changed(Alike),
}

/// What streams of other mappings were that began with the same record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// One was the same, as far as can be told.
    Same,
    /// They went on otherwise.
    Alike,
}

impl<'a> Ledger<'a> {
    /// The ledger of a Metrica and mapping.
    pub(crate) fn new(store: &'a dyn Store, metrica: &str, mapping: &str) -> Ledger<'a> {
        let mapping = blake3::hash(mapping.as_bytes()).to_hex().to_string();
        Ledger { store, metrica: metrica.to_owned(), mapping }
    }

    /// Looks for the block at which `blocks` stands, after the hash `before`; its first record ends after
    /// `first` bytes.
    ///
    /// # Errors
    /// When the store cannot be reached, or holds a record that cannot be read.
    pub(crate) fn look_up<R: std::io::Read>(
        &self,
        blocks: &mut Blocks<R>,
        before: [u8; 32],
        first: usize,
    ) -> Result<Entry> {
        let record = blocks.peek(first).get(..first).unwrap_or_default();
        let prefix = self.prefix(&self.mapping, before, record);
        let claims = self.claims_at(&prefix)?;
        let mut shorter = false;
        let mut alike = None;
        for (_, claim) in &claims {
            match compare(claim, before, blocks) {
                Comparison::Same => return Ok(Entry::Counted(claim.clone())),
                Comparison::Shorter => shorter = true,
                Comparison::Different(far) => alike = alike.max(Some(far)),
            }
        }
        if shorter {
            return Ok(Entry::Shorter);
        }
        if before != ChainHash::START && (alike.is_some() || self.goes_on_after(before)?) {
            return Ok(Entry::Changed(alike.unwrap_or(Alike { bytes: 0, exact: true })));
        }
        let taken = |number: &usize| claims.iter().any(|(key, _)| *key == format!("{prefix}{number}"));
        let free = (0..=claims.len()).find(|number| !taken(number)).unwrap_or(claims.len());
        Ok(Entry::New(format!("{prefix}{free}"), alike))
    }

    /// What goes into the store with a block that comes after `before`.
    pub(crate) fn claims(&self, key: &str, before: [u8; 32], block: &BlockClaim) -> Vec<Claim> {
        let claim = |key: String, value| Claim { key, value, expires: None };
        let mut claims = vec![claim(key.to_owned(), block.encode())];
        claims.extend((before != ChainHash::START).then(|| claim(self.after(before), Vec::new())));
        claims
    }

    /// The key under which streams that begin with a record are noted, whatever their mapping.
    pub(crate) fn beginning(&self, first_record: &[u8]) -> String {
        format!("import/{}/begins/{}/", self.metrica, first_hash(ChainHash::START, first_record))
    }

    /// What streams of other mappings were that began with the record at which `blocks` stands.
    ///
    /// # Errors
    /// As [`Ledger::look_up`].
    pub(crate) fn elsewhere<R: std::io::Read>(
        &self,
        blocks: &mut Blocks<R>,
        first: usize,
    ) -> Result<Option<Elsewhere>> {
        let record = blocks.peek(first).get(..first).unwrap_or_default().to_vec();
        let beginning = self.beginning(&record);
        let mut found = None;
        for (key, _) in self.store.records(&beginning)? {
            let Some(mapping) = key.strip_prefix(&beginning).filter(|mapping| *mapping != self.mapping)
            else {
                continue;
            };
            found = Some(Elsewhere::Alike);
            for (_, claim) in self.claims_at(&self.prefix(mapping, ChainHash::START, &record))? {
                if !matches!(compare(&claim, ChainHash::START, blocks), Comparison::Different(_)) {
                    return Ok(Some(Elsewhere::Same));
                }
            }
        }
        Ok(found)
    }

    /// Notes how a stream of this mapping began. It needs no claim: it only finds those of other mappings.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn note(&self, beginning: &str) -> Result<()> {
        Ok(self.store.put_record(&format!("{beginning}{}", self.mapping), Some(&[]))?)
    }

    fn goes_on_after(&self, before: [u8; 32]) -> Result<bool> {
        Ok(!self.store.records(&self.after(before))?.is_empty())
    }

    fn claims_at(&self, prefix: &str) -> Result<Vec<(String, BlockClaim)>> {
        let records = self.store.records(prefix)?.into_iter();
        let claims = records.map(|(key, value)| match BlockClaim::decode(&value) {
            Some(claim) => Ok((key, claim)),
            None => Err(Failure::failed(format!("the record {key} of an earlier import cannot be read"))
                .help("a newer staste may have made it; upgrade, or import with --again, which counts without records")),
        });
        claims.collect()
    }

    fn prefix(&self, mapping: &str, before: [u8; 32], first_record: &[u8]) -> String {
        format!("import/{}/{mapping}/{}/", self.metrica, first_hash(before, first_record))
    }

    fn after(&self, before: [u8; 32]) -> String {
        format!("import/{}/{}/after/{}", self.metrica, self.mapping, blake3::Hash::from(before).to_hex())
    }
}

fn compare<R: std::io::Read>(claim: &BlockClaim, before: [u8; 32], blocks: &mut Blocks<R>) -> Comparison {
    claim.compare(before, blocks.peek(usize::try_from(claim.length).unwrap_or(usize::MAX)))
}

/// A last line may get its newline later and is the same record then.
fn first_hash(before: [u8; 32], record: &[u8]) -> String {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    blake3::Hash::from(ChainHash::next(before, record)).to_hex().to_string()
}
