//! A Metrica as a client remembers it.

use std::sync::Arc;

use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition, Watermarks};

use super::state::StoredState;
use super::stored_choice::{load, next_ids, push_new};
use crate::connections::failure::{Outcome, corrupt};
use crate::connections::request::Arguments;
use crate::keys::MetricaKeys;

/// How long the ids of choices are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceIds {
    /// Choices are stored with their ids.
    Stored,
    /// Choices are stored without ids, and other programs add to them: ids are valid for one operation.
    Temporary,
}

impl ChoiceIds {
    /// Returns the tables of a client that knows no choices but those of the definition.
    pub(crate) fn first_tables(self, definition: &Definition) -> Vec<ChoiceTable> {
        let table = match self {
            // Declared choices are stored with an id as well.
            ChoiceIds::Stored => ChoiceTable::empty,
            ChoiceIds::Temporary => ChoiceTable::new,
        };
        definition.stored_axes.iter().map(table).collect()
    }

    /// Returns the next ids as they are stored.
    pub(crate) fn next(self, tables: &[ChoiceTable]) -> String {
        match self {
            ChoiceIds::Stored => next_ids(tables),
            ChoiceIds::Temporary => String::new(),
        }
    }

    /// Appends the choices of tables from an id on, as they are stored. Returns their number.
    pub(crate) fn push_new(self, arguments: &mut Arguments, tables: &[ChoiceTable], firsts: &[u32]) -> usize {
        match self {
            ChoiceIds::Stored => push_new(arguments, tables, firsts),
            ChoiceIds::Temporary => {
                arguments.push_display(0);
                0
            }
        }
    }
}

/// Definition, choices and watermarks of a Metrica, as far as scripts have reported them.
#[derive(Debug)]
pub(crate) struct KnownMetrica {
    /// Changes when ids lose their meaning.
    pub(crate) generation: String,
    /// Version of the definition.
    pub(crate) version: String,
    pub(crate) watermarks: Watermarks,
    pub(crate) definition: Arc<Definition>,
    /// The definition of a caller that was last found to be equal.
    agreed: Arc<Definition>,
    pub(crate) calendar: Calendar,
    pub(crate) tables: Vec<ChoiceTable>,
    pub(crate) ids: ChoiceIds,
    /// It had as many points as its definition allows when it was last written to.
    pub(crate) is_full: bool,
}

impl KnownMetrica {
    pub(crate) fn new(name: &str, state: StoredState, ids: ChoiceIds, prefix: &str) -> Outcome<KnownMetrica> {
        let missing = || MetricaKeys::new(prefix, name).definition();
        let definition =
            Arc::new(state.definition.ok_or_else(|| corrupt(name, &format!("{} is missing", missing())))?);
        let mut known = KnownMetrica {
            generation: state.generation,
            version: state.version,
            watermarks: state.watermarks,
            calendar: definition.calendar(),
            tables: ids.first_tables(&definition),
            agreed: Arc::clone(&definition),
            definition,
            ids,
            is_full: false,
        };
        load(&mut known.tables, (prefix, name), &state.choices)?;
        known.check_next(&state.next, prefix)?;
        Ok(known)
    }

    /// Learns the state of the Metrica in the same generation.
    pub(crate) fn learn(&mut self, state: StoredState, prefix: &str) -> Outcome<()> {
        let learned = if self.is_ahead_of(&state.next) {
            let name = self.definition.name.clone();
            KnownMetrica::new(&name, state, self.ids, prefix).map(|known| *self = known)
        } else {
            self.update(state, prefix)
        };
        if learned.is_err() {
            // Its tables may be incomplete, so that everything has to be read again.
            self.generation.clear();
        }
        learned
    }

    fn update(&mut self, state: StoredState, prefix: &str) -> Outcome<()> {
        if let Some(definition) = state.definition {
            self.definition = Arc::new(definition);
            self.agreed = Arc::clone(&self.definition);
            self.calendar = self.definition.calendar();
            if self.ids == ChoiceIds::Temporary {
                self.restart(None);
            }
        }
        self.version = state.version;
        self.watermarks = state.watermarks;
        load(&mut self.tables, (prefix, &self.definition.name), &state.choices)?;
        self.check_next(&state.next, prefix)
    }

    fn check_next(&self, stored: &str, prefix: &str) -> Outcome<()> {
        let (name, known) = (&self.definition.name, self.next());
        if known == stored {
            return Ok(());
        }
        let meta = MetricaKeys::new(prefix, name).meta();
        let fault =
            format!("{meta} holds {stored:?} for its next ids, while those of its choices are {known:?}");
        Err(corrupt(name, &fault).into())
    }

    /// Returns true when the Metrica has the definition of a caller.
    ///
    /// Two definitions may have the same version when a Metrica was forgotten and defined again, so that they are
    /// compared.
    pub(crate) fn agrees_with(&mut self, asked: &Arc<Definition>) -> bool {
        if !Arc::ptr_eq(&self.agreed, asked) {
            if *self.definition != **asked {
                return false;
            }
            self.agreed = Arc::clone(asked);
        }
        true
    }

    /// Appends what is known, for a script to compare: generation, version and next ids.
    pub(crate) fn push(&self, arguments: &mut Arguments) {
        arguments.push(&self.generation).push(&self.version).push(self.next());
    }

    /// Returns the next ids as they are stored.
    pub(crate) fn next(&self) -> String {
        self.ids.next(&self.tables)
    }

    /// Returns true when choices are known that the server does not have: one that took over from another has lost
    /// them.
    pub(crate) fn is_ahead_of(&self, next: &str) -> bool {
        let stored = next.split(':').map(|id| id.parse::<u32>().unwrap_or(0));
        self.ids == ChoiceIds::Stored
            && self.tables.iter().zip(stored).any(|(table, stored)| table.next_id() > stored)
    }

    /// Replaces the tables by others, or by those of the definition.
    pub(crate) fn restart(&mut self, tables: Option<Vec<ChoiceTable>>) {
        self.tables = tables.unwrap_or_else(|| self.ids.first_tables(&self.definition));
    }

    /// Removes choices that were admitted but not stored.
    pub(crate) fn take_back(&mut self, firsts: &[u32]) {
        self.tables.iter_mut().zip(firsts).for_each(|(table, first)| table.truncate(*first));
    }
}
