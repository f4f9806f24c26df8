//! Histograms in the text format of Prometheus.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::amount::{Distribution, Reading};
use crate::error::{Error, Result};
use crate::schema::{Choice, Definition, Unit, text_format};

/// The default bounds of the client libraries of Prometheus, in seconds.
const DEFAULT_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Maximum number of bounds.
const MAX_BUCKETS: usize = 100;
/// Names of units in the names of metrics of Prometheus.
const UNITS: [(&str, &str); 8] = [
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("min", "minutes"),
    ("h", "hours"),
    ("B", "bytes"),
    ("%", "percent"),
];

/// The bounds of the buckets of a histogram: ascending, without infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets(Vec<f64>);

impl Buckets {
    /// Checks bounds.
    ///
    /// ```
    /// use staste::formats::Buckets;
    /// assert!(Buckets::new(vec![0.1, 0.3, 1.0]).is_ok());
    /// assert!(Buckets::new(vec![0.3, 0.1]).unwrap_err().is_invalid_input());
    /// ```
    ///
    /// # Errors
    /// When there are none, more than 100, or they are not ascending finite numbers.
    pub fn new(bounds: Vec<f64>) -> Result<Buckets> {
        let is_ascending = bounds.is_sorted_by(|one, other| one < other);
        if bounds.is_empty()
            || bounds.len() > MAX_BUCKETS
            || !is_ascending
            || !bounds.iter().all(|bound| bound.is_finite())
        {
            return Err(Error::invalid_input(format!(
                "invalid buckets {bounds:?}: expected 1 to {MAX_BUCKETS} ascending numbers, such as 0.1,0.3,1"
            )));
        }
        Ok(Buckets(bounds))
    }

    /// Parses bounds with commas between them.
    ///
    /// # Errors
    /// As [`Buckets::new`], and when a bound is not a number.
    pub fn parse(text: &str) -> Result<Buckets> {
        let bounds = text.split(',').map(|bound| {
            bound.trim().parse().map_err(|_| {
                Error::invalid_input(format!(
                    "invalid bucket {bound:?}: expected numbers with commas between them, such as 0.1,0.3,1"
                ))
            })
        });
        Buckets::new(bounds.collect::<Result<_>>()?)
    }

    /// Returns the default bounds of Prometheus for a Metrica in seconds.
    ///
    /// # Errors
    /// When the unit of the Metrica is not `s`.
    pub fn default_of(definition: &Definition) -> Result<Buckets> {
        match definition.labels.unit.as_ref().map(Unit::name) {
            Some("s") => Ok(Buckets(DEFAULT_BUCKETS.to_vec())),
            unit => Err(Error::invalid_input(format!(
                "metrica {} has {}, so that its histogram has no default buckets: name their bounds, such as 0.1,0.3,1",
                definition.name,
                unit.map_or_else(|| "no unit".to_owned(), |unit| format!("the unit {unit}")),
            ))),
        }
    }
}

/// Returns the histogram of each row in the text format of Prometheus, with the choices of `axes` as labels.
///
/// # Errors
/// When two axes or two rows would have the same labels.
pub(crate) fn prometheus_text(
    definition: &Definition,
    axes: &[&str],
    rows: &[(Vec<Choice>, Reading)],
    buckets: &Buckets,
) -> Result<String> {
    let name = metric_name(definition);
    let labels = label_names(axes)?;
    let help = definition.labels.title.as_deref().unwrap_or(&definition.name);
    let mut text = format!(
        "# HELP {name} {}; a bucket counts the values up to at most 2.2 % below its bound\n# TYPE {name} histogram\n",
        help.replace('\\', "\\\\").replace('\n', " ")
    );
    let (mut known, none) = (BTreeSet::new(), Distribution::default());
    for (choices, reading) in rows {
        let pairs = labels.iter().zip(choices);
        let pairs =
            pairs.map(|(label, choice)| format!("{label}=\"{}\",", escaped(&text_format::display(choice))));
        let pairs: String = pairs.collect();
        if !known.insert(pairs.clone()) {
            return Err(Error::invalid_input(format!(
                "two choices have the same label {}: filter one of them out",
                pairs.trim_end_matches(',')
            )));
        }
        let distribution = reading.distribution.as_deref().unwrap_or(&none);
        for bound in &buckets.0 {
            let count = distribution.count_at_most(*bound)?;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}_bucket{{{pairs}le=\"{bound}\"}} {count}");
        }
        let (count, total) = (distribution.count(), reading.total);
        let of_all = pairs.strip_suffix(',').map_or_else(String::new, |pairs| format!("{{{pairs}}}"));
        let _ = writeln!(text, "{name}_bucket{{{pairs}le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum{of_all} {total}");
        let _ = writeln!(text, "{name}_count{of_all} {count}");
    }
    Ok(text)
}

/// Returns the name of the metric: that of the Metrica and its unit, such as `staste_requests_seconds`.
fn metric_name(definition: &Definition) -> String {
    let unit = definition.labels.unit.as_ref().map(|unit| {
        let known = UNITS.iter().find(|(own, _)| *own == unit.name());
        format!("_{}", known.map_or(unit.name(), |(_, name)| name))
    });
    plain_name(&format!("staste_{}{}", definition.name, unit.unwrap_or_default()))
}

/// Returns the label of each axis.
fn label_names(axes: &[&str]) -> Result<Vec<String>> {
    let mut labels: Vec<String> = Vec::new();
    for axis in axes {
        let label = plain_name(axis);
        if label == "le" || label.starts_with("__") || labels.contains(&label) {
            return Err(Error::invalid_input(format!(
                "axis {axis} cannot be a label of Prometheus: {label} is reserved, or the label of another axis"
            )));
        }
        labels.push(label);
    }
    Ok(labels)
}

/// Replaces characters that names may not have.
fn plain_name(name: &str) -> String {
    let plain = name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' });
    let plain: String = plain.collect();
    if plain.starts_with(|first: char| first.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_not_ascending_numbers_are_errors() {
        for text in ["", "1,1", "2,1", "1,inf", "nan", "1;2"] {
            assert!(Buckets::parse(text).unwrap_err().is_invalid_input(), "{text}");
        }
        assert_eq!(Buckets::parse("-1, 0.5").unwrap(), Buckets(vec![-1.0, 0.5]));
        assert!(Buckets::new(vec![0.0; 101]).is_err());
    }

    #[test]
    fn axes_with_the_same_label_are_errors() {
        assert_eq!(label_names(&["view", "über.all"]).unwrap(), ["view", "_ber_all"]);
        for axes in [&["a.b", "a-b"][..], &["le"], &["__name__"]] {
            assert!(label_names(axes).unwrap_err().to_string().starts_with("axis "));
        }
        assert_eq!(plain_name("2xx"), "_2xx");
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
