//! `Ledger`: the amount that was copied into a Metrica so far, stored in records of the Metrica.
//!
//! Each batch claims the next number, with the sum of all batches up to it. So kicks of other processes are
//! distinguished from copied ones; and the number of a batch that arrives late, or of a concurrent copy, is taken
//! already, so that the batch changes nothing. Therefore claimed numbers are not removed but expire, except for the
//! last one.

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::store::{Claim, Store};
use crate::time::civil;

/// Time to live of a claimed number, in seconds: longer than any batch is in flight, and than the time until an
/// interrupted copy is run again.
const CLAIM_TTL: i64 = 90 * civil::DAY;

/// Returns the prefix of the records of a Metrica, those of imports included. Forgetting the Metrica removes them.
pub(super) fn records_prefix(metrica: &str) -> String {
    format!("import/{metrica}/")
}

fn prefix(metrica: &str) -> String {
    format!("{}copied/", records_prefix(metrica))
}

/// Returns true for a record of the ledger, which is meaningless in another Store.
pub(super) fn is_ledger_record(metrica: &str, key: &str) -> bool {
    key.starts_with(&prefix(metrica))
}

/// The number of copied batches, their amount, and their source.
#[derive(Debug)]
pub(super) struct Ledger {
    metrica: String,
    number: u64,
    entry: Entry,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The id of the source Metrica.
    from: u64,
    total: i128,
    count: i128,
}

impl Ledger {
    /// Reads the ledger of a Metrica that is copied from the Metrica with the id `from`.
    ///
    /// # Errors
    /// When the Store cannot be reached, or the Metrica was copied from another one.
    pub(super) fn read(store: &dyn Store, metrica: &str, from: u64) -> Result<Ledger> {
        let none = Entry { from, ..Entry::default() };
        let mut ledger = Ledger { metrica: metrica.to_owned(), number: 0, entry: none };
        // Records are in the order of their numbers, which have leading zeros.
        for (key, value) in store.records(&prefix(metrica))? {
            let entry = serde_json::from_slice::<Entry>(&value).ok();
            let number = key.rsplit('/').next().and_then(|number| number.parse().ok());
            let (Some(entry), Some(number)) = (entry, number) else {
                return Err(Error::corrupt(format!(
                    "invalid record {key} of an earlier copy: forget metrica {metrica} in {} and copy it again",
                    store.address()
                )));
            };
            if entry.from != from {
                return Err(Error::conflict(format!(
                    "metrica {metrica} in {} was copied from a different metrica of its name, which was forgotten since or is in \
                     another store; forget it there first, or copy to another address",
                    store.address()
                )));
            }
            (ledger.number, ledger.entry) = (number, entry);
        }
        Ok(ledger)
    }

    /// Returns the amount copied so far; none when nothing was copied.
    pub(super) fn copied(&self) -> Option<Amount> {
        (self.number > 0).then_some(Amount::new(self.entry.total, self.entry.count))
    }

    /// Returns the claim of a batch with this amount.
    ///
    /// # Errors
    /// Never in practice: the numbers can always be encoded.
    pub(super) fn claim(&self, amount: Amount, now: i64) -> Result<Claim> {
        let value = text_of(&self.after(amount))?;
        Ok(Claim::new(self.key(self.number + 1), value).expiring(now.saturating_add(CLAIM_TTL)))
    }

    /// Adds the amount of a batch that was applied with its claim.
    pub(super) fn add(&mut self, amount: Amount) {
        self.entry = self.after(amount);
        self.number += 1;
    }

    fn after(&self, amount: Amount) -> Entry {
        let Entry { from, total, count } = self.entry;
        let sum = Amount::new(total, count) + amount;
        Entry { from, total: sum.total(), count: sum.count() }
    }

    fn key(&self, number: u64) -> String {
        format!("{}{number:020}", prefix(&self.metrica))
    }

    /// Keeps the last number as long as the Metrica exists.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub(super) fn keep_last_number(&self, store: &dyn Store) -> Result<()> {
        if self.number == 0 {
            return Ok(());
        }
        store.put_record(&self.key(self.number), Some(&text_of(&self.entry)?))
    }
}

fn text_of(entry: &Entry) -> Result<Vec<u8>> {
    serde_json::to_vec(entry)
        .map_err(|error| Error::invalid_input("the record of a copy cannot be encoded").because(error))
}
