//! A process in a property test: the core's, and the model of what it has not committed yet.

use staste_core::{Axis, Metrica, MetricaBuilder};

use super::step::{History, LATER, STARTS};
use crate::model::{Event, Model};
use crate::{Fault, Lab, Process};

/// Half of a mark's life: a batch in doubt for longer is given up.
const LONGEST_DOUBT: i64 = 7 * 86_400 / 2;

/// What the processes ask for when they define the Metrica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) later_axis: bool,
    pub(super) choices: usize,
}

/// A process and its model.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) core: Process,
    /// As the process defined it, by this schema; it need not know of later axes.
    pub(super) metrica: Metrica,
    pub(super) schema: Schema,
    /// Whether it has the definition from the Store, and whether that was changed since.
    pub(super) resolved: bool,
    pub(super) stale: bool,
    pending: Vec<Event>,
    frozen: Option<Frozen>,
}

/// The model of the batch that was sent and not confirmed.
#[derive(Debug)]
struct Frozen {
    events: Vec<Event>,
    sent: i64,
    in_doubt: bool,
    applied: bool,
}

/// The Metrica as the processes define it.
pub(super) fn builder(core: &Process, history: &History, schema: Schema) -> MetricaBuilder {
    let genders = ["boy", "girl", "more", "most"];
    let builder = core
        .staste
        .metrica("guests")
        .axis("gender", Axis::declared(&genders[..schema.choices]))
        .axis("age", Axis::stored().cap(history.cap))
        .axis("door", Axis::path().cap(history.cap))
        .zone(STARTS[history.start].0);
    let builder = if history.averaged { builder.averaged() } else { builder };
    if schema.later_axis { builder.axis(LATER, Axis::stored()) } else { builder }
}

impl Counting {
    pub(super) fn new(lab: &Lab, history: &History, schema: Schema) -> Counting {
        let core = lab.process();
        let metrica = builder(&core, history, schema).build().unwrap();
        Counting { core, metrica, schema, resolved: false, stale: false, pending: Vec::new(), frozen: None }
    }

    /// Notes an event of the model that the core's Recorder has in memory too.
    pub(super) fn note(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// Flushes with a script of faults; what the Store did is committed to the model.
    pub(super) fn flush(&mut self, faults: &[Fault], model: &mut Model, now: i64) {
        self.core.faults.next(faults.iter().copied());
        let expected = self.flush_model(faults, model, now);
        let flushed = self.core.staste.flush();
        assert_eq!(flushed.is_ok(), expected, "{flushed:?} with {faults:?}");
        self.core.faults.clear();
    }

    fn flush_model(&mut self, faults: &[Fault], model: &mut Model, now: i64) -> bool {
        let mut faults = faults.iter().copied();
        while self.frozen.is_some() || !self.pending.is_empty() {
            let events = &mut self.pending;
            let frozen = self.frozen.get_or_insert_with(|| Frozen {
                events: std::mem::take(events),
                sent: now,
                in_doubt: false,
                applied: false,
            });
            if frozen.in_doubt && now - frozen.sent > LONGEST_DOUBT {
                self.frozen = None;
                continue;
            }
            self.resolved = true;
            let fault = faults.next().unwrap_or(Fault::None);
            if self.stale && matches!(fault, Fault::None | Fault::Slow(_)) {
                // Refused: it is made again with the new definition.
                self.stale = false;
                let later = std::mem::replace(&mut self.pending, std::mem::take(&mut frozen.events));
                self.pending.extend(later);
                self.frozen = None;
                continue;
            }
            let arrives = !self.stale && !matches!(fault, Fault::Unavailable | Fault::RequestLost);
            if arrives && !frozen.applied {
                frozen.applied = true;
                model.commit(std::mem::take(&mut frozen.events), frozen.sent);
            }
            frozen.in_doubt |= matches!(fault, Fault::ReplyLost | Fault::RequestLost);
            if !matches!(fault, Fault::None | Fault::Slow(_)) {
                return false;
            }
            self.frozen = None;
        }
        true
    }

    /// Closes the process and opens another in its place.
    pub(super) fn reopen(&mut self, lab: &Lab, history: &History, schema: Schema, model: &mut Model) {
        self.flush_model(&[], model, lab.clock.now());
        self.core.staste.close().unwrap();
        *self = Counting::new(lab, history, schema);
    }
}
