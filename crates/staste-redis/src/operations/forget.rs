//! Forgetting a Metrica, or kicks of it.

use staste_core::Error;
use staste_core::store::{Forget, Forgotten, KickSelection};

use crate::client::{Client, OnMetrica};
use crate::connections::failure::{Failure, Outcome};
use crate::connections::session::Session;
use crate::layout::{self, Deletion, Found};
use crate::metrica::inspection;
use crate::scripts;

/// From this attempt on kicks are held back.
const HOLD_FROM: u32 = 2;
/// Seconds for which each attempt holds kicks back. An attempt that takes longer is tried again, not wrong.
pub(crate) const HOLD_SECONDS: u64 = 10;

/// Removes kicks, or moves them to *other*, with one call of a script.
pub(crate) fn forget(client: &mut Client, forget: &Forget) -> Outcome<Forgotten> {
    match forget {
        Forget::Metrica(metrica) => {
            let forgotten = forget_metrica(&mut client.session, metrica)?;
            client.catalog.forget(metrica);
            Ok(forgotten)
        }
        Forget::Kicks(selection) => {
            let metrica = selection.definition.name.as_str();
            if !client.refresh(metrica)? {
                return Err(client.gone(metrica));
            }
            let Some(OnMetrica { session, known, layout }) = client.agreeing(&selection.definition) else {
                return Err(Error::stale(metrica).into());
            };
            let forgotten = if selection.is_everything() {
                layout.delete(session, &selection.definition, &known.generation, Deletion::Kicks)?
            } else {
                erase(client, selection)?
            };
            client.catalog.forget(metrica);
            Ok(forgotten)
        }
    }
}

/// Removes a Metrica, or what is left of one. Only its generation has to be readable.
fn forget_metrica(session: &mut Session, metrica: &str) -> Outcome<Forgotten> {
    let Some(found) = inspection::inspect(session, metrica)? else { return Ok(Forgotten::default()) };
    match found.definition {
        Some(definition) if found.faults.is_empty() => {
            let layout = layout::of_generation(&session.prefix, metrica, &found.generation);
            layout.delete(session, &definition, &found.generation, Deletion::Metrica)
        }
        definition => {
            let axes = definition.map_or(0, |definition| definition.stored_axes.len());
            layout::delete_remains(session, metrica, &found.generation, axes)
        }
    }
}

/// Removes some kicks, again while others keep writing.
fn erase(client: &mut Client, selection: &KickSelection) -> Outcome<Forgotten> {
    let metrica = selection.definition.name.as_str();
    let mut attempt = 0;
    loop {
        let is_held = attempt >= HOLD_FROM;
        if is_held {
            hold(&mut client.session, metrica, HOLD_SECONDS)?;
        }
        let outcome = try_erase(client, selection, attempt);
        match outcome {
            Ok(None) => attempt += 1,
            outcome => {
                if is_held && !outcome.as_ref().is_err_and(Failure::is_fatal) {
                    hold(&mut client.session, metrica, 0)?;
                }
                return Ok(outcome?.unwrap_or_default());
            }
        }
    }
}

/// Returns none when another client has written meanwhile.
fn try_erase(client: &mut Client, selection: &KickSelection, attempt: u32) -> Outcome<Option<Forgotten>> {
    let metrica = selection.definition.name.as_str();
    let Some(OnMetrica { session, known, layout }) = client.agreeing(&selection.definition) else {
        return Err(Error::stale(metrica).into());
    };
    if attempt >= layout.max_erase_attempts() {
        return Err(Error::unavailable(format!(
            "others kept writing to metrica {metrica} while kicks were forgotten; try again"
        ))
        .into());
    }
    match layout.erase(session, known, selection)? {
        Found::Done(forgotten) => Ok(Some(forgotten)),
        Found::Behind(state) => {
            client.catalog.learn(metrica, *state)?;
            Ok(None)
        }
        Found::Retry => Ok(None),
        Found::Gone => Err(client.gone(metrica)),
    }
}

/// Holds kicks back for so many seconds from now; 0 releases them.
fn hold(session: &mut Session, metrica: &str, seconds: u64) -> Outcome<()> {
    let mut call = session.call(metrica);
    call.arguments.push_display(seconds);
    session.run(&scripts::HOLD, &call)?;
    Ok(())
}
