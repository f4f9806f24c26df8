//! `target_metrica`: the Metrica to count rows in: an existing one, or a new one that the import defines.

use std::sync::Arc;

use staste::store::Store;
use staste::{
    Axis, AxisDefinition, Definition, MemoryStore, Metrica, MetricaBuilder, MetricaKind, RecorderOptions,
    Staste,
};

use crate::definition_arguments::{Caps, DefinitionArguments};
use crate::failure::{Failure, Result};
use crate::input::{AxisColumn, ColumnMapping};
use crate::settings::{SETTINGS_FILE, Settings};

/// The options that define the Metrica.
#[derive(Debug)]
pub(crate) struct TargetOptions<'a> {
    /// The name of the Metrica.
    pub(crate) metrica: &'a str,
    /// The columns of its axes.
    pub(crate) mapping: &'a ColumnMapping,
    /// The kind, if one is given.
    pub(crate) kind: Option<MetricaKind>,
    /// The kind of a new Metrica if none is given.
    pub(crate) default_kind: MetricaKind,
    /// The other options.
    pub(crate) definition: &'a DefinitionArguments,
    /// True if nothing is written.
    pub(crate) is_dry_run: bool,
}

/// A Metrica that is defined before the import, in the store or in `staste.toml`.
#[derive(Debug)]
pub(crate) struct KnownMetrica {
    /// The definition in the store, or else in the file.
    pub(crate) definition: Arc<Definition>,
    /// The file, if it defines the Metrica and the store does not have it.
    settings: Option<Settings>,
}

impl KnownMetrica {
    /// Finds a Metrica in the store, if there is one, or in `staste.toml`.
    ///
    /// # Errors
    /// When the store cannot be reached, or the file cannot be read.
    pub(crate) fn find(staste: Option<&Staste>, name: &str) -> Result<Option<KnownMetrica>> {
        let stored = staste.map(Staste::definitions).transpose()?.unwrap_or_default();
        if let Some(definition) = stored.into_iter().find(|definition| definition.name == name) {
            return Ok(Some(KnownMetrica { definition, settings: None }));
        }
        let settings = Settings::read()?;
        if !settings.defines(name) {
            return Ok(None);
        }
        let definition =
            settings.builder(&Staste::new(MemoryStore::new()), name, &Caps::default())?.build()?.define()?;
        Ok(Some(KnownMetrica { definition, settings: Some(settings) }))
    }

    /// Returns true if the store does not have the Metrica yet.
    pub(crate) fn is_new(&self) -> bool {
        self.settings.is_some()
    }

    fn place(&self) -> &'static str {
        if self.is_new() { SETTINGS_FILE } else { "the store" }
    }

    fn axis(&self, name: &str) -> Option<&AxisDefinition> {
        self.definition.axis(name)
    }

    /// Refuses a column that is mapped to an axis which does not exist or has another kind.
    fn check(&self, column: &AxisColumn) -> Result<()> {
        let (axis, name, place) = (&column.axis, &self.definition.name, self.place());
        let option = if column.separator.is_some() { "--path-axis" } else { "--axis" };
        match (self.axis(axis).map(AxisDefinition::is_path), &column.separator) {
            (None, _) => {
                let outcome = self.definition.axis_index(axis).map(|_| ()).map_err(Failure::from);
                outcome.map_err(|failure| {
                    failure.help(match self.is_new() {
                        true => {
                            format!("{option} {axis} was given; add the axis to [metrica.{name}] in {SETTINGS_FILE} first")
                        }
                        false => format!("add the axis first: staste define {name} {option} {axis}"),
                    })
                })
            }
            (Some(true), None) => Err(Failure::input(format!(
                "{option} {axis} was given, but axis {axis} of {name} is a path axis in {place}"
            ))
            .help(format!("map it with --path-axis {axis}"))),
            (Some(false), Some(_)) => Err(Failure::input(format!(
                "{option} {axis} was given, but axis {axis} of {name} takes a value, not a path, in {place}"
            ))
            .help(format!("map it with --axis {axis}"))),
            _ => Ok(()),
        }
    }
}

/// Returns the Metrica to count rows in, and defines it if it is new. For a dry run it is a copy in memory.
///
/// # Errors
/// When the options contradict the definition of an existing Metrica, or the store cannot be reached.
pub(crate) fn target_metrica(
    staste: &Staste,
    known: Option<&KnownMetrica>,
    options: &TargetOptions<'_>,
) -> Result<Metrica> {
    if !options.is_dry_run {
        return define_in(staste, known, options);
    }
    let memory = MemoryStore::new();
    if let Some(known) = known.filter(|known| !known.is_new()) {
        let mut copy = (*known.definition).clone();
        copy.version = 1;
        memory.define(&copy)?;
    }
    let copy =
        Staste::with(Arc::new(memory), staste.clock().clone(), RecorderOptions::default().flush_every(None));
    define_in(&copy, known, options)
}

fn define_in(staste: &Staste, known: Option<&KnownMetrica>, options: &TargetOptions<'_>) -> Result<Metrica> {
    let caps = options.definition.caps()?;
    let is_axis = |name: &str| {
        options.mapping.axes.iter().any(|column| column.axis == name)
            || known.is_some_and(|known| known.axis(name).is_some())
    };
    if let Some(axis) = caps.axes().find(|axis| !is_axis(axis)) {
        return Err(Failure::input(format!("--cap names the axis {axis}, which has no column")));
    }
    let Some(known) = known else { return define_new(staste, &caps, options) };
    options.mapping.axes.iter().try_for_each(|column| known.check(column))?;
    let mut builder = match &known.settings {
        Some(settings) => settings.builder(staste, options.metrica, &caps)?,
        None => with_caps(staste.metrica(options.metrica), known, &caps),
    };
    builder = options.definition.apply(builder)?;
    if let Some(kind) = options.kind {
        builder = builder.kind(kind);
    }
    // Defining fails if the options contradict the store. Axes that only the store has are then read from it.
    builder.build()?.define()?;
    Ok(staste.stored_metrica(options.metrica)?)
}

fn define_new(staste: &Staste, caps: &Caps<'_>, options: &TargetOptions<'_>) -> Result<Metrica> {
    let axes = &options.mapping.axes;
    let mut builder = options.definition.apply(staste.metrica(options.metrica))?;
    for column in axes {
        let axis = if column.separator.is_some() { Axis::path() } else { Axis::stored() };
        builder = builder.axis(&column.axis, caps.apply(&column.axis, axis));
    }
    let kind = options.kind.unwrap_or(options.default_kind);
    let metrica = builder.kind(kind).build().map_err(|error| invalid_axis_name(error, axes))?;
    metrica.define()?;
    Ok(metrica)
}

fn with_caps(mut builder: MetricaBuilder, known: &KnownMetrica, caps: &Caps<'_>) -> MetricaBuilder {
    for name in caps.axes() {
        let axis = known.axis(name).map_or_else(Axis::stored, Axis::from);
        builder = builder.axis(name, caps.apply(name, axis));
    }
    builder
}

/// Converts an error, and says how to rename the axis if its name is allowed for a column only.
fn invalid_axis_name(error: staste::Error, axes: &[AxisColumn]) -> Failure {
    let invalid = axes.iter().find(|axis| error.axis() == Some(&axis.axis));
    let failure = Failure::from(error);
    match invalid {
        Some(AxisColumn { axis, column, .. }) if axis == column => {
            failure.help(format!("give the axis another name: --axis my_{axis}={column}"))
        }
        _ => failure,
    }
}
