//! A capture of the original's keys: replaying its kicks leaves the same keys, and reading them gives its counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::civil::DateTime;
use redis::Connection;
use serde_json::Value as Json;
use staste_core::{
    Axis, ChoiceInput, Clock, Metrica, MetricaKind, Moment, RecorderOptions, Scale, Staste, Value, Zone,
};
use staste_redis::RedisStore;
use staste_testkit::model::{
    Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan,
};
use staste_testkit::{Comparison, verify};

use crate::common::{Server, connect, execute};
use crate::original::{Content, originals_keys};

const CAPTURE: &str = include_str!("../fixtures/legacy-redis.json");

/// One kick of the capture.
#[derive(Clone)]
struct Kick {
    metrica: String,
    axes: Vec<(String, Json)>,
    averaged: bool,
    multiplier: u32,
    at: i64,
    date: DateTime,
    value: Value,
    /// The value times the multiplier.
    total: i128,
    point: Vec<(String, ModelChoice)>,
}

fn capture() -> (Vec<Kick>, Json) {
    let capture: Json = serde_json::from_str(CAPTURE).unwrap();
    let kicks = capture["kicks"].as_array().unwrap().iter().map(kick).collect();
    (kicks, capture["keys"].clone())
}

fn kick(row: &Json) -> Kick {
    let axes = row["axes"].as_array().unwrap().iter();
    // An axis cannot be called id here.
    let name = |axis: &Json| match axis[0].as_str().unwrap() {
        "id" => "id_".to_owned(),
        name => name.to_owned(),
    };
    let axes: Vec<(String, Json)> = axes.map(|axis| (name(axis), axis[1].clone())).collect();
    let kick = row["kick"].as_object().unwrap();
    let date: DateTime = kick["date"].as_str().unwrap().parse().unwrap();
    let choice = |choice: &Json| match choice {
        Json::String(text) => ModelChoice::value(text),
        Json::Array(path) => {
            ModelChoice::path(&path.iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>())
        }
        Json::Bool(truth) => ModelChoice::value(truth.to_string()),
        other => ModelChoice::value(other.as_i64().unwrap().to_string()),
    };
    let point = axes
        .iter()
        .filter_map(|(axis, _)| Some((axis.clone(), choice(kick.get(axis.trim_end_matches('_'))?))));
    Kick {
        metrica: row["metrica"].as_str().unwrap().to_owned(),
        averaged: row["kind"] == "averaged",
        multiplier: row["multiplier"].as_u64().map_or(1, |multiplier| u32::try_from(multiplier).unwrap()),
        at: Zone::utc().instant(date).unwrap(),
        date,
        value: kick.get("value").map_or(Value::from(1), |value| match value.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(value.as_f64().unwrap()),
        }),
        total: total(kick.get("value"), row["multiplier"].as_f64().unwrap_or(1.0)),
        point: point.collect(),
        axes,
    }
}

fn total(value: Option<&Json>, multiplier: f64) -> i128 {
    let units = value.map_or(1.0, |value| value.as_f64().unwrap()) * multiplier;
    // The text of a whole number is exact.
    format!("{:.0}", units.round()).parse().unwrap()
}

impl Kick {
    fn metrica(&self, staste: &Staste) -> Metrica {
        let mut builder = staste.metrica(&self.metrica);
        for (name, axis) in &self.axes {
            let axis = match axis {
                Json::Array(choices) => Axis::declared(choices.iter().map(|choice| choice.as_str().unwrap())),
                Json::String(_) => Axis::path(),
                _ => Axis::stored(),
            };
            builder = builder.axis(name, axis);
        }
        if self.averaged {
            builder = builder.kind(MetricaKind::Averaged).multiplier(self.multiplier);
        }
        builder.build().unwrap()
    }

