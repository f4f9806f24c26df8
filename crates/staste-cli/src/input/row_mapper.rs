//! Maps a row to the choices, the value and the date of a kick.

use std::fmt;

use smallvec::SmallVec;

use super::format::Format;
use super::mapping::{Mapping, NullAction, NullRule};
use super::row::{Field, Fields, List};

/// A mapping made ready for the rows of one format.
pub(crate) struct RowMapper {
    columns: Vec<String>,
    axes: Vec<AxisPlace>,
    value: Option<usize>,
    date: Option<usize>,
    nulls: Vec<NullRule>,
    /// The rule that holds for a missing field.
    missing: Option<NullRule>,
}

struct AxisPlace {
    axis: String,
    place: usize,
    separator: Option<String>,
}

/// Why a row gives no kick.
#[derive(Debug)]
pub(crate) enum NotPicked<'a> {
    /// A null rule passes over it.
    Skipped(Skipped<'a>),
    /// It cannot be counted; the reason.
    Rejected(String),
}

/// The parts of a kick, as texts.
#[derive(Debug)]
pub(crate) struct Picked<'a> {
    /// The choice on each axis, in the order of the mapping.
    pub(crate) axes: SmallVec<[Chosen<'a>; 8]>,
    /// The value, where a column has it.
    pub(crate) value: Option<&'a str>,
    /// The date, where a column has it.
    pub(crate) date: Option<&'a str>,
}

/// The choice on one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chosen<'a> {
    /// The row leaves the axis out.
    Unset,
    /// One value.
    Text(&'a str),
    /// A path of components.
    Path(Components<'a>),
}

/// The components of a path, at least one unless a list was empty.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Components<'a> {
    /// A text cut at each separator; one at its very start is no cut.
    Cut { text: &'a str, separator: &'a str },
    /// A list.
    List(List<'a>),
}

/// The column and the null text that passed over a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped<'a> {
    pub(crate) column: &'a str,
    pub(crate) text: &'a str,
}

/// Why a field gives nothing.
enum Nothing<'a> {
    Unset(&'a NullRule),
    Skipped(&'a NullRule),
    Missing,
}

impl RowMapper {
    /// The picker of a mapping for rows read with [`Mapping::columns`].
    pub(crate) fn new(mapping: &Mapping, format: Format) -> RowMapper {
        let columns = mapping.columns();
        // Each name was put in `columns` above.
        let place = |column: &String| columns.iter().position(|name| name == column).unwrap_or(usize::MAX);
        let axes = mapping.axes.iter().map(|axis| AxisPlace {
            axis: axis.axis.clone(),
            place: place(&axis.column),
            separator: axis.separator.clone(),
        });
        let axes = axes.collect();
        let value = mapping.value.as_ref().map(place);
        let date = mapping.date.as_ref().map(place);
        let spelling = match format {
            Format::Csv => "",
            Format::Ndjson => "null",
            Format::AccessLog => "-",
        };
        let missing =
            mapping.nulls.iter().find(|rule| rule.text == spelling || rule.text.is_empty()).cloned();
        RowMapper { columns, axes, value, date, nulls: mapping.nulls.clone(), missing }
    }

    /// The kick that a row is.
    ///
    /// # Errors
    /// It is none: skipped by a null rule, or not to be counted.
    pub(crate) fn pick<'a>(&'a self, fields: &Fields<'a>) -> Result<Picked<'a>, NotPicked<'a>> {
        let mut picked = Picked { axes: SmallVec::new(), value: None, date: None };
        for axis in &self.axes {
            picked.axes.push(self.choice(axis, fields)?);
        }
        if let Some(place) = self.value {
            picked.value = Some(self.text("value", place, fields)?);
        }
        if let Some(place) = self.date {
            picked.date = Some(self.text("date", place, fields)?);
        }
        Ok(picked)
    }

    fn choice<'a>(&'a self, axis: &'a AxisPlace, fields: &Fields<'a>) -> Result<Chosen<'a>, NotPicked<'a>> {
        let name = &axis.axis;
        let reject = |reason: &str| Err(NotPicked::Rejected(format!("axis {name}: {reason}")));
        let field = match self.present(fields.field(axis.place)) {
            Ok(field) => field,
            Err(Nothing::Skipped(rule)) => return Err(self.skipped(axis.place, rule)),
            Err(Nothing::Unset(_) | Nothing::Missing) => return Ok(Chosen::Unset),
        };
        match (field, &axis.separator) {
            (Field::Text(bytes), separator) => match (str::from_utf8(bytes), separator) {
                (Ok(text), None) => Ok(Chosen::Text(text)),
                (Ok(text), Some(separator)) => Ok(Chosen::Path(Components::Cut { text, separator })),
                (Err(_), _) => reject("not UTF-8"),
            },
            (Field::List(list), Some(_)) => Ok(Chosen::Path(Components::List(list))),
            (Field::List(_), None) => reject("a list, but it is not a path axis"),
            (Field::Float(text), _) => {
                let text = String::from_utf8_lossy(text);
                reject(&format!("{text} is a float, which is not a choice; write it as text"))
            }
            (Field::Nested | Field::Missing, _) => reject("an object, or a list of other things than texts"),
        }
    }

    /// The text of the value or the date.
    fn text<'a>(&'a self, role: &str, place: usize, fields: &Fields<'a>) -> Result<&'a str, NotPicked<'a>> {
        let column = self.columns.get(place).map_or("", String::as_str);
        let reject = |reason: &str| Err(NotPicked::Rejected(format!("{role}: {reason}")));
        match self.present(fields.field(place)) {
            Ok(Field::Text(b"")) => reject(&format!("the column {column} is empty")),
            Ok(Field::Text(bytes) | Field::Float(bytes)) => {
                str::from_utf8(bytes).or_else(|_| reject("not UTF-8"))
            }
            Ok(_) => reject(&format!("the column {column} holds a list or an object")),
            Err(Nothing::Skipped(rule) | Nothing::Unset(rule)) => Err(self.skipped(place, rule)),
            Err(Nothing::Missing) => reject(&format!("the column {column} is missing")),
        }
    }

    fn present<'a>(&'a self, field: Field<'a>) -> Result<Field<'a>, Nothing<'a>> {
        let rule = match field {
            Field::Text(text) | Field::Float(text) => {
                self.nulls.iter().find(|rule| rule.text.as_bytes() == text)
            }
            Field::Missing => Some(self.missing.as_ref().ok_or(Nothing::Missing)?),
            Field::List(_) | Field::Nested => None,
        };
        match rule {
            None => Ok(field),
            Some(rule) if rule.action == NullAction::Skip => Err(Nothing::Skipped(rule)),
            Some(rule) => Err(Nothing::Unset(rule)),
        }
    }

    fn skipped<'a>(&'a self, place: usize, rule: &'a NullRule) -> NotPicked<'a> {
        let column = self.columns.get(place).map_or("", String::as_str);
        NotPicked::Skipped(Skipped { column, text: &rule.text })
    }
}

