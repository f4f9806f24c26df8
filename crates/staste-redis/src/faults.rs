//! What keeps metricas from being read: parts that somebody deleted, and values that cannot be.

use staste_core::{Definition, Error, MAX_AXES};

use crate::client::Client;
use crate::connections::failure::{Failure, Outcome, corrupt, remedy};
use crate::connections::reply;
use crate::define::names;
use crate::scripts;
use crate::state::definition_of;

/// What there is of a Metrica.
#[derive(Debug)]
pub(crate) struct Found {
    /// Empty when it is missing.
    pub(crate) generation: String,
    /// None when it is missing, or cannot be read.
    pub(crate) definition: Option<Definition>,
    /// In words; nothing when all is well.
    pub(crate) faults: Vec<String>,
}

/// Looks for faults of a Metrica; none when there is nothing of it.
pub(crate) fn look(client: &mut Client, metrica: &str) -> Outcome<Option<Found>> {
    let key = client.session.keys(metrica).definition();
    let mut call = client.session.call(metrica);
    call.arguments.push_display(MAX_AXES);
    let (head, mut items) = reply::with_status(client.session.run(&scripts::FAULTS, &call)?)?;
    match head.as_str() {
        "gone" => return Ok(None),
        "there" => {}
        other => return reply::unknown_status(other),
    }
    let generation = reply::text(reply::next(&mut items)?)?;
    let text = reply::bytes(reply::next(&mut items)?)?;
    let faults = reply::list(reply::next(&mut items)?)?.into_iter().map(reply::text);
    let mut faults = faults.collect::<Outcome<Vec<String>>>()?;
    let definition = match definition_of(&text) {
        Ok(definition) if definition.name == metrica => Some(definition),
        // That it is missing was said.
        Err(_) if text.is_empty() => None,
        Ok(other) => {
            faults.push(format!("{key} is that of {:?}", other.name));
            None
        }
        Err(why) => {
            faults.push(format!("{key} cannot be read: {why}"));
            None
        }
    };
    Ok(Some(Found { generation, definition, faults }))
}

/// The faults of one Metrica, or of all, by name and in words.
pub(crate) fn faults(client: &mut Client, metrica: Option<&str>) -> Outcome<Vec<(String, Vec<String>)>> {
    let names = match metrica {
        Some(metrica) => [metrica.to_owned()].into(),
        None => names(client)?,
    };
    let mut faults = Vec::new();
    for name in names {
        if let Some(found) = look(client, &name)?
            && !found.faults.is_empty()
        {
            let advice = remedy(&name);
            let told = found.faults.iter().map(|fault| format!("{fault}; {advice}")).collect();
            faults.push((name, told));
        }
    }
    Ok(faults)
}

/// Fails when a Metrica has faults.
pub(crate) fn check(client: &mut Client, metrica: &str) -> Outcome<()> {
    match look(client, metrica)?.and_then(|found| found.faults.into_iter().next()) {
        Some(fault) => Err(corrupt(metrica, &fault).into()),
        None => Ok(()),
    }
}

/// The failure of a verb that found no Metrica: it was forgotten meanwhile, or half of it is left.
pub(crate) fn gone(client: &mut Client, metrica: &str) -> Failure {
    client.catalog.forget(metrica);
    match check(client, metrica) {
        Ok(()) => Error::stale(metrica).into(),
        Err(failure) => failure,
    }
}