    fn model(&self) -> Model {
        let axes = self.axes.iter().map(|(name, axis)| match axis {
            Json::Array(choices) => {
                let choices: Vec<&str> = choices.iter().map(|choice| choice.as_str().unwrap()).collect();
                ModelAxis::declared(name, &choices)
            }
            Json::String(_) => ModelAxis::new(name, ModelAxisKind::Path),
            _ => ModelAxis::new(name, ModelAxisKind::Stored),
        });
        let mut model = Model::new(ModelCalendar::new("UTC", 0), self.averaged, axes.collect());
        retain(&mut model);
        model
    }

    fn kick(&self, metrica: &Metrica) {
        let choices =
            self.point.iter().map(|(axis, choice)| (axis.as_str(), ChoiceInput::Choice(choice.to_choice())));
        metrica.kick_with(choices, self.value, Moment::Local(self.date)).unwrap();
    }

    fn again(&self, now: i64) -> Kick {
        Kick { at: now, date: Zone::utc().civil(now).unwrap(), ..self.clone() }
    }

    fn note(&self, model: &mut Model) {
        let point: Vec<(&str, ModelChoice)> =
            self.point.iter().map(|(axis, choice)| (axis.as_str(), choice.clone())).collect();
        model.kick(&point, self.total, self.at, self.at);
    }
}

/// The original's retention.
pub(crate) fn retain(model: &mut Model) {
    use staste_core::Keep;
    for (scale, days) in [(Scale::Minute, 1), (Scale::Hour, 14), (Scale::Day, 185), (Scale::Month, 1095)] {
        model.keep(scale, Keep::days(days));
    }
}

fn open(address: &str, clock: &Clock) -> Staste {
    let store = RedisStore::parse(address).unwrap();
    Staste::with(Arc::new(store), clock.clone(), RecorderOptions::default().flush_every(None))
}

fn expected(keys: &Json) -> BTreeMap<String, (String, Content)> {
    let mut expected = BTreeMap::new();
    for (key, held) in keys.as_object().unwrap() {
        let kind = held["type"].as_str().unwrap().to_owned();
        let content: Content = match held.get("fields") {
            Some(fields) => serde_json::from_value(fields.clone()).unwrap(),
            None => {
                let members: Vec<String> = serde_json::from_value(held["members"].clone()).unwrap();
                members.into_iter().map(|member| (member, String::new())).collect()
            }
        };
        expected.insert(key.clone(), (kind, content));
    }
    expected
}

fn check_lives(connection: &Mutex<Connection>, keys: &Json) {
    for (key, held) in keys.as_object().unwrap() {
        let lives: i64 = redis::cmd("TTL").arg(key).query(&mut connection.lock().unwrap()).unwrap();
        match held["ttl_seconds"].as_i64() {
            None => assert_eq!(lives, -1, "{key}"),
            Some(expected) => assert!((expected - 60..=expected).contains(&lives), "{key} {lives}"),
        }
    }
}

fn leaves_what_the_original_left(address: &str) {
    let (kicks, keys) = capture();
    let clock = Clock::fixed(0);
    let staste = open(&format!("{address}&layout=legacy"), &clock);
    for kick in &kicks {
        clock.set(kick.at);
        kick.kick(&kick.metrica(&staste));
        staste.flush().unwrap();
    }
    let connection = connect(address);
    assert_eq!(originals_keys(&connection), expected(&keys));
    check_lives(&connection, &keys);
    for kick in &kicks {
        verify(&kick.metrica(&staste));
    }
}

#[test]
fn replayed_kicks_leave_the_captured_keys() {
    leaves_what_the_original_left(&Server::shared().fresh());
    leaves_what_the_original_left(&Server::valkey().fresh());
}

/// Restores the captured keys.
pub(crate) fn restore(connection: &Mutex<Connection>) {
    for (key, (kind, content)) in expected(&capture().1) {
        let mut words = vec![if kind == "hash" { "HSET" } else { "SADD" }, key.as_str()];
        for (field, value) in &content {
            words.push(field);
            if kind == "hash" {
                words.push(value);
            }
        }
        execute(connection, &words);
    }
}

