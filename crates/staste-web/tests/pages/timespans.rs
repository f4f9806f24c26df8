//! Timespans: their comparison with the previous one, open ends, and hours by weekday.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Request;
use staste_core::{Axis, Better, Clock, Keep, MemoryStore, Metrica, Moment, Scale, Staste, Value};
use staste_web::{Web, WebOptions};

use crate::site::{NOW, Site};

/// A Metrica in a zone at a local time, and its pages.
struct ZonedSite {
    visits: Metrica,
    web: Web,
}

impl ZonedSite {
    fn new(zone: &str, now: &str) -> ZonedSite {
        ZonedSite::keeping(zone, now, &[])
    }

    fn keeping(zone: &str, now: &str, kept: &[(Scale, Keep)]) -> ZonedSite {
        let clock = Clock::fixed(NOW);
        let options = staste_core::RecorderOptions::default().flush_every(None);
        let staste = Staste::with(Arc::new(MemoryStore::new()), clock.clone(), options);
        let mut visits = staste.metrica("visits").axis("page", Axis::stored()).zone(zone);
        for (scale, keep) in kept {
            visits = visits.keep(*scale, *keep);
        }
        let visits = visits.build().unwrap();
        let zone = staste_core::Zone::named(zone).unwrap();
        clock.set(zone.instant(now.parse().unwrap()).unwrap());
        ZonedSite { visits, web: Web::new(staste, WebOptions::default()) }
    }

    fn kick(&self, local: &str, value: i64) {
        let moment = Moment::Local(local.parse().unwrap());
        self.visits.kick_with([("page", "a")], value, moment).unwrap();
    }

    fn read(&self, address: &str) -> String {
        let answer = self.web.answer(&Request::get(address).body(()).unwrap());
        assert_eq!(answer.status(), 200, "{address}");
        String::from_utf8(answer.into_body()).unwrap()
    }

    /// The change of the sum, in words.
    fn change(&self, query: &str) -> String {
        let page = self.read(&format!("/m/visits?{query}"));
        let Some((_, rest)) = page.split_once("class=\"change\" title=\"") else { return String::new() };
        let (title, rest) = rest.split_once("\">").unwrap();
        let words = rest.split("</span></span>").next().unwrap();
        let mut shown = String::new();
        let mut is_tag = false;
        for character in words.chars() {
            match character {
                '<' => is_tag = true,
                '>' => is_tag = false,
                character if !is_tag => shown.push(character),
                _ => {}
            }
        }
        format!("{shown} ({title})")
    }

    fn json(&self, address: &str) -> Vec<BTreeMap<String, serde_json::Value>> {
        serde_json::from_str(&self.read(address)).unwrap()
    }
}

#[test]
fn running_month_is_compared_with_at_most_the_whole_previous_one() {
    let site = ZonedSite::new("UTC", "2024-03-31T15:00");
    site.kick("2024-02-20T12:00", 100);
    site.kick("2024-03-01T12:00", 150);
    site.kick("2024-03-20T12:00", 50);
    assert_eq!(site.change("year=2024&month=3"), "\u{2191} 100% vs. February 2024 (100 February 2024)");
    site.kick("2024-01-31T12:00", 25);
    assert_eq!(site.change("year=2024&month=2"), "\u{2191} 300% vs. January 2024 (25 January 2024)");
}

#[test]
fn comparison_without_minutes_cuts_both_sides_to_the_hour() {
    let hourly = |never: &[Scale]| {
        let never: Vec<_> = never.iter().map(|scale| (*scale, Keep::Never)).collect();
        let site = ZonedSite::keeping("UTC", "2024-03-15T10:59", &never);
        for day in ["2024-03-14", "2024-03-15"] {
            for hour in 0..=10 {
                site.kick(&format!("{day}T{hour:02}:30"), 60);
            }
        }
        site.change("last=1d")
    };
    assert_eq!(hourly(&[]), "same as yesterday up to 10:59 (660 yesterday up to 10:59)");
    let coarse = "same as yesterday, both up to 10:00 (600 yesterday, both up to 10:00)";
    assert_eq!(hourly(&[Scale::Minute]), coarse);
    let site = ZonedSite::keeping("UTC", "2024-03-15T10:59", &[(Scale::Minute, Keep::Never)]);
    site.kick("2024-03-14T09:30", 1);
    site.kick("2024-03-15T09:30", 2);
    let overview = site.read("/");
    assert!(
        overview.contains("\u{2191} 100%</b> <span class=\"dim\">vs. yesterday, both up to 10:00"),
        "{overview}"
    );
    // Within the first day there is nothing that could be compared.
    assert_eq!(hourly(&[Scale::Minute, Scale::Hour]), "");
}

