//! Applying a batch with one call of a script.
//!
//! The client decides ids by what it knows of the Metrica. The script checks that this is still true before it adds
//! anything, and otherwise returns what the client has to learn.

mod attempt;
mod batch_cells;

use std::time::Duration;

use staste_core::Error;
use staste_core::store::{Applied, Batch, Claim, Part};

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::Arguments;
use crate::metrica::state::StoredState;
use crate::operations::forget::HOLD_SECONDS;
use crate::scripts;
use attempt::{Attempt, Attempted, Checks};

/// How often a batch is planned again because others wrote meanwhile.
const MAX_ATTEMPTS: u32 = 64;
/// How long to wait while kicks are held back, and how often: for twice as long as they are held back at a time.
const PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSES: u64 = 200 * HOLD_SECONDS;

/// Marks are valid for seven days by the clocks of writers; the server keeps them a day longer.
const MARK_TTL: i64 = 8 * 86_400;

/// Adds a batch to its cells, all of it or nothing.
pub(crate) fn apply(client: &mut Client, batch: &Batch) -> Outcome<Applied> {
    let [part] = batch.parts.as_slice() else {
        return Err(Error::unsupported(
            "a batch for Redis has one metrica only; see the capabilities of the store",
        )
        .into());
    };
    let metrica = part.definition.name.as_str();
    let (mut checks, mut attempts, mut pauses) = (Checks::default(), 0, 0);
    while attempts < MAX_ATTEMPTS && pauses < MAX_PAUSES {
        attempts += 1;
        if client.agreeing(&part.definition).is_none() {
            // A repeated batch is recognized even when its Metrica has changed.
            match refresh(client, batch, part)? {
                Refreshed::Repeated(applied) => return Ok(applied),
                Refreshed::Gone => return Err(client.gone(metrica)),
                Refreshed::Learned => {}
            }
        }
        let Some(on_metrica) = client.agreeing(&part.definition) else {
            return Err(Error::stale(metrica).into());
        };
        match Attempt::send(on_metrica, batch, part, checks)? {
            Attempted::Done(applied) => return Ok(applied),
            Attempted::Behind(state) => {
                client.catalog.learn(metrica, *state)?;
            }
            Attempted::Retry => {}
            // The next attempt first checks whether the batch is repeated.
            Attempted::Gone => client.catalog.forget(metrica),
            Attempted::Full => checks.folding = true,
            Attempted::TooManyChoices => checks.choices = true,
            Attempted::Overflow => checks.overflow = true,
            Attempted::ClockAhead(server) => checks.server_time = Some(server),
            Attempted::Held => {
                std::thread::sleep(PAUSE);
                (attempts, pauses) = (0, pauses + 1);
            }
        }
    }
    Err(Error::unavailable(format!(
        "others kept writing to metrica {metrica} while kicks were sent; try again"
    ))
    .into())
}

enum Refreshed {
    Repeated(Applied),
    Gone,
    Learned,
}

/// Checks whether a batch is repeated, and otherwise learns the state of its Metrica.
fn refresh(client: &mut Client, batch: &Batch, part: &Part) -> Outcome<Refreshed> {
    let metrica = part.definition.name.as_str();
    let keys = client.session.keys(metrica);
    let mut call = client.session.call(metrica);
    call.keys.push(keys.mark(batch.writer)).push(keys.claims());
    push_dedup(&mut call.arguments, batch, batch.now);
    client.catalog.push_known(metrica, &mut call.arguments);
    let (status, mut items) = reply::with_status(client.session.run(&scripts::STATE, &call)?)?;
    match status.as_str() {
        "duplicate" => Ok(Refreshed::Repeated(Applied::DUPLICATE)),
        "claimed" => Ok(Refreshed::Repeated(Applied::CLAIMED)),
        "gone" => Ok(Refreshed::Gone),
        "state" => {
            client.catalog.learn(metrica, StoredState::parse(reply::next(&mut items)?)?)?;
            Ok(Refreshed::Learned)
        }
        other => reply::unknown_status(other),
    }
}

/// Appends what a script checks: the sequence, the claims, and the time by which claims expire. No record has an empty key.
fn push_dedup(arguments: &mut Arguments, batch: &Batch, now: i64) {
    arguments.push_display(batch.sequence).push_display(now).push_display(batch.claims.len());
    for Claim { key, value, expires, replaces, .. } in &batch.claims {
        arguments.push(key).push(value).push_option(*expires).push(replaces.as_deref().unwrap_or_default());
    }
}
