//! Where the cells of a Metrica are, in either layout: the keys of buckets and the fields of points.

use staste_core::store::ChoiceTable;
use staste_core::{Definition, Scale};

use crate::keys::{self, Keys};
use crate::point::{self, Field};
use crate::seed::{self, SeedKeys};

/// The keys of the cells of one Metrica.
#[derive(Clone, Debug)]
pub(crate) enum CellKeys {
    Own(Keys),
    Seed(Box<SeedKeys>),
}

impl CellKeys {
    /// The totals of a bucket.
    pub(crate) fn totals(&self, scale: Scale, start: i64) -> String {
        match self {
            CellKeys::Own(keys) => keys.totals(scale, start),
            CellKeys::Seed(keys) => keys.totals(scale, start),
        }
    }

    /// The counts of a bucket.
    pub(crate) fn counts(&self, scale: Scale, start: i64) -> String {
        match self {
            CellKeys::Own(keys) => keys.counts(scale, start),
            CellKeys::Seed(keys) => keys.counts(scale, start),
        }
    }

    /// The start of a bucket as the index of its scale has it; nothing where there is no index.
    pub(crate) fn indexed(&self, scale: Scale, start: i64) -> String {
        match self {
            CellKeys::Own(_) => keys::start_text(scale, start),
            CellKeys::Seed(_) => String::new(),
        }
    }

    /// The fields of points whose ids these tables know.
    pub(crate) fn fields(&self, definition: &Definition, tables: &[ChoiceTable]) -> CellFields {
        match self {
            CellKeys::Own(_) => CellFields::Own,
            CellKeys::Seed(keys) => CellFields::Seed(seed::Fields::of(definition, tables, &keys.naming)),
        }
    }
}

/// The fields of points.
#[derive(Debug)]
pub(crate) enum CellFields {
    Own,
    Seed(seed::Fields),
}

impl CellFields {
    pub(crate) fn encode(&self, point: &[u32]) -> Field {
        match self {
            CellFields::Own => point::encode(point),
            CellFields::Seed(fields) => fields.encode(point).into_bytes().into(),
        }
    }
}
