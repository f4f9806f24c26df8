//! `DefinitionArguments`: the options of a definition that `define` and `import` share.

use clap::Args;
use staste::{Keep, MetricaBuilder, MetricaKind, Scale};

use crate::failure::{Failure, Result};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a definition may say beside its axes.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Definition")]
pub(crate) struct DefinitionArguments {
    /// Parts of one that values are counted in: 100 for cents. Needed when values have fractions
    #[arg(long, value_name = "NUMBER")]
    pub(crate) multiplier: Option<u32>,

    /// The zone of the days, an IANA name such as Europe/Riga; UTC without it
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,

    /// How long a scale is kept: minute=30d, hour=never, day=forever. Without it minutes 8d, hours 400d and the
    /// rest forever
    #[arg(long, value_name = "SCALE=TIME")]
    pub(crate) keep: Vec<String>,

    /// The most choices an axis keeps before new ones count as other; 10,000 without it
    #[arg(long, value_name = "AXIS=NUMBER")]
    pub(crate) cap: Vec<String>,

    /// The most points the Metrica keeps; 1,000,000 without it
    #[arg(long, value_name = "NUMBER")]
    pub(crate) points: Option<u64>,

    /// The first day of the week; monday without it
    #[arg(long, value_name = "DAY")]
    pub(crate) week_start: Option<String>,
}

impl DefinitionArguments {
    /// The builder with these options.
    ///
    /// # Errors
    /// When an option is not what it must be.
    pub(crate) fn apply(&self, mut builder: MetricaBuilder) -> Result<MetricaBuilder> {
        if let Some(multiplier) = self.multiplier {
            builder = builder.multiplier(multiplier);
        }
        if let Some(zone) = &self.time_zone {
            builder = builder.zone(zone);
        }
        if let Some(points) = self.points {
            builder = builder.points(points);
        }
        if let Some(day) = &self.week_start {
            builder = builder.week_start(week_start(day)?);
        }
        for keep in &self.keep {
            let (scale, time) = pair(keep, "--keep", "minute=30d")?;
            builder = builder.keep(Scale::parse(scale)?, Keep::parse(time)?);
        }
        Ok(builder)
    }

    /// The caps by axis.
    ///
    /// # Errors
    /// When one is no pair of an axis and a number.
    pub(crate) fn caps(&self) -> Result<Vec<(&str, u32)>> {
        caps(&self.cap)
    }
}

/// The caps of `--cap` by axis.
///
/// # Errors
/// When one is no pair of an axis and a number.
pub(super) fn caps(texts: &[String]) -> Result<Vec<(&str, u32)>> {
    let caps = texts.iter().map(|cap| {
        let (axis, number) = pair(cap, "--cap", "visitor=50000")?;
        let number = number.parse().map_err(|_| {
            Failure::input(format!("--cap {cap}: {number:?} is not a number of choices, such as 50000"))
        })?;
        Ok((axis, number))
    });
    caps.collect()
}

fn pair<'a>(text: &'a str, option: &str, example: &str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').ok_or_else(|| {
        Failure::input(format!("{option} {text} has no equals sign: give one such as {option} {example}"))
    })
}

/// The number of a day, 0 for Monday.
///
/// # Errors
/// When it is no day.
pub(crate) fn week_start(day: &str) -> Result<u8> {
    let index = DAYS.iter().position(|name| name.eq_ignore_ascii_case(day));
    index.and_then(|index| u8::try_from(index).ok()).ok_or_else(|| {
        Failure::input(format!("{day:?} is not a day of the week: give one of {}", DAYS.join(", ")))
    })
}

/// The name of a day, 0 for Monday.
pub(crate) fn week_start_name(day: u8) -> &'static str {
    DAYS.get(usize::from(day)).copied().unwrap_or("monday")
}

/// Plain or averaged, by its word.
///
/// # Errors
/// When it is neither.
pub(crate) fn kind(word: &str) -> Result<MetricaKind> {
    match word {
        "plain" => Ok(MetricaKind::Plain),
        "averaged" => Ok(MetricaKind::Averaged),
        _ => Err(Failure::input(format!("{word:?} is not a kind of metrica: give plain or averaged"))),
    }
}
