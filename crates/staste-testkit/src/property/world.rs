//! Plays a history on a Store and on the model, and compares what they answer.

use proptest::test_runner::{Config, RngSeed, TestRunner};
use staste_core::{Metrica, Moment, Scale};

use super::process::{Counting, Schema, builder};
use super::step::{History, LATER, Question, STARTS, SpanOf, Step, When, history};
use crate::model::{Ask, Civil, Model, ModelAxis, Pick, Shape, Span};
use crate::{Compare, Factory, Lab};

/// Plays random histories, the same ones in every run.
pub(crate) fn run(factory: Factory<'_>, cases: u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2010),
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&history(), |history| {
        World::new(factory, &history).play();
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

struct World<'a> {
    history: &'a History,
    lab: Lab,
    processes: [Counting; 2],
    model: Model,
    schema: Schema,
    /// The version of the definition in the Store.
    version: u64,
}

impl<'a> World<'a> {
    fn new(factory: Factory<'_>, history: &'a History) -> World<'a> {
        let lab = Lab::new(factory);
        let (zone, start) = STARTS[history.start];
        lab.clock.set(start);
        let schema = Schema { later_axis: false, choices: 2 };
        let processes = [0, 1].map(|_| Counting::new(&lab, history, schema));
        let axes = vec![
            ModelAxis::declared("gender", &["boy", "girl"]),
            ModelAxis::new("age", Shape::Stored).cap(history.cap as usize),
            ModelAxis::new("door", Shape::Path).cap(history.cap as usize),
        ];
        let model = Model::new(Civil::new(zone, 0), history.averaged, axes);
        World { history, lab, processes, model, schema, version: 1 }
    }

    fn play(mut self) {
        for step in &self.history.steps {
            self.step(step);
        }
        for process in 0..2 {
            self.flush(process);
        }
        self.ask(0, &Question { span: SpanOf::Ever, filter: Vec::new() });
        self.verify(1);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Kick { process, picks, value, when } => self.kick(*process, picks, *value, *when),
            Step::Flush { process, faults } => {
                self.processes[*process].flush(faults, &mut self.model, self.lab.clock.now());
            }
            Step::Pass { seconds } => self.lab.pass(*seconds),
            Step::Reopen { process } => {
                self.processes[*process].reopen(&self.lab, self.history, self.schema, &mut self.model);
            }
            Step::Ask { process, question } => self.ask(*process, question),
            Step::AddAxis { process } => self.add_axis(*process),
            Step::AddChoice { process } => {
                if self.schema.choices < 4 {
                    let known = &mut self.model.axes[0].known;
                    known.push(Pick::value(["boy", "girl", "more", "most"][self.schema.choices]));
                    self.schema.choices += 1;
                    self.redefine(*process);
                }
            }
            Step::Keep { process, scale, keep } => {
                self.flush_both();
                let metrica = self.builder(*process).keep(*scale, *keep).build().unwrap();
                self.changed(&metrica);
                self.model.keep(*scale, *keep);
            }
            Step::Forget { process, axis, pick, into_other } => {
                self.forget(*process, axis, pick, *into_other);
            }
            Step::Verify { process } => self.verify(*process),
        }
    }

    fn kick(&mut self, process: usize, picks: &[(&'static str, Pick)], value: i64, when: When) {
        let now = self.lab.clock.now();
        let counting = &mut self.processes[process];
        let picks: Vec<(&str, Pick)> =
            picks.iter().filter(|(axis, _)| *axis != LATER || counting.schema.later_axis).cloned().collect();
        let choices = picks.iter().map(|(axis, pick)| (*axis, pick.choice()));
        let (at, moment) = match when {
            When::Now => (now, Moment::Now),
            When::Ago(ago) => (now - ago, Moment::Instant(now - ago)),
            When::LocalAgo(ago) => {
                let local = self.model.civil.local(now - ago);
                (self.model.civil.instant(local), Moment::Local(local))
            }
        };
        if value == 1 && matches!(when, When::Now) {
            counting.metrica.kick(choices).unwrap();
        } else {
            counting.metrica.kick_with(choices, value, moment).unwrap();
        }
        counting.note(self.model.event(&picks, i128::from(value), at));
    }

    fn flush(&mut self, process: usize) {
        self.processes[process].flush(&[], &mut self.model, self.lab.clock.now());
    }

    /// Before definitions change nothing is in doubt, so that it is clear by which it was counted.
    fn flush_both(&mut self) {
        self.flush(0);
        self.flush(1);
    }

    fn builder(&self, process: usize) -> staste_core::MetricaBuilder {
        builder(&self.processes[process].core, self.history, self.schema)
    }

    /// The Metrica with everything that was ever asked for.
    fn whole(&self, process: usize) -> Metrica {
        self.builder(process).build().unwrap()
    }

    /// The same, to ask with: handles that ask for the same learn together of a new definition.
    fn asking(&mut self, process: usize) -> Metrica {
        let is_defined = self.processes.iter().any(|counting| counting.resolved);
        let counting = &mut self.processes[process];
        if counting.schema == self.schema && is_defined {
            (counting.resolved, counting.stale) = (true, false);
        }
        self.whole(process)
    }

    fn add_axis(&mut self, process: usize) {
        if !self.schema.later_axis && self.lab.open().capabilities().new_axes {
            self.schema.later_axis = true;
            self.redefine(process);
            self.model.add_axis(ModelAxis::new(LATER, Shape::Stored));
        }
    }

    fn redefine(&mut self, process: usize) {
        self.flush_both();
        let metrica = self.whole(process);
        self.changed(&metrica);
        let counting = &mut self.processes[process];
        (counting.resolved, counting.stale) = (true, false);
        counting.metrica = metrica;
        counting.schema = self.schema;
    }

    /// Defines the Metrica; processes that have another definition will learn that it is stale.
    fn changed(&mut self, metrica: &Metrica) {
        let version = metrica.define().unwrap().version;
        if version != self.version {
            self.version = version;
            for counting in &mut self.processes {
                counting.stale = counting.resolved;
            }
        }
    }

    fn forget(&mut self, process: usize, axis: &str, pick: &Pick, into_other: bool) {
        self.flush(process);
        let view = self.asking(process).filter([(axis, pick.choice())]).unwrap();
        if into_other {
            view.forget_into_other().unwrap();
            self.model.forget_into_other(axis, pick);
        } else {
            view.forget().unwrap();
            self.model.forget(axis, pick);
        }
    }

    fn verify(&mut self, process: usize) {
        self.flush(process);
        let verified = self.asking(process).verify(&mut |_| ()).unwrap();
        assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    }

    fn ask(&mut self, process: usize, question: &Question) {
        self.flush(process);
        let now = self.lab.clock.now();
        let metrica = self.asking(process);
        let compare = Compare { metrica: &metrica, model: &self.model, now };
        let mut ask = Ask::of(self.span(question.span));
        for (axis, pick) in &question.filter {
            if *axis != LATER || self.schema.later_axis {
                ask = ask.filter(axis, pick.clone());
            }
        }
        compare.read(&ask);
        for axis in ["gender", "age", "door"] {
            compare.by(&ask, axis);
        }
        compare.pivot(&ask, &["door", "gender"]);
        match question.span {
            SpanOf::Ever => compare.periods(&ask),
            SpanOf::Period(scale, _) if scale > Scale::Minute => compare.periods(&ask),
            SpanOf::Last(_, scale) => {
                compare.series(&ask, scale);
                compare.series_by(&ask, scale, "door");
            }
            SpanOf::Between(since, until) if since.is_none() || until.is_none() => {
                compare.series(&ask, Scale::Day);
                compare.series_by(&ask, Scale::Month, "age");
            }
            _ => {}
        }
        for axis in &self.model.axes {
            let known: Vec<Pick> = metrica.choices(&axis.name).unwrap().iter().map(Pick::from).collect();
            assert_eq!(known, axis.known, "choices of {}", axis.name);
        }
    }

    fn span(&self, span: SpanOf) -> Span {
        let now = self.lab.clock.now();
        let whole = |ago: i64| self.model.civil.bucket(Scale::Minute, now - ago).start;
        match span {
            SpanOf::Ever => Span::Ever,
            SpanOf::Period(scale, ago) => Span::Period(scale, self.model.civil.label(scale, now - ago)),
            SpanOf::Between(Some(one), Some(other)) => {
                Span::Between(Some(whole(one.max(other))), Some(whole(one.min(other))))
            }
            SpanOf::Between(since, until) => Span::Between(since.map(whole), until.map(whole)),
            SpanOf::Last(count, scale) => Span::Last(count, scale),
        }
    }
}
