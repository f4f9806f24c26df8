//! The parameters of the charts of 2011: `timespan__year`, `show_axis`, `timescale`, `hour__ago`, `view`, `scale` and
//! `clean_date`, translated into those of today.

use staste_core::{Error, Result};

use super::parameters::Parameters;

/// A series goes back this many periods of its scale where the query names no timespan.
const DEFAULT_PERIODS: u32 = 5;

/// The defaults of a chart of 2011.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LegacyDefaults {
    /// The scale where neither a scale nor a timespan is named.
    pub(crate) scale: Option<&'static str>,
    /// True where `scale` chooses the length of the timespan, too, as `timescale` does.
    pub(crate) scale_is_timescale: bool,
    /// The timespan by scale; the last ones count for every other scale.
    pub(crate) periods: &'static [(&'static str, &'static str)],
}

/// Translates the parameters of 2011 into those of today, which stay as they are. Empty ones are left out.
///
/// # Errors
/// When a number of periods is not a number.
pub(crate) fn translate(parameters: &Parameters, defaults: &LegacyDefaults) -> Result<Parameters> {
    let mut translated = Parameters::default();
    let (mut minutes, mut scale, mut has_timespan): (u32, Option<&str>, bool) = (0, None, false);
    for (name, value) in parameters.filled() {
        match name {
            "show_axis" => translated.push("axis", value),
            "clean_date" => translated.push("times", "ago"),
            "timescale" => scale = Some(value),
            "scale" if defaults.scale_is_timescale => scale = Some(value),
            "view" => translated.push("filter", format!("view={value}")),
            "day__ago" => minutes = add_minutes(minutes, name, value, 1440)?,
            "hour__ago" => minutes = add_minutes(minutes, name, value, 60)?,
            "minute__ago" => minutes = add_minutes(minutes, name, value, 1)?,
            name => {
                let name = name.strip_prefix("timespan__").unwrap_or(name);
                has_timespan |= matches!(name, "last" | "year" | "since" | "until");
                translated.push(name, value);
            }
        }
    }
    if scale.is_none() && !has_timespan {
        scale = defaults.scale;
    }
    if let Some(scale) = scale {
        translated.push("scale", scale);
    }
    if !has_timespan && let Some(last) = last_periods(scale, minutes, defaults) {
        translated.push("last", last);
    }
    Ok(translated)
}

/// The last periods that are shown, as whole periods of the scale so that none of them is cut.
fn last_periods(scale: Option<&str>, minutes: u32, defaults: &LegacyDefaults) -> Option<String> {
    let (unit, length) = match scale {
        Some("day") => ("d", 1440),
        Some("hour") => ("h", 60),
        _ => ("m", 1),
    };
    if minutes > 0 {
        return Some(format!("{}{unit}", minutes.div_ceil(length)));
    }
    let own = defaults.periods.iter().find(|(known, _)| *known == unit);
    let own = own.map(|(_, periods)| (*periods).to_owned());
    own.or_else(|| {
        matches!(scale, Some("day" | "hour" | "minute")).then(|| format!("{DEFAULT_PERIODS}{unit}"))
    })
}

fn add_minutes(minutes: u32, name: &str, value: &str, length: u32) -> Result<u32> {
    let count = value.parse::<u32>().ok().and_then(|count| count.checked_mul(length));
    let sum = count.and_then(|more| minutes.checked_add(more));
    sum.ok_or_else(|| {
        Error::invalid_input(format!("invalid {name} {value:?}: expected a whole number of periods"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: LegacyDefaults = LegacyDefaults { scale: None, scale_is_timescale: false, periods: &[] };
    const SERIES: LegacyDefaults = LegacyDefaults { scale: Some("hour"), ..PLAIN };
    const LATEST: LegacyDefaults =
        LegacyDefaults { scale: None, scale_is_timescale: true, periods: &[("h", "48h"), ("m", "30m")] };

    #[test]
    fn query_of_2011_means_what_it_meant() {
        for (defaults, query, expected) in [
            (PLAIN, "axis=gender&last=7d", "axis=gender&last=7d"),
            (PLAIN, "timespan__year=2010&timespan__month=2", "year=2010&month=2"),
            (SERIES, "show_axis=gender&timescale=hour", "axis=gender&scale=hour&last=5h"),
            (SERIES, "timescale=minute&hour__ago=1&minute__ago=30", "scale=minute&last=90m"),
            (SERIES, "day__ago=2", "scale=hour&last=48h"),
            (SERIES, "timescale=day&day__ago=30", "scale=day&last=30d"),
            (SERIES, "timescale=day&day__ago=1&hour__ago=1", "scale=day&last=2d"),
            (SERIES, "axis=age", "axis=age&scale=hour&last=5h"),
            (SERIES, "axis=age&last=7d", "axis=age&last=7d"),
            (SERIES, "timescale=day&clean_date=1", "times=ago&scale=day&last=5d"),
            (LATEST, "", "last=30m"),
            (LATEST, "scale=hour&view=shop.views.front", "filter=view=shop.views.front&scale=hour&last=48h"),
            (LATEST, "last=7d", "last=7d"),
        ] {
            let found = translate(&Parameters::parse(query), &defaults).unwrap();
            assert_eq!(found, Parameters::parse(expected), "{query}");
        }
    }

    #[test]
    fn number_of_periods_that_is_not_a_number_is_an_error() {
        let error = |query| translate(&Parameters::parse(query), &SERIES).unwrap_err().to_string();
        assert_eq!(error("hour__ago=x"), "invalid hour__ago \"x\": expected a whole number of periods");
        assert!(error("day__ago=4000000").contains("day__ago"));
    }
}
