//! The verb `define`, and the definitions remembered.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use redis::Value;
use staste_core::store::ChoiceTable;
use staste_core::{Definition, Error, Scale};

use crate::choices::{empty_table, load, next_ids, push_new};
use crate::client::Client;
use crate::connections::failure::{Failure, Outcome};
use crate::connections::reply;
use crate::connections::request::{Request, ScriptCall, command};
use crate::state::{State, definition_of, text_of};
use crate::{faults, keys, scripts, seed};

/// How often a definition is looked at again because others counted meanwhile.
const TRIES: u32 = 64;

/// The names of the metricas there are, or were.
pub(crate) fn names(client: &mut Client) -> Outcome<BTreeSet<String>> {
    let answer = client.session.query(["SMEMBERS", &keys::names(&client.session.prefix)])?;
    let names = match answer {
        Value::Set(names) | Value::Array(names) => names,
        _ => Vec::new(),
    };
    names.into_iter().map(reply::text).collect()
}

/// The definitions remembered, by name: all that can be read, or that of one Metrica.
///
/// # Errors
/// When that of the one is missing, while other parts of it are there: asked for anew, it would read nothing.
pub(crate) fn definitions(client: &mut Client, metrica: Option<&str>) -> Outcome<Vec<Arc<Definition>>> {
    let Some(metrica) = metrica else { return all_definitions(client) };
    let text = client.session.query(["GET", &client.session.keys(metrica).definition()]);
    match &text {
        Ok(Value::BulkString(text)) => {
            if let Ok(definition) = definition_of(text) {
                return Ok(vec![Arc::new(definition)]);
            }
        }
        // It is missing, or of another type.
        Ok(_) | Err(Failure::Server(_)) => {}
        Err(_) => return text.map(|_| Vec::new()),
    }
    faults::check(client, metrica)?;
    text.map(|_| Vec::new())
}

fn all_definitions(client: &mut Client) -> Outcome<Vec<Arc<Definition>>> {
    let names = names(client)?;
    let asked: Vec<Request> =
        names.iter().map(|name| command(["GET", &client.session.keys(name).definition()])).collect();
    let mut definitions = Vec::new();
    for text in client.session.query_all(&asked)? {
        if let Value::BulkString(text) = text
            && let Ok(definition) = definition_of(&text)
        {
            definitions.push(Arc::new(definition));
        }
    }
    Ok(definitions)
}

/// Remembers a definition when the stored one has the version before it.
pub(crate) fn define(client: &mut Client, definition: &Definition) -> Outcome<bool> {
    let metrica = definition.name.as_str();
    for _ in 0..TRIES {
        let Some(defined) = try_define(client, definition)? else { continue };
        client.catalog.forget(metrica);
        return Ok(defined);
    }
    Err(Error::unavailable(format!(
        "others kept writing to metrica {metrica} while it was defined; try again"
    ))
    .into())
}

/// None when something changed between the look and the act.
fn try_define(client: &mut Client, definition: &Definition) -> Outcome<Option<bool>> {
    let metrica = definition.name.as_str();
    let mut call = client.session.call(metrica);
    call.arguments.push("").push("").push("");
    let (head, mut items) = reply::with_status(client.session.run(&scripts::LOOK, &call)?)?;
    let stored = match head.as_str() {
        "gone" => None,
        _ => Some(State::parse(reply::next(&mut items)?)?),
    };
    let mut call = client.session.call(metrica);
    let mut tables: Vec<ChoiceTable> = definition.axes.iter().map(empty_table).collect();
    let (generation, changed) = match (stored, definition.version) {
        (None, 1) => {
            // Listed before it is there: a name without a definition is passed over.
            let is_seed = seed::begins_as_seed(client, definition)?;
            if is_seed {
                let amended = seed::amended(client, definition)?;
                client.session.write(["SADD", &keys::names(&client.session.prefix), metrica])?;
                let generation = seed::fresh_generation(&client.session.naming);
                call.arguments.push("").push("").push("");
                let defined = send_seed(client, call, &amended, &generation)?;
                // Who asked for something else reads what is remembered.
                return Ok(defined.map(|_| amended == *definition));
            }
            client.session.write(["SADD", &keys::names(&client.session.prefix), metrica])?;
            call.arguments.push("").push("").push("");
            (fresh_generation(), Vec::new())
        }
        (Some(state), version) if state.version == version.saturating_sub(1).to_string() => {
            let known = state
                .definition
                .ok_or_else(|| Error::damaged(format!("the definition of metrica {metrica} is missing")))?;
            check_change(&known, definition)?;
            client.catalog.check_layout(metrica, &state.generation)?;
            if seed::naming_of(&state.generation).is_some() {
                seed::check_change(&known, definition)?;
                call.arguments.push(&state.generation).push(&state.version).push(&state.next);
                return send_seed(client, call, definition, &state.generation);
            }
            load(&mut tables, (&client.session.prefix, metrica), &state.choices)?;
            call.arguments.push(&state.generation).push(&state.version).push(&state.next);
            let scales = Scale::KEPT.into_iter();
            let changed =
                scales.filter(|scale| known.retention.of(*scale) != definition.retention.of(*scale));
            (state.generation, changed.collect())
        }
        _ => return Ok(Some(false)),
    };
    let firsts: Vec<u32> = tables.iter().map(ChoiceTable::next_id).collect();
    for (table, axis) in tables.iter_mut().zip(&definition.axes) {
        table.declare(axis);
    }
    let words = &mut call.arguments;
    words
        .push(text_of(definition)?)
        .push(generation)
        .push_display(definition.version)
        .push(next_ids(&tables));
    push_new(words, &tables, &firsts);
    words.push_display(changed.len());
    for scale in changed {
        words.push(scale.name());
    }
    let (head, _) = reply::with_status(client.session.run(&scripts::DEFINE, &call)?)?;
    Ok((head == "defined").then_some(true))
}

/// Remembers a definition of the seed layout, whose choices lie in the original's sets.
fn send_seed(
    client: &mut Client,
    mut call: ScriptCall,
    definition: &Definition,
    generation: &str,
) -> Outcome<Option<bool>> {
    let words = &mut call.arguments;
    words
        .push(text_of(definition)?)
        .push(generation)
        .push_display(definition.version)
        .push("")
        .push_display(0)
        .push_display(0);
    let (head, _) = reply::with_status(client.session.run(&scripts::DEFINE, &call)?)?;
    Ok((head == "defined").then_some(true))
}

fn check_change(known: &Definition, definition: &Definition) -> Outcome<()> {
    let same_axes = known.axes.len() == definition.axes.len()
        && known.axes.iter().zip(&definition.axes).all(|(known, axis)| known.name == axis.name);
    if !same_axes {
        return Err(Error::unsupported(format!(
            "metrica {} cannot get other axes in Redis, but `staste copy` brings it to another place with a further \
             one; stored: {known}, asked: {definition}",
            definition.name
        ))
        .into());
    }
    if known.kind != definition.kind {
        return Err(Error::conflict(format!(
            "metrica {} cannot change its kind; stored: {known}, asked: {definition}",
            definition.name
        ))
        .into());
    }
    Ok(())
}

/// A number that no other generation has: ids of one mean nothing in another.
pub(crate) fn fresh_generation() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}
