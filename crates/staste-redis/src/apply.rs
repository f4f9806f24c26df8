//! The verb `apply`: a batch in one call of a script.
//!
//! Ids are decided here, by what the connection knows of the Metrica; the script checks that this is
//! still so before it adds anything, and otherwise answers with what there is to learn.

use std::time::Duration;

use staste_core::Error;
use staste_core::store::{Applied, Batch, Part};

use crate::apply_attempt::{Attempt, Care, Tried};
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::erase::HELD;
use crate::state::State;
use crate::{dedup, faults, scripts};

/// How often a batch is planned again because others wrote meanwhile.
const TRIES: u32 = 64;
/// How long to wait between two looks at a Metrica that is held, and how often to look: for twice as
/// long as one holds it.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSES: u64 = 200 * HELD;

/// Adds a batch to its cells, all of it or nothing.
pub(crate) fn apply(client: &mut Client, batch: &Batch) -> Outcome<Applied> {
    let [part] = batch.parts.as_slice() else {
        return Err(
            Error::unsupported("a batch for Redis is of one metrica; see the store's capabilities").into()
        );
    };
    let metrica = part.definition.name.as_str();
    let (mut care, mut tries, mut pauses) = (Care::default(), 0, 0);
    while tries < TRIES && pauses < PAUSES {
        tries += 1;
        if client.catalog.agreeing(&part.definition).is_none() {
            // Marks and claims are looked at before definitions.
            match look(client, batch, part)? {
                Looked::Repeated(applied) => return Ok(applied),
                Looked::Gone => return Err(faults::gone(client, metrica)),
                Looked::State(state) => {
                    client.catalog.learn(metrica, *state)?;
                }
            }
            if client.catalog.agreeing(&part.definition).is_none() {
                return Err(Error::stale(metrica).into());
            }
        }
        match Attempt::send(client, batch, part, care)? {
            Tried::Done(applied) => return Ok(applied),
            Tried::Again(Some(state)) => {
                client.catalog.learn(metrica, *state)?;
            }
            Tried::Again(None) => {}
            // Looked at again, marks and claims first.
            Tried::Gone => client.catalog.forget(metrica),
            Tried::Full => care.folding = true,
            Tried::Crowded => care.crowded = true,
            Tried::Overflow => care.overflow = true,
            Tried::Ahead(server) => care.server_time = Some(server),
            Tried::Held => {
                std::thread::sleep(PAUSE);
                (tries, pauses) = (0, pauses + 1);
            }
        }
    }
    Err(Error::unavailable(format!(
        "others kept writing to metrica {metrica} while kicks were sent; try again"
    ))
    .into())
}

enum Looked {
    Repeated(Applied),
    Gone,
    State(Box<State>),
}

fn look(client: &mut Client, batch: &Batch, part: &Part) -> Outcome<Looked> {
    let metrica = part.definition.name.as_str();
    let keys = client.session.keys(metrica);
    let mut call = client.session.call(metrica);
    call.keys.push(keys.mark(batch.writer)).push(keys.claims());
    dedup::push(&mut call.arguments, batch, batch.now);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    match head.as_str() {
        "duplicate" => Ok(Looked::Repeated(Applied::DUPLICATE)),
        "claimed" => Ok(Looked::Repeated(Applied::CLAIMED)),
        "gone" => Ok(Looked::Gone),
        "state" => Ok(Looked::State(Box::new(State::parse(reply::next(&mut items)?)?))),
        other => reply::unknown_status(other),
    }
}
