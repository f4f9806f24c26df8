//! Setting watermarks, as a repair or a copy does.

use staste_core::{Definition, Error, Watermarks};

use crate::client::{Client, OnMetrica};
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::scripts;

/// How often it is tried while others change the Metrica.
const MAX_ATTEMPTS: u32 = 16;

/// Sets the watermarks of a Metrica; returns false when they are not `from` any more.
pub(crate) fn set(
    client: &mut Client,
    definition: &Definition,
    from: &Watermarks,
    to: &Watermarks,
) -> Outcome<bool> {
    let metrica = definition.name.as_str();
    for _ in 0..MAX_ATTEMPTS {
        if !client.refresh(metrica)? {
            return Err(Error::stale(metrica).into());
        }
        let Some(OnMetrica { session, known, layout }) = client.on(metrica) else { continue };
        if *known.definition != *definition {
            return Err(Error::stale(metrica).into());
        }
        let mut call = session.call(metrica);
        let arguments = &mut call.arguments;
        arguments.push(&known.generation).push(&known.version).push(layout.fresh_generation());
        for mark in from.0 {
            arguments.push_display(i64::MIN).push_display(mark);
        }
        for mark in to.0 {
            arguments.push_display(mark);
        }
        let (status, _) = reply::with_status(session.run(&scripts::WATERMARKS, &call)?)?;
        match status.as_str() {
            "set" | "changed" => {
                client.catalog.forget(metrica);
                return Ok(status == "set");
            }
            "gone" => return Err(Error::stale(metrica).into()),
            "behind" => {}
            other => return reply::unknown_status(other),
        }
    }
    Err(Error::unavailable(format!("others kept changing metrica {metrica}; try again")).into())
}
