//! Pages of distributions: percentiles, histogram, heatmap, shares, and the text for Prometheus.

use staste_core::{Axis, Metrica, Moment};

use crate::site::{NOW, Site, figure_of};

/// 99 fast responses of the front page, and a slow one of the basket, in seconds.
fn responses(site: &Site) -> Metrica {
    let responses = site.guests.staste().metrica("responses").axis("view", Axis::stored());
    let responses =
        responses.distribution().multiplier(10_000).unit("s").title("Response times").build().unwrap();
    for milliseconds in 1..=99 {
        let seconds = f64::from(milliseconds) / 1000.0;
        responses.kick_with([("view", "front")], seconds, Moment::Instant(NOW - 60)).unwrap();
    }
    responses.kick_with([("view", "bas\"ket\\")], 2.5, Moment::Instant(NOW - 60)).unwrap();
    responses
}

#[test]
fn page_of_a_distribution_opens_on_percentiles_in_their_unit() {
    let site = Site::new();
    let _responses = responses(&site);
    let page = site.read("/m/responses?last=60m");
    let course = figure_of(&page, "course");
    for name in ["p50", "p95", "p99"] {
        assert!(course.contains(name), "{name} in {course}");
    }
    assert!(page.contains("Response times") && page.contains(" ms"));
    for figure in ["histogram", "spread"] {
        assert!(figure_of(&page, figure).contains("<table"), "{figure}");
    }
}

#[test]
fn charts_of_a_distribution_have_the_numbers_of_its_bins() {
    let site = Site::new();
    let _responses = responses(&site);
    let rows = |address: &str| -> Vec<serde_json::Value> {
        serde_json::from_str::<Vec<serde_json::Value>>(&site.read(address)).unwrap()
    };
    let histogram = rows("/m/responses/histogram.json?last=60m");
    assert_eq!(histogram.iter().map(|row| row["count"].as_i64().unwrap()).sum::<i64>(), 100);
    let top = rows("/m/responses/top.json?last=60m&show=max");
    assert_eq!(top[0]["choice"], "bas\"ket\\");
    assert!((top[0]["max"].as_f64().unwrap() - 2.5).abs() < 0.03, "{top:?}");
    let spread = site.read("/m/responses/spread.svg?last=60m");
    assert!(spread.contains("<svg"), "{spread}");
}

/// Kicks from before the bins have no percentiles, and are not left out without a trace.
#[test]
fn choices_and_periods_without_percentiles_are_shown_as_such() {
    let site = Site::new();
    let averaged = site.guests.staste().metrica("times").axis("view", Axis::stored()).averaged();
    let averaged = averaged.build().unwrap();
    averaged.kick_with([("view", "old")], 3, Moment::Instant(NOW - 120)).unwrap();
    averaged.staste().flush().unwrap();
    let times = site.guests.staste().metrica("times").axis("view", Axis::stored()).distribution();
    let times = times.build().unwrap();
    times.define().unwrap();
    times.kick_with([("view", "new")], 5, Moment::Instant(NOW - 60)).unwrap();
    let page = site.read("/m/times?last=60m");
    assert!(page.contains("1 of the events in this timespan have none"), "{page}");
    let list = figure_of(&page, "axis-view");
    assert!(list.contains("new") && list.contains("1 other"), "{list}");
    let spread = figure_of(&page, "spread");
    assert_eq!(spread.matches("values were not recorded").count(), 1, "{spread}");
}

#[test]
fn share_below_a_limit_is_shown_in_percent() {
    let site = Site::new();
    let _responses = responses(&site);
    let top: Vec<serde_json::Value> =
        serde_json::from_str(&site.read("/m/responses/top.json?last=60m&show=below0.3")).unwrap();
    assert_eq!((&top[0]["choice"], &top[0]["below0.3"]), (&"front".into(), &1.into()));
    let page = site.read("/m/responses?last=60m&show=below0.3");
    assert!(figure_of(&page, "axis-view").contains("100.00 %"), "{}", figure_of(&page, "axis-view"));
    for (address, message) in [
        ("/m/responses?show=below", "Invalid limit"),
        ("/m/guests?show=below1", "guests"),
        ("/m/guests?show=p95", "guests"),
    ] {
        let response = site.get(address);
        let text = String::from_utf8(response.body().clone()).unwrap();
        assert!(response.status() == 400 && text.contains(message), "{address}: {text}");
    }
}

#[test]
fn metrics_are_text_that_prometheus_reads() {
    let site = Site::new();
    let _responses = responses(&site);
    let response = site.get("/m/responses/metrics?by=view&buckets=0.05,1");
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(response.into_body()).unwrap();
    // 0.05 is within a bin, so that the bucket has the values up to the bound below it.
    let basket = "view=\"bas\\\"ket\\\\\"";
    let expected = format!(
        "# TYPE staste_responses_seconds histogram\n\
         staste_responses_seconds_bucket{{view=\"front\",le=\"0.05\"}} 49\n\
         staste_responses_seconds_bucket{{view=\"front\",le=\"1\"}} 99\n\
         staste_responses_seconds_bucket{{view=\"front\",le=\"+Inf\"}} 99\n\
         staste_responses_seconds_sum{{view=\"front\"}} 4.95\n\
         staste_responses_seconds_count{{view=\"front\"}} 99\n\
         staste_responses_seconds_bucket{{{basket},le=\"0.05\"}} 0\n"
    );
    assert!(text.contains(&expected), "{text}");
    assert!(site.read("/m/responses/metrics").contains("staste_responses_seconds_bucket{le=\"0.1\"} "));
    assert!(site.read("/m/responses/metrics?filter=view=front").ends_with("_count 99\n"));
    for (address, message) in [
        ("/m/responses/metrics?buckets=1,0", "Invalid buckets"),
        ("/m/responses/metrics?by=nothing", "nothing"),
        ("/m/guests/metrics?buckets=1", "guests"),
    ] {
        let response = site.get(address);
        let text = String::from_utf8(response.body().clone()).unwrap();
        assert!(response.status() == 400 && text.contains(message), "{address}: {text}");
    }
}
