//! `Settings`: what `staste.toml` in the current folder says: the store, and metricas to define.

use std::io;

use serde::Deserialize;

use crate::failure::{Failure, Result};

/// The file that is read.
pub(crate) const FILE: &str = "staste.toml";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The address of the store.
    pub(crate) store: Option<String>,
    /// Metricas by name.
    #[serde(default)]
    pub(crate) metrica: toml::Table,
}

/// A Metrica of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MetricaSettings {
    /// `name = "stored"`, `name = "path"` or `name = ["a", "b"]`; or a table with `kind`, `choices` and `cap`.
    #[serde(default)]
    pub(crate) axes: toml::Table,
    /// `"plain"` or `"averaged"`.
    pub(crate) kind: Option<String>,
    /// Units of a cell in one of a value.
    pub(crate) multiplier: Option<u32>,
    /// An IANA name.
    pub(crate) time_zone: Option<String>,
    /// The name of a day.
    pub(crate) week_start: Option<String>,
    /// How long each scale is kept: `minute = "30d"`.
    #[serde(default)]
    pub(crate) keep: toml::Table,
    /// The most points.
    pub(crate) points: Option<u64>,
}

/// An axis of the file that needs more than its kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AxisSettings {
    /// `"stored"` or `"path"`.
    pub(crate) kind: Option<String>,
    /// Declared choices.
    pub(crate) choices: Option<Vec<String>>,
    /// The most choices.
    pub(crate) cap: Option<u32>,
}

impl Settings {
    /// Reads the file; nothing is set when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else than settings.
    pub(crate) fn read() -> Result<Settings> {
        match std::fs::read_to_string(FILE) {
            Ok(text) => toml::from_str(&text).map_err(|error| Failure::input(format!("{FILE}: {error}"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(Failure::failed(format!("{FILE} cannot be read")).because(&error)),
        }
    }
}
