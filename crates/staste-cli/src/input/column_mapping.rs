//! `ColumnMapping`: the columns of the axes, the value and the date.

use std::collections::HashSet;

use serde_json::json;

use super::condition::Condition;
use super::number_format::NumberFormat;
use super::query_filter::QueryFilter;

/// Maps columns to axes, value and date, and says which texts stand for a missing value.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnMapping {
    /// The axes with their columns.
    pub(crate) axes: Vec<AxisColumn>,
    /// The column with the value. Without one, the value is 1.
    pub(crate) value: Option<String>,
    /// How values are written, if not with a decimal point only.
    pub(crate) numbers: Option<NumberFormat>,
    /// The columns with the date, or with its parts in the order in which they are joined. Without one, rows count as
    /// happening now.
    pub(crate) date: Vec<String>,
    /// The texts that stand for a missing value.
    pub(crate) nulls: Vec<NullRule>,
    /// The conditions that rows must meet.
    pub(crate) conditions: Vec<Condition>,
    /// The column with the user agent, if rows of bots are left out.
    pub(crate) user_agent: Option<String>,
    /// The columns of axes that are addresses whose query is removed.
    pub(crate) queries: Option<QueryFilter>,
}

/// An axis and its column.
#[derive(Clone, Debug)]
pub(crate) struct AxisColumn {
    pub(crate) axis: String,
    pub(crate) column: String,
    /// The separator between components, for a path axis.
    pub(crate) separator: Option<String>,
}

/// A text that stands for a missing value. A missing field is written as an empty text, `null` (NDJSON) or `-` (logs).
#[derive(Clone, Debug)]
pub(crate) struct NullRule {
    pub(crate) text: String,
    pub(crate) action: NullAction,
}

/// The treatment of a row that has such a text in a mapped column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NullAction {
    /// Skip the row.
    Skip,
    /// Leave the axis unset. A row without value or date is skipped.
    Unset,
}

impl NullAction {
    fn name(self) -> &'static str {
        match self {
            NullAction::Skip => "skip",
            NullAction::Unset => "unset",
        }
    }
}

impl ColumnMapping {
    /// Returns the text that identifies this mapping in claims. Mappings with the same text map every row in the same way.
    ///
    /// The order of axes and rules does not matter.
    pub(crate) fn key(&self) -> String {
        let mut axes: Vec<_> = self.axes.iter().map(|a| (&a.axis, &a.column, &a.separator)).collect();
        axes.sort();
        let mut nulls: Vec<_> = self.nulls.iter().map(|rule| (&rule.text, rule.action.name())).collect();
        nulls.sort();
        // Mappings without newer options have the key of earlier versions, in which a date had one column.
        let date = match self.date.as_slice() {
            [] => json!(null),
            [column] => json!(column),
            columns => json!(columns),
        };
        let mut key = json!(["mapping", 1, axes, self.value, date, nulls]).to_string();
        if !self.conditions.is_empty() {
            let mut conditions: Vec<_> = self.conditions.iter().map(|condition| &condition.text).collect();
            conditions.sort();
            key.push_str(&json!(conditions).to_string());
        }
        if let Some(numbers) = self.numbers {
            key.push_str(&json!({ "numbers": numbers.options() }).to_string());
        }
        if let Some(column) = &self.user_agent {
            key.push_str(&json!({ "exclude-bots": column }).to_string());
        }
        if let Some(QueryFilter { columns, kept }) = &self.queries {
            let sorted = |names: &Vec<String>| {
                let mut names = names.clone();
                names.sort();
                names
            };
            let (columns, kept) = (sorted(columns), sorted(kept));
            key.push_str(&json!({ "strip-query": columns, "keep-query": kept }).to_string());
        }
        key
    }

