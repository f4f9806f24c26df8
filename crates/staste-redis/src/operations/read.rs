//! Answering questions, and listing choices.

use staste_core::store::{Answer, Question};
use staste_core::{Choice, Definition, Error};

use crate::client::{Client, OnMetrica};
use crate::connections::failure::Outcome;
use crate::layout::Found;

/// How often a question is tried while the Metrica changes.
const MAX_ATTEMPTS: u32 = 16;

/// Answers a question.
pub(crate) fn read(client: &mut Client, question: &Question) -> Outcome<Answer> {
    let metrica = question.definition.name.as_str();
    for attempt in 0..MAX_ATTEMPTS {
        let Some(OnMetrica { session, known, layout }) = client.agreeing(&question.definition) else {
            if !client.refresh(metrica)? {
                return Err(client.gone(metrica));
            }
            if client.agreeing(&question.definition).is_none() {
                return Err(Error::stale(metrica).into());
            }
            continue;
        };
        match layout.read(session, known, question, attempt)? {
            Found::Done(answer) => return Ok(answer),
            Found::Behind(state) => {
                client.catalog.learn(metrica, *state)?;
                if client.agreeing(&question.definition).is_none() {
                    return Err(Error::stale(metrica).into());
                }
            }
            Found::Retry => {}
            Found::Gone => return Err(client.gone(metrica)),
        }
    }
    Err(Error::unavailable(format!("metrica {metrica} kept changing while it was read; try again")).into())
}

/// Returns the choices of an axis.
pub(crate) fn choices(client: &mut Client, definition: &Definition, axis: usize) -> Outcome<Vec<Choice>> {
    let metrica = definition.name.as_str();
    if !client.refresh(metrica)? {
        return Err(client.gone(metrica));
    }
    match client.on(metrica) {
        Some(OnMetrica { session, known, layout }) if *known.definition == *definition => {
            layout.choices(session, known, axis)
        }
        _ => Err(Error::stale(metrica).into()),
    }
}
