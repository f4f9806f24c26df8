//! A Metrica as a connection remembers it.

use std::sync::Arc;

use rusqlite::Connection;
use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition};

use crate::failure::Outcome;
use crate::metrica::choices::load_choices;
use crate::metrica::row::{MetricaRow, stored_definition};
use crate::sql::Sql;

/// A Metrica as a connection remembers it.
#[derive(Debug)]
pub(crate) struct KnownMetrica {
    pub(crate) id: i64,
    generation: i64,
    /// Number of choices that were ever added to the tables.
    choices: i64,
    pub(crate) definition: Arc<Definition>,
    /// The definition of the last caller, which was equal.
    caller_definition: Arc<Definition>,
    pub(crate) calendar: Calendar,
    pub(crate) tables: Vec<ChoiceTable>,
    pub(crate) sql: Arc<Sql>,
}

impl KnownMetrica {
    /// Remembers the definition of a caller, so that the next comparison is one of pointers.
    pub(crate) fn remember_caller_definition(&mut self, definition: &Arc<Definition>) {
        if !Arc::ptr_eq(&self.caller_definition, definition) {
            self.caller_definition = Arc::clone(definition);
        }
    }

    /// Sets the number of choices that were ever added to the tables.
    pub(crate) fn set_choice_count(&mut self, choices: i64) {
        self.choices = choices;
    }

    /// Reads the choices that other processes added since, if the row counts more.
    pub(super) fn update(&mut self, connection: &Connection, row: &MetricaRow) -> Outcome<()> {
        if self.choices != row.choices {
            self.load_new_choices(connection)?;
            self.choices = row.choices;
        }
        Ok(())
    }

    /// Returns true if a caller's definition is the stored one. Two definitions of the same version can differ, after
    /// the Metrica was forgotten and defined again.
    pub(super) fn has_definition(&self, definition: &Definition) -> bool {
        std::ptr::eq(&raw const *self.caller_definition, definition) || *self.definition == *definition
    }

    /// Returns true if this is the Metrica of a row in its current version and generation.
    pub(super) fn matches(&self, row: &MetricaRow) -> bool {
        self.id == row.id
            && self.generation == row.generation
            && i64::try_from(self.definition.version) == Ok(row.version)
    }

    /// Loads the Metrica of a row.
    pub(super) fn load(connection: &Connection, row: &MetricaRow) -> Outcome<KnownMetrica> {
        let definition = Arc::new(stored_definition(connection, row.id)?);
        let mut known = KnownMetrica {
            id: row.id,
            generation: row.generation,
            choices: row.choices,
            calendar: definition.calendar(),
            tables: definition.stored_axes.iter().map(ChoiceTable::empty).collect(),
            sql: Arc::new(Sql::new(row.id, definition.stored_axes.len(), definition.is_averaged())),
            caller_definition: Arc::clone(&definition),
            definition,
        };
        known.load_new_choices(connection)?;
        Ok(known)
    }

    /// Reads the choices that other processes added.
    fn load_new_choices(&mut self, connection: &Connection) -> Outcome<()> {
        let mut tables = self.tables.iter_mut().enumerate();
        tables.try_for_each(|(axis, table)| load_choices(connection, self.id, axis, table))
    }
}
