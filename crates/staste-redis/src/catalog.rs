//! What a connection remembers of the metricas: definition, choices and watermarks.
//!
//! Every script is told what the connection knows, and answers with what it does not.

use std::collections::HashMap;
use std::sync::Arc;

use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition, Error, Watermarks};

use crate::cell_keys::CellKeys;
use crate::choices::{empty_table, load, next_ids};
use crate::connections::failure::{Outcome, corrupt};
use crate::connections::request::Arguments;
use crate::keys::Keys;
use crate::options::Layout;
use crate::seed::{KeyNaming, SeedKeys, naming_of};
use crate::state::State;

/// A Metrica as a connection remembers it.
#[derive(Debug)]
pub(crate) struct Known {
    generation: String,
    version: String,
    /// The words of the original's keys; none in the own layout.
    pub(crate) naming: Option<KeyNaming>,
    pub(crate) watermarks: Watermarks,
    pub(crate) definition: Arc<Definition>,
    /// The definition of a caller that was last found to be the same.
    agreed: Arc<Definition>,
    pub(crate) calendar: Calendar,
    /// In the seed layout, where others add choices at any time, none but the declared ones.
    pub(crate) tables: Vec<ChoiceTable>,
    /// It had as many points as it keeps when it was last written to.
    pub(crate) full: bool,
}

/// The metricas a connection knows, by name.
#[derive(Debug)]
pub(crate) struct Catalog {
    metricas: HashMap<String, Known>,
    /// The prefix of every key, for messages.
    prefix: String,
    /// The layout asked for: what is in another is not touched.
    pub(crate) layout: Layout,
}

impl Catalog {
    /// Nothing known yet.
    pub(crate) fn of(layout: Layout, prefix: &str) -> Catalog {
        Catalog { metricas: HashMap::new(), prefix: prefix.to_owned(), layout }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.metricas.clear();
    }

    /// True for a Metrica that is known to be in the seed layout.
    pub(crate) fn is_seed(&self, name: &str) -> bool {
        self.metricas.get(name).is_some_and(|known| known.naming.is_some())
    }

    /// Fails when the Metrica of a generation is in another layout than the one asked for.
    pub(crate) fn check_layout(&self, name: &str, generation: &str) -> Outcome<()> {
        let (is, setting) = match (naming_of(generation), self.layout) {
            (Some(_), Layout::Own) => ("the seed layout, under the original's keys", "own"),
            (None, Layout::Seed) => ("the own layout", "seed"),
            _ => return Ok(()),
        };
        Err(Error::conflict(format!(
            "metrica {name} is remembered in {is}, and the store was opened with layout={setting}: leave that out of \
             the address, or forget the metrica and define it anew"
        ))
        .into())
    }

    /// The Metrica, as far as it is known.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Known> {
        self.metricas.get_mut(name)
    }

    /// The Metrica, when it is known to be defined as the caller says.
    ///
    /// Two definitions may have the same version, when a Metrica was forgotten and made again, so that
    /// they are compared.
    pub(crate) fn agreeing(&mut self, asked: &Arc<Definition>) -> Option<&mut Known> {
        let known = self.metricas.get_mut(&asked.name)?;
        if !Arc::ptr_eq(&known.agreed, asked) {
            if *known.definition != **asked {
                return None;
            }
            known.agreed = Arc::clone(asked);
        }
        Some(known)
    }

    /// Forgets what is known of a Metrica.
    pub(crate) fn forget(&mut self, name: &str) {
        self.metricas.remove(name);
    }

    /// Learns what a script told.
    pub(crate) fn learn(&mut self, name: &str, state: State) -> Outcome<&mut Known> {
        self.check_layout(name, &state.generation)?;
        let next = state.next.clone();
        let is_known = self
            .metricas
            .get(name)
            .is_some_and(|known| known.generation == state.generation && !known.is_ahead_of(&next));
        let known = match (is_known, self.metricas.remove(name)) {
            (true, Some(known)) => known.updated(state, &self.prefix)?,
            _ => Known::first(name, state, &self.prefix)?,
        };
        if known.next() != next {
            let fault = format!(
                "{} holds {next:?} for its next ids, while those of its choices are {:?}",
                Keys::new(&self.prefix, name).meta(),
                known.next()
            );
            return Err(corrupt(name, &fault).into());
        }
        Ok(self.metricas.entry(name.to_owned()).or_insert(known))
    }

    /// Tells a script what is known: generation, version and next ids.
    pub(crate) fn push_known(&self, name: &str, words: &mut Arguments) {
        match self.metricas.get(name) {
            Some(known) => words.push(&known.generation).push(&known.version).push(known.next()),
            None => words.push("").push("").push(""),
        };
    }
}

