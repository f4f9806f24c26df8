//! Point 1: the total at ALL is the sum over the choices, and each period is the sum of its finer periods.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::date;
use staste_core::store::{Answer, Question};
use staste_core::{Amount, Axis, Clock, Metrica, Scale, Staste, Timespan};

use crate::guests::{guests, verify};
use crate::model::{Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;
use crate::wrappers::{InterceptedStore, Interceptor};

claims! { additive:
    point_01_random_kicks_add_up_and_match_the_model,
    point_01_period_is_the_sum_of_the_next_finer_periods,
    point_01_six_axes_match_the_model,
    point_01_verify_during_writes_reports_no_false_faults,
    point_01_verify_reports_a_wrong_cell,
}

/// Random kicks over three years pass `verify`, and queries return what the model returns.
fn point_01_random_kicks_add_up_and_match_the_model(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "America/New_York");
    pair.kick_randomly(&mut Rng::new(1), 250, 3 * 365 * 86_400);
    pair.verify();
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.check(&ModelQuery::new(ModelSpan::Period(Scale::Year, date(2022, 1, 1).at(0, 0, 0, 0))));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("door", ModelChoice::path(&["east"])));
    pair.check(
        &ModelQuery::new(ModelSpan::Ever)
            .filter("age", ModelChoice::Unset)
            .filter("gender", ModelChoice::value("girl")),
    );
}

/// A year is the sum of its months, a month of its days, a day of its hours, an hour of its minutes.
fn point_01_period_is_the_sum_of_the_next_finer_periods(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "America/New_York");
    pair.kick_randomly(&mut Rng::new(2), 120, 3600);
    for timespan in [
        Timespan::EVER,
        Timespan::year(2023).unwrap(),
        Timespan::month(2023, 11).unwrap(),
        Timespan::day(2023, 11, 14).unwrap(),
        Timespan::hour(2023, 11, 14, 16).unwrap(),
    ] {
        let view = pair.metrica.timespan(timespan);
        let parts = view.iterate_periods().unwrap();
        let sum: i128 = parts.iter().map(|(_, reading)| reading.as_ref().unwrap().total.raw()).sum();
        assert_eq!(view.total().unwrap().raw(), sum, "{timespan:?}");
        assert_ne!(view.count().unwrap(), 0, "{timespan:?}");
    }
}

/// With six axes only pairs have cells. Queries with other filters scan, and return what the model returns.
fn point_01_six_axes_match_the_model(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let names = ["a", "b", "c", "d", "e"];
    let staste = env.staste();
    let builder = names
        .iter()
        .fold(staste.metrica("wide").averaged(), |builder, name| builder.axis(name, Axis::stored()));
    let metrica = builder.axis("place", Axis::path()).build().unwrap();
    let axes = names.iter().map(|name| ModelAxis::new(name, ModelAxisKind::Stored));
    let axes = axes.chain([ModelAxis::new("place", ModelAxisKind::Path)]).collect();
    let mut pair = MetricaWithModel { metrica, model: Model::new(ModelCalendar::new("UTC", 0), true, axes) };
    let mut rng = Rng::new(3);
    for _ in 0..40 {
        let mut point: Vec<(&str, ModelChoice)> =
            names.iter().map(|name| (*name, ModelChoice::value(rng.below(2).to_string()))).collect();
        point.push((
            "place",
            ModelChoice::path(rng.choose(&[&["x"][..], &["x", "y"], &["x", "z"], &["w", "y"]])),
        ));
        let left_out = rng.below(6) as usize;
        point.remove(left_out);
        let at = NOW - rng.between(0, 7200);
        pair.kick(&point, 1, at);
    }
    pair.verify();
    let one = || ModelChoice::value("1");
    let three = ModelQuery::new(ModelSpan::Ever)
        .filter("a", one())
        .filter("b", one())
        .filter("c", ModelChoice::value("0"));
    pair.compare().read(&three);
    pair.compare().by(&three, "d");
    pair.compare().by(&three, "place");
    let below = three.filter("place", ModelChoice::path(&["x"]));
    pair.compare().read(&below);
    pair.compare().by(&below, "place");
    pair.compare().by(&below, "e");
    pair.compare().pivot(&ModelQuery::new(ModelSpan::Ever), &["a", "b", "e"]);
    pair.check(&ModelQuery::new(ModelSpan::Last(1, Scale::Day)).filter("b", one()));
    pair.compare().series_by(
        &ModelQuery::new(ModelSpan::Last(3, Scale::Hour)).filter("a", one()).filter("b", one()),
        Scale::Hour,
        "place",
    );
}

/// Counts a kick of another process after every third read.
#[derive(Debug)]
struct KicksBetweenReads {
    other_process: Metrica,
    reads: AtomicI64,
}

impl Interceptor for KicksBetweenReads {
    fn after_read(&self, _: &Question, _: &mut Answer) {
        let reads = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        if reads % 3 == 0 {
            self.other_process.kick([("age", reads % 50)]).unwrap();
            self.other_process.staste().flush().unwrap();
        }
    }
}

/// `verify` reports no false faults while another process kicks between its reads.
fn point_01_verify_during_writes_reports_no_false_faults(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let writer = guests(&env.staste()).averaged().build().unwrap();
    writer.kick([("age", 0)]).unwrap();
    writer.staste().flush().unwrap();
    let kicks = KicksBetweenReads { other_process: writer.clone(), reads: AtomicI64::new(0) };
    let store = Arc::new(InterceptedStore::new(kicks, env.open_store()));
    let metrica =
        guests(&Staste::with(store, env.clock.clone(), TestEnv::options())).averaged().build().unwrap();
    for _ in 0..20 {
        assert_eq!(metrica.verify(&mut |_| ()).unwrap().faults, Vec::<String>::new());
    }
    assert!(writer.count().unwrap() > 40, "kicks came between the reads");
    verify(&writer);
}

/// Adds one to a cell of a day when it is read.
#[derive(Debug)]
struct WrongDayCell;

impl Interceptor for WrongDayCell {
    fn after_read(&self, question: &Question, answer: &mut Answer) {
        if question.spans.iter().any(|span| span.scale == Scale::Day)
            && let Some(group) = answer.groups.first_mut()
        {
            group.amount += Amount::new(1, 0);
        }
    }
}

/// `verify` reports a cell that is not the sum of its parts.
fn point_01_verify_reports_a_wrong_cell(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let tampered = Arc::new(InterceptedStore::new(WrongDayCell, env.open_store()));
    let staste = Staste::with(tampered, Clock::fixed(NOW), TestEnv::options());
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    metrica.kick([("age", 18)]).unwrap();
    let verified = metrica.verify(&mut |_| ()).unwrap();
    assert!(verified.faults.iter().any(|fault| fault.starts_with("day 2023-11-14")), "{verified:?}");
}
