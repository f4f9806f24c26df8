//! Taking answers of the server apart.

use redis::Value;
use staste_core::Error;

use crate::failure::Outcome;

/// An answer that is not what the script gives.
fn odd(value: &Value) -> Error {
    let shown: String = format!("{value:?}").chars().take(80).collect();
    Error::damaged(format!("the server gave an answer that makes no sense: {shown}"))
}

/// The items of a list.
pub(crate) fn list(value: Value) -> Outcome<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(odd(&other).into()),
    }
}

/// The first word of a list, and what follows.
pub(crate) fn headed(value: Value) -> Outcome<(String, std::vec::IntoIter<Value>)> {
    let mut items = list(value)?.into_iter();
    let head = text(next(&mut items)?)?;
    Ok((head, items))
}

/// The next item, which there must be.
pub(crate) fn next(items: &mut impl Iterator<Item = Value>) -> Outcome<Value> {
    items.next().ok_or_else(|| odd(&Value::Nil).into())
}

/// A byte string.
pub(crate) fn bytes(value: Value) -> Outcome<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        other => Err(odd(&other).into()),
    }
}

/// A text.
pub(crate) fn text(value: Value) -> Outcome<String> {
    String::from_utf8(bytes(value)?)
        .map_err(|error| Error::damaged(format!("a stored text is not UTF-8: {error}")).into())
}

/// An integer.
pub(crate) fn integer(value: &Value) -> Outcome<i64> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
        _ => None,
    };
    number.ok_or_else(|| odd(value).into())
}

/// The same, or none for nothing.
pub(crate) fn integer_or_none(value: &Value) -> Outcome<Option<i64>> {
    match value {
        Value::Nil => Ok(None),
        value => integer(value).map(Some),
    }
}

/// An answer that has another head than those a script gives.
pub(crate) fn unknown<T>(head: &str) -> Outcome<T> {
    Err(Error::damaged(format!("the server gave an answer that makes no sense: {head:?}")).into())
}
