//! `staste define`: makes a Metrica, or adds to one.

use clap::Args;
use staste::{Axis, AxisKind, Definition, Metrica, MetricaKind, Staste};

use super::definition_arguments::DefinitionArguments;
use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::settings::{FILE, Settings};

/// Make a Metrica, or add to one
#[derive(Args, Debug)]
#[command(
    after_help = "Without options the definition comes from the file staste.toml in the current folder; without a name \
all of them are defined:

    [metrica.guests]
    axes = { gender = [\"boy\", \"girl\"], age = \"stored\", page = \"path\" }
    kind = \"averaged\"
    multiplier = 100
    time-zone = \"Europe/Riga\"
    keep = { minute = \"30d\" }

Defining a known Metrica again may add axes and declared choices and change what is kept; its kind, \
multiplier and zone are for life.

Examples:
    staste define guests --axis gender=boy,girl --axis age
    staste define visits --path-axis page --axis visitor --cap visitor=50000
    staste define expenses --axis what --averaged --multiplier 100"
)]
pub(crate) struct DefineArguments {
    /// The Metrica
    metrica: Option<String>,

    /// An axis: NAME takes any choice, NAME=a,b,c only these (a comma within one is written \,)
    #[arg(long, value_name = "NAME[=A,B]", requires = "metrica")]
    axis: Vec<String>,

    /// An axis of paths such as blog/2013, counted at every level
    #[arg(long, value_name = "NAME", requires = "metrica")]
    path_axis: Vec<String>,

    /// Keep counts beside totals, so that averages can be asked for
    #[arg(long, requires = "metrica")]
    averaged: bool,

    /// Keep totals only (the default)
    #[arg(long, requires = "metrica", conflicts_with = "averaged")]
    plain: bool,

    #[command(flatten)]
    definition: DefinitionArguments,
}

impl DefineArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open_or_make()?;
        let metricas = match &self.metrica {
            Some(name) if !self.is_bare() => vec![self.metrica(&staste, name)?],
            wanted => from_settings(&staste, wanted.as_deref())?,
        };
        for metrica in metricas {
            let before = staste.definitions()?.into_iter().find(|known| known.name == metrica.name());
            let definition = metrica.define()?;
            if !context.screen.is_quiet() {
                context.screen.line(outcome(before.as_deref(), &definition))?;
            }
        }
        Ok(DONE)
    }

    /// True when only a name was given, or nothing.
    fn is_bare(&self) -> bool {
        let d = &self.definition;
        let options =
            d.multiplier.is_some() || d.time_zone.is_some() || d.points.is_some() || d.week_start.is_some();
        let lists = [&self.axis, &self.path_axis, &d.keep, &d.cap];
        !(options || self.averaged || self.plain || lists.into_iter().any(|list| !list.is_empty()))
    }

    fn metrica(&self, staste: &Staste, name: &str) -> Result<Metrica> {
        let caps = self.definition.caps()?;
        let mut builder = self.definition.apply(staste.metrica(name))?;
        if self.averaged {
            builder = builder.averaged();
        }
        if self.plain {
            builder = builder.kind(MetricaKind::Plain);
        }
        for (axis_name, axis) in axes(&self.axis, &self.path_axis, &caps)? {
            builder = builder.axis(axis_name, axis);
        }
        Ok(builder.build()?)
    }
}

/// The axes of `--axis` and `--path-axis` with their caps.
///
/// # Errors
/// When a cap is that of an axis which is not given.
pub(super) fn axes<'a>(
    axis: &'a [String],
    path_axis: &'a [String],
    caps: &[(&str, u32)],
) -> Result<Vec<(&'a str, Axis)>> {
    let values = axis.iter().map(|text| match text.split_once('=') {
        None => (text.as_str(), Axis::stored()),
        Some((axis, choices)) => (axis, Axis::declared(choices_of(choices))),
    });
    let paths = path_axis.iter().map(|axis| (axis.as_str(), Axis::path()));
    let axes: Vec<(&str, Axis)> = values.chain(paths).collect();
    if let Some((axis, _)) = caps.iter().find(|(axis, _)| !axes.iter().any(|(name, _)| name == axis)) {
        return Err(Failure::input(format!("--cap names the axis {axis}, which is not given here"))
            .help(format!("name the axis too: --axis {axis} --cap {axis}=...")));
    }
    let capped = axes.into_iter().map(|(name, axis)| {
        let cap = caps.iter().find(|(capped, _)| *capped == name);
        (name, cap.map_or(axis.clone(), |(_, cap)| axis.cap(*cap)))
    });
    Ok(capped.collect())
}

/// What became of a definition, in a line.
fn outcome(before: Option<&Definition>, now: &Definition) -> String {
    let name = &now.name;
    let Some(before) = before else { return format!("defined {name}: {now}") };
    let mut added = Vec::new();
    for axis in &now.axes {
        match before.axes.iter().find(|known| known.name == axis.name).map(|known| &known.kind) {
            None => added.push(format!("axis {}", axis.name)),
            Some(AxisKind::Declared(known)) => {
                let AxisKind::Declared(choices) = &axis.kind else { continue };
                let new = choices.iter().filter(|choice| !known.contains(choice));
                added.extend(new.map(|choice| format!("choice {choice} of axis {}", axis.name)));
            }
            Some(_) => {}
        }
    }
    match (added.is_empty(), before.version == now.version) {
        (false, _) => format!("extended {name}: added {}", added.join(", ")),
        (true, true) => format!("known {name}: {now}"),
        (true, false) => format!("changed {name}: {now}"),
    }
}

/// Declared choices between commas; `\,` is a comma and `\\` a backslash.
fn choices_of(text: &str) -> Vec<String> {
    let mut choices = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped =
            if character == '\\' { characters.next_if(|next| matches!(next, ',' | '\\')) } else { None };
        match (character, choices.last_mut()) {
            (',', _) => choices.push(String::new()),
            (character, Some(last)) => last.push(escaped.unwrap_or(character)),
            (_, None) => {}
        }
    }
    choices
}

/// The metricas of `staste.toml`, or the one of them that is wanted.
fn from_settings(staste: &Staste, wanted: Option<&str>) -> Result<Vec<Metrica>> {
    let settings = Settings::read()?;
    let names: Vec<&str> = settings.metrica.keys().map(String::as_str).collect();
    if wanted.is_none() && names.is_empty() {
        return Err(Failure::input(format!(
            "there is nothing to define: no metrica is named, and {FILE} has none"
        ))
        .help("name one: staste define guests --axis gender=boy,girl --axis age"));
    }
    if let Some(name) = wanted.filter(|wanted| !names.contains(wanted)) {
        // A Metrica without axes is possible, so only the options tell that it is meant.
        return Ok(vec![staste.metrica(name).build()?]);
    }
    let chosen = settings.metrica.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name));
    chosen.map(|(name, _)| Ok(settings.builder(staste, name, &[])?.build()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_stand_between_commas() {
        assert_eq!(choices_of("boy,girl"), ["boy", "girl"]);
        assert_eq!(choices_of("a\\,b,c\\\\,\\d"), ["a,b", "c\\", "\\d"]);
        assert_eq!(choices_of(""), [""]);
    }
}
