//! Parsing the replies of scripts and commands.

use redis::Value;
use staste_core::Error;

use super::failure::Outcome;

/// Returns the error for a reply of an unexpected type.
fn unexpected(value: &Value) -> Error {
    let shown: String = format!("{value:?}").chars().take(80).collect();
    Error::corrupt(format!("the server sent an unexpected reply: {shown}"))
}

/// Returns the items of a list.
pub(crate) fn list(value: Value) -> Outcome<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(unexpected(&other).into()),
    }
}

/// Returns the status that a reply of a script begins with, and the items after it.
pub(crate) fn with_status(value: Value) -> Outcome<(String, std::vec::IntoIter<Value>)> {
    let mut items = list(value)?.into_iter();
    let status = text(next(&mut items)?)?;
    Ok((status, items))
}

/// Returns the next item.
///
/// # Errors
/// When there is none.
pub(crate) fn next(items: &mut impl Iterator<Item = Value>) -> Outcome<Value> {
    items.next().ok_or_else(|| unexpected(&Value::Nil).into())
}

/// Returns a byte string.
pub(crate) fn bytes(value: Value) -> Outcome<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        other => Err(unexpected(&other).into()),
    }
}

/// Returns a text.
pub(crate) fn text(value: Value) -> Outcome<String> {
    String::from_utf8(bytes(value)?)
        .map_err(|error| Error::corrupt(format!("a stored text is not UTF-8: {error}")).into())
}

/// Returns an integer.
pub(crate) fn integer(value: &Value) -> Outcome<i64> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
        _ => None,
    };
    number.ok_or_else(|| unexpected(value).into())
}

/// Returns an integer, or none for a missing value.
pub(crate) fn integer_or_none(value: &Value) -> Outcome<Option<i64>> {
    match value {
        Value::Nil => Ok(None),
        value => integer(value).map(Some),
    }
}

/// Fails for a status that the script does not have.
pub(crate) fn unknown_status<T>(status: &str) -> Outcome<T> {
    Err(Error::corrupt(format!("the server sent an unexpected reply: {status:?}")).into())
}
