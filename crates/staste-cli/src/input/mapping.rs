//! `Mapping`: which column of an input is which axis, the value and the date.

use std::collections::HashSet;

use serde_json::json;

/// Which columns are counted how, and which texts stand for nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    /// The axes with their columns.
    pub(crate) axes: Vec<AxisColumn>,
    /// The column with the value; 1 without.
    pub(crate) value: Option<String>,
    /// The column with the date; now without.
    pub(crate) date: Option<String>,
    /// The texts that stand for nothing.
    pub(crate) nulls: Vec<NullRule>,
}

/// The column of one axis.
#[derive(Clone, Debug)]
pub(crate) struct AxisColumn {
    pub(crate) axis: String,
    pub(crate) column: String,
    /// For a path axis, the text between components.
    pub(crate) separator: Option<String>,
}

/// A text that stands for nothing; a missing field is one too, written empty, `null` (NDJSON) or `-` (logs).
#[derive(Clone, Debug)]
pub(crate) struct NullRule {
    pub(crate) text: String,
    pub(crate) action: NullAction,
}

/// What happens to a row with such a text in a mapped column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NullAction {
    /// The row is passed over.
    Skip,
    /// The axis is unset; a row without value or date is passed over.
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

impl Mapping {
    /// The text that stands for this mapping in claims: equal texts map every row alike.
    ///
    /// The order of axes and rules does not matter.
    pub(crate) fn key(&self) -> String {
        let mut axes: Vec<_> = self.axes.iter().map(|a| (&a.axis, &a.column, &a.separator)).collect();
        axes.sort();
        let mut nulls: Vec<_> = self.nulls.iter().map(|rule| (&rule.text, rule.action.name())).collect();
        nulls.sort();
        json!(["mapping", 1, axes, self.value, self.date, nulls]).to_string()
    }

    /// The columns used, each once; the order of the fields that [`super::RowMapper`] expects.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        let axes = self.axes.iter().map(|axis| &axis.column);
        for column in axes.chain(&self.value).chain(&self.date) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }

    /// Looks for what cannot be meant.
    ///
    /// # Errors
    /// An axis or a null text is given twice, or a separator is empty.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut axes = HashSet::new();
        for AxisColumn { axis, separator, .. } in &self.axes {
            if !axes.insert(axis) {
                return Err(format!("the axis {axis} is given two columns; give it one"));
            }
            if separator.as_ref().is_some_and(String::is_empty) {
                return Err(format!("the separator of the path axis {axis} is empty; give one, such as /"));
            }
        }
        let mut texts = HashSet::new();
        match self.nulls.iter().find(|rule| !texts.insert(&rule.text)) {
            Some(rule) => {
                Err(format!("the null text {:?} is given twice; say once whether to skip", rule.text))
            }
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
    fn different_mappings_have_different_keys() {
        let base =
            Mapping { axes: vec![axis("a", "x", None), axis("b", "y", Some("/"))], ..Mapping::default() };
        let variants = [
            base.clone(),
            Mapping { axes: vec![axis("a", "x", None)], ..base.clone() },
            Mapping { axes: vec![axis("a", "y", None), axis("b", "x", Some("/"))], ..base.clone() },
            Mapping { axes: vec![axis("a", "x", Some("")), axis("b", "y", Some("/"))], ..base.clone() },
            Mapping { axes: vec![axis("a", "x\",null],[\"b\",\"y", Some("/"))], ..base.clone() },
            Mapping { value: Some("x".into()), ..base.clone() },
            Mapping { date: Some("x".into()), ..base.clone() },
            Mapping { date: Some(String::new()), ..base.clone() },
            Mapping { nulls: vec![rule("", NullAction::Skip)], ..base.clone() },
            Mapping { nulls: vec![rule("", NullAction::Unset)], ..base.clone() },
        ];
        let keys: HashSet<String> = variants.iter().map(Mapping::key).collect();
        assert_eq!(keys.len(), variants.len());
        let turned = Mapping { axes: base.axes.iter().rev().cloned().collect(), ..base.clone() };
        assert_eq!(turned.key(), base.key());
        assert_eq!(base.key(), r#"["mapping",1,[["a","x",null],["b","y","/"]],null,null,[]]"#);
    }

    #[test]
    fn each_column_is_read_once() {
        let mapping = Mapping {
            axes: vec![axis("a", "x", None), axis("b", "y", None), axis("c", "x", None)],
            value: Some("y".into()),
            date: Some("z".into()),
            nulls: Vec::new(),
        };
        assert_eq!(mapping.columns(), ["x", "y", "z"]);
    }

    #[test]
    fn contradictions_are_refused() {
        let check = |axes: Vec<AxisColumn>, nulls: Vec<NullRule>| {
            Mapping { axes, nulls, ..Mapping::default() }.check().unwrap_err()
        };
        assert!(check(vec![axis("a", "x", None), axis("a", "y", None)], vec![]).contains("axis a"));
        assert!(check(vec![axis("a", "x", Some(""))], vec![]).contains("separator"));
        let twice = vec![rule("NA", NullAction::Skip), rule("NA", NullAction::Unset)];
        assert!(check(vec![], twice).contains("\"NA\""));
        assert_eq!(Mapping::default().check(), Ok(()));
    }
}
