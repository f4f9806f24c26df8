//! Watermarks as a repair or a copy sets them.

use staste_core::{Definition, Error, Watermarks};

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::define::fresh_generation;
use crate::state::State;
use crate::{scripts, seed};

/// How often it is tried while others change the Metrica.
const TRIES: u32 = 16;

/// Sets the watermarks of a Metrica; returns false when they are not `from` any more.
pub(crate) fn set(
    client: &mut Client,
    definition: &Definition,
    from: &Watermarks,
    to: &Watermarks,
) -> Outcome<bool> {
    let metrica = definition.name.as_str();
    for _ in 0..TRIES {
        let mut call = client.session.call(metrica);
        client.catalog.push_known(metrica, &mut call.arguments);
        let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
        if head == "gone" {
            return Err(Error::stale(metrica).into());
        }
        let known = client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
        if *known.definition != *definition {
            return Err(Error::stale(metrica).into());
        }
        let (generation, version) = known.incarnation();
        let fresh = known.naming.as_ref().map_or_else(fresh_generation, seed::fresh_generation);
        let mut call = client.session.call(metrica);
        let words = &mut call.arguments;
        words.push(generation).push(version).push(fresh);
        for mark in from.0 {
            words.push_display(i64::MIN).push_display(mark);
        }
        for mark in to.0 {
            words.push_display(mark);
        }
        let (head, _) = reply::with_status(client.session.run(&scripts::WATERMARKS, &call)?)?;
        match head.as_str() {
            "set" | "changed" => {
                client.catalog.forget(metrica);
                return Ok(head == "set");
            }
            "gone" => return Err(Error::stale(metrica).into()),
            "behind" => {}
            other => return reply::unknown_status(other),
        }
    }
    Err(Error::unavailable(format!("others kept changing metrica {metrica}; try again")).into())
}
