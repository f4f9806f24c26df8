//! Watermarks as a repair or a copy sets them.

use staste_core::{Definition, Error, Watermarks};

use crate::define::fresh_generation;
use crate::failure::Outcome;
use crate::link::Link;
use crate::state::State;
use crate::{reply, script, seed};

/// How often it is tried while others change the Metrica.
const TRIES: u32 = 16;

/// Sets the watermarks of a Metrica; returns false when they are not `from` any more.
pub(crate) fn set(
    link: &mut Link,
    definition: &Definition,
    from: &Watermarks,
    to: &Watermarks,
) -> Outcome<bool> {
    let metrica = definition.name.as_str();
    for _ in 0..TRIES {
        let mut call = link.call(metrica);
        link.catalog.push_known(metrica, &mut call.arguments);
        let (head, mut items) = reply::headed(link.run(&script::LOOK, &call)?)?;
        if head == "gone" {
            return Err(Error::stale(metrica).into());
        }
        let known = link.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
        if *known.definition != *definition {
            return Err(Error::stale(metrica).into());
        }
        let (generation, version) = known.incarnation();
        let fresh = known.naming.as_ref().map_or_else(fresh_generation, seed::fresh_generation);
        let mut call = link.call(metrica);
        let words = &mut call.arguments;
        words.push(generation).push(version).push(fresh);
        for mark in from.0 {
            words.show(i64::MIN).show(mark);
        }
        for mark in to.0 {
            words.show(mark);
        }
        let (head, _) = reply::headed(link.run(&script::WATERMARKS, &call)?)?;
        match head.as_str() {
            "set" | "changed" => {
                link.catalog.forget(metrica);
                return Ok(head == "set");
            }
            "gone" => return Err(Error::stale(metrica).into()),
            "behind" => {}
            other => return reply::unknown(other),
        }
    }
    Err(Error::unavailable(format!("others kept changing metrica {metrica}; try again")).into())
}
