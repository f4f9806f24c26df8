//! What a connection remembers of the metricas: definition, choices and watermarks.
//!
//! Every script is told what the connection knows, and answers with what it does not.

use std::collections::HashMap;
use std::sync::Arc;

use staste_core::plan::ChoiceTable;
use staste_core::{Calendar, Definition, Error, Watermarks};

use crate::call::Words;
use crate::choices::{empty_table, next_ids};
use crate::failure::Outcome;
use crate::state::State;

/// A Metrica as a connection remembers it.
#[derive(Debug)]
pub(crate) struct Known {
    generation: String,
    version: String,
    pub(crate) watermarks: Watermarks,
    pub(crate) definition: Arc<Definition>,
    /// The definition of a caller that was last found to be the same.
    agreed: Arc<Definition>,
    pub(crate) calendar: Calendar,
    pub(crate) tables: Vec<ChoiceTable>,
    /// It had as many points as it keeps when it was last written to.
    pub(crate) full: bool,
}

/// The metricas a connection knows, by name.
#[derive(Debug, Default)]
pub(crate) struct Catalog(HashMap<String, Known>);

impl Catalog {
    /// The Metrica, as far as it is known.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Known> {
        self.0.get_mut(name)
    }

    /// The Metrica, when it is known to be defined as the caller says.
    ///
    /// Two definitions may have the same version, when a Metrica was forgotten and made again, so that
    /// they are compared.
    pub(crate) fn agreeing(&mut self, asked: &Arc<Definition>) -> Option<&mut Known> {
        let known = self.0.get_mut(&asked.name)?;
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
        self.0.remove(name);
    }

    /// Learns what a script told.
    pub(crate) fn learn(&mut self, name: &str, state: State) -> Outcome<&mut Known> {
        let next = state.next.clone();
        let is_known = self
            .0
            .get(name)
            .is_some_and(|known| known.generation == state.generation && !is_ahead(&known.tables, &next));
        let known = match (is_known, self.0.remove(name)) {
            (true, Some(known)) => known.updated(state),
            _ => Known::first(name, state)?,
        };
        if next_ids(&known.tables) != next {
            return Err(Error::damaged(format!("choices of metrica {name} are missing in the store")).into());
        }
        Ok(self.0.entry(name.to_owned()).or_insert(known))
    }

    /// Tells a script what is known: generation, version and next ids.
    pub(crate) fn push_known(&self, name: &str, words: &mut Words) {
        match self.0.get(name) {
            Some(known) => words.push(&known.generation).push(&known.version).push(next_ids(&known.tables)),
            None => words.push("").push("").push(""),
        };
    }
}

impl Known {
    fn first(name: &str, state: State) -> Outcome<Known> {
        let definition = state.definition.ok_or_else(|| {
            Error::damaged(format!("the definition of metrica {name} is missing in the store"))
        })?;
        let definition = Arc::new(definition);
        let mut known = Known {
            generation: state.generation,
            version: state.version,
            watermarks: state.watermarks,
            calendar: definition.calendar(),
            tables: definition.axes.iter().map(empty_table).collect(),
            agreed: Arc::clone(&definition),
            definition,
            full: false,
        };
        load(&mut known.tables, state.choices);
        Ok(known)
    }

    fn updated(mut self, state: State) -> Known {
        if let Some(definition) = state.definition {
            self.definition = Arc::new(definition);
            self.agreed = Arc::clone(&self.definition);
            self.calendar = self.definition.calendar();
        }
        self.version = state.version;
        self.watermarks = state.watermarks;
        load(&mut self.tables, state.choices);
        self
    }

    /// Generation and version, which scripts compare.
    pub(crate) fn incarnation(&self) -> (String, String) {
        (self.generation.clone(), self.version.clone())
    }

    /// Takes choices back that were admitted, but not stored.
    pub(crate) fn take_back(&mut self, firsts: &[u32]) {
        self.tables.iter_mut().zip(firsts).for_each(|(table, first)| table.truncate(*first));
    }
}

/// True when choices are known that are not there: a server that took over from another has lost them.
fn is_ahead(tables: &[ChoiceTable], next: &str) -> bool {
    let stored = next.split(':').map(|id| id.parse::<u32>().unwrap_or(0));
    tables.iter().zip(stored).any(|(table, stored)| table.next_id() > stored)
}

fn load(tables: &mut [ChoiceTable], choices: Vec<Vec<(u32, staste_core::plan::Entry)>>) {
    for (table, choices) in tables.iter_mut().zip(choices) {
        choices.into_iter().for_each(|(id, entry)| table.load(id, entry));
    }
}
