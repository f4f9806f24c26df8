//! Faults of metricas: missing parts, and invalid values.

use staste_core::{Definition, MAX_AXES};

use super::state::parse_definition;
use crate::connections::failure::{Outcome, corrupt, remedy};
use crate::connections::reply;
use crate::connections::session::Session;
use crate::scripts;

/// What is stored of a Metrica, valid or not.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Empty if it is missing.
    pub(crate) generation: String,
    /// None if it is missing or invalid.
    pub(crate) definition: Option<Definition>,
    /// Descriptions of what is wrong.
    pub(crate) faults: Vec<String>,
}

/// Inspects a Metrica; returns none when nothing of it is stored.
pub(crate) fn inspect(session: &mut Session, metrica: &str) -> Outcome<Option<Inspection>> {
    let key = session.keys(metrica).definition();
    let mut call = session.call(metrica);
    call.arguments.push_display(MAX_AXES);
    let (status, mut items) = reply::with_status(session.run(&scripts::FAULTS, &call)?)?;
    match status.as_str() {
        "gone" => return Ok(None),
        "there" => {}
        other => return reply::unknown_status(other),
    }
    let generation = reply::text(reply::next(&mut items)?)?;
    let text = reply::bytes(reply::next(&mut items)?)?;
    let faults = reply::list(reply::next(&mut items)?)?.into_iter().map(reply::text);
    let mut faults = faults.collect::<Outcome<Vec<String>>>()?;
    let definition = match parse_definition(&text) {
        Ok(definition) if definition.name == metrica => Some(definition),
        // The script has reported that it is missing.
        Err(_) if text.is_empty() => None,
        Ok(other) => {
            faults.push(format!("{key} is the definition of {:?}", other.name));
            None
        }
        Err(problem) => {
            faults.push(format!("{key} cannot be read: {problem}"));
            None
        }
    };
    Ok(Some(Inspection { generation, definition, faults }))
}

/// Returns the faults of one Metrica, or of all, by name.
pub(crate) fn faults(session: &mut Session, metrica: Option<&str>) -> Outcome<Vec<(String, Vec<String>)>> {
    let names = match metrica {
        Some(metrica) => [metrica.to_owned()].into(),
        None => session.metrica_names()?,
    };
    let mut faults = Vec::new();
    for name in names {
        if let Some(found) = inspect(session, &name)?
            && !found.faults.is_empty()
        {
            let advice = remedy(&name);
            let described = found.faults.iter().map(|fault| format!("{fault}; {advice}")).collect();
            faults.push((name, described));
        }
    }
    Ok(faults)
}

/// Fails when a Metrica has faults.
pub(crate) fn check(session: &mut Session, metrica: &str) -> Outcome<()> {
    match inspect(session, metrica)?.and_then(|found| found.faults.into_iter().next()) {
        Some(fault) => Err(corrupt(metrica, &fault).into()),
        None => Ok(()),
    }
}
