//! `TimeLabels`: how charts name times.

use staste_core::{Result, Zone};

/// The labels of times on charts. Periods are those of the Metrica's zone in any case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum TimeLabels {
    /// In the Metrica's zone.
    #[default]
    MetricaZone,
    /// Hours and minutes in the reader's zone.
    ReaderZone(Zone),
    /// By how long ago they were.
    Relative,
}

impl TimeLabels {
    /// Reads `ago` or the name of a zone.
    ///
    /// # Errors
    /// When there is no such zone.
    pub(crate) fn parse(text: &str) -> Result<TimeLabels> {
        if text == "ago" { Ok(TimeLabels::Relative) } else { Zone::named(text).map(TimeLabels::ReaderZone) }
    }

    /// The value of the parameter `times`; none for the Metrica's own zone.
    pub(crate) fn parameter(&self) -> Option<&str> {
        match self {
            TimeLabels::MetricaZone => None,
            TimeLabels::ReaderZone(zone) => Some(zone.name()),
            TimeLabels::Relative => Some("ago"),
        }
    }
}
