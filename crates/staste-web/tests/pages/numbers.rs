//! The numbers of pages, compared with a list of kicks that is filtered and summed.

use std::collections::BTreeMap;

use proptest::prelude::*;
use staste_core::{Choice, Moment, Value};

use crate::site::{NOW, Site};

#[derive(Clone, Debug)]
struct Kick {
    gender: Option<&'static str>,
    age: u8,
    page: Vec<&'static str>,
    cents: i64,
    days: i64,
}

fn kicks() -> impl Strategy<Value = Vec<Kick>> {
    let gender = prop::option::of(prop::sample::select(vec!["boy", "girl"]));
    let page = prop::sample::select(vec![vec!["a"], vec!["a", "b"], vec!["a", "b", "c"], vec!["d"]]);
    let kick = (gender, 0u8..4, page, -300i64..900, 0i64..7);
    let kick = kick.prop_map(|(gender, age, page, cents, days)| Kick { gender, age, page, cents, days });
    prop::collection::vec(kick, 0..60)
}

fn site(kicks: &[Kick]) -> Site {
    let site = Site::new();
    for kick in kicks {
        let choices = [
            ("gender", kick.gender.map_or(Choice::Unset, Choice::value)),
            ("age", Choice::value(kick.age.to_string())),
            ("page", Choice::path(&kick.page)),
        ];
        let value = Value::parse(&decimal(kick.cents)).unwrap();
        site.guests.kick_with(choices, value, Moment::Instant(NOW - kick.days * 86_400)).unwrap();
    }
    site
}

fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// Hundredths out of a text such as `−1,234.50`.
fn cents(text: &str) -> i64 {
    let plain = text.replace(',', "").replace('\u{2212}', "-");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, "0"));
    let sign = if plain.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().unwrap().abs() * 100 * sign
        + format!("{fraction:0<2}").parse::<i64>().unwrap() * sign
}

/// Sums of the kicks that have a key, by key.
fn sums<K: Ord>(kicks: &[Kick], key: impl Fn(&Kick) -> Option<K>) -> BTreeMap<K, (i64, i64)> {
    let mut sums: BTreeMap<K, (i64, i64)> = BTreeMap::new();
    for kick in kicks {
        if let Some(key) = key(kick) {
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + kick.cents, sum.1 + 1);
        }
    }
    sums
}

/// First column and hundredths of the second, of every row.
fn first_two(rows: &[Vec<String>]) -> BTreeMap<String, i64> {
    rows.iter().filter(|row| row[0] != "No data").map(|row| (row[0].clone(), cents(&row[1]))).collect()
}

fn name(gender: Option<&str>) -> String {
    gender.unwrap_or("(unset)").to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tables_have_the_sums_of_the_kicks(kicks in kicks()) {
        let site = site(&kicks);
        let total = |(key, (cents, _)): (String, (i64, i64))| (key, cents);
        let count = |(key, (_, count)): (String, (i64, i64))| (key, count * 100);

        let by_gender: BTreeMap<_, _> = sums(&kicks, |kick| Some(name(kick.gender))).into_iter().map(total).collect();
        prop_assert_eq!(first_two(&site.table("/m/guests", "axis-gender")), by_gender.clone());

        let counts: BTreeMap<_, _> = sums(&kicks, |kick| Some(kick.age.to_string())).into_iter().map(count).collect();
        prop_assert_eq!(first_two(&site.table("/m/guests?show=count", "axis-age")), counts);

        let girls: BTreeMap<_, _> = sums(&kicks, |kick| (kick.gender == Some("girl")).then(|| kick.page[0].to_owned()));
        let girls: BTreeMap<_, _> = girls.into_iter().map(total).collect();
        prop_assert_eq!(first_two(&site.table("/m/guests?filter=gender=girl", "axis-page")), girls);

        // Below a place: its children, and what ended there.
        let below = sums(&kicks, |kick| kick.page.starts_with(&["a"]).then(|| kick.page[..kick.page.len().min(2)].join("/")));
        let below: BTreeMap<_, _> = below.into_iter().map(total).collect();
        prop_assert_eq!(first_two(&site.table("/m/guests?filter=page=a", "axis-page")), below);

        // Every day has a row, and the file has the same numbers as the page.
        let days = site.table("/m/guests?last=7d&scale=day", "course");
        prop_assert_eq!(days.len(), 7);
        let by_day = sums(&kicks, |kick| Some(6 - kick.days));
        for (index, row) in (0i64..).zip(&days) {
            prop_assert_eq!(cents(&row[1]), by_day.get(&index).map_or(0, |sum| sum.0));
        }
        let csv = site.read("/m/guests/timeline.csv?last=7d&scale=day");
        let file: Vec<i64> = csv.lines().skip(1).map(|line| cents(line.split_once(',').unwrap().1)).collect();
        prop_assert_eq!(file, days.iter().map(|row| cents(&row[1])).collect::<Vec<_>>());

        // Shares of the pie are of the same numbers.
        let pie: BTreeMap<_, _> = first_two(&site.table("/m/guests/pie?axis=gender", "pie"));
        prop_assert_eq!(pie, by_gender);

        // Two axes against each other, cell by cell, with total and count.
        let cells = sums(&kicks, |kick| Some((kick.age.to_string(), name(kick.gender))));
        let pivot: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&site.read("/m/guests/pivot.json?pivot=age,gender")).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let found: BTreeMap<(String, String), (i64, i64)> = pivot
            .iter()
            .map(|row| ((text(&row["age"]), text(&row["gender"])), (cents(&row["total"].to_string()), row["count"].as_i64().unwrap())))
            .collect();
        prop_assert_eq!(found, cells);

        // A line for each, and one for all of them.
        let lines: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&site.read("/m/guests/timeserie.json?axis=gender&last=7d&scale=day")).unwrap();
        let by_day_and_gender = sums(&kicks, |kick| Some((6 - kick.days, name(kick.gender))));
        for (index, line) in (0i64..).zip(&lines) {
            for (name, number) in line.iter().filter(|(name, _)| *name != "day" && *name != "total") {
                let expected = by_day_and_gender.get(&(index, name.clone())).map_or(0, |sum| sum.0);
                prop_assert_eq!(cents(&number.to_string()), expected, "{} {}", index, name);
            }
            prop_assert_eq!(cents(&line["total"].to_string()), by_day.get(&index).map_or(0, |sum| sum.0));
        }

        // Counts with averages, of the half hour of today's kicks.
        let latest: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&site.read("/m/guests/latest.json")).unwrap();
        let today = sums(&kicks, |kick| (kick.days == 0).then_some(())).remove(&()).unwrap_or_default();
        let counted: i64 = latest.iter().map(|row| row["count"].as_i64().unwrap_or(0)).sum();
        prop_assert_eq!(counted, today.1);
        #[expect(clippy::cast_precision_loss, reason = "hundredths of a few kicks")]
        if today.1 > 0 {
            let average = latest.iter().find_map(|row| row["average"].as_f64()).unwrap();
            prop_assert!((average - today.0 as f64 / 100.0 / today.1 as f64).abs() < 1e-9);
        }

        let json: serde_json::Value = serde_json::from_str(&site.read("/m/guests/top.json?axis=age&show=count")).unwrap();
        let found: i64 = json.as_array().unwrap().iter().map(|row| row["count"].as_i64().unwrap()).sum();
        prop_assert_eq!(found, i64::try_from(kicks.len()).unwrap());
    }
}

