//! Replays a history on a Store and on the model, and compares their results.

use staste_core::{Metrica, MetricaBuilder, Moment, Scale};

use super::history::{History, LATER_AXIS, RandomQuery, RelativeSpan, STARTS, Step, When};
use super::process::{ModeledProcess, Schema, builder};
use crate::comparison::Comparison;
use crate::model::{Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan};
use crate::store_location::Factory;
use crate::test_env::TestEnv;

/// A Store and its model in the course of a history.
pub(super) struct Replay<'a> {
    history: &'a History,
    env: TestEnv,
    processes: [ModeledProcess; 2],
    model: Model,
    schema: Schema,
    /// The version of the definition in the Store.
    version: u64,
}

impl<'a> Replay<'a> {
    pub(super) fn new(factory: Factory<'_>, history: &'a History) -> Replay<'a> {
        let env = TestEnv::new(factory);
        let (zone, start) = STARTS[history.start];
        env.clock.set(start);
        let schema = Schema { later_axis: false, choices: 2 };
        let processes = [0, 1].map(|_| ModeledProcess::new(&env, history, schema));
        let axes = vec![
            ModelAxis::declared("gender", &["boy", "girl"]),
            ModelAxis::new("age", ModelAxisKind::Stored).cap(history.cap as usize),
            ModelAxis::new("door", ModelAxisKind::Path).cap(history.cap as usize),
        ];
        let model = Model::new(ModelCalendar::new(zone, 0), history.averaged, axes);
        Replay { history, env, processes, model, schema, version: 1 }
    }

    /// Runs all steps, and compares everything at the end.
    pub(super) fn run(mut self) {
        for step in &self.history.steps {
            self.step(step);
        }
        for process in 0..2 {
            self.flush(process);
        }
        self.query(0, &RandomQuery { span: RelativeSpan::Ever, filter: Vec::new() });
        self.verify(1);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Kick { process, point, value, when } => self.kick(*process, point, *value, *when),
            Step::Flush { process, faults } => {
                self.processes[*process].flush(faults, &mut self.model, self.env.clock.now());
            }
            Step::Advance { seconds } => self.env.advance(*seconds),
            Step::Reopen { process } => {
                self.processes[*process].reopen(&self.env, self.history, self.schema, &mut self.model);
            }
            Step::Query { process, query } => self.query(*process, query),
            Step::AddAxis { process } => self.add_axis(*process),
            Step::AddChoice { process } => {
                if self.schema.choices < 4 {
                    let known = &mut self.model.axes[0].known;
                    known.push(ModelChoice::value(["boy", "girl", "more", "most"][self.schema.choices]));
                    self.schema.choices += 1;
                    self.redefine(*process);
                }
            }
            Step::Keep { process, scale, keep } => {
                self.flush_both();
                let metrica = self.builder(*process).keep(*scale, *keep).build().unwrap();
                self.define(&metrica);
                self.model.keep(*scale, *keep);
            }
            Step::Forget { process, axis, choice, into_other } => {
                self.forget(*process, axis, choice, *into_other);
            }
            Step::Verify { process } => self.verify(*process),
        }
    }

    fn kick(&mut self, process: usize, point: &[(&'static str, ModelChoice)], value: i64, when: When) {
        let now = self.env.clock.now();
        let modeled = &mut self.processes[process];
        let point: Vec<(&str, ModelChoice)> = point
            .iter()
            .filter(|(axis, _)| *axis != LATER_AXIS || modeled.schema.later_axis)
            .cloned()
            .collect();
        let choices = point.iter().map(|(axis, choice)| (*axis, choice.to_choice()));
        let (at, moment) = match when {
            When::Now => (now, Moment::Now),
            When::Ago(ago) => (now - ago, Moment::Instant(now - ago)),
            When::LocalAgo(ago) => {
                let local = self.model.calendar.local(now - ago);
                (self.model.calendar.instant(local), Moment::Local(local))
            }
        };
        if value == 1 && matches!(when, When::Now) {
            modeled.metrica.kick(choices).unwrap();
        } else {
            modeled.metrica.kick_with(choices, value, moment).unwrap();
        }
        modeled.add_pending(self.model.event(&point, i128::from(value), at));
    }

    fn flush(&mut self, process: usize) {
        self.processes[process].flush(&[], &mut self.model, self.env.clock.now());
    }

    /// Flushes both processes. Before a definition changes, no batch may be in doubt, so that it is certain which
    /// definition it was counted by.
    fn flush_both(&mut self) {
        self.flush(0);
        self.flush(1);
    }

    fn builder(&self, process: usize) -> MetricaBuilder {
        builder(&self.processes[process].process, self.history, self.schema)
    }

    /// Returns the Metrica with every axis and choice so far.
    fn full_metrica(&self, process: usize) -> Metrica {
        self.builder(process).build().unwrap()
    }

    /// Returns the same Metrica for a query. Handles of a process with the same specification share the definition, so
    /// that this process knows the current one afterwards.
    fn metrica_for_query(&mut self, process: usize) -> Metrica {
        let is_defined = self.processes.iter().any(|modeled| modeled.resolved);
        let modeled = &mut self.processes[process];
        if modeled.schema == self.schema && is_defined {
            (modeled.resolved, modeled.stale) = (true, false);
        }
        self.full_metrica(process)
    }

    fn add_axis(&mut self, process: usize) {
        if !self.schema.later_axis && self.env.open_store().capabilities().new_axes {
            self.schema.later_axis = true;
            self.redefine(process);
            self.model.add_axis(ModelAxis::new(LATER_AXIS, ModelAxisKind::Stored));
        }
    }

    fn redefine(&mut self, process: usize) {
        self.flush_both();
        let metrica = self.full_metrica(process);
        self.define(&metrica);
        let modeled = &mut self.processes[process];
        (modeled.resolved, modeled.stale) = (true, false);
        modeled.metrica = metrica;
        modeled.schema = self.schema;
    }

    /// Defines the Metrica. Processes that have another definition become stale.
    fn define(&mut self, metrica: &Metrica) {
        let version = metrica.define().unwrap().version;
        if version != self.version {
            self.version = version;
            for modeled in &mut self.processes {
                modeled.stale = modeled.resolved;
            }
        }
    }

    fn forget(&mut self, process: usize, axis: &str, choice: &ModelChoice, into_other: bool) {
        self.flush(process);
        let view = self.metrica_for_query(process).filter([(axis, choice.to_choice())]).unwrap();
        if into_other {
            view.forget_into_other().unwrap();
            self.model.forget_into_other(axis, choice);
        } else {
            view.forget().unwrap();
            self.model.forget(axis, choice);
        }
    }

    fn verify(&mut self, process: usize) {
        self.flush(process);
        let verified = self.metrica_for_query(process).verify(&mut |_| ()).unwrap();
        assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    }

    fn query(&mut self, process: usize, query: &RandomQuery) {
        self.flush(process);
        let now = self.env.clock.now();
        let metrica = self.metrica_for_query(process);
        let comparison = Comparison { metrica: &metrica, model: &self.model, now };
        let mut model_query = ModelQuery::new(self.span(query.span));
        for (axis, choice) in &query.filter {
            if *axis != LATER_AXIS || self.schema.later_axis {
                model_query = model_query.filter(axis, choice.clone());
            }
        }
        comparison.read(&model_query);
        for axis in ["gender", "age", "door"] {
            comparison.by(&model_query, axis);
        }
        comparison.pivot(&model_query, &["door", "gender"]);
        match query.span {
            RelativeSpan::Ever => comparison.periods(&model_query),
            RelativeSpan::Period(scale, _) if scale > Scale::Minute => comparison.periods(&model_query),
            RelativeSpan::Last(_, scale) => {
                comparison.series(&model_query, scale);
                comparison.series_by(&model_query, scale, "door");
            }
            RelativeSpan::Between(since, until) if since.is_none() || until.is_none() => {
                comparison.series(&model_query, Scale::Day);
                comparison.series_by(&model_query, Scale::Month, "age");
            }
            _ => {}
        }
        for axis in &self.model.axes {
            let known: Vec<ModelChoice> =
                metrica.choices(&axis.name).unwrap().iter().map(ModelChoice::from).collect();
            assert_eq!(known, axis.known, "choices of {}", axis.name);
        }
    }

    fn span(&self, span: RelativeSpan) -> ModelSpan {
        let now = self.env.clock.now();
        let minute = |ago: i64| self.model.calendar.bucket(Scale::Minute, now - ago).start;
        match span {
            RelativeSpan::Ever => ModelSpan::Ever,
            RelativeSpan::Period(scale, ago) => {
                ModelSpan::Period(scale, self.model.calendar.label(scale, now - ago))
            }
            RelativeSpan::Between(Some(one), Some(other)) => {
                ModelSpan::Between(Some(minute(one.max(other) + 60)), Some(minute(one.min(other))))
            }
            RelativeSpan::Between(since, until) => ModelSpan::Between(since.map(minute), until.map(minute)),
            RelativeSpan::Last(count, scale) => ModelSpan::Last(count, scale),
        }
    }
}
