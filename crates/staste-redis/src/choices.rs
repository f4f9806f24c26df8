//! Choices as they are stored: the id of the parent, a colon and the text; without a colon *other*.

use redis::Value;
use staste_core::plan::{ChoiceTable, Entry};
use staste_core::{AxisDefinition, AxisKind, Error};

use crate::call::Words;
use crate::failure::Outcome;
use crate::reply;

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

/// The choices of one axis as a script lists them: id and stored form in turns.
pub(crate) fn parse(value: Value) -> Outcome<Vec<(u32, Entry)>> {
    let mut items = reply::list(value)?.into_iter();
    let mut choices = Vec::with_capacity(items.len() / 2);
    while let Some(id) = items.next() {
        let stored = reply::text(reply::next(&mut items)?)?;
        let id = u32::try_from(reply::integer(&id)?).ok();
        let (Some(id), Some(entry)) = (id, decode(&stored)) else {
            return Err(Error::damaged(format!("a stored choice cannot be read: {stored:?}")).into());
        };
        choices.push((id, entry));
    }
    Ok(choices)
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
pub(crate) fn push_new(words: &mut Words, tables: &[ChoiceTable], firsts: &[u32]) -> usize {
    let new = || {
        let axes = tables.iter().zip(firsts).enumerate();
        axes.flat_map(|(axis, (table, first))| {
            table.entries_from(*first).map(move |(id, entry)| (axis, id, entry))
        })
    };
    let count = new().count();
    words.show(count);
    for (axis, id, entry) in new() {
        words.show(axis).show(id).push(encode(entry));
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
