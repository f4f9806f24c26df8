//! `Json`: a JSON value whose numbers are exact and whose fields keep their order.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use staste::{Choice, Measurement, Total};

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The text of a number.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
    /// An object whose keys are names.
    Named(Vec<(String, Json)>),
}

impl Json {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// A whole number.
    pub(crate) fn integer(number: impl Into<i128>) -> Json {
        Json::Number(number.into().to_string())
    }

    /// A float; null when there is none.
    pub(crate) fn float(number: Option<f64>) -> Json {
        match number.map(serde_json::Number::from_f64) {
            Some(Some(number)) => Json::Number(number.to_string()),
            _ => Json::Null,
        }
    }

    /// The value of a measure with all its digits; null when there is none.
    pub(crate) fn measurement(value: Option<Measurement>) -> Json {
        match value {
            Some(Measurement::Average(average)) => Json::float(Some(average)),
            Some(exact) => Json::Number(exact.to_string()),
            None => Json::Null,
        }
    }

    /// A total, with all its digits.
    pub(crate) fn total(total: Total) -> Json {
        Json::Number(total.to_string())
    }

    /// The fields of a choice: a value is text and a path a list; a variant is told in a field of its own.
    pub(crate) fn choice(choice: &Choice) -> Vec<(&'static str, Json)> {
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
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(truth) => serializer.serialize_bool(*truth),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Number(text) => {
                RawValue::from_string(text.clone()).map_err(S::Error::custom)?.serialize(serializer)
            }
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
    fn numbers_keep_their_digits() {
        let total = Json::Object(vec![("total", Json::total(Total::new(i128::MAX, 1)))]);
        let text = serde_json::to_string(&total).unwrap();
        assert_eq!(text, format!("{{\"total\":{}}}", i128::MAX));
        let choice = serde_json::to_string(&Json::Object(Json::choice(&Choice::Unset))).unwrap();
        assert_eq!(choice, r#"{"choice":null,"variant":"unset"}"#);
    }
}
