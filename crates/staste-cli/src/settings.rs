//! `Settings`: the file `staste.toml` in the current folder, with the store and the definitions of metricas.

use std::io;

use serde::Deserialize;
use staste::{Axis, Better, Keep, MetricaBuilder, Scale, Staste};

use crate::definition_arguments::{Caps, parse_kind, parse_week_start, with_labels};
use crate::failure::{Failure, Result};

/// The name of the file.
pub(crate) const SETTINGS_FILE: &str = "staste.toml";

/// The contents of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The address of the store.
    pub(crate) store: Option<String>,
    /// The metricas to define, by name.
    #[serde(default)]
    pub(crate) metrica: toml::Table,
}

/// The definition of a Metrica in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MetricaSettings {
    /// `name = "stored"`, `name = "path"` or `name = ["a", "b"]`; or a table with `kind`, `choices` and `cap`.
    #[serde(default)]
    axes: toml::Table,
    /// `"plain"`, `"averaged"` or `"distribution"`.
    kind: Option<String>,
    /// Values are counted in units of 1/multiplier: 100 for cents.
    multiplier: Option<u32>,
    /// IANA name of the time zone.
    time_zone: Option<String>,
    /// Name of the first day of the week.
    week_start: Option<String>,
    /// How long to keep each scale: `minute = "30d"`.
    #[serde(default)]
    keep: toml::Table,
    /// Maximum number of points.
    points: Option<u64>,
    /// Unit of the values, such as `"s"`.
    unit: Option<String>,
    /// Title that pages show in place of the name.
    title: Option<String>,
    /// Sentence about what is counted.
    description: Option<String>,
    /// `"up"`, `"down"` or `"neither"`.
    better: Option<String>,
}

/// The definition of an axis in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisSettings {
    /// `"stored"` or `"path"`.
    kind: Option<String>,
    /// The choices of a declared axis.
    choices: Option<Vec<String>>,
    /// Maximum number of choices.
    cap: Option<u32>,
}

impl Settings {
    /// Reads the file. Returns empty settings if it does not exist.
    ///
    /// # Errors
    /// When the file cannot be read or is invalid.
    pub(crate) fn read() -> Result<Settings> {
        match std::fs::read_to_string(SETTINGS_FILE) {
            // The message does not quote the line, because it may contain a password.
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
                let key = text
                    .lines()
                    .nth(line - 1)
                    .and_then(|line| line.split_once('='))
                    .map_or("", |(key, _)| key.trim());
                let key = if key.is_empty() { String::new() } else { format!(" ({key})") };
                let reason: String = error.message().chars().take(200).collect();
                Failure::input(format!("{SETTINGS_FILE}, line {line}{key}: {reason}"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(Failure::failed(format!("{SETTINGS_FILE} cannot be read")).caused_by(&error)),
        }
    }

    /// Returns true if the file defines a Metrica of this name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.metrica.contains_key(name)
    }

    /// Returns the builder of a Metrica of the file. `caps` take precedence over those of the file.
    ///
    /// # Errors
    /// When the definition is invalid.
    pub(crate) fn builder(&self, staste: &Staste, name: &str, caps: &Caps<'_>) -> Result<MetricaBuilder> {
        let place = format!("{SETTINGS_FILE}, [metrica.{name}]");
        let table = self.metrica.get(name).cloned().unwrap_or_else(|| toml::Table::new().into());
        let settings: MetricaSettings =
            table.try_into().map_err(|error| Failure::input(format!("{place}: {error}")))?;
        settings.builder(staste.metrica(name), caps).map_err(|failure| failure.in_place(&place))
    }
}

impl MetricaSettings {
    fn builder(self, mut builder: MetricaBuilder, caps: &Caps<'_>) -> Result<MetricaBuilder> {
        if let Some(word) = &self.kind {
            builder = builder.kind(parse_kind(word)?);
        }
        if let Some(day) = &self.week_start {
            builder = builder.week_start(parse_week_start(day)?);
        }
        if let Some(multiplier) = self.multiplier {
            builder = builder.multiplier(multiplier);
        }
        if let Some(zone) = &self.time_zone {
            builder = builder.zone(zone);
        }
        if let Some(points) = self.points {
            builder = builder.points(points);
        }
        builder =
            with_labels(builder, self.unit.as_deref(), self.title.as_deref(), self.description.as_deref());
        if let Some(word) = &self.better {
            builder = builder.better(Better::parse(word)?);
        }
        for (scale, time) in &self.keep {
            let time = time.as_str().ok_or_else(|| {
                Failure::input(format!("invalid keep.{scale}: expected a string such as \"30d\""))
            })?;
            builder = builder.keep(Scale::parse(scale)?, Keep::parse(time)?);
        }
        for (name, value) in &self.axes {
            builder = builder.axis(name, caps.apply(name, parse_axis(name, value)?));
        }
        // Building validates the definition here, where the error can name the section of the file.
        builder.clone().build()?;
        Ok(builder)
    }
}

fn parse_axis(name: &str, value: &toml::Value) -> Result<Axis> {
    let invalid = || {
        Failure::input(format!(
            "invalid axis {name}: expected \"stored\", \"path\", a list of choices, or a table with the keys kind or \
             choices, and cap"
        ))
    };
    let settings = match value {
        toml::Value::String(kind) => AxisSettings { kind: Some(kind.clone()), choices: None, cap: None },
        toml::Value::Array(_) => {
            let choices = value.clone().try_into().map_err(|_| invalid())?;
            AxisSettings { kind: None, choices: Some(choices), cap: None }
        }
        table => table.clone().try_into().map_err(|_| invalid())?,
    };
    let axis = match (settings.kind.as_deref(), settings.choices) {
        (None | Some("declared"), Some(choices)) => Axis::declared(choices),
        (Some("stored"), None) => Axis::stored(),
        (Some("path"), None) => Axis::path(),
        _ => return Err(invalid()),
    };
    Ok(settings.cap.map_or(axis.clone(), |cap| axis.cap(cap)))
}