#[test]
fn time_before_counting_began_is_not_compared() {
    let site = ZonedSite::new("UTC", "2024-03-15T10:59");
    site.kick("2024-03-15T09:30", 2);
    assert_eq!(site.change("last=1d"), "");
    assert_eq!(site.change("year=2024&month=3&day=15"), "");
    site.kick("2024-03-10T09:30", 1);
    assert!(site.change("last=1d").starts_with("was 0 yesterday"), "{}", site.change("last=1d"));
}

#[test]
fn change_is_colored_by_what_is_better() {
    for (better, measure, class) in [
        (None, "total", "neutral"),
        (Some(Better::Up), "total", "good"),
        (Some(Better::Down), "total", "bad"),
        (Some(Better::Neither), "total", "neutral"),
    ] {
        let site = ZonedSite::new("UTC", "2024-03-15T10:59");
        let staste = site.visits.staste();
        let mut builder = staste.metrica("visits").zone("UTC");
        if let Some(better) = better {
            builder = builder.better(better);
        }
        builder.build().unwrap().define().unwrap();
        site.kick("2024-03-14T09:30", 1);
        site.kick("2024-03-15T09:30", 2);
        let page = site.read(&format!("/m/visits?last=1d&show={measure}"));
        assert!(page.contains(&format!("<b class=\"{class}\">\u{2191} 100%</b>")), "{class}: {page}");
    }
}

#[test]
fn page_without_recent_events_links_to_the_last_ones() {
    let site = ZonedSite::new("UTC", "2024-03-15T10:59");
    site.kick("2021-11-02T09:30", 1);
    site.kick("2022-02-03T09:30", 4);
    let page = site.read("/m/visits");
    let link = "The last event was in <a href=\"/m/visits?year=2022&amp;month=2\">February 2022</a>.";
    assert!(page.contains(link), "{page}");
    assert!(!site.read("/m/visits?year=2022&month=2").contains("The last event"));
    // Hours of that day are no longer kept: the chart shows the day instead of nothing.
    let days = site.json("/m/visits/timeline.json?year=2022&month=2&day=3");
    assert_eq!((days.len(), &days[0]["total"]), (1, &4.into()), "{days:?}");
    let hours = site.json("/m/visits/timeline.json?year=2022&month=2&day=3&scale=hour");
    assert_eq!(hours.len(), 24, "as requested");
}

#[test]
fn days_of_a_month_are_compared_with_the_same_weekdays() {
    let site = ZonedSite::new("UTC", "2024-03-31T15:00");
    // Two Sundays: today, and five weeks ago.
    site.kick("2024-03-31T12:00", 150);
    site.kick("2024-02-25T12:00", 100);
    let rows = site.json("/m/visits/timeline.json?last=30d&compare=before");
    let today = rows.last().unwrap();
    let before = &today["the same weekdays 5 weeks before"];
    assert_eq!((rows.len(), &today["total"], before), (30, &150.into(), &100.into()));
    let change = site.change("last=30d");
    assert!(change.starts_with("\u{2191} 50% vs. the same weekdays 5 weeks before"), "{change}");
    // Whole weeks directly precede each other.
    site.kick("2024-03-17T12:00", 50);
    let change = site.change("last=14d");
    assert!(change.starts_with("\u{2191} 200% vs. the 14 days before"), "{change}");
}

