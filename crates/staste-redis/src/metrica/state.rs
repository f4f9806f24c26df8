//! The state of a Metrica as scripts report it: what a client has to learn.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use redis::Value;
use staste_core::{Definition, Error, MAX_AXES, Watermarks};

use super::stored_choice::{self, StoredChoice};
use crate::connections::failure::Outcome;
use crate::connections::reply;

/// The state of a Metrica, without what the client knows already.
#[derive(Debug)]
pub(crate) struct StoredState {
    /// Changes when ids lose their meaning.
    pub(crate) generation: String,
    /// Version of the definition.
    pub(crate) version: String,
    /// The next id of each axis.
    pub(crate) next: String,
    /// Number of writes to the Metrica.
    pub(crate) writes: String,
    pub(crate) watermarks: Watermarks,
    /// The definition, if the client has another one.
    pub(crate) definition: Option<Definition>,
    /// The choices of each axis that are new to the client.
    pub(crate) choices: Vec<Vec<StoredChoice>>,
}

impl StoredState {
    pub(crate) fn parse(value: Value) -> Outcome<StoredState> {
        let mut items = reply::list(value)?.into_iter();
        let mut text = || reply::text(reply::next(&mut items)?);
        let (generation, version, next, writes) = (text()?, text()?, text()?, text()?);
        let mut watermarks = Watermarks::default();
        for mark in &mut watermarks.0 {
            if let Some(stored) = reply::integer_or_none(&reply::next(&mut items)?)? {
                *mark = stored;
            }
        }
        let definition = match reply::next(&mut items)? {
            Value::Nil => None,
            text => Some(stored_definition(&reply::bytes(text)?)?),
        };
        let axes = reply::list(reply::next(&mut items)?)?;
        let choices = axes.into_iter().map(stored_choice::parse).collect::<Outcome<Vec<_>>>()?;
        Ok(StoredState { generation, version, next, writes, watermarks, definition, choices })
    }
}

fn stored_definition(text: &[u8]) -> Outcome<Definition> {
    parse_definition(text)
        .map_err(|problem| Error::corrupt(format!("a stored definition cannot be read: {problem}")).into())
}

/// Parses a stored definition; returns what is wrong with it.
pub(crate) fn parse_definition(text: &[u8]) -> Result<Definition, String> {
    let definition: Definition = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    // Each combination of axes has cells, and sums are divided by the multiplier.
    if definition.axes().count() > MAX_AXES || definition.multiplier == 0 || definition.week_start > 6 {
        return Err("its axes, its multiplier or its first day of the week is invalid".to_owned());
    }
    Ok(definition)
}

/// Returns a definition as it is stored.
pub(crate) fn definition_text(definition: &Definition) -> Outcome<String> {
    serde_json::to_string(definition)
        .map_err(|error| Error::invalid_input(format!("the definition cannot be written: {error}")).into())
}

/// Returns a generation that no other Metrica has.
pub(crate) fn fresh_generation() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}
