//! `Settings`: what `staste.toml` in the current folder says: the store, and metricas to define.

use std::io;

use serde::Deserialize;
use staste::{Axis, Keep, MetricaBuilder, Scale, Staste};

use crate::commands::{kind, week_start};
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
struct MetricaSettings {
    /// `name = "stored"`, `name = "path"` or `name = ["a", "b"]`; or a table with `kind`, `choices` and `cap`.
    #[serde(default)]
    axes: toml::Table,
    /// `"plain"` or `"averaged"`.
    kind: Option<String>,
    /// Units of a cell in one of a value.
    multiplier: Option<u32>,
    /// An IANA name.
    time_zone: Option<String>,
    /// The name of a day.
    week_start: Option<String>,
    /// How long each scale is kept: `minute = "30d"`.
    #[serde(default)]
    keep: toml::Table,
    /// The most points.
    points: Option<u64>,
}

/// An axis of the file that needs more than its kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisSettings {
    /// `"stored"` or `"path"`.
    kind: Option<String>,
    /// Declared choices.
    choices: Option<Vec<String>>,
    /// The most choices.
    cap: Option<u32>,
}

impl Settings {
    /// Reads the file; nothing is set when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else than settings.
    pub(crate) fn read() -> Result<Settings> {
        match std::fs::read_to_string(FILE) {
            // Without the line itself, which may hold a password.
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
                Failure::input(format!("{FILE}, line {line}{key}: {reason}"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(Failure::failed(format!("{FILE} cannot be read")).because(&error)),
        }
    }

    /// True when the file defines a Metrica of this name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.metrica.contains_key(name)
    }

    /// The builder of a Metrica of the file; `caps` are heard before those of the file.
    ///
    /// # Errors
    /// When the file says of it what cannot be.
    pub(crate) fn builder(
        &self,
        staste: &Staste,
        name: &str,
        caps: &[(&str, u32)],
    ) -> Result<MetricaBuilder> {
        let place = format!("{FILE}, [metrica.{name}]");
        let table = self.metrica.get(name).cloned().unwrap_or_else(|| toml::Table::new().into());
        let settings: MetricaSettings =
            table.try_into().map_err(|error| Failure::input(format!("{place}: {error}")))?;
        settings.builder(staste.metrica(name), caps).map_err(|failure| failure.about(&place))
    }
}

impl MetricaSettings {
    fn builder(self, mut builder: MetricaBuilder, caps: &[(&str, u32)]) -> Result<MetricaBuilder> {
        if let Some(word) = &self.kind {
            builder = builder.kind(kind(word)?);
        }
        if let Some(day) = &self.week_start {
            builder = builder.week_start(week_start(day)?);
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
        for (scale, time) in &self.keep {
            let time = time
                .as_str()
                .ok_or_else(|| Failure::input(format!("keep.{scale} is not a text such as \"30d\"")))?;
            builder = builder.keep(Scale::parse(scale)?, Keep::parse(time)?);
        }
        for (name, value) in &self.axes {
            let axis = axis_of(name, value)?;
            let cap = caps.iter().find(|(capped, _)| capped == name);
            builder = builder.axis(name, cap.map_or(axis.clone(), |(_, cap)| axis.cap(*cap)));
        }
        // What is wrong with it is found here, where its place is known.
        builder.clone().build()?;
        Ok(builder)
    }
}

fn axis_of(name: &str, value: &toml::Value) -> Result<Axis> {
    let refused = || {
        Failure::input(format!(
            "axis {name} is \"stored\", \"path\", a list of its choices, or a table with kind or choices, and cap"
        ))
    };
    let settings = match value {
        toml::Value::String(kind) => AxisSettings { kind: Some(kind.clone()), choices: None, cap: None },
        toml::Value::Array(_) => {
            let choices = value.clone().try_into().map_err(|_| refused())?;
            AxisSettings { kind: None, choices: Some(choices), cap: None }
        }
        table => table.clone().try_into().map_err(|_| refused())?,
    };
    let axis = match (settings.kind.as_deref(), settings.choices) {
        (None | Some("declared"), Some(choices)) => Axis::declared(choices),
        (Some("stored"), None) => Axis::stored(),
        (Some("path"), None) => Axis::path(),
        _ => return Err(refused()),
    };
    Ok(settings.cap.map_or(axis.clone(), |cap| axis.cap(cap)))
}
