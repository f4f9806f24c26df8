//! The metricas that a connection remembers: definition, choices and statements.
//!
//! Every transaction compares them with the row of the Metrica. Another id, version or generation makes the catalog
//! load the Metrica again; a higher number of choices makes it read the new ones.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use staste_core::{Definition, Error};

use crate::failure::Outcome;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::row::MetricaRow;
use crate::sql::Sql;

/// The metricas that a connection remembers, by name.
#[derive(Debug, Default)]
pub(crate) struct Catalog(HashMap<String, KnownMetrica, foldhash::fast::RandomState>);

impl Catalog {
    /// Removes everything, as after a rollback.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the statements of a Metrica, if it is remembered and still the one of the row.
    pub(crate) fn sql(&self, name: &str, row: &MetricaRow) -> Option<Arc<Sql>> {
        self.0.get(name).filter(|known| known.matches(row)).map(|known| Arc::clone(&known.sql))
    }

    /// Returns the Metrica of a row, up to date.
    ///
    /// # Errors
    /// Stale if the definition of the caller is not the stored one.
    pub(crate) fn metrica(
        &mut self,
        connection: &Connection,
        row: &MetricaRow,
        definition: &Definition,
    ) -> Outcome<&mut KnownMetrica> {
        let name = definition.name.as_str();
        if !self.0.get(name).is_some_and(|known| known.matches(row)) {
            self.0.insert(name.to_owned(), KnownMetrica::load(connection, row)?);
        }
        let known = self.0.get_mut(name).ok_or_else(|| Error::stale(name))?;
        known.update(connection, row)?;
        if !known.has_definition(definition) {
            return Err(Error::stale(name).into());
        }
        Ok(known)
    }
}
