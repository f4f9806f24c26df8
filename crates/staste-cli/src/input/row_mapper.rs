//! `RowMapper`: maps a row to the choices, the value and the date of a kick.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use super::bot_list::BotList;
use super::column_mapping::{ColumnMapping, NullAction, NullRule};
use super::condition::Condition;
use super::input_format::InputFormat;
use super::number_format::NumberFormat;
use super::query_filter::QueryFilter;
use super::row::{Field, Fields, List};

/// A [`ColumnMapping`] prepared for the rows of one format.
pub(crate) struct RowMapper {
    columns: Vec<String>,
    axes: Vec<AxisIndex>,
    value: Option<usize>,
    numbers: Option<NumberFormat>,
    /// The indexes of the columns whose texts are the date, joined by blanks.
    date: SmallVec<[usize; 2]>,
    /// The conditions that rows must meet, with the indexes of their columns.
    conditions: Vec<(usize, Condition)>,
    /// The index of the user agent, if rows of bots are left out.
    bots: Option<(usize, BotList)>,
    nulls: Vec<NullRule>,
    /// The rule for a missing field.
    missing: Option<NullRule>,
}

struct AxisIndex {
    axis: String,
    index: usize,
    separator: Option<String>,
    /// The parts of an address that are removed.
    queries: Option<QueryFilter>,
}

/// Why a row is not kicked.
#[derive(Debug)]
pub(crate) enum MappingError<'a> {
    /// A null rule skips the row.
    Skipped(NullMatch<'a>),
    /// The row does not meet a condition.
    Filtered,
    /// The user agent is that of a known bot.
    Bot,
    /// The row is invalid, for this reason.
    Rejected(String),
}

/// The choices, the value and the date of a kick, as texts.
#[derive(Default, Debug)]
pub(crate) struct MappedRow<'a> {
    /// The choice on each axis, in the order of the mapping.
    pub(crate) axes: SmallVec<[MappedChoice<'a>; 8]>,
    /// The value, if a column is mapped to it.
    pub(crate) value: Option<Cow<'a, str>>,
    /// The date, if a column is mapped to it.
    pub(crate) date: Option<Cow<'a, str>>,
    /// True if the value or the date had blanks around it, which are removed.
    pub(crate) is_trimmed: bool,
}

/// The choice on one axis.
#[derive(Clone, Debug)]
pub(crate) enum MappedChoice<'a> {
    /// The row does not have the axis.
    Unset,
    /// One value.
    Text(Cow<'a, str>),
    /// A path.
    Path(PathComponents<'a>),
}

/// The components of a path. Only an empty list has none.
#[derive(Clone, Debug)]
pub(crate) enum PathComponents<'a> {
    /// Text to split at each separator, except at one at its start.
    Text { text: Cow<'a, str>, separator: &'a str },
    /// A list.
    List(List<'a>),
}

/// The column and the null text that skip a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NullMatch<'a> {
    pub(crate) column: &'a str,
    pub(crate) text: &'a str,
}

