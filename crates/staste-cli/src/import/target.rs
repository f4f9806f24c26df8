//! `target`: the Metrica that rows are counted in: a known one, or one that the import defines.

use std::sync::Arc;

use staste::store::Store;
use staste::{Axis, AxisKind, Clock, Definition, MemoryStore, Metrica, Options, Staste};

use crate::commands::DefinitionArguments;
use crate::failure::{Failure, Result};
use crate::input::{AxisColumn, Mapping};

/// How a new Metrica is defined.
#[derive(Debug)]
pub(crate) struct TargetOptions<'a> {
    /// Its name.
    pub(crate) metrica: &'a str,
    /// Which columns are its axes.
    pub(crate) mapping: &'a Mapping,
    /// Keep counts beside totals.
    pub(crate) averaged: bool,
    /// What else was given.
    pub(crate) definition: &'a DefinitionArguments,
    /// Write nothing.
    pub(crate) dry_run: bool,
}

/// Finds the Metrica that rows are counted in, or defines it; of a dry run it is a copy in memory.
///
/// # Errors
/// When it is known with other axes or another definition, or the store cannot be reached.
pub(crate) fn target(
    staste: &Staste,
    known: Option<&Definition>,
    options: &TargetOptions<'_>,
) -> Result<Metrica> {
    if !options.dry_run {
        return in_store(staste, known, options);
    }
    let memory = MemoryStore::new();
    if let Some(known) = known {
        let mut copy = known.clone();
        copy.version = 1;
        memory.define(&copy)?;
    }
    let copy = Staste::with(Arc::new(memory), Clock::system(), Options::default().flush_every(None));
    in_store(&copy, known, options)
}

fn in_store(staste: &Staste, known: Option<&Definition>, options: &TargetOptions<'_>) -> Result<Metrica> {
    let caps = options.definition.caps()?;
    let cap_of = |name: &str| caps.iter().find(|(axis, _)| *axis == name).map(|(_, cap)| *cap);
    let axes = &options.mapping.axes;
    if let Some((axis, _)) = caps.iter().find(|(name, _)| !axes.iter().any(|axis| axis.axis == *name)) {
        return Err(Failure::input(format!("--cap names the axis {axis}, which no column is mapped to")));
    }
    let mut builder = options.definition.apply(staste.metrica(options.metrica))?;
    let Some(known) = known else {
        for column in axes {
            let axis = if column.separator.is_some() { Axis::path() } else { Axis::stored() };
            let axis = cap_of(&column.axis).map_or(axis.clone(), |cap| axis.cap(cap));
            builder = builder.axis(&column.axis, axis);
        }
        if options.averaged {
            builder = builder.averaged();
        }
        let metrica = builder.build().map_err(|error| advised(error, axes))?;
        metrica.define()?;
        return Ok(metrica);
    };
    for column in axes {
        let index = known.axis_index(&column.axis).map_err(|error| {
            Failure::from(error).help(format!(
                "add it to the metrica first: staste define {} --axis {}",
                known.name, column.axis
            ))
        })?;
        let kind = known.axes.get(index).map(|axis| &axis.kind);
        match (kind, &column.separator) {
            (Some(AxisKind::Path), None) => {
                return Err(Failure::input(format!("axis {} of {} is a path axis", column.axis, known.name))
                    .help(format!("map it with --path-axis {}", column.axis)));
            }
            (Some(AxisKind::Declared(_) | AxisKind::Stored), Some(_)) => {
                return Err(Failure::input(format!(
                    "axis {} of {} takes one value, not a path",
                    column.axis, known.name
                ))
                .help(format!("map it with --axis {}", column.axis)));
            }
            _ => {}
        }
        if let Some(cap) = cap_of(&column.axis) {
            let axis = match kind {
                Some(AxisKind::Declared(choices)) => Axis::declared(choices),
                Some(AxisKind::Path) => Axis::path(),
                Some(AxisKind::Stored) | None => Axis::stored(),
            };
            builder = builder.axis(&column.axis, axis.cap(cap));
        }
    }
    // A conflict with what was given here is found now; what the store has beyond it is used as it is.
    builder.build()?.define()?;
    Ok(staste.known(options.metrica)?)
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
