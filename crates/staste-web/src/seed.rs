//! The parameters of the charts of 2011: `timespan__year`, `show_axis`, `timescale`, `hour__ago`, `view`, `scale`,
//! `hide_total` and `clean_date`, told in those of today.

use std::borrow::Cow;

use form_urlencoded::Serializer;
use staste_core::{Error, Result};

/// Without more, a series goes back so many periods of its scale.
const PERIODS: u32 = 5;

/// The query of a single chart in today's parameters. Those it has already stay.
///
/// # Errors
/// A number that is none.
pub(crate) fn translated<'a>(chart: &str, query: &'a str) -> Result<Cow<'a, str>> {
    let names = ["timespan__", "show_axis", "timescale", "__ago", "view=", "hide_total", "clean_date"];
    if !matches!(chart, "latest" | "timeserie") && !names.iter().any(|name| query.contains(name)) {
        return Ok(Cow::Borrowed(query));
    }
    let mut own = Serializer::new(String::new());
    let (mut minutes, mut scale, mut spans): (u32, Option<String>, bool) = (0, None, false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
        match &*name {
            "show_axis" => {
                own.append_pair("axis", &value);
            }
            "clean_date" => {
                own.append_pair("times", "ago");
            }
            "timescale" => scale = Some(value.into_owned()),
            "scale" if chart == "latest" => scale = Some(value.into_owned()),
            "view" => {
                own.append_pair("filter", &format!("view={value}"));
            }
            "day__ago" => minutes = added(minutes, &name, &value, 1440)?,
            "hour__ago" => minutes = added(minutes, &name, &value, 60)?,
            "minute__ago" => minutes = added(minutes, &name, &value, 1)?,
            name => {
                let name = name.strip_prefix("timespan__").unwrap_or(name);
                spans |= matches!(name, "last" | "year" | "since" | "until");
                own.append_pair(name, &value);
            }
        }
    }
    if let Some(scale) = &scale {
        own.append_pair("scale", scale);
    }
    if chart == "timeserie" && scale.is_none() && !spans {
        scale = Some("hour".to_owned());
        own.append_pair("scale", "hour");
    }
    // As many periods of the scale, so that none of them is cut.
    let (unit, each) = match scale.as_deref() {
        Some("day") => ("d", 1440),
        Some("hour") => ("h", 60),
        _ => ("m", 1),
    };
    let last = match chart {
        _ if spans => None,
        _ if minutes > 0 => Some(minutes.div_ceil(each)),
        "latest" if unit == "h" => Some(48),
        "latest" if unit == "m" => Some(30),
        _ => matches!(scale.as_deref(), Some("day" | "hour" | "minute")).then_some(PERIODS),
    };
    let last = last.map(|periods| format!("{periods}{unit}"));
    if let Some(last) = last {
        own.append_pair("last", &last);
    }
    Ok(Cow::Owned(own.finish()))
}

fn added(minutes: u32, name: &str, value: &str, each: u32) -> Result<u32> {
    let count = value.parse::<u32>().ok().and_then(|count| count.checked_mul(each));
    count
        .and_then(|more| minutes.checked_add(more))
        .ok_or_else(|| Error::input(format!("{value:?} is no number for {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_addresses_mean_what_they_meant() {
        for (chart, query, expected) in [
            ("pie", "axis=gender&last=7d", "axis=gender&last=7d"),
            ("pie", "timespan__year=2010&timespan__month=2", "year=2010&month=2"),
            ("timeserie", "show_axis=gender&timescale=hour", "axis=gender&scale=hour&last=5h"),
            ("timeserie", "timescale=minute&hour__ago=1&minute__ago=30", "scale=minute&last=90m"),
            ("timeserie", "day__ago=2", "scale=hour&last=48h"),
            ("timeserie", "timescale=day&day__ago=30", "scale=day&last=30d"),
            ("timeserie", "timescale=day&day__ago=1&hour__ago=1", "scale=day&last=2d"),
            ("timeserie", "axis=age", "axis=age&scale=hour&last=5h"),
            ("timeserie", "axis=age&last=7d", "axis=age&last=7d"),
            ("timeserie", "timescale=day&clean_date=1", "times=ago&scale=day&last=5d"),
            ("latest", "", "last=30m"),
            (
                "latest",
                "scale=hour&view=shop.views.front",
                "filter=view%3Dshop.views.front&scale=hour&last=48h",
            ),
            ("latest", "last=7d", "last=7d"),
        ] {
            assert_eq!(translated(chart, query).unwrap(), expected, "{query}");
        }
        assert!(translated("timeserie", "hour__ago=x").unwrap_err().to_string().contains("hour__ago"));
        assert!(translated("timeserie", "day__ago=4000000").is_err());
    }
}