    /// Returns the mapped columns, each once, in the order of the fields that `RowMapper` expects.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        let axes = self.axes.iter().map(|axis| &axis.column);
        let conditions = self.conditions.iter().map(|condition| &condition.column);
        for column in axes.chain(&self.value).chain(&self.date).chain(conditions).chain(&self.user_agent) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }

    /// Checks the mapping for contradictions.
    ///
    /// # Errors
    /// When an axis, a column of the date or a null text is given twice, or a separator is empty.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut axes = HashSet::new();
        for AxisColumn { axis, separator, .. } in &self.axes {
            if !axes.insert(axis) {
                return Err(format!("the axis {axis} is given two columns: give it one"));
            }
            if separator.as_ref().is_some_and(String::is_empty) {
                return Err(format!("empty separator of the path axis {axis}: expected a text such as /"));
            }
        }
        let mut dates = HashSet::new();
        if let Some(column) = self.date.iter().find(|column| !dates.insert(*column)) {
            return Err(format!("--date {column} is given twice: give each column of the date once"));
        }
        let mut texts = HashSet::new();
        match self.nulls.iter().find(|rule| !texts.insert(&rule.text)) {
            Some(rule) => Err(format!(
                "the null text {:?} is given twice: give it one action, skip or unset",
                rule.text
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(axis: &str, column: &str, separator: Option<&str>) -> AxisColumn {
        AxisColumn { axis: axis.into(), column: column.into(), separator: separator.map(str::to_owned) }
    }

    fn rule(text: &str, action: NullAction) -> NullRule {
        NullRule { text: text.into(), action }
    }

    #[test]
    fn mapping_key_differs_for_different_mappings_only() {
        let base = ColumnMapping {
            axes: vec![axis("a", "x", None), axis("b", "y", Some("/"))],
            ..ColumnMapping::default()
        };
        let variants = [
            base.clone(),
            ColumnMapping { axes: vec![axis("a", "x", None)], ..base.clone() },
            ColumnMapping { axes: vec![axis("a", "y", None), axis("b", "x", Some("/"))], ..base.clone() },
            ColumnMapping { axes: vec![axis("a", "x", Some("")), axis("b", "y", Some("/"))], ..base.clone() },
            ColumnMapping { axes: vec![axis("a", "x\",null],[\"b\",\"y", Some("/"))], ..base.clone() },
            ColumnMapping { value: Some("x".into()), ..base.clone() },
            ColumnMapping { numbers: NumberFormat::new(true, None).unwrap(), ..base.clone() },
            ColumnMapping { numbers: NumberFormat::new(true, Some("'")).unwrap(), ..base.clone() },
            ColumnMapping { date: vec!["x".into()], ..base.clone() },
            ColumnMapping { date: vec![String::new()], ..base.clone() },
            ColumnMapping { date: vec!["x".into(), "y".into()], ..base.clone() },
            ColumnMapping { date: vec!["y".into(), "x".into()], ..base.clone() },
            ColumnMapping { user_agent: Some("x".into()), ..base.clone() },
            ColumnMapping { user_agent: Some("y".into()), ..base.clone() },
            ColumnMapping { nulls: vec![rule("", NullAction::Skip)], ..base.clone() },
            ColumnMapping { nulls: vec![rule("", NullAction::Unset)], ..base.clone() },
        ];
        let queries = |columns: &[&str], kept: &[&str]| {
            let [columns, kept] =
                [columns, kept].map(|names| names.iter().map(|&name| name.to_owned()).collect());
            Some(QueryFilter { columns, kept })
        };
        let filters =
            [queries(&["x"], &[]), queries(&["y"], &[]), queries(&[], &["x"]), queries(&["x"], &["y"])];
        let variants: Vec<ColumnMapping> = variants
            .into_iter()
            .chain(filters.map(|queries| ColumnMapping { queries, ..base.clone() }))
            .collect();
        let keys: HashSet<String> = variants.iter().map(ColumnMapping::key).collect();
        assert_eq!(keys.len(), variants.len());
        let reordered = ColumnMapping { axes: base.axes.iter().rev().cloned().collect(), ..base.clone() };
        assert_eq!(reordered.key(), base.key());
        assert_eq!(base.key(), r#"["mapping",1,[["a","x",null],["b","y","/"]],null,null,[]]"#);
    }

    #[test]
    fn column_of_several_axes_is_read_once() {
        let mapping = ColumnMapping {
            axes: vec![axis("a", "x", None), axis("b", "y", None), axis("c", "x", None)],
            value: Some("y".into()),
            date: vec!["z".into(), "x".into()],
            user_agent: Some("w".into()),
            ..ColumnMapping::default()
        };
        assert_eq!(mapping.columns(), ["x", "y", "z", "w"]);
    }

    #[test]
    fn contradictory_mapping_is_refused() {
        let check = |axes: Vec<AxisColumn>, nulls: Vec<NullRule>| {
            ColumnMapping { axes, nulls, ..ColumnMapping::default() }.check().unwrap_err()
        };
        assert!(check(vec![axis("a", "x", None), axis("a", "y", None)], vec![]).contains("axis a"));
        assert!(check(vec![axis("a", "x", Some(""))], vec![]).contains("separator"));
        let twice = vec![rule("NA", NullAction::Skip), rule("NA", NullAction::Unset)];
        assert!(check(vec![], twice).contains("\"NA\""));
        let dates = ColumnMapping { date: vec!["d".into(), "d".into()], ..ColumnMapping::default() };
        assert!(dates.check().unwrap_err().contains("--date d is given twice"));
        assert_eq!(ColumnMapping::default().check(), Ok(()));
    }
}
