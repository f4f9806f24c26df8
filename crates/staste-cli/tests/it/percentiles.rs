//! `query` of a distribution: percentiles, shares, histograms, and the text for Prometheus.

use crate::support::program::Program;

/// Ten response times of two views, 10 to 100 ms, one of them an hour earlier.
fn requests() -> Program {
    let staste = Program::new();
    staste
        .ok("define requests --axis view --distribution --multiplier 1000 --unit s --title 'Response times'");
    for hundredth in 1..=10 {
        let view = if hundredth <= 4 { "front" } else { "basket" };
        let hour = if hundredth == 10 { 20 } else { 21 };
        staste.ok(&format!("kick requests view={view} --value 0.{hundredth:02} --date 2023-11-14T{hour}:30"));
    }
    staste
}

#[test]
fn percentiles_and_shares_are_columns_in_their_unit() {
    let staste = requests();
    let table = staste.ok("query requests --by view --percentile 50 --percentile max --below 0.045 --count");
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |name: &str| lines.iter().find(|line| line.first() == Some(&name)).unwrap()[..8].join(" ");
    assert!(table.contains("view    count       p50       max  up to 45.0 ms"), "{table}");
    assert_eq!(row("front"), "front 4 25.00 ms 40.00 ms 100.0 %");
    assert_eq!(row("basket"), "basket 6 75.50 ms 99.50 ms 0.0 %");
    assert_eq!(row("all"), "all 10 55.25 ms 99.50 ms 40.0 %");
    let one = staste.ok("query requests --percentile 95");
    assert!(one.contains("p95      95.00 ms\n"), "{one}");
    let csv = staste.ok("query requests --scale hour --year 2023 --month 11 --day 14 --top 2 --percentile min --below 1 --format csv");
    assert!(csv.starts_with("hour,hour:start,hour:end,min,below1\n"), "{csv}");
    let json = staste.json("query requests --by view --percentile 100");
    assert_eq!((&json["rows"][0]["choice"], &json["rows"][0]["max"]), (&"front".into(), &0.04.into()));
}

#[test]
fn share_within_a_bin_says_by_how_much_it_may_be_off() {
    let staste = requests();
    let exact = staste.run("query requests --below 0.045");
    assert_eq!((exact.code, exact.err.as_str()), (Some(0), ""), "{exact:?}");
    let estimate = staste.run("query requests --below 0.099");
    assert!(
        estimate
            .err
            .starts_with("note: some values are in the same bin as the limit: shares may be off by up to "),
        "{estimate:?}"
    );
}

#[test]
fn limit_between_two_values_is_noted() {
    let staste = requests();
    let run = staste.run("query requests --below 0.0304");
    assert_eq!(run.err, "note: values are kept in units of 1/1000: the limit 0.0304 counts as 0.03\n");
    assert!(run.out.contains("30.0 %"), "{run:?}");
}

#[test]
fn export_notes_that_it_lacks_percentiles() {
    let staste = requests();
    let run = staste.run("export requests --scale ever");
    assert!(run.err.starts_with("note: rows have totals and counts, but no bins"), "{run:?}");
    assert_eq!(staste.run("export requests --series --scale year").err, "");
    staste.ok("define times --axis page --averaged");
    staste.ok("define times --axis page --distribution");
    let run = staste.run("export times --series --scale year");
    assert!(run.err.starts_with("note: percentiles were not recorded before 2023-11-14 22:13"), "{run:?}");
}

#[test]
fn histogram_has_a_row_for_each_bin_with_values() {
    let staste = requests();
    let csv = staste.ok("query requests --filter view=front --histogram --format csv");
    assert_eq!(csv.lines().next(), Some("lower,upper,count"));
    assert_eq!(csv.lines().count(), 5, "{csv}");
    let json = staste.json("query requests --histogram");
    let counts = json["bins"].as_array().unwrap().iter().map(|bin| bin["count"].as_i64().unwrap());
    assert_eq!(counts.sum::<i64>(), 10);
    let table = staste.ok("query requests --histogram");
    assert!(table.contains("requests by value") && table.contains("10.0 %"), "{table}");
}

#[test]
fn prometheus_text_has_a_histogram_for_each_choice() {
    let staste = requests();
    let text = staste.ok("query requests --by view --prometheus --buckets 0.045,1");
    assert!(text.starts_with("# HELP staste_requests_seconds Response times; "), "{text}");
    for line in [
        "staste_requests_seconds_bucket{view=\"front\",le=\"0.045\"} 4",
        "staste_requests_seconds_bucket{view=\"basket\",le=\"1\"} 6",
        "staste_requests_seconds_sum{view=\"basket\"} 0.45",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
    assert!(staste.ok("query requests --prometheus").contains("_bucket{le=\"0.005\"} 0\n"));
    let error = staste.fails(2, "query requests --by hour --prometheus");
    assert!(error.contains("has no periods"), "{error}");
    let error = staste.fails(2, "query requests --prometheus --buckets 3,2");
    assert!(error.contains("invalid buckets [3.0, 2.0]: expected 1 to 100 ascending numbers"), "{error}");
}

#[test]
fn metrica_without_bins_has_no_percentiles() {
    let staste = Program::new();
    staste.ok("define visits --axis page --plain");
    staste.ok("define times --axis page --averaged");
    for (name, kind) in [("visits", "plain"), ("times", "averaged")] {
        for option in ["--percentile 95", "--below 1", "--histogram", "--prometheus --buckets 1"] {
            let error = staste.fails(2, &format!("query {name} {option}"));
            assert!(error.contains(name) && error.contains(kind), "{option}: {error}");
        }
    }
    for option in ["--percentile 101", "--percentile p", "--below x", "--below inf"] {
        let error = staste.fails(2, &format!("query times {option}"));
        assert!(error.contains("error: invalid "), "{option}: {error}");
    }
}

#[test]
fn events_before_a_metrica_was_a_distribution_have_no_percentiles() {
    let staste = Program::new();
    staste.ok("define times --axis page --averaged");
    staste.ok("kick times page=/old --value 3");
    staste.ok("define times --axis page --distribution");
    staste.ok("kick times page=/new --value 5");
    let run = staste.run("query times --by page --percentile 50 --format csv");
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "page,page:variant,p50\n/old,,\n/new,,5\n"),
        "{run:?}"
    );
    assert!(
        run.err.starts_with(
            "note: percentiles and shares were not recorded before 2023-11-14 22:13: 1 of the events"
        ),
        "{run:?}"
    );
    for option in ["--histogram", "--prometheus --buckets 9"] {
        let error = staste.fails(1, &format!("query times {option}"));
        assert!(error.contains("1 of the 2 kicks have no bin; choose a later timespan"), "{error}");
    }
    staste.ok("query times --filter page=/new --histogram");
}
