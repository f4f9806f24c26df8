//! `staste define`: creates a Metrica or extends it.

use clap::Args;
use staste::{Axis, Definition, Metrica, MetricaKind, Staste};

use crate::context::Context;
use crate::definition_arguments::{Caps, DefinitionArguments};
use crate::failure::{EXIT_SUCCESS, Failure, Result};
use crate::settings::{SETTINGS_FILE, Settings};

/// Create a Metrica or extend it
#[derive(Args, Debug)]
#[command(after_help = "\
Without options, the definition is read from the file staste.toml in the current folder. Without a name, all \
metricas of that file are defined:

    [metrica.guests]
    axes = { gender = [\"boy\", \"girl\"], age = \"stored\", page = \"path\" }
    kind = \"averaged\"
    multiplier = 100
    time-zone = \"Europe/Riga\"
    keep = { minute = \"30d\" }

Defining an existing Metrica again can add axes and declared choices, and can change --keep, --cap, \
--points, --week-start, --unit, --better, --title and --description. \
An averaged Metrica can become a distribution; otherwise kind, multiplier and time zone cannot change.

Examples:
    staste define guests --axis gender=boy,girl --axis age
    staste define visits --path-axis page --axis visitor --cap visitor=50000
    staste define expenses --axis what --averaged --multiplier 100
    staste define requests --axis view --distribution --multiplier 10000")]
pub(crate) struct DefineArguments {
    /// Name of the Metrica: a letter or _, then letters, digits, _, . and -, up to 100 characters
    metrica: Option<String>,

    /// Axis: NAME for any choice, NAME=a,b,c for these choices only (write \, for a comma in a choice). Repeatable
    #[arg(long, value_name = "NAME[=A,B]", requires = "metrica")]
    axis: Vec<String>,

    /// Axis of paths such as blog/2013, counted at every level. Repeatable
    #[arg(long, value_name = "NAME", requires = "metrica")]
    path_axis: Vec<String>,

    /// Count events as well as adding up values, for averages
    #[arg(long, requires = "metrica")]
    averaged: bool,

    /// Also record the distribution of values, for percentiles
    #[arg(long, requires = "metrica", conflicts_with = "averaged")]
    distribution: bool,

    /// Add up values only (the default)
    #[arg(long, requires = "metrica", conflicts_with_all = ["averaged", "distribution"])]
    plain: bool,

    #[command(flatten)]
    definition: DefinitionArguments,
}

impl DefineArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let staste = context.open_or_create()?;
        let metricas = match &self.metrica {
            Some(name) if !self.is_bare() => vec![self.metrica(&staste, name)?],
            name => from_settings(&staste, name.as_deref())?,
        };
        for metrica in metricas {
            let before = staste.definitions()?.into_iter().find(|stored| stored.name == metrica.name());
            let definition = metrica.define()?;
            if !context.screen.is_quiet() {
                context.screen.line(change_text(before.as_deref(), &definition))?;
            }
        }
        Ok(EXIT_SUCCESS)
    }

    /// Returns true if no option is given.
    fn is_bare(&self) -> bool {
        let d = &self.definition;
        let options =
            [d.multiplier.is_some(), d.time_zone.is_some(), d.points.is_some(), d.week_start.is_some()];
        let lists = [&self.axis, &self.path_axis, &d.keep, &d.cap];
        let labels = [&d.unit, &d.title, &d.description, &d.better];
        !(options.contains(&true)
            || labels.into_iter().any(Option::is_some)
            || self.averaged
            || self.distribution
            || self.plain
            || lists.into_iter().any(|list| !list.is_empty()))
    }

    fn metrica(&self, staste: &Staste, name: &str) -> Result<Metrica> {
        let caps = self.definition.caps()?;
        let mut builder = self.definition.apply(staste.metrica(name))?;
        if self.averaged {
            builder = builder.averaged();
        }
        if self.distribution {
            builder = builder.distribution();
        }
        if self.plain {
            builder = builder.kind(MetricaKind::Plain);
        }
        for (axis_name, axis) in parse_axes(&self.axis, &self.path_axis, &caps)? {
            builder = builder.axis(axis_name, axis);
        }
        Ok(builder.build()?)
    }
}

/// Returns the axes of `--axis` and `--path-axis` with their caps.
///
/// # Errors
/// When `--cap` names an axis that is not given.
pub(super) fn parse_axes<'a>(
    axis: &'a [String],
    path_axis: &'a [String],
    caps: &Caps<'_>,
) -> Result<Vec<(&'a str, Axis)>> {
    let values = axis.iter().map(|text| match text.split_once('=') {
        None => (text.as_str(), Axis::stored()),
        Some((axis, choices)) => (axis, Axis::declared(split_choices(choices))),
    });
    let paths = path_axis.iter().map(|axis| (axis.as_str(), Axis::path()));
    let axes: Vec<(&str, Axis)> = values.chain(paths).collect();
    if let Some(axis) = caps.axes().find(|axis| !axes.iter().any(|(name, _)| name == axis)) {
        return Err(Failure::input(format!(
            "--cap names the axis {axis}, which no --axis or --path-axis gives"
        ))
        .help(format!("give the axis, too: --axis {axis} --cap {axis}=NUMBER")));
    }
    Ok(axes.into_iter().map(|(name, axis)| (name, caps.apply(name, axis))).collect())
}

