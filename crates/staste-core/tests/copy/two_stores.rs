//! Two Stores with one clock, and the comparison of their contents.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use staste_core::store::{Question, Select, Span, Store};
use staste_core::{Axis, Choice, CopyProgress, CopyReport, Definition, Metrica, Result, Scale, Watermarks};
use staste_testkit::{CapabilityLimits, TestEnv, TestProcess, in_memory};

/// A small limit, so that a copy takes many batches.
pub(crate) const CELLS_PER_BATCH: usize = 60;

/// The source and the destination of copies.
pub(crate) struct TwoStores {
    pub(crate) old: TestEnv,
    pub(crate) new: TestEnv,
}

impl TwoStores {
    pub(crate) fn new() -> TwoStores {
        let old = TestEnv::new(&in_memory);
        let mut new = TestEnv::new(&in_memory);
        new.clock = old.clock.clone();
        TwoStores { old, new }
    }

    /// Returns guests by age, averaged.
    pub(crate) fn guests(&self) -> Metrica {
        self.old.staste().metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
    }

    /// Starts a process at the new Store with small batches.
    pub(crate) fn target(&self) -> TestProcess {
        let limits =
            CapabilityLimits { cells_per_batch: Some(CELLS_PER_BATCH), ..CapabilityLimits::default() };
        self.new.process_with(TestEnv::options(), limits)
    }

    /// Copies with a new handle.
    pub(crate) fn copy(&self, metrica: &str) -> Result<CopyReport> {
        // The new Store may not have been written for long.
        self.new.open_store().set_clock(self.new.clock.now()).unwrap();
        copy(&self.old.staste().stored_metrica(metrica)?, &self.target())
    }

    /// Checks that both Stores have the same contents.
    pub(crate) fn assert_equal(&self, metrica: &str) {
        let (old, new) = (self.old.open_store(), self.new.open_store());
        let (from, to) = (definition(&*old, metrica), definition(&*new, metrica));
        let watermarks = watermarks(&*new, &to);
        let now = from.retention.watermarks(&from.calendar(), self.old.clock.now());
        assert_eq!(watermarks, higher_watermarks(&now, &self::watermarks(&*old, &from)), "watermarks");
        for scale in Scale::KEPT {
            let mut kept = cells(&*old, &from, scale);
            kept.retain(|(start, _), _| *start >= watermarks.of(scale));
            assert_eq!(cells(&*new, &to, scale), kept, "cells of each {scale}");
        }
        for axis in 0..from.stored_axes.len() {
            assert_eq!(
                new.choices(&to, axis).unwrap(),
                old.choices(&from, axis).unwrap(),
                "choices of {axis}"
            );
        }
        let verified = self.new.staste().stored_metrica(metrica).unwrap().verify(&mut |_| ()).unwrap();
        assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    }
}

/// Runs a copy to its end.
pub(crate) fn copy(metrica: &Metrica, to: &TestProcess) -> Result<CopyReport> {
    metrica.copy_to(&to.staste).run(&mut keep_going)
}

pub(crate) fn keep_going(_: CopyProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) fn definition(store: &dyn Store, metrica: &str) -> Arc<Definition> {
    store.definitions(Some(metrica)).unwrap().remove(0)
}

pub(crate) type Cells = BTreeMap<(i64, Vec<Choice>), (i128, i128)>;

/// Returns every cell of a scale that is not zero, without the counts of a plain Metrica.
pub(crate) fn cells(store: &dyn Store, definition: &Arc<Definition>, scale: Scale) -> Cells {
    let answer = store.read(&question(definition, scale, Select::Any)).unwrap();
    let counted = |count| if definition.is_averaged() { count } else { 0 };
    let groups = answer.groups.into_iter();
    let cells = groups
        .map(|group| ((group.start, group.choices), (group.amount.total(), counted(group.amount.count()))));
    cells.filter(|(_, amounts)| *amounts != (0, 0)).collect()
}

/// Returns the watermarks of a Store.
pub(crate) fn watermarks(store: &dyn Store, definition: &Arc<Definition>) -> Watermarks {
    store.read(&question(definition, Scale::Ever, Select::All)).unwrap().watermarks
}

fn higher_watermarks(one: &Watermarks, other: &Watermarks) -> Watermarks {
    let mut higher = *one;
    for (mark, other) in higher.0.iter_mut().zip(other.0) {
        *mark = (*mark).max(other);
    }
    higher
}

fn question(definition: &Arc<Definition>, scale: Scale, select: Select) -> Question {
    let spans = vec![Span { scale, from: i64::MIN, to: i64::MAX }];
    let select = vec![select; definition.stored_axes.len()];
    Question {
        definition: Arc::clone(definition),
        spans,
        cuts: Vec::new(),
        select,
        scan: false,
        below_watermarks: false,
    }
}
