//! `Json`: a JSON value whose numbers are exact and whose fields keep their order.

use crate::amount::{Measurement, Total};
use crate::schema::Choice;
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

/// A JSON value whose numbers are exact and whose fields keep their order.
///
/// ```
/// use staste::{Choice, formats::Json};
/// let row = Json::Object(vec![("total", Json::integer(i128::MAX)), ("none", Json::Null)]);
/// assert_eq!(row.to_string(), format!("{{\"total\":{},\"none\":null}}", i128::MAX));
/// assert_eq!(Json::Object(Json::choice(&Choice::value("girl"))).to_string(), r#"{"choice":"girl"}"#);
/// ```
#[derive(Clone, Debug)]
pub enum Json {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// The digits of a number.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object with fields of ours.
    Object(Vec<(&'static str, Json)>),
    /// An object whose keys are names.
    Named(Vec<(String, Json)>),
}

impl Json {
    /// A text.
    pub fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// A whole number.
    pub fn integer(number: impl Into<i128>) -> Json {
        Json::Number(number.into().to_string())
    }

    /// A float; null when there is none.
    pub fn float(number: Option<f64>) -> Json {
        match number.map(serde_json::Number::from_f64) {
            Some(Some(number)) => Json::Number(number.to_string()),
            _ => Json::Null,
        }
    }

    /// The value of a measure with all its digits; null when there is none.
    pub fn measurement(value: Option<Measurement>) -> Json {
        match value {
            Some(Measurement::Average(average)) => Json::float(Some(average)),
            Some(exact) => Json::Number(exact.to_string()),
            None => Json::Null,
        }
    }

    /// A total, with all its digits.
    pub fn total(total: Total) -> Json {
        Json::Number(total.to_string())
    }

    /// The fields of a choice: a value is a text and a path a list; a variant has a field of its own.
    pub fn choice(choice: &Choice) -> Vec<(&'static str, Json)> {
        let (choice, variant) = match choice {
            Choice::Value(text) => (Json::text(&**text), None),
            Choice::Path(path) => {
                let components = path.components().iter().map(|component| Json::text(&**component));
                (Json::List(components.collect()), path.is_other().then_some("other"))
            }
            Choice::Unset => (Json::Null, Some("unset")),
            Choice::Other => (Json::Null, Some("other")),
            Choice::All => (Json::Null, Some("all")),
        };
        let mut fields = vec![("choice", choice)];
        fields.extend(variant.map(|variant| ("variant", Json::text(variant))));
        fields
    }

    /// Serializes the digits of a number as they are.
    pub(super) fn serialize_number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(digits.to_owned()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(truth) => serializer.serialize_bool(*truth),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Number(digits) => Json::serialize_number(digits, serializer),
            Json::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Json::Object(fields) => {
                let mut object = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| object.serialize_entry(name, value))?;
                object.end()
            }
            Json::Named(fields) => {
                let mut object = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| object.serialize_entry(name, value))?;
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_keeps_its_digits_and_choice_its_variant() {
        let total = Json::Object(vec![("total", Json::total(Total::new(i128::MAX, 1)))]);
        let text = serde_json::to_string(&total).unwrap();
        assert_eq!(text, format!("{{\"total\":{}}}", i128::MAX));
        let choice = serde_json::to_string(&Json::Object(Json::choice(&Choice::Unset))).unwrap();
        assert_eq!(choice, r#"{"choice":null,"variant":"unset"}"#);
    }
}