#[test]
fn lines_add_up_to_their_total() {
    let kicks: Vec<Kick> = (0..40)
        .map(|index| Kick {
            gender: [None, Some("boy"), Some("girl")][index % 3],
            age: u8::try_from(index % 4).unwrap(),
            page: vec!["a"],
            cents: i64::try_from(index).unwrap() * 7,
            days: i64::try_from(index % 6).unwrap(),
        })
        .collect();
    let rows = site(&kicks).table("/m/guests?last=7d&scale=day&split=gender", "course");
    assert_eq!(rows.len(), 7);
    for row in rows {
        let numbers: Vec<i64> = row[1..].iter().map(|text| cents(text)).collect();
        assert_eq!(numbers[0], numbers[1..].iter().sum::<i64>(), "{row:?}");
    }
}

#[test]
fn split_by_average_shows_the_slowest_choices() {
    let site = Site::new();
    // Nine busy pages, and a slow one with a single kick.
    for page in 0..9 {
        for _ in 0..5 {
            site.guests.kick_with([("age", page)], 1, Moment::Now).unwrap();
        }
    }
    site.guests.kick_with([("age", 99)], 50, Moment::Now).unwrap();
    let heads = |show: &str| {
        let csv = site.read(&format!("/m/guests/timeserie.csv?last=1d&scale=day&show_axis=age&show={show}"));
        csv.lines().next().unwrap().to_owned()
    };
    let slow = heads("average");
    assert!(slow.contains("99") && !heads("count").contains("99"), "{slow}");
}

#[test]
fn unretained_periods_are_marked_and_never_zero() {
    let site = Site::new();
    site.guests.kick_with([("age", "1")], Value::ONE, Moment::Instant(NOW - 20 * 86_400)).unwrap();
    let rows = site.table("/m/guests?year=2023&month=10&day=25&hour=22&scale=minute", "course");
    assert_eq!(rows.len(), 60);
    assert!(rows.iter().all(|row| row[1] == "no longer kept"), "{rows:?}");
    let page = site.read("/m/guests?year=2023&month=10&day=25&hour=22&scale=minute");
    assert!(page.contains("url(#course-gone)") && page.contains("no longer kept at this scale"));
    let json = site.read("/m/guests/timeline.json?year=2023&month=10&day=25&hour=22&scale=minute");
    assert!(json.contains("\"total\":null") && !json.contains("\"total\":0"));
    let running = site.table("/m/guests?last=1d", "course");
    assert_eq!(running.last().unwrap()[1], "not yet");
}

#[test]
fn choice_named_like_a_column_gets_a_column_of_its_own() {
    let site = Site::new();
    for age in ["total", "hour", "total (2)"] {
        site.guests.kick_with([("age", age)], Value::ONE, Moment::Now).unwrap();
    }
    let json = site.read("/m/guests/timeserie.json?axis=age&last=1d");
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&json).unwrap();
    let mut keys: Vec<&String> = rows[0].keys().collect();
    keys.sort();
    assert_eq!(keys, ["hour", "hour (2)", "total", "total (2)", "total (2) (2)"]);
    assert!(json.matches("\"hour\":").count() == rows.len());
}

#[test]
fn overview_without_days_says_that_they_are_not_kept() {
    let staste = staste_core::Staste::new(staste_core::MemoryStore::new());
    let mut months = staste.metrica("months");
    for scale in [staste_core::Scale::Minute, staste_core::Scale::Hour, staste_core::Scale::Day] {
        months = months.keep(scale, staste_core::Keep::Never);
    }
    let months = months.build().unwrap();
    months.kick([] as [(&str, &str); 0]).unwrap();
    let web = staste_web::Web::new(staste, staste_web::WebOptions::default());
    let page = web.answer(&http::Request::get("/").body(()).unwrap()).into_body();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("Single days are not kept") && !page.contains("</strong> today"), "{page}");
}
