//! `Ledger`: which blocks of a stream were counted already, by the claims in the store.
//!
//! The key of a claim is `import/METRICA/MAPPING/FIRST/N`: the mapping and the form of the file as a hash;
//! the chain's hash up to the end of the block's first record, so that it is found before the block's end is
//! known; and a number, since streams that begin alike may go on differently.

use staste::store::{Claim, Store};

use super::block_claim::{BlockClaim, Comparison};
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
    /// It was not; the key to claim it under.
    New(String),
    /// It was counted as part of a block that the stream at hand does not have whole.
    Shorter,
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
        let prefix = self.prefix(before, blocks.peek(first).get(..first).unwrap_or_default());
        let records = self.store.records(&prefix)?;
        let mut shorter = false;
        for (key, value) in &records {
            let claim = BlockClaim::decode(value).ok_or_else(|| {
                Failure::failed(format!("the record {key} of an earlier import cannot be read"))
                    .help("a newer staste may have made it; upgrade, or import with --again, which counts without records")
            })?;
            let length = usize::try_from(claim.length).unwrap_or(usize::MAX);
            match claim.compare(before, blocks.peek(length)) {
                Comparison::Same => return Ok(Entry::Counted(claim)),
                Comparison::Shorter => shorter = true,
                Comparison::Different => {}
            }
        }
        if shorter {
            return Ok(Entry::Shorter);
        }
        let taken = |number: &usize| records.iter().any(|(key, _)| *key == format!("{prefix}{number}"));
        let free = (0..=records.len()).find(|number| !taken(number)).unwrap_or(records.len());
        Ok(Entry::New(format!("{prefix}{free}")))
    }

    /// The key under which streams that begin with a record are noted, whatever their mapping.
    pub(crate) fn beginning(&self, first_record: &[u8]) -> String {
        format!("import/{}/begins/{}/", self.metrica, first_hash(ChainHash::START, first_record))
    }

    /// True when a stream of another mapping began so.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn has_other_mapping(&self, beginning: &str) -> Result<bool> {
        let records = self.store.records(beginning)?;
        Ok(records.iter().any(|(key, _)| !key.ends_with(&self.mapping)))
    }

    /// Notes how a stream of this mapping began. It is for a warning only, so it needs no claim.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) fn note(&self, beginning: &str) -> Result<()> {
        Ok(self.store.put_record(&format!("{beginning}{}", self.mapping), Some(&[]))?)
    }

    fn prefix(&self, before: [u8; 32], first_record: &[u8]) -> String {
        format!("import/{}/{}/{}/", self.metrica, self.mapping, first_hash(before, first_record))
    }
}

impl Entry {
    /// The claim of a block under a key.
    pub(crate) fn claim(key: &str, block: &BlockClaim) -> Claim {
        Claim { key: key.to_owned(), value: block.encode(), expires: None }
    }
}

/// A last line may get its newline later and is the same record then.
fn first_hash(before: [u8; 32], record: &[u8]) -> String {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    blake3::Hash::from(ChainHash::next(before, record)).to_hex().to_string()
}
