//! Where the cells of a Metrica are, in either layout: the keys of buckets and the fields of points.

use std::sync::LazyLock;

use smallvec::SmallVec;
use staste_core::plan::{Admitted, KickOutcome, Point};
use staste_core::store::Kick;
use staste_core::store::{ALL, ChoiceTable, Levels, UNSET};
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

    /// The levels of a kick on each axis: in the seed layout an axis that was left out has no cell but ALL.
    pub(crate) fn levels<'a>(
        &self,
        admitted: &'a Admitted,
        kick: &Kick,
        fate: KickOutcome,
    ) -> SmallVec<[&'a Levels; 8]> {
        static NONE: LazyLock<Levels> = LazyLock::new(Levels::new);
        let mut levels = admitted.levels(kick, fate);
        if let CellKeys::Seed(_) = self {
            for levels in levels.iter_mut().filter(|levels| levels.as_slice() == [UNSET]) {
                *levels = &NONE;
            }
        }
        levels
    }
}

/// The full point of a kick, given its levels on each axis.
pub(crate) fn full_point(levels: &[&Levels]) -> Point {
    levels.iter().map(|levels| levels.last().copied().unwrap_or(ALL)).collect()
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
