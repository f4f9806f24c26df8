//! `Condition`: a condition on a column, such as `status<400`, which rows must meet to be counted.

use std::cmp::Ordering;

/// The comparisons, longer ones first.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// A condition on a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) column: String,
    operator: Operator,
    value: String,
    /// The condition as it was given.
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Condition {
    /// Parses a condition: a column, one of `=`, `!=`, `<`, `<=`, `>` and `>=`, and a value.
    ///
    /// # Errors
    /// When the text has another form, or `<` compares with a text that is not a number.
    pub(crate) fn parse(text: &str) -> Result<Condition, String> {
        let invalid = |reason: &str| format!("invalid --where {text:?}: {reason}");
        let at = text
            .find(['!', '<', '>', '='])
            .ok_or_else(|| invalid("expected a condition such as status<400"))?;
        let (column, rest) = text.split_at(at);
        let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?)));
        let (operator, value) = found.ok_or_else(|| invalid("expected one of =, !=, <, <=, > and >="))?;
        let (column, value) = (column.trim(), value.trim());
        if column.is_empty() {
            return Err(invalid("expected a column before the comparison"));
        }
        let is_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_order && value.parse::<f64>().is_err() {
            return Err(invalid("expected a number to compare with"));
        }
        Ok(Condition { column: column.to_owned(), operator, value: value.to_owned(), text: text.to_owned() })
    }

    /// Returns true if a field meets the condition; none for a missing field, which equals an empty text.
    ///
    /// # Errors
    /// When the order of a text is asked for that is not a number.
    pub(crate) fn is_met(&self, field: Option<&str>) -> Result<bool, String> {
        let field = field.unwrap_or_default().trim();
        let numbers = field.parse::<f64>().ok().zip(self.value.parse::<f64>().ok());
        let order = match numbers {
            Some((field, value)) => field.partial_cmp(&value),
            None => None,
        };
        let is_equal = order.map_or(field == self.value, |order| order == Ordering::Equal);
        match self.operator {
            Operator::Equal => return Ok(is_equal),
            Operator::NotEqual => return Ok(!is_equal),
            Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast => {}
        }
        let order = order.ok_or_else(|| format!("--where {}: {field:?} is not a number", self.text))?;
        Ok(match self.operator {
            Operator::Less => order == Ordering::Less,
            Operator::AtMost => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_compared_as_numbers_or_texts() {
        for (condition, field, expected) in [
            ("status<400", "200", true),
            ("status<400", "400", false),
            ("status<=400", "400", true),
            ("status>=500", "503", true),
            ("n > -1.5", "-1", true),
            ("status=200", "200.0", true),
            ("status!=200", "404", true),
            ("method=GET", "GET", true),
            ("method!=GET", "POST", true),
            ("method=", "", true),
        ] {
            assert_eq!(
                Condition::parse(condition).unwrap().is_met(Some(field)),
                Ok(expected),
                "{condition} {field}"
            );
        }
        assert_eq!(Condition::parse("user=").unwrap().is_met(None), Ok(true));
        let error = Condition::parse("status<400").unwrap().is_met(Some("OK")).unwrap_err();
        assert_eq!(error, "--where status<400: \"OK\" is not a number");
    }

    #[test]
    fn invalid_condition_is_an_error_with_the_reason() {
        for (condition, words) in [
            ("status", "such as status<400"),
            ("<400", "a column before"),
            ("status<high", "a number"),
            ("status!400", "one of =, !="),
        ] {
            let error = Condition::parse(condition).unwrap_err();
            assert!(error.contains(condition) && error.contains(words), "{error}");
        }
    }
}
