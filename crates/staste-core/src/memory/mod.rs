//! The in-memory Store, which defines how every other Store behaves.

mod forget;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::fork::PerProcess;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{
    Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Scheme, Size, Store, StoreClock,
};
use table::Table;

/// How long the sequence numbers of writers are remembered, in seconds.
const SEQUENCE_TTL: i64 = 7 * 86_400;

/// A Store in the memory of the process; a forked child starts with an empty one.
///
/// ```
/// use staste::{MemoryStore, store::Store};
/// let store = MemoryStore::new();
/// assert!(store.definitions(None)?.is_empty());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    content: PerProcess<Mutex<Content>>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    tables: BTreeMap<String, Table>,
    /// Per writer, the highest sequence number applied and the time of it.
    sequences: HashMap<u128, (u64, i64)>,
    records: BTreeMap<String, (Vec<u8>, Option<i64>)>,
    /// None until the first write.
    clock: Option<StoreClock>,
}

impl MemoryStore {
    /// The address of a Store in memory: `memory:`.
    pub const SCHEME: Scheme = Scheme {
        names: &["memory"],
        example: "memory:",
        open: |address| match address {
            "memory:" => Ok(Arc::new(MemoryStore::new())),
            _ => Err(Error::invalid_input(
                "the address of a store in memory is memory:, and nothing follows the colon",
            )),
        },
        file: |_| None,
    };

    /// Creates an empty Store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // Only a bug panics while this is locked, and verification would find the sums that it left wrong.
        self.content.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Returns the cells of a Metrica with exactly this definition. Comparing versions is not enough: a Metrica that
    /// was forgotten and defined again may have the same version.
    fn table(&self, definition: &Definition) -> Result<&Table> {
        match self.tables.get(&definition.name) {
            Some(table) if *table.definition == *definition => Ok(table),
            _ => Err(Error::stale(&definition.name)),
        }
    }
}

impl Store for MemoryStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities::everything(100_000).in_memory()
    }

    fn address(&self) -> String {
        "memory:".to_owned()
    }

    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>> {
        let content = self.content();
        let matches = |name: &String| metrica.is_none_or(|metrica| metrica == name);
        let found = content.tables.iter().filter(|(name, _)| matches(name));
        Ok(found.map(|(_, table)| Arc::clone(&table.definition)).collect())
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        let mut content = self.content();
        let known = content.tables.get_mut(&definition.name);
        match known {
            None if definition.version == 1 => {
                content.tables.insert(definition.name.clone(), Table::new(definition));
                Ok(true)
            }
            Some(table) if table.definition.version + 1 == definition.version => {
                table.redefine(definition);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        let mut content = self.content();
        let is_applied =
            content.sequences.get(&batch.writer.0).is_some_and(|(sequence, _)| batch.sequence <= *sequence);
        let mut clock = content.clock.unwrap_or(StoreClock::new(batch.now));
        let check = clock.check(batch.now);
        let is_claimed = |claim: &crate::store::Claim| match content.records.get(&claim.key) {
            Some((_, expires)) => expires.is_none_or(|expires| expires > check.now),
            None => false,
        };
        if is_applied {
            return Ok(Applied::DUPLICATE);
        }
        if batch.claims.iter().any(is_claimed) {
            return Ok(Applied::CLAIMED);
        }
        // All definitions are checked before any change; nothing can fail after that.
        batch.parts.iter().try_for_each(|part| content.table(&part.definition).map(drop))?;
        content.clock = Some(clock);
        let mut applied = Applied { clock: Some(check), ..Applied::default() };
        for part in &batch.parts {
            if let Some(table) = content.tables.get_mut(&part.definition.name) {
                let raised = check.watermarks(part, &part.definition.calendar());
                table.watermarks = table.watermarks.raised_to(&raised);
                table.delete_expired();
                table.apply(part, &mut applied);
            }
        }
        for key in batch.claims.iter().filter_map(|claim| claim.replaces.as_ref()) {
            content.records.remove(key);
        }
        for claim in &batch.claims {
            content.records.insert(claim.key.clone(), (claim.value.clone(), claim.expires));
        }
        content.sequences.retain(|_, (_, touched)| *touched > check.now - SEQUENCE_TTL);
        content.records.retain(|_, (_, expires)| expires.is_none_or(|expires| expires > check.now));
        content.sequences.insert(batch.writer.0, (batch.sequence, check.now));
        Ok(applied)
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        let content = self.content();
        Ok(content.table(&question.definition)?.read(question))
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        let content = self.content();
        let table = content.table(definition)?;
        Ok(table.choices.get(axis).map(crate::store::ChoiceTable::known).unwrap_or_default())
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        let mut content = self.content();
        match forget {
            Forget::Metrica(metrica) => {
                let Some(table) = content.tables.remove(metrica) else {
                    return Ok(Forgotten::default());
                };
                let claims = format!("import/{metrica}/");
                content.records.retain(|key, _| !key.starts_with(&claims));
                Ok(table.everything())
            }
            Forget::Kicks(selection) => {
                content.table(&selection.definition)?;
                match content.tables.get_mut(&selection.definition.name) {
                    Some(table) => Ok(table.forget(selection)),
                    None => Err(Error::stale(&selection.definition.name)),
                }
            }
        }
    }

    fn set_clock(&self, now: i64) -> Result<()> {
        self.content().clock = Some(StoreClock::new(now));
        Ok(())
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        let mut content = self.content();
        content.table(definition)?;
        let table = content.tables.get_mut(&definition.name);
        Ok(table.is_some_and(|table| {
            let is_unchanged = table.watermarks == *from;
            if is_unchanged {
                table.watermarks = *to;
            }
            is_unchanged
        }))
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let content = self.content();
        let found = content.records.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, (value, _))| (key.clone(), value.clone())).collect())
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        let mut content = self.content();
        match value {
            Some(value) => content.records.insert(key.to_owned(), (value.to_vec(), None)),
            None => content.records.remove(key),
        };
        Ok(())
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        Ok(self.content().tables.get(metrica).map(Table::size).unwrap_or_default())
    }
}