/// Describes what changed in a definition, in one line.
fn change_text(before: Option<&Definition>, now: &Definition) -> String {
    let name = &now.name;
    let Some(before) = before else { return format!("defined {name}: {now}") };
    let mut added = Vec::new();
    for axis in now.axes() {
        let Some(known) = before.axes().find(|known| known.name == axis.name) else {
            added.push(format!("axis {}", axis.name));
            continue;
        };
        let known = known.declared().unwrap_or_default();
        let new = axis.declared().unwrap_or_default().iter().filter(|choice| !known.contains(choice));
        added.extend(new.map(|choice| format!("choice {choice} of axis {}", axis.name)));
    }
    if before.kind != now.kind {
        added.push("the distribution of values, from now on".to_owned());
    }
    match (added.is_empty(), before.version == now.version) {
        (false, _) => format!("extended {name}: added {}", added.join(", ")),
        (true, true) => format!("known {name}: {now}"),
        (true, false) => format!("changed {name}: {now}"),
    }
}

/// Splits declared choices at commas. `\,` is a comma in a choice and `\\` a backslash.
fn split_choices(text: &str) -> Vec<String> {
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

/// Returns the metricas of `staste.toml`, or the one with the given name.
fn from_settings(staste: &Staste, name: Option<&str>) -> Result<Vec<Metrica>> {
    let settings = Settings::read()?;
    let names: Vec<&str> = settings.metrica.keys().map(String::as_str).collect();
    if name.is_none() && names.is_empty() {
        return Err(Failure::input(format!(
            "nothing to define: no metrica is named, and {SETTINGS_FILE} defines none"
        ))
        .help("name one: staste define guests --axis gender=boy,girl --axis age"));
    }
    if let Some(name) = name.filter(|name| !names.contains(name)) {
        // A Metrica needs no axes.
        return Ok(vec![staste.metrica(name).build()?]);
    }
    let chosen = settings.metrica.iter().filter(|(chosen, _)| name.is_none_or(|name| name == *chosen));
    chosen.map(|(name, _)| Ok(settings.builder(staste, name, &Caps::default())?.build()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_choices_are_split_at_commas() {
        assert_eq!(split_choices("boy,girl"), ["boy", "girl"]);
        assert_eq!(split_choices("a\\,b,c\\\\,\\d"), ["a,b", "c\\", "\\d"]);
        assert_eq!(split_choices(""), [""]);
    }
}