#[test]
fn comparison_is_of_the_requested_measure() {
    let site = Site::new();
    let ago = |days: i64| Moment::Instant(NOW - days * 86_400);
    for (days, value, count) in [(0, 6, 3), (8, 10, 1)] {
        for _ in 0..count {
            site.guests.kick_with([("age", "1")], value, ago(days)).unwrap();
        }
    }
    for (show, words) in [("total", "\u{2191} 80%"), ("count", "\u{2191} 200%"), ("average", "\u{2193} 40%")]
    {
        let page = site.read(&format!("/m/guests?show={show}"));
        assert!(page.contains(&format!("{show} changed")) && page.contains(words), "{show}");
    }
}

#[test]
fn hours_are_compared_with_the_same_hours_when_a_clock_was_changed() {
    let site = ZonedSite::new("Europe/Riga", "2024-04-02T12:00");
    for day in ["2024-03-31", "2024-04-01"] {
        for hour in [0, 1, 2, 4, 5, 6, 23] {
            site.kick(&format!("{day}T{hour:02}:10"), hour + 1);
        }
    }
    let page = site.read("/m/visits?year=2024&month=4&day=1&scale=hour&compare=before");
    let rows: Vec<&str> = page.split("<tr><th scope=\"row\">").skip(1).take(24).collect();
    for hour in [0usize, 1, 2, 4, 5, 6, 23] {
        let expected = format!("<td>{}</td><td>{}</td>", hour + 1, hour + 1);
        assert!(rows[hour].contains(&expected), "{hour}: {}", rows[hour]);
    }
    // Three o'clock did not come on the day of the change.
    assert!(rows[3].contains("<td>0</td><td>\u{2013}</td>"), "{}", rows[3]);
}

#[test]
fn last_hours_are_compared_with_the_same_hours_after_a_clock_was_set_back() {
    // That day has 25 hours, so that the last 24 start at 14:00 on the day before.
    let site = ZonedSite::new("America/New_York", "2024-11-03T12:30");
    for (hour, value) in [(13, 1), (14, 2), (15, 3)] {
        site.kick(&format!("2024-11-01T{hour}:10"), value * 10);
        site.kick(&format!("2024-11-02T{hour}:10"), value);
    }
    let rows = site.json("/m/visits/timeline.json?last=24h&scale=hour&compare=before");
    let numbers = |row: usize| (rows[row]["total"].as_i64(), rows[row]["the 24 hours before"].as_i64());
    assert_eq!((numbers(0), numbers(1)), ((Some(2), Some(20)), (Some(3), Some(30))));
    assert_eq!(site.change("last=24h"), "\u{2193} 90% vs. the 24 hours before (50 the 24 hours before)");
}

#[test]
fn heatmap_has_means_where_weekdays_occur_more_often() {
    // Ten days, so that three weekdays came twice.
    let site = ZonedSite::new("UTC", "2024-03-15T23:59");
    for day in 6..=15 {
        for hour in 0..24 {
            site.kick(&format!("2024-03-{day:02}T{hour:02}:00"), if hour == 9 { 4 } else { 2 });
        }
    }
    for (address, busy, quiet) in
        [("/m/visits/hours.json?last=10d", 4, 2), ("/m/visits/hours.json?last=7d", 4, 2)]
    {
        let days = site.json(address);
        assert_eq!(days.len(), 7);
        for day in days {
            for (hour, number) in day.iter().filter(|(name, _)| *name != "day") {
                let expected = if hour == "09:00" { busy } else { quiet };
                let runs = day["day"] == "Fri" && hour == "23:00" && address.contains("7d");
                assert!(
                    runs || number.as_f64() == Some(f64::from(expected)),
                    "{address} {hour} {number} {}",
                    day["day"]
                );
            }
        }
    }
    assert!(site.read("/m/visits?last=10d").contains("total in an hour on average"));
    assert!(site.read("/m/visits/hours.svg?year=2020&month=1").contains("not kept for so long"));
    let many = site.web.answer(&Request::get("/m/visits/hours.svg?last=100y").body(()).unwrap());
    assert_eq!(many.status(), 400);
}

