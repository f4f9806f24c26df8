//! The names of buckets and cells in the legacy layout.

use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition, Keep, Scale};

use super::fields::Fields;
use super::keys::{COUNTS, LegacyKeys};
use super::period_key::PeriodKey;
use super::ttl::ttl;
use crate::layout::{CellFormat, Field, FieldFormat};

impl CellFormat for LegacyKeys {
    fn totals(&self, scale: Scale, start: i64) -> String {
        match scale {
            Scale::Ever => self.ever(),
            _ => format!("{}{}", self.base, PeriodKey::of(&self.calendar, scale, start).text()),
        }
    }

    fn counts(&self, scale: Scale, start: i64) -> String {
        format!("{}{COUNTS}", self.totals(scale, start))
    }

    /// There is no index.
    fn index_member(&self, _scale: Scale, _start: i64) -> String {
        String::new()
    }

    /// The retention is the original's, and its counts never expire.
    fn ttls(
        &self,
        _calendar: &Calendar,
        _keep: Keep,
        (scale, start): (Scale, i64),
        now: i64,
    ) -> (Option<i64>, Option<i64>) {
        (ttl(scale, start, now), None)
    }

    fn fields(&self, definition: &Definition, tables: &[ChoiceTable]) -> Box<dyn FieldFormat> {
        Box::new(Fields::of(definition, tables, &self.words))
    }
}

impl FieldFormat for Fields {
    fn encode(&self, point: &[u32]) -> Field {
        self.text(point).into_bytes().into()
    }
}
