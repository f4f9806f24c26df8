//! `Json`: a JSON value whose numbers are exact and whose fields keep their order.

use std::fmt::Write;

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use staste::text_format::is_unsafe;
use staste::{Choice, Measurement, Total};

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number, as text.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
    /// An object whose keys are known only at run time.
    Named(Vec<(String, Json)>),
}

impl Json {
    /// Returns a string.
    pub(crate) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// Returns an integer.
    pub(crate) fn integer(number: impl Into<i128>) -> Json {
        Json::Number(number.into().to_string())
    }

    /// Returns a float, or null for none.
    pub(crate) fn float(number: Option<f64>) -> Json {
        match number.map(serde_json::Number::from_f64) {
            Some(Some(number)) => Json::Number(number.to_string()),
            _ => Json::Null,
        }
    }

    /// Returns the value of a measure with all its digits, or null for none.
    pub(crate) fn measurement(value: Option<Measurement>) -> Json {
        match value {
            Some(Measurement::Average(average)) => Json::float(Some(average)),
            Some(exact) => Json::Number(exact.to_string()),
            None => Json::Null,
        }
    }

    /// Returns a total with all its digits.
    pub(crate) fn total(total: Total) -> Json {
        Json::Number(total.to_string())
    }

    /// Returns the fields of a choice: a string for a value, a list for a path, and `variant` for unset, other and all.
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

/// Escapes the characters of JSON text that a terminal would act on. The JSON value stays the same.
pub(crate) fn printable_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        // All other control characters are line ends or are escaped already.
        if is_unsafe(character) && !character.is_ascii() || character == '\x7f' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_keeps_all_digits() {
        let total = Json::Object(vec![("total", Json::total(Total::new(i128::MAX, 1)))]);
        let text = serde_json::to_string(&total).unwrap();
        assert_eq!(text, format!("{{\"total\":{}}}", i128::MAX));
        let choice = serde_json::to_string(&Json::Object(Json::choice(&Choice::Unset))).unwrap();
        assert_eq!(choice, r#"{"choice":null,"variant":"unset"}"#);
    }

    #[test]
    fn escaped_json_has_the_same_value_and_no_control_characters() {
        let text = "\u{9b}2J\u{202e}\u{7f}\u{e0001}\x1b é";
        let json = printable_json(&serde_json::to_string_pretty(text).unwrap());
        assert!(!json.chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
