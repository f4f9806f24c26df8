//! Definitions, batches and queries for tests that call a Store directly, without the Recorder.

use std::collections::BTreeMap;
use std::sync::Arc;

use staste_core::store::{Applied, Batch, Kick, Part, Picks, Question, Select, Span, Store, Writer};
use staste_core::{Amount, Axis, Choice, Definition, MetricaKind, MetricaSpec, Scale, Watermarks};

use crate::NOW;

/// One kick: its instant, its choices and its value.
pub type TestKick = (i64, Vec<Choice>, i64);
/// Totals and counts of cells, by the start of their bucket and their point.
pub type Cells = BTreeMap<(i64, Vec<Choice>), (i128, i128)>;

/// Defines an averaged Metrica with the stored axis `age` in a Store.
pub fn guests(store: &dyn Store) -> Arc<Definition> {
    store_definition(store, &new_definition("guests", &[("age", Axis::stored())], MetricaKind::Averaged))
}

/// Returns a kick of value 1 at [`NOW`] for each age.
pub fn kicks<T: AsRef<str>>(ages: impl IntoIterator<Item = T>) -> Vec<TestKick> {
    ages.into_iter().map(|age| (NOW, vec![value(age.as_ref())], 1)).collect()
}

/// Returns a definition with these axes. Two definitions of the same name are the same Metrica.
pub fn new_definition(name: &str, axes: &[(&str, Axis)], kind: MetricaKind) -> Definition {
    let mut spec = MetricaSpec::new(name).unwrap();
    for (axis_name, axis) in axes {
        spec.axis(axis_name, axis).unwrap();
    }
    spec.set_kind(kind);
    let mut definition = spec.reconcile(None).unwrap().0;
    // Otherwise random: two definitions of the same name must be equal.
    definition.id = 1;
    definition
}

/// Defines a Metrica in a Store.
pub fn store_definition(store: &dyn Store, definition: &Definition) -> Arc<Definition> {
    assert!(store.define(definition).unwrap());
    Arc::new(definition.clone())
}

/// Returns a choice that is a value.
pub fn value(text: &str) -> Choice {
    Choice::value(text)
}

/// Returns the part of a batch with these kicks, each on its own.
pub fn part(definition: &Arc<Definition>, kicks: &[TestKick]) -> Part {
    let mut choices: Vec<Vec<Choice>> = vec![Vec::new(); definition.stored_axes.len()];
    let mut batched = Vec::new();
    for (at, point, total) in kicks {
        let mut picks = Picks::new();
        for (known, choice) in choices.iter_mut().zip(point) {
            let pick = known.iter().position(|known| known == choice).unwrap_or_else(|| {
                known.push(choice.clone());
                known.len() - 1
            });
            picks.push(u32::try_from(pick).unwrap());
        }
        batched.push(Kick { at: *at, picks, amount: Amount::stored(*total, 1) });
    }
    Part { definition: Arc::clone(definition), watermarks: Watermarks::default(), choices, kicks: batched }
}

/// Returns a batch of one writer, sent at [`NOW`].
pub fn batch(sequence: u64, parts: Vec<Part>) -> Batch {
    Batch { writer: Writer(7), sequence, claims: Vec::new(), parts, now: NOW }
}

/// Returns the outcome of a batch without the mark and the clock, which only some Stores report.
pub fn without_mark(mut applied: Applied) -> Applied {
    (applied.mark, applied.clock) = (None, None);
    applied
}

/// Applies kicks in one batch.
pub fn apply(store: &dyn Store, sequence: u64, definition: &Arc<Definition>, kicks: &[TestKick]) -> Applied {
    store.apply(&batch(sequence, vec![part(definition, kicks)])).unwrap()
}

/// Returns a query for all buckets of a scale.
pub fn question(definition: &Arc<Definition>, scale: Scale, select: Vec<Select>) -> Question {
    let span = Span { scale, from: i64::MIN, to: i64::MAX };
    let (definition, spans) = (Arc::clone(definition), vec![span]);
    Question { definition, spans, cuts: Vec::new(), select, scan: false, below_watermarks: false }
}

/// Reads every cell of a scale that is not zero.
pub fn cells(store: &dyn Store, definition: &Arc<Definition>, scale: Scale) -> Cells {
    let select = vec![Select::Any; definition.stored_axes.len()];
    read_groups(store, &question(definition, scale, select))
}

/// Reads the groups of a query that are not zero.
pub fn read_groups(store: &dyn Store, question: &Question) -> Cells {
    let groups = store.read(question).unwrap().groups.into_iter();
    let cells =
        groups.map(|group| ((group.start, group.choices), (group.amount.total(), group.amount.count())));
    cells.filter(|(_, amounts)| *amounts != (0, 0)).collect()
}

/// Reads the total of one cell, 0 if there is none.
pub fn total(store: &dyn Store, definition: &Arc<Definition>, scale: Scale, point: &[Choice]) -> i128 {
    let select = point.iter().map(|choice| match choice {
        Choice::All => Select::All,
        choice => Select::Is(choice.clone()),
    });
    let question = question(definition, scale, select.collect());
    store.read(&question).unwrap().groups.iter().map(|group| group.amount.total()).sum()
}
