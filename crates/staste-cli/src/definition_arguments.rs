//! `DefinitionArguments`: the options of a definition that `define` and `import` share, and `Caps`.

use clap::Args;
use staste::{Axis, Better, Keep, MetricaBuilder, MetricaKind, Scale};

use crate::failure::{Failure, Result};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The parts of a definition other than its axes.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Definition")]
pub(crate) struct DefinitionArguments {
    /// Count values in units of 1/NUMBER: 100 keeps two decimal places, as for cents.
    /// Default: 1, whole numbers only
    #[arg(long, value_name = "NUMBER")]
    pub(crate) multiplier: Option<u32>,

    /// Time zone of days and hours, an IANA name such as Europe/Riga. Default: UTC
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,

    /// Time zone of a metrica that the store does not have yet, if --time-zone is not given. For `manage.py`, which
    /// passes that of the site.
    #[arg(long, value_name = "ZONE", hide = true)]
    pub(crate) default_time_zone: Option<String>,

    /// How long to keep the counts of a scale: minute=30d, hour=never, day=forever. Repeatable.
    /// Default: minutes 8 days, hours 400 days, days and longer forever
    #[arg(long, value_name = "SCALE=TIME")]
    pub(crate) keep: Vec<String>,

    /// Maximum number of choices of an axis; events with further choices count as other. Repeatable.
    /// Default: 10,000
    #[arg(long, value_name = "AXIS=NUMBER")]
    pub(crate) cap: Vec<String>,

    /// Maximum number of points, which are combinations of choices; events at further points count as other.
    /// Default: 1,000,000
    #[arg(long, value_name = "NUMBER")]
    pub(crate) points: Option<u64>,

    /// Unit of the values, such as s, ms, bytes or EUR, which pages show
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,

    /// Which values are better: up, down or neither. Pages color changes by it. Default: neither
    #[arg(long, value_name = "WORD")]
    pub(crate) better: Option<String>,

    /// Title that pages show in place of the name
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,

    /// Sentence about what is counted, which pages show
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    /// First day of the week, monday to sunday. Default: monday
    #[arg(long, value_name = "DAY")]
    pub(crate) week_start: Option<String>,
}

impl DefinitionArguments {
    /// Sets these options in a builder.
    ///
    /// # Errors
    /// When an option is invalid.
    pub(crate) fn apply(&self, mut builder: MetricaBuilder) -> Result<MetricaBuilder> {
        if let Some(multiplier) = self.multiplier {
            builder = builder.multiplier(multiplier);
        }
        if let Some(zone) = &self.time_zone {
            builder = builder.zone(zone);
        }
        if let Some(zone) = &self.default_time_zone {
            builder = builder.default_zone(zone);
        }
        if let Some(points) = self.points {
            builder = builder.points(points);
        }
        if let Some(day) = &self.week_start {
            builder = builder.week_start(parse_week_start(day)?);
        }
        builder =
            with_labels(builder, self.unit.as_deref(), self.title.as_deref(), self.description.as_deref());
        if let Some(word) = &self.better {
            builder = builder.better(Better::parse(word)?);
        }
        for keep in &self.keep {
            let (scale, time) = keep.split_once('=').ok_or_else(|| {
                Failure::input(format!("invalid --keep {keep:?}: expected SCALE=TIME, such as minute=30d"))
            })?;
            builder = builder.keep(Scale::parse(scale)?, Keep::parse(time)?);
        }
        Ok(builder)
    }

    /// Returns the caps of `--cap`.
    ///
    /// # Errors
    /// When one is invalid.
    pub(crate) fn caps(&self) -> Result<Caps<'_>> {
        Caps::parse(&self.cap)
    }
}

/// The maximum numbers of choices given with `--cap`, by axis.
#[derive(Debug, Default)]
pub(crate) struct Caps<'a>(Vec<(&'a str, u32)>);

impl<'a> Caps<'a> {
    /// Parses values such as `visitor=50000`.
    ///
    /// # Errors
    /// When one is not an axis and a number.
    pub(crate) fn parse(texts: &'a [String]) -> Result<Caps<'a>> {
        let parse = |text: &'a String| {
            let cap = text.split_once('=').and_then(|(axis, number)| Some((axis, number.parse().ok()?)));
            cap.ok_or_else(|| {
                Failure::input(format!("invalid --cap {text:?}: expected AXIS=NUMBER, such as visitor=50000"))
            })
        };
        Ok(Caps(texts.iter().map(parse).collect::<Result<_>>()?))
    }

    /// Sets the cap of an axis, if there is one for its name.
    pub(crate) fn apply(&self, name: &str, axis: Axis) -> Axis {
        match self.0.iter().find(|(capped, _)| *capped == name) {
            Some((_, cap)) => axis.cap(*cap),
            None => axis,
        }
    }

    /// Returns the names of the axes that have a cap.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(axis, _)| *axis)
    }
}

/// Parses the name of a day to its number, 0 for Monday.
///
/// # Errors
/// When the name is invalid.
pub(crate) fn parse_week_start(day: &str) -> Result<u8> {
    let index = DAYS.iter().position(|name| name.eq_ignore_ascii_case(day));
    index.and_then(|index| u8::try_from(index).ok()).ok_or_else(|| {
        Failure::input(format!("invalid day of the week {day:?}: expected one of {}", DAYS.join(", ")))
    })
}

/// Returns the name of a day by its number, 0 for Monday.
pub(crate) fn week_start_name(day: u8) -> &'static str {
    DAYS.get(usize::from(day)).copied().unwrap_or("monday")
}

/// Sets the unit, title and description that are given.
pub(crate) fn with_labels(
    mut builder: MetricaBuilder,
    unit: Option<&str>,
    title: Option<&str>,
    description: Option<&str>,
) -> MetricaBuilder {
    if let Some(unit) = unit {
        builder = builder.unit(unit);
    }
    if let Some(title) = title {
        builder = builder.title(title);
    }
    if let Some(description) = description {
        builder = builder.description(description);
    }
    builder
}

/// Parses `plain`, `averaged` or `distribution`.
///
/// # Errors
/// For another word.
pub(crate) fn parse_kind(word: &str) -> Result<MetricaKind> {
    MetricaKind::ALL.into_iter().find(|kind| kind.name() == word).ok_or_else(|| {
        Failure::input(format!("invalid kind {word:?}: expected plain, averaged or distribution"))
    })
}
