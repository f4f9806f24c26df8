//! The metricas that a client remembers.
//!
//! Every script gets what the client knows of a Metrica, and returns what it does not know.

use std::collections::HashMap;
use std::sync::Arc;

use staste_core::Definition;

use crate::connections::failure::Outcome;
use crate::connections::request::Arguments;
use crate::layout::{self, Layout};
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::StoredState;
use crate::options::KeyLayout;

/// A Metrica and its layout.
#[derive(Debug)]
pub(crate) struct CatalogEntry {
    pub(crate) known: KnownMetrica,
    pub(crate) layout: Arc<dyn Layout>,
}

/// The metricas that a client knows, by name.
#[derive(Debug)]
pub(crate) struct Catalog {
    metricas: HashMap<String, CatalogEntry>,
    prefix: String,
    /// A Metrica in a layout that contradicts this one is refused.
    setting: KeyLayout,
}

impl Catalog {
    /// Returns a catalog that knows no Metrica.
    pub(crate) fn new(setting: KeyLayout, prefix: &str) -> Catalog {
        Catalog { metricas: HashMap::new(), prefix: prefix.to_owned(), setting }
    }

    /// Forgets all metricas.
    pub(crate) fn clear(&mut self) {
        self.metricas.clear();
    }

    /// Forgets a Metrica.
    pub(crate) fn forget(&mut self, name: &str) {
        self.metricas.remove(name);
    }

    /// Returns a Metrica, if it is known.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut CatalogEntry> {
        self.metricas.get_mut(name)
    }

    /// Returns a Metrica, if it is known to have the definition of the caller.
    pub(crate) fn agreeing(&mut self, asked: &Arc<Definition>) -> Option<&mut CatalogEntry> {
        let entry = self.metricas.get_mut(&asked.name)?;
        entry.known.agrees_with(asked).then_some(entry)
    }

    /// Learns the state that a script returned.
    pub(crate) fn learn(&mut self, name: &str, state: StoredState) -> Outcome<&mut CatalogEntry> {
        let layout = layout::of_generation(&self.prefix, name, &state.generation);
        layout.check_setting(name, self.setting)?;
        // A Metrica whose state cannot be learned is forgotten.
        let entry = match self.metricas.remove(name) {
            Some(mut entry) if entry.known.generation == state.generation => {
                entry.known.learn(state, &self.prefix)?;
                entry
            }
            _ => {
                let known = KnownMetrica::new(name, state, layout.choice_ids(), &self.prefix)?;
                CatalogEntry { known, layout }
            }
        };
        Ok(self.metricas.entry(name.to_owned()).or_insert(entry))
    }

    /// Appends what is known of a Metrica, for a script to compare.
    pub(crate) fn push_known(&self, name: &str, arguments: &mut Arguments) {
        match self.metricas.get(name) {
            Some(entry) => entry.known.push(arguments),
            None => {
                arguments.push("").push("").push("");
            }
        }
    }
}
