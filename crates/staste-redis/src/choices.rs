//! Choices as they are stored: the id of the parent, a colon and the text; without a colon *other*.

use redis::Value;
use staste_core::store::{ChoiceTable, Entry};
use staste_core::{AxisDefinition, AxisKind};

use crate::connections::failure::{Outcome, corrupt};
use crate::connections::reply;
use crate::connections::request::Arguments;
use crate::keys::Keys;

/// The stored form of a choice.
pub(crate) fn encode(entry: &Entry) -> String {
    match &entry.text {
        Some(text) => format!("{}:{text}", entry.parent),
        None => entry.parent.to_string(),
    }
}

fn decode(stored: &str) -> Option<Entry> {
    Some(match stored.split_once(':') {
        Some((parent, text)) => Entry { parent: parent.parse().ok()?, text: Some(text.into()) },
        None => Entry { parent: stored.parse().ok()?, text: None },
    })
}

/// A choice with its id, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredChoice {
    id: String,
    value: String,
}

impl StoredChoice {
    /// Puts the choice in its place; in words, why it cannot have one.
    fn load(&self, table: &mut ChoiceTable) -> Result<(), String> {
        let id = self.id.parse().map_err(|_| "the id is not a number of 32 bits".to_owned())?;
        let entry = decode(&self.value).ok_or("a choice is stored as PARENT:TEXT")?;
        table.load(id, entry)
    }
}

/// The choices of one axis as a script lists them: id and stored form in turns.
pub(crate) fn parse(value: Value) -> Outcome<Vec<StoredChoice>> {
    let mut items = reply::list(value)?.into_iter();
    let mut choices = Vec::with_capacity(items.len() / 2);
    while let Some(id) = items.next() {
        let value = reply::text(reply::next(&mut items)?)?;
        choices.push(StoredChoice { id: reply::text(id)?, value });
    }
    Ok(choices)
}

/// Puts the choices of all axes into their tables.
///
/// # Errors
/// When one of them has no place in its table: others wrote it, or changed it.
pub(crate) fn load(
    tables: &mut [ChoiceTable],
    (prefix, metrica): (&str, &str),
    choices: &[Vec<StoredChoice>],
) -> Outcome<()> {
    for (axis, (table, choices)) in tables.iter_mut().zip(choices).enumerate() {
        for choice in choices {
            choice.load(table).map_err(|why| {
                let (key, shown) = (Keys::new(prefix, metrica).choices(axis), shown(&choice.value));
                corrupt(metrica, &format!("{key} holds {shown} for the choice of id {}: {why}", choice.id))
            })?;
        }
    }
    Ok(())
}

/// A stored value as error messages show it.
fn shown(value: &str) -> String {
    let short: String = value.chars().take(40).collect();
    if short.len() == value.len() { format!("{value:?}") } else { format!("{:?}", short + "...") }
}

/// A table without choices, declared ones included: those are stored like the others.
pub(crate) fn empty_table(axis: &AxisDefinition) -> ChoiceTable {
    match axis.kind {
        AxisKind::Path => ChoiceTable::new(axis),
        AxisKind::Declared(_) | AxisKind::Stored => ChoiceTable::default(),
    }
}

/// The next ids of tables, as they are stored.
pub(crate) fn next_ids(tables: &[ChoiceTable]) -> String {
    let ids: Vec<String> = tables.iter().map(|table| table.next_id().to_string()).collect();
    ids.join(":")
}

/// Appends the choices of tables from an id on: how many they are, and each with its axis and id.
pub(crate) fn push_new(words: &mut Arguments, tables: &[ChoiceTable], firsts: &[u32]) -> usize {
    let new = || {
        let axes = tables.iter().zip(firsts).enumerate();
        axes.flat_map(|(axis, (table, first))| {
            table.entries_from(*first).map(move |(id, entry)| (axis, id, entry))
        })
    };
    let count = new().count();
    words.push_display(count);
    for (axis, id, entry) in new() {
        words.push_display(axis).push_display(id).push(encode(entry));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_from_their_stored_form() {
        for (parent, text) in
            [(0, Some("")), (0, Some("a:b")), (70_000, Some("😀\0")), (5, None), (5, Some("5"))]
        {
            let entry = Entry { parent, text: text.map(Into::into) };
            assert_eq!(decode(&encode(&entry)).unwrap(), entry);
        }
        assert!(decode("x:y").is_none() && decode("").is_none());
    }
}
