//! The state of a Metrica as a script tells it: what a client has to learn.

use redis::Value;
use staste_core::{Definition, Error, MAX_AXES, Watermarks};

use crate::choices::{self, StoredChoice};
use crate::connections::failure::Outcome;
use crate::connections::reply;

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
            text => Some(read_definition(&reply::bytes(text)?)?),
        };
        let axes = reply::list(reply::next(&mut items)?)?;
        let choices = axes.into_iter().map(choices::parse).collect::<Outcome<Vec<_>>>()?;
        Ok(State { generation, version, next, writes, watermarks, definition, choices })
    }
}

fn read_definition(text: &[u8]) -> Outcome<Definition> {
    definition_of(text)
        .map_err(|why| Error::damaged(format!("a stored definition cannot be read: {why}")).into())
}

/// Reads a stored definition; in words, why it cannot be one.
pub(crate) fn definition_of(text: &[u8]) -> Result<Definition, String> {
    let definition: Definition = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    // Kicks have cells for combinations of axes, and sums are divided by the multiplier.
    if definition.axes.len() > MAX_AXES || definition.multiplier == 0 || definition.week_start > 6 {
        return Err("its axes, multiplier or first day of the week cannot be".to_owned());
    }
    Ok(definition)
}

/// The text of a definition.
pub(crate) fn text_of(definition: &Definition) -> Outcome<String> {
    serde_json::to_string(definition)
        .map_err(|error| Error::input(format!("the definition cannot be written: {error}")).into())
}
