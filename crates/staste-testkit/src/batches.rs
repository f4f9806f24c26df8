//! Definitions, batches and questions for tests of what a Store does below the Recorder.

use std::collections::BTreeMap;
use std::sync::Arc;

use staste_core::store::{Applied, Batch, Kick, Part, Picks, Question, Select, Span, Store, Writer};
use staste_core::{Amount, Axis, Choice, Definition, MetricaKind, MetricaSpec, Scale, Watermarks};

use crate::NOW;

/// One kick: when, its choices, its value.
pub type Event = (i64, Vec<Choice>, i64);
/// Cells by the start of their bucket and their point.
pub type Cells = BTreeMap<(i64, Vec<Choice>), (i128, i128)>;

/// An averaged Metrica with the stored axis `age`, defined in a store.
pub fn guests(store: &dyn Store) -> Arc<Definition> {
    remember(store, &define("guests", &[("age", Axis::stored())], MetricaKind::Averaged))
}

/// A kick of value 1 now for each of these choices on the one axis.
pub fn kicks<T: AsRef<str>>(ages: impl IntoIterator<Item = T>) -> Vec<Event> {
    ages.into_iter().map(|age| (NOW, vec![value(age.as_ref())], 1)).collect()
}

/// A definition of these axes; all of one name are one Metrica, whoever asks for it.
pub fn define(name: &str, axes: &[(&str, Axis)], kind: MetricaKind) -> Definition {
    let mut asked = MetricaSpec::new(name).unwrap();
    for (axis_name, axis) in axes {
        asked.axis(axis_name, axis).unwrap();
    }
    let mut definition = asked.reconcile(None).unwrap().0;
    // All of one name are one Metrica, whoever asks for it.
    definition.id = 1;
    definition.kind = kind;
    definition
}

/// Defines it in a store.
pub fn remember(store: &dyn Store, definition: &Definition) -> Arc<Definition> {
    assert!(store.define(definition).unwrap());
    Arc::new(definition.clone())
}

/// A value.
pub fn value(text: &str) -> Choice {
    Choice::value(text)
}

/// A part with every event as a kick of its own.
pub fn part(definition: &Arc<Definition>, events: &[Event]) -> Part {
    let mut choices: Vec<Vec<Choice>> = vec![Vec::new(); definition.axes.len()];
    let mut kicks = Vec::new();
    for (at, point, total) in events {
        let mut picks = Picks::new();
        for (known, choice) in choices.iter_mut().zip(point) {
            let pick = known.iter().position(|known| known == choice).unwrap_or_else(|| {
                known.push(choice.clone());
                known.len() - 1
            });
            picks.push(u32::try_from(pick).unwrap());
        }
        kicks.push(Kick { at: *at, picks, amount: Amount::stored(*total, 1) });
    }
    Part { definition: Arc::clone(definition), watermarks: Watermarks::default(), choices, kicks }
}

/// A batch of one writer, as of [`NOW`].
pub fn batch(sequence: u64, parts: Vec<Part>) -> Batch {
    Batch { writer: Writer(7), sequence, claims: Vec::new(), parts, now: NOW }
}

/// What became of a batch, without the mark, which only some Stores tell.
pub fn unmarked(mut applied: Applied) -> Applied {
    (applied.mark, applied.clock) = (None, None);
    applied
}

/// Applies kicks as a batch.
pub fn apply(store: &dyn Store, sequence: u64, definition: &Arc<Definition>, events: &[Event]) -> Applied {
    store.apply(&batch(sequence, vec![part(definition, events)])).unwrap()
}

/// A question about all buckets of a scale.
pub fn question(definition: &Arc<Definition>, scale: Scale, select: Vec<Select>) -> Question {
    let span = Span { scale, from: i64::MIN, to: i64::MAX };
    let (definition, spans) = (Arc::clone(definition), vec![span]);
    Question { definition, spans, cuts: Vec::new(), select, scan: false, below_watermarks: false }
}

/// Every cell of a scale that is not zero.
pub fn cells(store: &dyn Store, definition: &Arc<Definition>, scale: Scale) -> Cells {
    let select = vec![Select::Any; definition.axes.len()];
    answer(store, &question(definition, scale, select))
}

/// The groups of an answer that are not zero.
pub fn answer(store: &dyn Store, question: &Question) -> Cells {
    let groups = store.read(question).unwrap().groups.into_iter();
    let cells =
        groups.map(|group| ((group.start, group.choices), (group.amount.total(), group.amount.count())));
    cells.filter(|(_, amounts)| *amounts != (0, 0)).collect()
}

/// The total of one cell, 0 where there is none.
pub fn total(store: &dyn Store, definition: &Arc<Definition>, scale: Scale, point: &[Choice]) -> i128 {
    let select = point.iter().map(|choice| match choice {
        Choice::All => Select::All,
        choice => Select::Is(choice.clone()),
    });
    let question = question(definition, scale, select.collect());
    store.read(&question).unwrap().groups.iter().map(|group| group.amount.total()).sum()
}