/// Why a field has no value.
enum AbsentField<'a> {
    Unset(&'a NullRule),
    Skipped(&'a NullRule),
    Missing,
}

impl RowMapper {
    /// Returns the mapper for rows that are read with [`ColumnMapping::columns`].
    pub(crate) fn new(mapping: &ColumnMapping, format: InputFormat) -> RowMapper {
        let columns = mapping.columns();
        // `columns` contains the column of every axis, of the value and of the date.
        let index = |column: &String| columns.iter().position(|name| name == column).unwrap_or(usize::MAX);
        let axes = mapping.axes.iter().map(|axis| AxisIndex {
            axis: axis.axis.clone(),
            index: index(&axis.column),
            separator: axis.separator.clone(),
            queries: mapping.queries.clone().filter(|queries| queries.columns.contains(&axis.column)),
        });
        let axes = axes.collect();
        let value = mapping.value.as_ref().map(index);
        let date = mapping.date.iter().map(index).collect();
        let conditions = mapping.conditions.iter();
        let conditions = conditions.map(|condition| (index(&condition.column), condition.clone())).collect();
        let bots = mapping.user_agent.as_ref().map(|column| (index(column), BotList::new()));
        let missing_text = match format {
            InputFormat::Csv => "",
            InputFormat::Ndjson => "null",
            InputFormat::AccessLog => "-",
        };
        let missing =
            mapping.nulls.iter().find(|rule| rule.text == missing_text || rule.text.is_empty()).cloned();
        RowMapper {
            columns,
            axes,
            value,
            numbers: mapping.numbers,
            date,
            conditions,
            bots,
            nulls: mapping.nulls.clone(),
            missing,
        }
    }

    /// Maps a row.
    ///
    /// # Errors
    /// When a null rule skips the row, or the row is invalid.
    pub(crate) fn map<'a>(&'a self, fields: &Fields<'a>) -> Result<MappedRow<'a>, MappingError<'a>> {
        let mut mapped = MappedRow::default();
        self.map_into(fields, &mut mapped)?;
        Ok(mapped)
    }

    /// Maps a row in place, because moving a mapped row takes time.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    #[inline]
    pub(crate) fn map_into<'a>(
        &'a self,
        fields: &Fields<'a>,
        mapped: &mut MappedRow<'a>,
    ) -> Result<(), MappingError<'a>> {
        for (index, condition) in &self.conditions {
            let field = match fields.field(*index) {
                Field::Text(text) | Field::Float(text) => str::from_utf8(text).ok(),
                _ => None,
            };
            if !condition.is_met(field).map_err(MappingError::Rejected)? {
                return Err(MappingError::Filtered);
            }
        }
        if let Some((index, bots)) = &self.bots
            && fields.field(*index).texts().any(|agent| bots.is_bot(agent))
        {
            return Err(MappingError::Bot);
        }
        for axis in &self.axes {
            mapped.axes.push(self.choice(axis, fields)?);
        }
        if let Some(index) = self.value {
            let text = trimmed(self.text("value", index, fields)?, &mut mapped.is_trimmed);
            // A number of JSON has a decimal point.
            let numbers = self.numbers.filter(|_| !matches!(fields.field(index), Field::Float(_)));
            mapped.value = Some(match numbers {
                Some(numbers) => numbers.normalize(text).map_err(MappingError::Rejected)?,
                None => Cow::Borrowed(text),
            });
        }
        for index in &self.date {
            let part = trimmed(self.text("date", *index, fields)?, &mut mapped.is_trimmed);
            mapped.date = Some(match mapped.date.take() {
                None => Cow::Borrowed(part),
                Some(date) => Cow::Owned(format!("{date} {part}")),
            });
        }
        Ok(())
    }

    #[inline]
    fn choice<'a>(
        &'a self,
        axis: &'a AxisIndex,
        fields: &Fields<'a>,
    ) -> Result<MappedChoice<'a>, MappingError<'a>> {
        let name = &axis.axis;
        let reject = |reason: &str| Err(MappingError::Rejected(format!("axis {name}: {reason}")));
        let field = match self.present(fields.field(axis.index)) {
            Ok(field) => field,
            Err(AbsentField::Skipped(rule)) => return Err(self.skipped(axis.index, rule)),
            Err(AbsentField::Unset(_) | AbsentField::Missing) => return Ok(MappedChoice::Unset),
        };
        match (field, &axis.separator) {
            (Field::Text(bytes), _) if bytes.contains(&0) => {
                reject("the text contains NUL bytes, so that the file is truncated or not text")
            }
            (Field::Text(bytes), separator) => {
                let Ok(text) = str::from_utf8(bytes) else { return reject("the text is not UTF-8") };
                let text = axis.queries.as_ref().map_or(Cow::Borrowed(text), |queries| queries.apply(text));
                Ok(match separator {
                    None => MappedChoice::Text(text),
                    Some(separator) => MappedChoice::Path(PathComponents::Text { text, separator }),
                })
            }
            (Field::List(list), Some(_)) => Ok(MappedChoice::Path(PathComponents::List(list))),
            (Field::List(_), None) => reject("a list is not a choice; map it with --path-axis"),
            (Field::Float(text), _) => {
                let text = String::from_utf8_lossy(text);
                reject(&format!(
                    "{text} is a number with a fraction, which is not a choice; write it as a string"
                ))
            }
            (Field::Nested | Field::Missing, _) => {
                reject("an object, or a list of other values than strings, is not a choice")
            }
        }
    }

    /// Returns the text of the value or the date.
    #[inline]
    fn text<'a>(
        &'a self,
        role: &str,
        index: usize,
        fields: &Fields<'a>,
    ) -> Result<&'a str, MappingError<'a>> {
        let column = self.columns.get(index).map_or("", String::as_str);
        let reject = |reason: &str| Err(MappingError::Rejected(format!("{role}: {reason}")));
        match self.present(fields.field(index)) {
            Ok(Field::Text(b"")) => reject(&format!("the column {column} is empty")),
            Ok(Field::Text(bytes) | Field::Float(bytes)) => {
                str::from_utf8(bytes).or_else(|_| reject("the text is not UTF-8"))
            }
            Ok(_) => reject(&format!("the column {column} contains a list or an object")),
            Err(AbsentField::Skipped(rule) | AbsentField::Unset(rule)) => Err(self.skipped(index, rule)),
            Err(AbsentField::Missing) => reject(&format!("the column {column} is missing")),
        }
    }

    #[inline]
    fn present<'a>(&'a self, field: Field<'a>) -> Result<Field<'a>, AbsentField<'a>> {
        let rule = match field {
            Field::Text(text) | Field::Float(text) => {
                self.nulls.iter().find(|rule| rule.text.as_bytes() == text)
            }
            Field::Missing => Some(self.missing.as_ref().ok_or(AbsentField::Missing)?),
            Field::List(_) | Field::Nested => None,
        };
        match rule {
            None => Ok(field),
            Some(rule) if rule.action == NullAction::Skip => Err(AbsentField::Skipped(rule)),
            Some(rule) => Err(AbsentField::Unset(rule)),
        }
    }

    fn skipped<'a>(&'a self, index: usize, rule: &'a NullRule) -> MappingError<'a> {
        let column = self.columns.get(index).map_or("", String::as_str);
        MappingError::Skipped(NullMatch { column, text: &rule.text })
    }
}