/// Checks every question that the original could answer about a Metrica, and others.
fn answers(metrica: &Metrica, model: &Model, now: i64, at: &[DateTime]) {
    let compare = Comparison { metrica, model, now };
    let mut asks = vec![ModelQuery::new(ModelSpan::Ever)];
    for date in at {
        let scales = Scale::ALL.into_iter().filter(|scale| *scale != Scale::Ever);
        asks.extend(scales.map(|scale| ModelQuery::new(ModelSpan::Period(scale, *date))));
    }
    asks.push(ModelQuery::new(ModelSpan::Between(Some(now - 86_400 * 40), Some(now - 86_400))));
    for ask in asks {
        compare.everything(&ask);
        for axis in &model.axes {
            for choice in axis.known.iter().cloned().chain([ModelChoice::Unset, ModelChoice::Other]) {
                let narrow = ask.clone().filter(&axis.name, choice);
                compare.everything(&narrow);
                for other in &model.axes {
                    if other.name != axis.name {
                        compare.by(&narrow.clone().filter(&other.name, ModelChoice::Unset), &axis.name);
                    }
                }
            }
        }
    }
    compare.series(&ModelQuery::new(ModelSpan::Last(30, Scale::Day)), Scale::Day);
    compare.series(&ModelQuery::new(ModelSpan::Last(48, Scale::Hour)), Scale::Hour);
    compare.series(&ModelQuery::new(ModelSpan::Ever), Scale::Month);
    if let Some(axis) = model.axes.first() {
        compare.series_by(&ModelQuery::new(ModelSpan::Last(10, Scale::Day)), Scale::Day, &axis.name);
    }
}

fn is_read_and_goes_on(address: &str) {
    let (kicks, _) = capture();
    restore(&connect(address));
    let mut names: Vec<&str> = kicks.iter().map(|kick| kick.metrica.as_str()).collect();
    names.dedup();
    for name in names {
        let own: Vec<&Kick> = kicks.iter().filter(|kick| kick.metrica == name).collect();
        let last = own.last().unwrap();
        // Only where no bucket has outlived its retention.
        let now = last.at - last.at.rem_euclid(3600) + 3600;
        let clock = Clock::fixed(now);
        let staste = open(address, &clock);
        let metrica = last.metrica(&staste);
        let definition = metrica.define().unwrap();
        assert_eq!(definition.retention.of(Scale::Month), staste_core::Keep::days(1095));
        let mut model = last.model();
        own.iter().for_each(|kick| kick.note(&mut model));
        sort_known(&mut model);
        let mut dates: Vec<DateTime> = own.iter().map(|kick| kick.date).collect();
        dates.dedup();
        answers(&metrica, &model, now, &dates);
        for axis in &model.axes {
            let known: Vec<ModelChoice> =
                metrica.choices(&axis.name).unwrap().iter().map(ModelChoice::from).collect();
            let mut expected = axis.known.clone();
            let mut sorted = known.clone();
            sorted.sort();
            expected.sort();
            assert_eq!(sorted, expected, "{name} {}", axis.name);
        }
        // Both continue to count.
        clock.set(now);
        for kick in &own {
            let again = kick.again(now);
            again.kick(&metrica);
            again.note(&mut model);
        }
        staste.flush().unwrap();
        sort_known(&mut model);
        answers(&metrica, &model, now, &dates);
        verify(&metrica);
    }
}

/// Choices of sets are sorted: numbers, then texts.
pub(crate) fn sort_known(model: &mut Model) {
    for axis in model.axes.iter_mut().filter(|axis| axis.kind != ModelAxisKind::Declared) {
        axis.known.sort_by_key(|choice| match choice {
            ModelChoice::Value(text) => {
                (text.parse::<i64>().is_err(), text.parse::<i64>().ok(), choice.clone())
            }
            _ => (true, None, choice.clone()),
        });
    }
}

#[test]
fn captured_keys_are_read_and_continued() {
    is_read_and_goes_on(&Server::shared().fresh());
    is_read_and_goes_on(&Server::valkey().fresh());
}
