//! `target`: the Metrica that rows are counted in: a known one, or one that the import defines.

use std::sync::Arc;

use staste::store::Store;
use staste::{
    Axis, AxisDefinition, AxisKind, Definition, MemoryStore, Metrica, MetricaBuilder, MetricaKind,
    RecorderOptions, Staste,
};

use crate::commands::DefinitionArguments;
use crate::failure::{Failure, Result};
use crate::input::{AxisColumn, Mapping};
use crate::settings::{FILE, Settings};

/// How a Metrica is defined.
#[derive(Debug)]
pub(crate) struct TargetOptions<'a> {
    /// Its name.
    pub(crate) metrica: &'a str,
    /// Which columns are its axes.
    pub(crate) mapping: &'a Mapping,
    /// The kind that was given; without one a new Metrica is of `usual`.
    pub(crate) kind: Option<MetricaKind>,
    /// The kind of a new Metrica.
    pub(crate) usual: MetricaKind,
    /// What else was given.
    pub(crate) definition: &'a DefinitionArguments,
    /// Write nothing.
    pub(crate) dry_run: bool,
}

/// What is known of a Metrica before the import.
#[derive(Debug)]
pub(crate) struct Known {
    /// As the store has it, or as it will be defined.
    pub(crate) definition: Arc<Definition>,
    /// The file that defines it, when the store does not have it.
    settings: Option<Settings>,
}

impl Known {
    /// Looks into the store, if there is one, and then into `staste.toml`.
    ///
    /// # Errors
    /// When the store cannot be reached, or the file cannot be read.
    pub(crate) fn find(staste: Option<&Staste>, name: &str) -> Result<Option<Known>> {
        let stored = staste.map(Staste::definitions).transpose()?.unwrap_or_default();
        if let Some(definition) = stored.into_iter().find(|known| known.name == name) {
            return Ok(Some(Known { definition, settings: None }));
        }
        let settings = Settings::read()?;
        if !settings.defines(name) {
            return Ok(None);
        }
        let definition = settings.builder(&Staste::new(MemoryStore::new()), name, &[])?.build()?.define()?;
        Ok(Some(Known { definition, settings: Some(settings) }))
    }

    /// True when the store does not have it yet.
    pub(crate) fn is_new(&self) -> bool {
        self.settings.is_some()
    }

    fn place(&self) -> &'static str {
        if self.is_new() { FILE } else { "the store" }
    }

    fn axis(&self, name: &str) -> Option<&AxisDefinition> {
        self.definition.axes.iter().find(|axis| axis.name == name)
    }

    /// Refuses columns that are mapped to axes it does not have so.
    fn check(&self, column: &AxisColumn) -> Result<()> {
        let (axis, name, place) = (&column.axis, &self.definition.name, self.place());
        let option = if column.separator.is_some() { "--path-axis" } else { "--axis" };
        match (self.axis(axis).map(|axis| &axis.kind), &column.separator) {
            (None, _) => {
                let refused = self.definition.axis_index(axis).map(|_| ()).map_err(Failure::from);
                refused.map_err(|failure| {
                    failure.help(match self.is_new() {
                        true => {
                            format!("{option} {axis} was given; add it to [metrica.{name}] in {FILE} first")
                        }
                        false => format!("add it to the metrica first: staste define {name} {option} {axis}"),
                    })
                })
            }
            (Some(AxisKind::Path), None) => Err(Failure::input(format!(
                "{option} {axis} was given, and axis {axis} of {name} is a path axis in {place}"
            ))
            .help(format!("map it with --path-axis {axis}"))),
            (Some(AxisKind::Declared(_) | AxisKind::Stored), Some(_)) => Err(Failure::input(format!(
                "{option} {axis} was given, and axis {axis} of {name} takes one value, not a path, in {place}"
            ))
            .help(format!("map it with --axis {axis}"))),
            _ => Ok(()),
        }
    }
}

/// Finds the Metrica that rows are counted in, or defines it; of a dry run it is a copy in memory.
///
/// # Errors
/// When it is known with other axes or another definition, or the store cannot be reached.
pub(crate) fn target(staste: &Staste, known: Option<&Known>, options: &TargetOptions<'_>) -> Result<Metrica> {
    if !options.dry_run {
        return in_store(staste, known, options);
    }
    let memory = MemoryStore::new();
    if let Some(known) = known.filter(|known| !known.is_new()) {
        let mut copy = (*known.definition).clone();
        copy.version = 1;
        memory.define(&copy)?;
    }
    let copy =
        Staste::with(Arc::new(memory), staste.clock().clone(), RecorderOptions::default().flush_every(None));
    in_store(&copy, known, options)
}

fn in_store(staste: &Staste, known: Option<&Known>, options: &TargetOptions<'_>) -> Result<Metrica> {
    let caps = options.definition.caps()?;
    let is_axis = |name: &str| {
        options.mapping.axes.iter().any(|column| column.axis == name)
            || known.is_some_and(|known| known.axis(name).is_some())
    };
    if let Some((axis, _)) = caps.iter().find(|(name, _)| !is_axis(name)) {
        return Err(Failure::input(format!("--cap names the axis {axis}, which no column is mapped to")));
    }
    let Some(known) = known else { return new(staste, &caps, options) };
    options.mapping.axes.iter().try_for_each(|column| known.check(column))?;
    let mut builder = match &known.settings {
        Some(settings) => settings.builder(staste, options.metrica, &caps)?,
        None => capped(staste.metrica(options.metrica), known, &caps),
    };
    builder = options.definition.apply(builder)?;
    if let Some(kind) = options.kind {
        builder = builder.kind(kind);
    }
    // A conflict with what was given here is found now; what the store has beyond it is used as it is.
    builder.build()?.define()?;
    Ok(staste.known(options.metrica)?)
}

fn new(staste: &Staste, caps: &[(&str, u32)], options: &TargetOptions<'_>) -> Result<Metrica> {
    let axes = &options.mapping.axes;
    let mut builder = options.definition.apply(staste.metrica(options.metrica))?;
    for column in axes {
        let axis = if column.separator.is_some() { Axis::path() } else { Axis::stored() };
        let cap = caps.iter().find(|(name, _)| *name == column.axis);
        builder = builder.axis(&column.axis, cap.map_or(axis.clone(), |(_, cap)| axis.cap(*cap)));
    }
    let kind = options.kind.unwrap_or(options.usual);
    let metrica = builder.kind(kind).build().map_err(|error| advised(error, axes))?;
    metrica.define()?;
    Ok(metrica)
}

fn capped(mut builder: MetricaBuilder, known: &Known, caps: &[(&str, u32)]) -> MetricaBuilder {
    for (name, cap) in caps {
        let axis = match known.axis(name).map(|axis| &axis.kind) {
            Some(AxisKind::Declared(choices)) => Axis::declared(choices),
            Some(AxisKind::Path) => Axis::path(),
            Some(AxisKind::Stored) | None => Axis::stored(),
        };
        builder = builder.axis(name, axis.cap(*cap));
    }
    builder
}

/// A column may be called what an axis may not.
fn advised(error: staste::Error, axes: &[AxisColumn]) -> Failure {
    let message = error.to_string();
    let refused = axes.iter().find(|axis| message.contains(&format!("\"{}\"", axis.axis)));
    let failure = Failure::from(error);
    match refused {
        Some(AxisColumn { axis, column, .. }) if axis == column => {
            failure.help(format!("give the axis another name: --axis my_{axis}={column}"))
        }
        _ => failure,
    }
}
