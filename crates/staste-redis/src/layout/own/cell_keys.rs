//! The keys of buckets in the own layout.

use staste_core::store::ChoiceTable;
use staste_core::{Calendar, Definition, Error, Keep, Scale};

use super::point_encoding;
use crate::connections::failure::corrupt;
use crate::keys::MetricaKeys;
use crate::layout::{CellFormat, Field, FieldFormat};

/// Buckets outlive their retention by this, as clocks differ.
const SLACK: i64 = 86_400;
/// Buckets that live for longer than this many seconds do not expire.
const MAX_TTL: i64 = 100 * 366 * 86_400;

/// The keys of the buckets of one Metrica.
#[derive(Clone, Debug)]
pub(crate) struct CellKeys {
    base: String,
}

impl CellKeys {
    pub(crate) fn new(keys: &MetricaKeys) -> CellKeys {
        CellKeys { base: keys.base.clone() }
    }

    /// Returns true for a key that holds cells or choices of the Metrica, or an index.
    pub(crate) fn is_of_cells(&self, key: &str) -> bool {
        let is_start = |start: &str| start.parse::<i64>().is_ok();
        let Some(rest) = key.strip_prefix(&self.base) else { return false };
        let rest = rest.strip_suffix(":n").unwrap_or(rest);
        match rest.split_once(':') {
            None => rest == "ever",
            Some(("choices", axis)) => is_start(axis),
            Some((first, last)) => Scale::KEPT.iter().any(|scale| {
                first == scale.name() && is_start(last) || first == "index" && last == scale.name()
            }),
        }
    }

    /// Returns the error for a cell whose field is not a point of its choices: both are written together.
    pub(crate) fn corrupt_field(&self, (scale, start): (Scale, i64), metrica: &str, field: &[u8]) -> Error {
        let (key, field) = (self.totals(scale, start), field.escape_ascii());
        let fault = format!("{key} holds a cell of field \"{field}\", which is not a point of its choices");
        corrupt(metrica, &fault)
    }

    /// Returns a pattern of the server for all keys of the Metrica.
    pub(crate) fn pattern(&self) -> String {
        // Names and prefixes contain no special characters of the pattern language.
        format!("{}*", self.base)
    }
}

impl CellFormat for CellKeys {
    fn totals(&self, scale: Scale, start: i64) -> String {
        match scale {
            Scale::Ever => format!("{}ever", self.base),
            _ => format!("{}{}:{start}", self.base, scale.name()),
        }
    }

    fn counts(&self, scale: Scale, start: i64) -> String {
        format!("{}:n", self.totals(scale, start))
    }

    fn index_member(&self, scale: Scale, start: i64) -> String {
        if scale == Scale::Ever { String::new() } else { start.to_string() }
    }

    /// A bucket expires when no clock finds it retained.
    fn ttls(
        &self,
        calendar: &Calendar,
        keep: Keep,
        (scale, start): (Scale, i64),
        now: i64,
    ) -> (Option<i64>, Option<i64>) {
        let kept = match keep {
            Keep::Forever => return (None, None),
            Keep::Seconds(kept) => kept,
            Keep::Never => 0,
        };
        let end = calendar.bucket(scale, start).end;
        let ttl = end.saturating_add(kept).saturating_sub(now).max(0).saturating_add(SLACK);
        let ttl = (ttl < MAX_TTL).then_some(ttl);
        (ttl, ttl)
    }

    fn fields(&self, _definition: &Definition, _tables: &[ChoiceTable]) -> Box<dyn FieldFormat> {
        Box::new(PointFields)
    }
}

/// Fields are the ids of a point.
#[derive(Debug)]
struct PointFields;

impl FieldFormat for PointFields {
    fn encode(&self, point: &[u32]) -> Field {
        point_encoding::encode(point)
    }
}