/// Removes the blanks around a text, and notes that there were some.
#[inline]
fn trimmed<'a>(text: &'a str, is_trimmed: &mut bool) -> &'a str {
    let trimmed = text.trim_ascii();
    *is_trimmed |= trimmed.len() < text.len();
    trimmed
}

impl PathComponents<'_> {
    /// Returns the components, from the root.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let (split, list) = match self {
            PathComponents::Text { text, separator } => {
                (Some(text.strip_prefix(separator).unwrap_or(text).split(*separator)), None)
            }
            PathComponents::List(list) => (None, Some(list.iter())),
        };
        // The strings of a list come from JSON, which is UTF-8.
        let texts = list.into_iter().flatten().map(|text| str::from_utf8(text).unwrap_or_default());
        split.into_iter().flatten().chain(texts)
    }
}

impl fmt::Display for NullMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the column {} is {:?}", self.column, self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::block_reader::Block;
    use super::super::column_mapping::AxisColumn;
    use super::super::ndjson::NdjsonReader;
    use super::*;

    fn mapping(nulls: &[(&str, NullAction)]) -> ColumnMapping {
        let axis = |name: &str, separator: Option<&str>| AxisColumn {
            axis: name.to_uppercase(),
            column: name.into(),
            separator: separator.map(str::to_owned),
        };
        ColumnMapping {
            axes: vec![axis("a", None), axis("p", Some("/"))],
            value: Some("v".into()),
            date: vec!["d".into()],
            nulls: nulls.iter().map(|&(text, action)| NullRule { text: text.into(), action }).collect(),
            ..ColumnMapping::default()
        }
    }

    fn show(outcome: &Result<MappedRow<'_>, MappingError<'_>>) -> String {
        let choice = |chosen: &MappedChoice<'_>| match chosen {
            MappedChoice::Unset => "unset".to_owned(),
            MappedChoice::Text(text) => format!("{text:?}"),
            MappedChoice::Path(components) => format!("{:?}", components.iter().collect::<Vec<_>>()),
        };
        match outcome {
            Ok(MappedRow { axes, value, date, .. }) => {
                let axes: Vec<_> = axes.iter().map(choice).collect();
                format!(
                    "{} {} {}",
                    axes.join(" "),
                    value.as_deref().unwrap_or("none"),
                    date.as_deref().unwrap_or("none")
                )
            }
            Err(MappingError::Skipped(skipped)) => format!("skipped: {skipped}"),
            Err(MappingError::Rejected(reason)) => format!("rejected: {reason}"),
            Err(MappingError::Filtered) => "filtered".to_owned(),
            Err(MappingError::Bot) => "bot".to_owned(),
        }
    }

    /// Maps one JSON line.
    fn map(mapping: &ColumnMapping, json: &str) -> String {
        let mapper = RowMapper::new(mapping, InputFormat::Ndjson);
        let mut rows = NdjsonReader::new(&mapping.columns(), None, 1000);
        let block = Block { bytes: json.as_bytes(), first_line: 1, is_inside_line: false };
        let mut text = String::new();
        rows.read(&block, &mut |row| {
            text = show(&mapper.map(&row.fields.unwrap()));
            ControlFlow::Break(())
        });
        text
    }

    #[test]
    fn fields_are_mapped_to_choices_value_and_date() {
        let plain = mapping(&[]);
        assert_eq!(map(&plain, r#"{"a":1,"p":"/x/y","v":1.50,"d":7}"#), r#""1" ["x", "y"] 1.50 7"#);
        assert_eq!(map(&plain, r#"{"a":"","p":["x","/"],"v":"3","d":"t"}"#), r#""" ["x", "/"] 3 t"#);
        assert_eq!(map(&plain, r#"{"a":null,"v":1,"d":1}"#), "unset unset 1 1");
        assert_eq!(map(&plain, r#"{"p":"","v":1,"d":1}"#), r#"unset [""] 1 1"#);
        assert_eq!(map(&plain, r#"{"p":"x//y/","v":1,"d":1}"#), r#"unset ["x", "", "y", ""] 1 1"#);
        assert_eq!(map(&plain, r#"{"p":[],"v":1,"d":1}"#), "unset [] 1 1");
    }

    #[test]
    fn invalid_row_is_rejected_with_the_reason() {
        let check = |json, reason: &str| {
            let text = map(&mapping(&[]), json);
            assert!(text.starts_with("rejected: ") && text.contains(reason), "{json}: {text}");
        };
        check(r#"{"a":1.5,"v":1,"d":1}"#, "axis A: 1.5 is a number with a fraction");
        check(r#"{"a":["x"],"v":1,"d":1}"#, "axis A: a list is not a choice");
        check(r#"{"p":[1],"v":1,"d":1}"#, "axis P: an object, or a list of other values");
        check(r#"{"p":{"x":1},"v":1,"d":1}"#, "axis P: an object");
        check(r#"{"d":1}"#, "value: the column v is missing");
        check(r#"{"v":"","d":1}"#, "value: the column v is empty");
        check(r#"{"v":1,"d":""}"#, "date: the column d is empty");
        check(r#"{"v":[1],"d":1}"#, "value: the column v contains a list");
    }

    #[test]
    fn null_rule_skips_row_or_leaves_axis_unset() {
        use NullAction::{Skip, Unset};
        let rules = mapping(&[("NA", Skip), ("?", Unset)]);
        assert_eq!(map(&rules, r#"{"a":"?","p":"?","v":1,"d":1}"#), "unset unset 1 1");
        assert_eq!(map(&rules, r#"{"a":"NA","v":1,"d":1}"#), r#"skipped: the column a is "NA""#);
        assert_eq!(map(&rules, r#"{"v":"NA","d":1}"#), r#"skipped: the column v is "NA""#);
        assert_eq!(map(&rules, r#"{"v":1,"d":"?"}"#), r#"skipped: the column d is "?""#);
        assert_eq!(map(&rules, r#"{"a":"na","v":1,"d":1}"#), r#""na" unset 1 1"#);
        assert!(map(&rules, r#"{"d":1}"#).starts_with("rejected"));
        let empty = mapping(&[("", Skip)]);
        assert!(map(&empty, r#"{"a":"x","p":"x","d":1}"#).starts_with("skipped: the column v"));
        assert!(map(&empty, r#"{"a":"x","p":"x","v":"","d":1}"#).starts_with("skipped: the column v"));
        let null = mapping(&[("null", Unset)]);
        assert_eq!(map(&null, r#"{"a":null,"v":1,"d":null}"#), r#"skipped: the column d is "null""#);
    }

    #[test]
    fn date_of_several_columns_is_joined_by_blanks() {
        let rules =
            ColumnMapping { date: vec!["d".into(), "t".into()], ..mapping(&[("NA", NullAction::Skip)]) };
        assert_eq!(map(&rules, r#"{"v":1,"t":"10:00","d":" 2023-11-14"}"#), "unset unset 1 2023-11-14 10:00");
        assert_eq!(map(&rules, r#"{"v":1,"d":"2023-11-14"}"#), "rejected: date: the column t is missing");
        assert_eq!(map(&rules, r#"{"v":1,"d":"x","t":"NA"}"#), r#"skipped: the column t is "NA""#);
    }

    #[test]
    fn row_of_a_bot_is_left_out() {
        let rules = ColumnMapping { user_agent: Some("ua".into()), ..mapping(&[]) };
        assert_eq!(map(&rules, r#"{"a":1,"ua":"curl/8.5.0","v":"no number"}"#), "bot");
        assert_eq!(map(&rules, r#"{"a":1,"ua":["Firefox","curl/8.5.0"],"v":1,"d":1}"#), "bot");
        for human in [r#""Firefox""#, "null", "[]", "{}", "7"] {
            let line = format!(r#"{{"a":1,"ua":{human},"v":1,"d":1}}"#);
            assert_eq!(map(&rules, &line), r#""1" unset 1 1"#, "{human}");
        }
    }

    #[test]
    fn field_that_is_not_utf8_is_rejected() {
        let mapper = RowMapper::new(&mapping(&[]), InputFormat::Csv);
        let spans =
            [(0, 1), (1, 2), (2, 3), (3, 4)].map(|(from, to)| super::super::row::FieldSpan::Block(from, to));
        let check = |block: &[u8], expected: &str| {
            let fields = Fields { spans: &spans, items: &[], block, scratch: &[] };
            assert_eq!(show(&mapper.map(&fields)), expected);
        };
        check(b"apvd", r#""a" ["p"] v d"#);
        check(b"\xffpvd", "rejected: axis A: the text is not UTF-8");
        check(b"a\xffvd", "rejected: axis P: the text is not UTF-8");
        check(b"ap\xffd", "rejected: value: the text is not UTF-8");
        check(b"apv\xff", "rejected: date: the text is not UTF-8");
    }
}
