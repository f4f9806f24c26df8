//! A process of a random history, with the model of the kicks that it has not committed yet.

use staste_core::{Axis, Metrica, MetricaBuilder};

use super::history::{History, LATER_AXIS, STARTS};
use crate::model::{Model, ModelEvent};
use crate::test_env::{TestEnv, TestProcess};
use crate::wrappers::Fault;

/// Half the lifetime of a mark: the Recorder gives up a batch that is in doubt for longer.
const MAX_IN_DOUBT: i64 = 7 * 86_400 / 2;

/// The definition that a process asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) later_axis: bool,
    pub(super) choices: usize,
}

/// A process and its model.
#[derive(Debug)]
pub(super) struct ModeledProcess {
    pub(super) process: TestProcess,
    /// Defined by `schema`, which may lack axes that were added later.
    pub(super) metrica: Metrica,
    pub(super) schema: Schema,
    /// True if it has the definition of the Store.
    pub(super) resolved: bool,
    /// True if that definition has changed since.
    pub(super) stale: bool,
    pending: Vec<ModelEvent>,
    unconfirmed: Option<UnconfirmedBatch>,
}

/// The model of a batch that was sent but not confirmed.
#[derive(Debug)]
struct UnconfirmedBatch {
    events: Vec<ModelEvent>,
    sent: i64,
    in_doubt: bool,
    applied: bool,
}

/// Builds the Metrica by a schema.
pub(super) fn builder(process: &TestProcess, history: &History, schema: Schema) -> MetricaBuilder {
    let genders = ["boy", "girl", "more", "most"];
    let builder = process
        .staste
        .metrica("guests")
        .axis("gender", Axis::declared(&genders[..schema.choices]))
        .axis("age", Axis::stored().cap(history.cap))
        .axis("door", Axis::path().cap(history.cap))
        .zone(STARTS[history.start].0);
    let builder = if history.averaged { builder.averaged() } else { builder };
    if schema.later_axis { builder.axis(LATER_AXIS, Axis::stored()) } else { builder }
}

impl ModeledProcess {
    pub(super) fn new(env: &TestEnv, history: &History, schema: Schema) -> ModeledProcess {
        let process = env.process();
        let metrica = builder(&process, history, schema).build().unwrap();
        ModeledProcess {
            process,
            metrica,
            schema,
            resolved: false,
            stale: false,
            pending: Vec::new(),
            unconfirmed: None,
        }
    }

    /// Adds an event that the Recorder has in memory, too.
    pub(super) fn add_pending(&mut self, event: ModelEvent) {
        self.pending.push(event);
    }

    /// Flushes with scheduled faults, and commits to the model what the Store applied.
    pub(super) fn flush(&mut self, faults: &[Fault], model: &mut Model, now: i64) {
        self.process.faults.schedule(faults.iter().copied());
        let expected = self.flush_model(faults, model, now);
        let flushed = self.process.staste.flush();
        assert_eq!(flushed.is_ok(), expected, "{flushed:?} with {faults:?}");
        self.process.faults.clear();
    }

    fn flush_model(&mut self, faults: &[Fault], model: &mut Model, now: i64) -> bool {
        let mut faults = faults.iter().copied();
        while self.unconfirmed.is_some() || !self.pending.is_empty() {
            let events = &mut self.pending;
            let unconfirmed = self.unconfirmed.get_or_insert_with(|| UnconfirmedBatch {
                events: std::mem::take(events),
                sent: now,
                in_doubt: false,
                applied: false,
            });
            if unconfirmed.in_doubt && now - unconfirmed.sent > MAX_IN_DOUBT {
                self.unconfirmed = None;
                continue;
            }
            self.resolved = true;
            let fault = faults.next().unwrap_or(Fault::None);
            if self.stale && matches!(fault, Fault::None | Fault::Slow(_)) {
                // The Store refuses the batch, and the Recorder builds it again with the new definition.
                self.stale = false;
                let later = std::mem::replace(&mut self.pending, std::mem::take(&mut unconfirmed.events));
                self.pending.extend(later);
                self.unconfirmed = None;
                continue;
            }
            let is_applied = !self.stale && !matches!(fault, Fault::Unavailable | Fault::RequestLost);
            if is_applied && !unconfirmed.applied {
                unconfirmed.applied = true;
                model.commit(std::mem::take(&mut unconfirmed.events), unconfirmed.sent);
            }
            unconfirmed.in_doubt |= matches!(fault, Fault::ReplyLost | Fault::RequestLost);
            if !matches!(fault, Fault::None | Fault::Slow(_)) {
                return false;
            }
            self.unconfirmed = None;
        }
        true
    }

    /// Closes the process and starts another instead.
    pub(super) fn reopen(&mut self, env: &TestEnv, history: &History, schema: Schema, model: &mut Model) {
        self.flush_model(&[], model, env.clock.now());
        self.process.staste.close().unwrap();
        *self = ModeledProcess::new(env, history, schema);
    }
}
