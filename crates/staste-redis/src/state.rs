//! The state of a Metrica as a script tells it: what a client has to learn.

use redis::Value;
use staste_core::{Definition, Error, Watermarks};

use crate::choices::{self, StoredChoice};
use crate::failure::Outcome;
use crate::reply;

/// What a client has to learn of a Metrica.
#[derive(Debug)]
pub(crate) struct State {
    /// Another one when ids lost their meaning.
    pub(crate) generation: String,
    pub(crate) version: String,
    /// The next id of each axis.
    pub(crate) next: String,
    /// Counts every change of the Metrica.
    pub(crate) writes: String,
    pub(crate) watermarks: Watermarks,
    /// The definition, when the client's is another one.
    pub(crate) definition: Option<Definition>,
    /// Per axis the choices that are new to the client.
    pub(crate) choices: Vec<Vec<StoredChoice>>,
}

impl State {
    pub(crate) fn parse(value: Value) -> Outcome<State> {
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
            text => Some(definition_of(&reply::text(text)?)?),
        };
        let axes = reply::list(reply::next(&mut items)?)?;
        let choices = axes.into_iter().map(choices::parse).collect::<Outcome<Vec<_>>>()?;
        Ok(State { generation, version, next, writes, watermarks, definition, choices })
    }
}

/// Reads a stored definition.
pub(crate) fn definition_of(text: &str) -> Outcome<Definition> {
    serde_json::from_str(text)
        .map_err(|error| Error::damaged(format!("a stored definition cannot be read: {error}")).into())
}

/// The text of a definition.
pub(crate) fn text_of(definition: &Definition) -> Outcome<String> {
    serde_json::to_string(definition)
        .map_err(|error| Error::input(format!("the definition cannot be written: {error}")).into())
}