impl Known {
    fn first(name: &str, state: State, prefix: &str) -> Outcome<Known> {
        let definition = state
            .definition
            .ok_or_else(|| corrupt(name, &format!("{} is missing", Keys::new(prefix, name).definition())))?;
        let definition = Arc::new(definition);
        let naming = naming_of(&state.generation);
        let table = if naming.is_some() { ChoiceTable::new } else { empty_table };
        let mut known = Known {
            naming,
            generation: state.generation,
            version: state.version,
            watermarks: state.watermarks,
            calendar: definition.calendar(),
            tables: definition.axes.iter().map(table).collect(),
            agreed: Arc::clone(&definition),
            definition,
            full: false,
        };
        load(&mut known.tables, (prefix, name), &state.choices)?;
        Ok(known)
    }

    fn updated(mut self, state: State, prefix: &str) -> Outcome<Known> {
        if let Some(definition) = state.definition {
            self.definition = Arc::new(definition);
            self.agreed = Arc::clone(&self.definition);
            self.calendar = self.definition.calendar();
            if self.naming.is_some() {
                self.tables = self.definition.axes.iter().map(ChoiceTable::new).collect();
            }
        }
        self.version = state.version;
        self.watermarks = state.watermarks;
        load(&mut self.tables, (prefix, &self.definition.name), &state.choices)?;
        Ok(self)
    }

    /// Generation and version, which scripts compare.
    pub(crate) fn incarnation(&self) -> (String, String) {
        (self.generation.clone(), self.version.clone())
    }

    /// The next ids as they are stored; in the seed layout there are none.
    pub(crate) fn next(&self) -> String {
        if self.naming.is_some() { String::new() } else { next_ids(&self.tables) }
    }

    /// The original's keys of its cells; none in the own layout.
    pub(crate) fn seed_keys(&self, prefix: &str) -> Option<SeedKeys> {
        match self.cell_keys(prefix) {
            CellKeys::Own(_) => None,
            CellKeys::Seed(keys) => Some(*keys),
        }
    }

    /// The keys of its cells.
    pub(crate) fn cell_keys(&self, prefix: &str) -> CellKeys {
        let metrica = &self.definition.name;
        match &self.naming {
            None => CellKeys::Own(Keys::new(prefix, metrica)),
            Some(naming) => {
                let (naming, calendar) = (naming.clone(), self.calendar.clone());
                CellKeys::Seed(Box::new(SeedKeys::new(prefix, metrica, naming, calendar)))
            }
        }
    }

    /// True when choices are known that are not there: a server that took over from another has lost them.
    fn is_ahead_of(&self, next: &str) -> bool {
        let stored = next.split(':').map(|id| id.parse::<u32>().unwrap_or(0));
        self.naming.is_none()
            && self.tables.iter().zip(stored).any(|(table, stored)| table.next_id() > stored)
    }

    /// Begins with the declared choices again, or with those that were read.
    pub(crate) fn begin(&mut self, tables: Option<Vec<ChoiceTable>>) {
        self.tables = tables.unwrap_or_else(|| self.definition.axes.iter().map(ChoiceTable::new).collect());
    }

    /// Takes choices back that were admitted, but not stored.
    pub(crate) fn take_back(&mut self, firsts: &[u32]) {
        self.tables.iter_mut().zip(firsts).for_each(|(table, first)| table.truncate(*first));
    }
}
