//! `Labels`: how charts tell times.

use staste_core::{Result, Zone};

/// How charts tell times. Whatever it is, periods are those of the Metrica's zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Labels {
    /// In the Metrica's zone.
    #[default]
    Own,
    /// Hours and minutes in the zone of who looks.
    In(Zone),
    /// By how long ago they were.
    Ago,
}

impl Labels {
    /// Reads `ago` or the name of a zone.
    ///
    /// # Errors
    /// When there is no such zone.
    pub(crate) fn parse(text: &str) -> Result<Labels> {
        if text == "ago" { Ok(Labels::Ago) } else { Zone::named(text).map(Labels::In) }
    }

    /// As an address has it; nothing for the Metrica's own zone.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Labels::Own => None,
            Labels::In(zone) => Some(zone.name()),
            Labels::Ago => Some("ago"),
        }
    }
}
