//! Random histories: the steps that can happen, and the strategies that generate them.

use proptest::collection::vec;
use proptest::prelude::*;
use staste_core::{Keep, Scale};

use crate::model::ModelChoice;
use crate::wrappers::Fault;

/// Time zones, each with a time near a clock change, a leap day or a new year.
pub(super) const STARTS: [(&str, i64); 7] = [
    ("UTC", 1_709_164_800),
    ("Asia/Kolkata", 1_704_047_400),
    ("America/New_York", 1_362_898_800),
    ("America/New_York", 1_383_458_400),
    ("Australia/Lord_Howe", 1_396_710_000),
    ("Pacific/Apia", 1_325_239_200),
    ("America/St_Johns", 1_162_092_660),
];

/// A history.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// Index into [`STARTS`].
    pub(super) start: usize,
    pub(super) averaged: bool,
    /// The cap of the stored and the path axis.
    pub(super) cap: u32,
    pub(super) steps: Vec<Step>,
}

/// One step; `process` is 0 or 1.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Kick { process: usize, point: Vec<(&'static str, ModelChoice)>, value: i64, when: When },
    Flush { process: usize, faults: Vec<Fault> },
    Advance { seconds: i64 },
    Reopen { process: usize },
    Query { process: usize, query: RandomQuery },
    AddAxis { process: usize },
    AddChoice { process: usize },
    Keep { process: usize, scale: Scale, keep: Keep },
    Forget { process: usize, axis: &'static str, choice: ModelChoice, into_other: bool },
    Verify { process: usize },
}

/// The moment of a kick.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Now,
    /// This many seconds before now.
    Ago(i64),
    /// The local time of this many seconds before now.
    LocalAgo(i64),
}

/// A query relative to now.
#[derive(Clone, Debug)]
pub(super) struct RandomQuery {
    pub(super) span: RelativeSpan,
    pub(super) filter: Vec<(&'static str, ModelChoice)>,
}

/// A timespan relative to now.
#[derive(Clone, Copy, Debug)]
pub(super) enum RelativeSpan {
    Ever,
    Period(Scale, i64),
    Between(Option<i64>, Option<i64>),
    Last(u32, Scale),
}

/// The axis that a step adds.
pub(super) const LATER_AXIS: &str = "city";

fn axis_choice() -> impl Strategy<Value = (&'static str, ModelChoice)> {
    let texts = || prop::sample::select(vec!["0", "", "__all__", "a:b", "18", "😀", "total"]);
    prop_oneof![
        3 => prop::sample::select(vec!["boy", "girl"]).prop_map(|text| ("gender", ModelChoice::value(text))),
        3 => texts().prop_map(|text| ("age", ModelChoice::value(text))),
        3 => vec(prop::sample::select(vec!["a", "b", "", "/"]), 1..4).prop_map(|path| ("door", ModelChoice::path(&path))),
        1 => texts().prop_map(|text| (LATER_AXIS, ModelChoice::value(text))),
    ]
}

/// Generates at most `max` choices, at most one for each axis.
fn point(max: usize) -> impl Strategy<Value = Vec<(&'static str, ModelChoice)>> {
    vec(axis_choice(), 0..=max).prop_map(|mut point| {
        point.sort();
        point.dedup_by_key(|(axis, _)| *axis);
        point
    })
}

fn filter() -> impl Strategy<Value = Vec<(&'static str, ModelChoice)>> {
    let variants = prop::sample::select(vec![
        ("age", ModelChoice::Unset),
        ("age", ModelChoice::Other),
        ("door", ModelChoice::Unset),
        ("door", ModelChoice::Other),
    ]);
    prop_oneof![5 => point(2), 1 => variants.prop_map(|variant| vec![variant])]
}

/// Generates a number of seconds: of about an hour, a day, some days, or more than a year.
fn distance() -> impl Strategy<Value = i64> {
    prop_oneof![0..4000_i64, 0..100_000_i64, 0..1_000_000_i64, 0..40_000_000_i64]
}

fn timed() -> impl Strategy<Value = Scale> {
    prop::sample::select(Scale::ALL[..7].to_vec())
}

fn query() -> impl Strategy<Value = RandomQuery> {
    let span = prop_oneof![
        1 => Just(RelativeSpan::Ever),
        4 => (timed(), distance()).prop_map(|(scale, ago)| RelativeSpan::Period(scale, ago)),
        2 => (prop::option::of(distance()), prop::option::of(distance())).prop_map(|(one, other)| RelativeSpan::Between(one, other)),
        2 => (1..40_u32, timed()).prop_map(|(count, scale)| RelativeSpan::Last(count, scale)),
    ];
    (span, filter()).prop_map(|(span, filter)| RandomQuery { span, filter })
}

fn step() -> impl Strategy<Value = Step> {
    let process = || 0..2_usize;
    let when =
        prop_oneof![Just(When::Now), distance().prop_map(When::Ago), distance().prop_map(When::LocalAgo)];
    let fault = prop::sample::select(vec![
        Fault::None,
        Fault::Unavailable,
        Fault::ReplyLost,
        Fault::RequestLost,
        Fault::Slow(100),
    ]);
    let scales = prop::sample::select(vec![Scale::Minute, Scale::Hour, Scale::Day, Scale::Month]);
    let keeps = prop::sample::select(vec![Keep::Never, Keep::days(1), Keep::days(30), Keep::Forever]);
    let forgettable = axis_choice()
        .prop_filter("on an axis that always exists and is not declared", |(axis, _)| {
            matches!(*axis, "age" | "door")
        });
    prop_oneof![
        12 => (process(), point(4), -3..9_i64, when)
            .prop_map(|(process, point, value, when)| Step::Kick { process, point, value, when }),
        4 => (process(), vec(fault, 0..3)).prop_map(|(process, faults)| Step::Flush { process, faults }),
        3 => distance().prop_map(|seconds| Step::Advance { seconds }),
        1 => process().prop_map(|process| Step::Reopen { process }),
        6 => (process(), query()).prop_map(|(process, query)| Step::Query { process, query }),
        1 => process().prop_map(|process| Step::AddAxis { process }),
        1 => process().prop_map(|process| Step::AddChoice { process }),
        1 => (process(), scales, keeps).prop_map(|(process, scale, keep)| Step::Keep { process, scale, keep }),
        1 => (process(), forgettable, any::<bool>())
            .prop_map(|(process, (axis, choice), into_other)| Step::Forget { process, axis, choice, into_other }),
        1 => process().prop_map(|process| Step::Verify { process }),
    ]
}

pub(super) fn history() -> impl Strategy<Value = History> {
    let cap = prop_oneof![1 => 1..4_u32, 2 => Just(1000)];
    (0..STARTS.len(), any::<bool>(), cap, vec(step(), 1..60))
        .prop_map(|(start, averaged, cap, steps)| History { start, averaged, cap, steps })
}