impl<'a> Components<'a> {
    /// The components from the root.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (cut, list) = match self {
            Components::Cut { text, separator } => {
                (Some(text.strip_prefix(separator).unwrap_or(text).split(separator)), None)
            }
            Components::List(list) => (None, Some(list.iter())),
        };
        // The texts of a list come out of a JSON text, which is UTF-8.
        let texts = list.into_iter().flatten().map(|text| str::from_utf8(text).unwrap_or_default());
        cut.into_iter().flatten().chain(texts)
    }
}

impl fmt::Display for Skipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the column {} is {:?}", self.column, self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::block::Block;
    use super::super::mapping::AxisColumn;
    use super::super::ndjson::NdjsonRows;
    use super::*;

    fn mapping(nulls: &[(&str, NullAction)]) -> Mapping {
        let axis = |name: &str, separator: Option<&str>| AxisColumn {
            axis: name.to_uppercase(),
            column: name.into(),
            separator: separator.map(str::to_owned),
        };
        Mapping {
            axes: vec![axis("a", None), axis("p", Some("/"))],
            value: Some("v".into()),
            date: Some("d".into()),
            nulls: nulls.iter().map(|&(text, action)| NullRule { text: text.into(), action }).collect(),
        }
    }

    fn show(outcome: &Result<Picked<'_>, NotPicked<'_>>) -> String {
        let choice = |chosen: &Chosen<'_>| match chosen {
            Chosen::Unset => "unset".to_owned(),
            Chosen::Text(text) => format!("{text:?}"),
            Chosen::Path(components) => format!("{:?}", components.iter().collect::<Vec<_>>()),
        };
        match outcome {
            Ok(Picked { axes, value, date }) => {
                let axes: Vec<_> = axes.iter().map(choice).collect();
                format!("{} {} {}", axes.join(" "), value.unwrap_or("none"), date.unwrap_or("none"))
            }
            Err(NotPicked::Skipped(skipped)) => format!("skipped: {skipped}"),
            Err(NotPicked::Rejected(reason)) => format!("rejected: {reason}"),
        }
    }

    /// What one JSON line comes to.
    fn pick(mapping: &Mapping, json: &str) -> String {
        let picker = RowMapper::new(mapping, Format::Ndjson);
        let mut rows = NdjsonRows::new(&mapping.columns(), 1000);
        let block = Block { bytes: json.as_bytes(), first_line: 1, inside_line: false };
        let mut text = String::new();
        rows.read(&block, &mut |row| {
            text = show(&picker.pick(&row.fields.unwrap()));
            ControlFlow::Break(())
        });
        text
    }

    #[test]
    fn fields_become_choices_value_and_date() {
        let plain = mapping(&[]);
        assert_eq!(pick(&plain, r#"{"a":1,"p":"/x/y","v":1.50,"d":7}"#), r#""1" ["x", "y"] 1.50 7"#);
        assert_eq!(pick(&plain, r#"{"a":"","p":["x","/"],"v":"3","d":"t"}"#), r#""" ["x", "/"] 3 t"#);
        assert_eq!(pick(&plain, r#"{"a":null,"v":1,"d":1}"#), "unset unset 1 1");
        assert_eq!(pick(&plain, r#"{"p":"","v":1,"d":1}"#), r#"unset [""] 1 1"#);
        assert_eq!(pick(&plain, r#"{"p":"x//y/","v":1,"d":1}"#), r#"unset ["x", "", "y", ""] 1 1"#);
        assert_eq!(pick(&plain, r#"{"p":[],"v":1,"d":1}"#), "unset [] 1 1");
    }

    #[test]
    fn what_cannot_be_counted_is_rejected_with_the_reason() {
        let check = |json, reason: &str| {
            let text = pick(&mapping(&[]), json);
            assert!(text.starts_with("rejected: ") && text.contains(reason), "{json}: {text}");
        };
        check(r#"{"a":1.5,"v":1,"d":1}"#, "axis A: 1.5 is a float");
        check(r#"{"a":["x"],"v":1,"d":1}"#, "axis A: a list, but it is not a path axis");
        check(r#"{"p":[1],"v":1,"d":1}"#, "axis P: an object, or a list of other things");
        check(r#"{"p":{"x":1},"v":1,"d":1}"#, "axis P: an object");
        check(r#"{"d":1}"#, "value: the column v is missing");
        check(r#"{"v":"","d":1}"#, "value: the column v is empty");
        check(r#"{"v":1,"d":""}"#, "date: the column d is empty");
        check(r#"{"v":[1],"d":1}"#, "value: the column v holds a list");
    }

    #[test]
    fn null_rules_skip_rows_or_leave_axes_unset() {
        use NullAction::{Skip, Unset};
        let rules = mapping(&[("NA", Skip), ("?", Unset)]);
        assert_eq!(pick(&rules, r#"{"a":"?","p":"?","v":1,"d":1}"#), "unset unset 1 1");
        assert_eq!(pick(&rules, r#"{"a":"NA","v":1,"d":1}"#), r#"skipped: the column a is "NA""#);
        assert_eq!(pick(&rules, r#"{"v":"NA","d":1}"#), r#"skipped: the column v is "NA""#);
        assert_eq!(pick(&rules, r#"{"v":1,"d":"?"}"#), r#"skipped: the column d is "?""#);
        assert_eq!(pick(&rules, r#"{"a":"na","v":1,"d":1}"#), r#""na" unset 1 1"#);
        assert!(pick(&rules, r#"{"d":1}"#).starts_with("rejected"));
        let empty = mapping(&[("", Skip)]);
        assert!(pick(&empty, r#"{"a":"x","p":"x","d":1}"#).starts_with("skipped: the column v"));
        assert!(pick(&empty, r#"{"a":"x","p":"x","v":"","d":1}"#).starts_with("skipped: the column v"));
        let null = mapping(&[("null", Unset)]);
        assert_eq!(pick(&null, r#"{"a":null,"v":1,"d":null}"#), r#"skipped: the column d is "null""#);
    }

    #[test]
    fn bytes_that_are_no_text_are_rejected() {
        let picker = RowMapper::new(&mapping(&[]), Format::Csv);
        let spans =
            [(0, 1), (1, 2), (2, 3), (3, 4)].map(|(from, to)| super::super::row::Span::Block(from, to));
        let check = |block: &[u8], expected: &str| {
            let fields = Fields { spans: &spans, items: &[], block, scratch: &[] };
            assert_eq!(show(&picker.pick(&fields)), expected);
        };
        check(b"apvd", r#""a" ["p"] v d"#);
        check(b"\xffpvd", "rejected: axis A: not UTF-8");
        check(b"a\xffvd", "rejected: axis P: not UTF-8");
        check(b"ap\xffd", "rejected: value: not UTF-8");
        check(b"apv\xff", "rejected: date: not UTF-8");
    }
}
