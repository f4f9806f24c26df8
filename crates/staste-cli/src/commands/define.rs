//! `staste define`: makes a Metrica, or adds to one.

use clap::Args;
use staste::{Axis, Builder, Keep, Kind, Metrica, Scale, Staste};

use super::definition_arguments::{DefinitionArguments, kind, week_start};
use crate::context::Context;
use crate::failure::{DONE, Failure, Result};
use crate::settings::{AxisSettings, FILE, MetricaSettings, Settings};

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

    /// An axis: NAME takes any choice, NAME=a,b,c only these (a comma within one is written \\,)
    #[arg(long, value_name = "NAME[=A,B]", requires = "metrica")]
    axis: Vec<String>,

    /// An axis of paths such as blog/2013, counted at every level
    #[arg(long, value_name = "NAME", requires = "metrica")]
    path_axis: Vec<String>,

    /// Keep counts beside totals, so that averages can be asked for
    #[arg(long, requires = "metrica")]
    averaged: bool,

    /// Keep totals only, which is so without it
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
            let known = staste.definitions()?.iter().any(|known| known.name == metrica.name());
            let definition = metrica.define()?;
            if !context.screen.is_quiet() {
                let done = if known { "known" } else { "defined" };
                context.screen.line(format!("{done} {}: {definition}", definition.name))?;
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
            builder = builder.kind(Kind::Plain);
        }
        let values = self.axis.iter().map(|text| match text.split_once('=') {
            None => (text.as_str(), Axis::stored()),
            Some((axis, choices)) => (axis, Axis::declared(choices_of(choices))),
        });
        let paths = self.path_axis.iter().map(|axis| (axis.as_str(), Axis::path()));
        let axes: Vec<(&str, Axis)> = values.chain(paths).collect();
        if let Some((axis, _)) = caps.iter().find(|(axis, _)| !axes.iter().any(|(name, _)| name == axis)) {
            return Err(Failure::input(format!("--cap names the axis {axis}, which is not given here"))
                .help(format!("name the axis too: --axis {axis} --cap {axis}=...")));
        }
        for (axis_name, mut axis) in axes {
            if let Some((_, cap)) = caps.iter().find(|(name, _)| *name == axis_name) {
                axis = axis.cap(*cap);
            }
            builder = builder.axis(axis_name, axis);
        }
        Ok(builder.build()?)
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
    chosen.map(|(name, table)| of_settings(staste, name, table)).collect()
}

fn of_settings(staste: &Staste, name: &str, table: &toml::Value) -> Result<Metrica> {
    let place = format!("{FILE}, [metrica.{name}]");
    let settings: MetricaSettings =
        table.clone().try_into().map_err(|error| Failure::input(format!("{place}: {error}")))?;
    let mut builder = staste.metrica(name);
    if let Some(word) = &settings.kind {
        builder = builder.kind(kind(word).map_err(|failure| failure.about(&place))?);
    }
    if let Some(day) = &settings.week_start {
        builder = builder.week_start(week_start(day).map_err(|failure| failure.about(&place))?);
    }
    if let Some(multiplier) = settings.multiplier {
        builder = builder.multiplier(multiplier);
    }
    if let Some(zone) = &settings.time_zone {
        builder = builder.zone(zone);
    }
    if let Some(points) = settings.points {
        builder = builder.points(points);
    }
    for (scale, time) in &settings.keep {
        let time = time
            .as_str()
            .ok_or_else(|| Failure::input(format!("{place}: keep.{scale} is no text such as \"30d\"")))?;
        builder = builder.keep(Scale::parse(scale)?, Keep::parse(time)?);
    }
    for (axis, value) in &settings.axes {
        builder = axis_of(builder, axis, value).map_err(|failure| failure.about(&place))?;
    }
    builder.build().map_err(|error| Failure::from(error).about(&place))
}

fn axis_of(builder: Builder, axis: &str, value: &toml::Value) -> Result<Builder> {
    let refused = || {
        Failure::input(format!(
            "axis {axis} is \"stored\", \"path\", a list of its choices, or a table with kind or choices, and cap"
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
    let made = match (settings.kind.as_deref(), settings.choices) {
        (None | Some("declared"), Some(choices)) => Axis::declared(choices),
        (Some("stored"), None) => Axis::stored(),
        (Some("path"), None) => Axis::path(),
        _ => return Err(refused()),
    };
    Ok(builder.axis(axis, settings.cap.map_or(made.clone(), |cap| made.cap(cap))))
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
