//! `Ledger`: how much was brought into a Metrica so far, remembered with it.
//!
//! Each batch claims the next number and remembers the sums up to it. So what somebody else kicked is told from
//! what was brought; and a batch that arrives late, or of another copy that runs at the same time, finds its
//! number taken and changes nothing. Numbers that were taken are therefore not removed but expire, all but the last.

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::store::{Claim, Store};
use crate::time::civil;

/// How long a number stays taken, in seconds: longer than any batch is on its way, and than anybody waits before a copy
/// that broke off is run again.
const TAKEN: i64 = 90 * civil::DAY;

/// The records of a Metrica, which forgetting it removes; those of imports among them.
pub(super) fn records_of(metrica: &str) -> String {
    format!("import/{metrica}/")
}

fn prefix(metrica: &str) -> String {
    format!("{}copied/", records_of(metrica))
}

/// True for a record of the ledger, which means nothing in another Store.
pub(super) fn is_of_ledger(metrica: &str, key: &str) -> bool {
    key.starts_with(&prefix(metrica))
}

/// What was brought, and from where.
#[derive(Debug)]
pub(super) struct Ledger {
    metrica: String,
    number: u64,
    entry: Entry,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The identity of the Metrica it was brought from.
    from: u64,
    total: i128,
    count: i128,
}

impl Ledger {
    /// The ledger of a Metrica that is brought from the one of this identity.
    ///
    /// # Errors
    /// When the Store cannot be reached, or it was brought from another one.
    pub(super) fn read(store: &dyn Store, metrica: &str, from: u64) -> Result<Ledger> {
        let none = Entry { from, ..Entry::default() };
        let mut ledger = Ledger { metrica: metrica.to_owned(), number: 0, entry: none };
        // In the order of their numbers, which are written with all their digits.
        for (key, value) in store.records(&prefix(metrica))? {
            let entry = serde_json::from_slice::<Entry>(&value).ok();
            let number = key.rsplit('/').next().and_then(|number| number.parse().ok());
            let (Some(entry), Some(number)) = (entry, number) else {
                return Err(Error::damaged(format!("the record {key} of an earlier copy cannot be read")));
            };
            if entry.from != from {
                return Err(Error::conflict(format!(
                    "metrica {metrica} in {} was copied from another one of its name, which was forgotten since \
                     or is in another store; forget it there first, or copy to another place",
                    store.address()
                )));
            }
            (ledger.number, ledger.entry) = (number, entry);
        }
        Ok(ledger)
    }

    /// The amount brought so far; none when nothing was.
    pub(super) fn sums(&self) -> Option<Amount> {
        (self.number > 0).then_some(Amount::new(self.entry.total, self.entry.count))
    }

    /// The claim of a batch that brings so much.
    ///
    /// # Errors
    /// Never in practice: numbers can be written.
    pub(super) fn claim(&self, amount: Amount, now: i64) -> Result<Claim> {
        let value = text_of(&self.after(amount))?;
        Ok(Claim { key: self.key(self.number + 1), value, expires: Some(now.saturating_add(TAKEN)) })
    }

    /// A batch with that claim went through.
    pub(super) fn brought(&mut self, amount: Amount) {
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

    /// Keeps the last number for as long as the Metrica is there.
    ///
    /// # Errors
    /// When the Store cannot be reached.
    pub(super) fn keep(&self, store: &dyn Store) -> Result<()> {
        if self.number == 0 {
            return Ok(());
        }
        store.put_record(&self.key(self.number), Some(&text_of(&self.entry)?))
    }
}

fn text_of(entry: &Entry) -> Result<Vec<u8>> {
    serde_json::to_vec(entry).map_err(|error| Error::input("a copy cannot be noted").because(error))
}