#[test]
fn cut_period_is_labelled_and_links_to_its_part() {
    let site = ZonedSite::new("UTC", "2024-03-15T12:00");
    site.kick("2023-04-02T12:00", 120);
    site.kick("2023-03-28T12:00", 48);
    // Weeks from the first of April, which was a Saturday.
    let page = site.read("/m/visits?last=12mo&scale=week");
    assert!(page.contains("week of 27 Mar 2023, a part of it\ntotal: 120"), "it is not the whole week");
    let link = "/m/visits?since=2023-04-01&amp;until=2023-04-03";
    assert!(page.contains(link));
    assert!(site.read(&link.replace("&amp;", "&")).contains("<dd title=\"120\">"));
}

#[test]
fn all_time_starts_with_the_first_kick_and_has_every_period() {
    let site = ZonedSite::keeping("UTC", "2024-03-15T12:00", &[(Scale::Day, Keep::days(185))]);
    site.kick("2024-03-01T12:00", 1);
    site.kick("2024-03-10T12:00", 2);
    let days = site.json("/m/visits/timeline.json?last=ever");
    assert_eq!(days.len(), 15, "days, of a history this short");
    assert_eq!((days[0]["day"].as_str(), days[0]["total"].as_i64()), (Some("2024-03-01T00:00:00Z"), Some(1)));
    assert_eq!((days[1]["total"].as_i64(), days[9]["total"].as_i64()), (Some(0), Some(2)));
    site.kick("2019-11-05T12:00", 3);
    let months = site.json("/m/visits/timeline.json?last=ever&scale=month");
    assert_eq!((months.len(), &months[0]["total"], &months[1]["total"]), (53, &3.into(), &0.into()));
    assert_eq!(months.last().unwrap()["total"], 3);
    let page = site.read("/m/visits?last=ever&scale=day");
    // Days of that year are no longer kept.
    assert!(page.contains("url(#course-gone)") && page.contains("<dd title=\"6\">"), "the sum has all of it");
    // Whatever a page offers leads to a page.
    for link in
        page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
    {
        let answer = site.web.answer(&Request::get(&link).body(()).unwrap());
        assert_eq!(answer.status(), 200, "{link}");
    }
    let since = site.read("/m/visits?since=2000-01-01");
    assert!(since.contains("<dd title=\"6\">"));
}

#[test]
fn small_averages_keep_digits_and_negative_numbers_have_no_shares() {
    let site = Site::new();
    for index in 0..3000 {
        let value = Value::parse(if index == 0 { "1" } else { "0" }).unwrap();
        site.guests.kick_with([("age", "1")], value, Moment::Now).unwrap();
    }
    let json = site.read("/m/guests/top.json?axis=age&show=average");
    assert!(json.contains("\"average\":0.0003333333333333333"), "{json}");
    assert!(site.read("/m/guests?show=average").contains("title=\"0.000333\""));
    let site = Site::new();
    for (age, value) in [("1", 10), ("2", -5)] {
        site.guests.kick_with([("age", age)], value, Moment::Now).unwrap();
    }
    let top = site.read("/m/guests/top.json?axis=age");
    assert!(!top.contains("share"), "{top}");
    let pie = site.read("/m/guests/pie.json?axis=age");
    assert_eq!(pie.matches("\"share\":null").count(), 2, "{pie}");
}

#[test]
fn empty_or_reversed_timespan_is_an_error_with_both_ends() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    for (query, why) in [
        (
            "since=2023-11-14&until=2023-11-14",
            "from 2023-11-14T00:00:00 until 2023-11-14T00:00:00: it is empty",
        ),
        ("since=2023-11-14&until=2023-11-13", "it ends before it begins"),
    ] {
        for page in ["/m/guests", "/m/guests/timeline", "/m/guests/top.json"] {
            let response = site.get(&format!("{page}?{query}&axis=age"));
            let (status, text) = (response.status(), String::from_utf8(response.into_body()).unwrap());
            assert!(status == 400 && text.contains(why), "{page}?{query}: {status} {text}");
        }
    }
}

#[test]
fn open_timespan_that_starts_in_the_future_is_a_page() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    site.read("/m/guests?since=2030-01-01");
    site.read("/m/guests?until=2001-01-01");
}
