//! Choices as they are stored: the id of the parent, a colon and the text; *other* has no colon.

use redis::Value;
use staste_core::store::{ChoiceEntry, ChoiceTable};

use crate::connections::failure::{Outcome, corrupt};
use crate::connections::reply;
use crate::connections::request::Arguments;
use crate::keys::MetricaKeys;

/// Returns the stored form of a choice.
fn encode(entry: &ChoiceEntry) -> String {
    match &entry.text {
        Some(text) => format!("{}:{text}", entry.parent),
        None => entry.parent.to_string(),
    }
}

fn decode(stored: &str) -> Option<ChoiceEntry> {
    Some(match stored.split_once(':') {
        Some((parent, text)) => ChoiceEntry { parent: parent.parse().ok()?, text: Some(text.into()) },
        None => ChoiceEntry { parent: stored.parse().ok()?, text: None },
    })
}

/// A choice and its id as they are stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredChoice {
    id: String,
    value: String,
}

impl StoredChoice {
    /// Adds the choice to a table; returns what is wrong with it.
    fn load(&self, table: &mut ChoiceTable) -> Result<(), String> {
        let id = self.id.parse().map_err(|_| "the id is not a number of 32 bits".to_owned())?;
        let entry = decode(&self.value).ok_or("expected PARENT:TEXT")?;
        table.load(id, entry)
    }
}

/// Parses the choices of one axis as a script lists them: id and stored form alternate.
pub(crate) fn parse(value: Value) -> Outcome<Vec<StoredChoice>> {
    let mut items = reply::list(value)?.into_iter();
    let mut choices = Vec::with_capacity(items.len() / 2);
    while let Some(id) = items.next() {
        let value = reply::text(reply::next(&mut items)?)?;
        choices.push(StoredChoice { id: reply::text(id)?, value });
    }
    Ok(choices)
}

/// Adds the choices of all axes to their tables.
///
/// # Errors
/// When one of them is invalid: another program wrote or changed it.
pub(crate) fn load(
    tables: &mut [ChoiceTable],
    (prefix, metrica): (&str, &str),
    choices: &[Vec<StoredChoice>],
) -> Outcome<()> {
    for (axis, (table, choices)) in tables.iter_mut().zip(choices).enumerate() {
        for choice in choices {
            choice.load(table).map_err(|problem| {
                let (key, shown) = (MetricaKeys::new(prefix, metrica).choices(axis), excerpt(&choice.value));
                corrupt(
                    metrica,
                    &format!("{key} holds {shown} for the choice of id {}: {problem}", choice.id),
                )
            })?;
        }
    }
    Ok(())
}

/// Returns a stored value as error messages show it.
fn excerpt(value: &str) -> String {
    let short: String = value.chars().take(40).collect();
    if short.len() == value.len() { format!("{value:?}") } else { format!("{:?}", short + "...") }
}

/// Returns the next ids of tables as they are stored.
pub(crate) fn next_ids(tables: &[ChoiceTable]) -> String {
    let ids: Vec<String> = tables.iter().map(|table| table.next_id().to_string()).collect();
    ids.join(":")
}

/// Appends the number of choices from an id on, and each of them with its axis and id. Returns the number.
pub(crate) fn push_new(arguments: &mut Arguments, tables: &[ChoiceTable], firsts: &[u32]) -> usize {
    let new = || {
        let axes = tables.iter().zip(firsts).enumerate();
        axes.flat_map(|(axis, (table, first))| {
            table.entries_from(*first).map(move |(id, entry)| (axis, id, entry))
        })
    };
    let count = new().count();
    arguments.push_display(count);
    for (axis, id, entry) in new() {
        arguments.push_display(axis).push_display(id).push(encode(entry));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_choice_round_trips() {
        for (parent, text) in
            [(0, Some("")), (0, Some("a:b")), (70_000, Some("😀\0")), (5, None), (5, Some("5"))]
        {
            let entry = ChoiceEntry { parent, text: text.map(Into::into) };
            assert_eq!(decode(&encode(&entry)).unwrap(), entry);
        }
        assert!(decode("x:y").is_none() && decode("").is_none());
    }
}
