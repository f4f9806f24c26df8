//! Storing the definition of a Metrica.

use staste_core::store::ChoiceTable;
use staste_core::{Definition, Error, Scale};

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::keys;
use crate::layout;
use crate::metrica::known_metrica::ChoiceIds;
use crate::metrica::state::{StoredState, definition_text};
use crate::metrica::stored_choice::load;
use crate::scripts;

/// How often a definition is tried while others write.
const MAX_ATTEMPTS: u32 = 64;

/// Stores a definition, if the stored one has the version before it.
pub(crate) fn define(client: &mut Client, definition: &Definition) -> Outcome<bool> {
    let metrica = definition.name.as_str();
    for _ in 0..MAX_ATTEMPTS {
        let Some(is_defined) = try_define(&mut client.session, definition)? else { continue };
        client.catalog.forget(metrica);
        return Ok(is_defined);
    }
    Err(Error::unavailable(format!(
        "others kept writing to metrica {metrica} while it was defined; try again"
    ))
    .into())
}

/// Returns none when another client has written meanwhile.
fn try_define(session: &mut Session, definition: &Definition) -> Outcome<Option<bool>> {
    match (stored_state(session, &definition.name)?, definition.version) {
        (None, 1) => define_first(session, definition),
        (Some(state), version) if state.version == version.saturating_sub(1).to_string() => {
            define_next(session, definition, state)
        }
        _ => Ok(Some(false)),
    }
}

/// Returns the state of a Metrica with all choices; none when it does not exist.
fn stored_state(session: &mut Session, metrica: &str) -> Outcome<Option<StoredState>> {
    let mut call = session.call(metrica);
    call.arguments.push("").push("").push("");
    let (status, mut items) = reply::with_status(session.run(&scripts::STATE, &call)?)?;
    if status == "gone" { Ok(None) } else { Ok(Some(StoredState::parse(reply::next(&mut items)?)?)) }
}

fn define_first(session: &mut Session, definition: &Definition) -> Outcome<Option<bool>> {
    let metrica = definition.name.as_str();
    let layout = layout::choose(session, metrica)?;
    let first = layout.first_definition(session, definition)?;
    // The name is listed before the definition exists: a name without a definition is skipped.
    session.write(["SADD", &keys::names(&session.prefix), metrica])?;
    let choices = (layout.choice_ids(), layout.choice_ids().first_tables(&first));
    let is_stored = send(session, (&first, &layout.fresh_generation()), None, choices, &[])?;
    // A caller that asked for another definition reads the stored one.
    Ok(is_stored.then_some(first == *definition))
}

fn define_next(session: &mut Session, definition: &Definition, state: StoredState) -> Outcome<Option<bool>> {
    let metrica = definition.name.as_str();
    let known = state
        .definition
        .as_ref()
        .ok_or_else(|| Error::corrupt(format!("the definition of metrica {metrica} is missing")))?;
    check_change(known, definition)?;
    let layout = layout::of_generation(&session.prefix, metrica, &state.generation);
    layout.check_setting(metrica, session.layout)?;
    layout.check_change(known, definition)?;
    let mut tables = layout.choice_ids().first_tables(definition);
    load(&mut tables, (&session.prefix, metrica), &state.choices)?;
    let scales = Scale::KEPT.into_iter();
    let changed: Vec<Scale> =
        scales.filter(|scale| known.retention.of(*scale) != definition.retention.of(*scale)).collect();
    let choices = (layout.choice_ids(), tables);
    let stored = Some(&state);
    let is_stored = send(session, (definition, &state.generation), stored, choices, &changed)?;
    Ok(is_stored.then_some(true))
}

/// Stores a definition and its declared choices, if the stored state is still the same. Buckets of the changed scales no
/// longer expire by the old retention.
fn send(
    session: &mut Session,
    (definition, generation): (&Definition, &str),
    stored: Option<&StoredState>,
    (ids, mut tables): (ChoiceIds, Vec<ChoiceTable>),
    changed: &[Scale],
) -> Outcome<bool> {
    let firsts: Vec<u32> = tables.iter().map(ChoiceTable::next_id).collect();
    for (table, axis) in tables.iter_mut().zip(&definition.stored_axes) {
        table.declare(axis);
    }
    let mut call = session.call(&definition.name);
    let arguments = &mut call.arguments;
    match stored {
        Some(state) => arguments.push(&state.generation).push(&state.version).push(&state.next),
        None => arguments.push("").push("").push(""),
    };
    arguments.push(definition_text(definition)?).push(generation).push_display(definition.version);
    arguments.push(ids.next(&tables));
    ids.push_new(arguments, &tables, &firsts);
    arguments.push_display(changed.len());
    for scale in changed {
        arguments.push(scale.name());
    }
    let (status, _) = reply::with_status(session.run(&scripts::DEFINE, &call)?)?;
    Ok(status == "defined")
}

fn check_change(known: &Definition, definition: &Definition) -> Outcome<()> {
    let has_same_axes = known.stored_axes.len() == definition.stored_axes.len()
        && known.stored_axes.iter().zip(&definition.stored_axes).all(|(known, axis)| known.name == axis.name);
    if !has_same_axes {
        return Err(Error::unsupported(format!(
            "the axes of metrica {} cannot be changed in Redis, but `staste copy` copies it to another store with a further \
             one; stored: {known}, requested: {definition}",
            definition.name
        ))
        .into());
    }
    if !known.kind.allows(definition.kind) {
        return Err(Error::conflict(format!(
            "metrica {} cannot change its kind; stored: {known}, requested: {definition}",
            definition.name
        ))
        .into());
    }
    Ok(())
}
