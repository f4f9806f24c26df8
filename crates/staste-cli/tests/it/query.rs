//! `query`: totals, rows, pivots and series in each format.

use crate::support::program::Program;

/// Guests of two years: girls of 18 and 19, a boy, a guest without gender, and pages.
fn guests() -> Program {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy,girl --axis age --path-axis page");
    for kick in [
        "gender=girl age=18 page=blog/2013/hello --date 2013-02-07",
        "gender=girl age=19 page=blog/2013 --date 2013-02-08 --value 2",
        "gender=boy age=18 page=about --date 2013-03-01T23:59 --value 4",
        "age=(unset) page=a\\/b/c --date 2014-01-01 --value 8",
    ] {
        staste.ok(&format!("kick guests {kick}"));
    }
    staste
}

#[test]
fn total_is_limited_by_filter_and_timespan() {
    let staste = guests();
    for (query, total) in [
        ("", 15),
        ("--year 2013", 7),
        ("--year 2013 --month 2", 3),
        ("--year 2013 --month 2 --day 8", 2),
        ("--quarter 2013-Q1", 7),
        ("--week 2013-02-08", 3),
        ("--since 2013-02-08 --until 2013-03-02", 6),
        ("--since 2014-01-01", 8),
        ("--last 11y", 15),
        ("--last 7d", 0),
        ("--filter gender=girl", 3),
        ("--filter gender=girl --filter age=18", 1),
        ("--filter gender:unset", 8),
        ("--filter age=(unset)", 8),
        ("--filter gender:other", 0),
        ("--filter page=blog", 3),
        ("--filter page=/blog/2013", 3),
        ("--filter page=blog/2013/hello", 1),
        ("--filter page=a\\/b", 8),
    ] {
        assert_eq!(staste.total(&format!("guests {query}")), total, "{query}");
    }
}

#[test]
fn rows_by_axis_distinguish_unset_from_text() {
    let staste = guests();
    let answer = staste.json("query guests --by gender");
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["choice"], &rows[0]["total"]), (&"boy".into(), &4.into()));
    assert!(rows[0].get("variant").is_none());
    assert!(rows[2]["choice"].is_null());
    assert_eq!((&rows[2]["variant"], &rows[2]["total"]), (&"unset".into(), &8.into()));
    let csv = staste.ok("query guests --by age --format csv");
    assert_eq!(csv, "age,age:variant,total\n18,,5\n19,,2\n(unset),,8\n");
    let csv = staste.ok("query guests --by gender --format csv");
    assert_eq!(csv, "gender,gender:variant,total\nboy,,4\ngirl,,3\n,unset,8\n");
    let table = staste.ok("query guests --by age");
    assert!(table.contains("\"(unset)\"") && table.contains("████"), "{table}");
    let own = staste.ok("query guests --by page --filter page=blog/2013");
    assert!(own.contains("blog/2013 (itself)") && own.contains("blog/2013/hello  "), "{own}");
    let wide = staste.ok("query guests --by page --filter page=blog/2013 --scale year");
    assert!(wide.contains("(itself)"), "{wide}");
    let paths = staste.json("query guests --by page --filter page=blog");
    assert_eq!(paths["rows"][0]["choice"], serde_json::json!(["blog", "2013"]));
    assert_eq!(paths["filter"], serde_json::json!([{"axis": "page", "choice": ["blog"]}]));
}

#[test]
fn pivot_has_a_row_for_each_combination() {
    let staste = guests();
    let csv = staste.ok("query guests --by gender --by age --format csv");
    let mut lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.remove(0), "gender,gender:variant,age,age:variant,total");
    assert_eq!(lines, [",unset,(unset),,8", "boy,,18,,4", "girl,,19,,2", "girl,,18,,1"]);
    let json = staste.json("query guests --by gender --by age --year 2014");
    assert_eq!(
        json["rows"][0]["choices"],
        serde_json::json!({"gender": {"choice": null, "variant": "unset"}, "age": {"choice": "(unset)"}})
    );
    let table = staste.ok("query guests --by gender --by age");
    assert!(table.starts_with("guests by gender and age\n\ngender   age        total\n"), "{table}");
}

#[test]
fn series_has_a_row_for_each_period() {
    let staste = guests();
    let months = staste.json("query guests --year 2013 --by month");
    let rows = months["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12, "the last one included");
    assert_eq!(rows[1]["period"], "2013-02");
    assert_eq!(
        (&rows[1]["start"], &rows[1]["end"]),
        (&"2013-02-01T00:00:00+00:00".into(), &"2013-03-01T00:00:00+00:00".into())
    );
    assert_eq!((&rows[1]["total"], &rows[11]["total"]), (&3.into(), &0.into()));
    assert_eq!(staste.json("query guests --scale month --year 2013")["rows"], months["rows"]);
    let csv = staste.ok("query guests --scale year --by gender --format csv");
    assert_eq!(csv.lines().next(), Some("year,year:start,year:end,gender,gender:variant,total"));
    assert_eq!(csv.lines().count(), 1 + 2 * 3);
    let wide = staste.ok("query guests --scale year --by gender");
    assert!(
        wide.contains("year  boy  girl  (unset)\n2013    4     3        0\n2014    0     0        8\n"),
        "{wide}"
    );
    // The hour that occurs twice when the clocks go back is two rows.
    staste.ok("define flights --time-zone America/New_York --keep hour=forever");
    staste.ok("kick flights --date 2013-11-03T01:30");
    staste.ok("kick flights --date 2013-11-03T01:30-05:00 --value 5");
    let hours = staste.ok("query flights --year 2013 --month 11 --day 3 --by hour --format csv");
    assert_eq!(hours.lines().count(), 26);
    assert!(
        hours.contains("2013-11-03 01:00,2013-11-03T01:00:00-04:00,2013-11-03T01:00:00-05:00,1\n"),
        "{hours}"
    );
    assert!(
        hours.contains("2013-11-03 01:00,2013-11-03T01:00:00-05:00,2013-11-03T02:00:00-05:00,5\n"),
        "{hours}"
    );
    let table = staste.ok("query flights --year 2013 --month 11 --day 3 --by hour");
    assert!(table.contains("2013-11-03 01:00-04:00") && table.contains("2013-11-03 01:00-05:00"), "{table}");
}

#[test]
fn top_in_csv_has_a_row_with_the_sum_of_the_rest() {
    let staste = guests();
    let csv = |query: &str| staste.ok(&format!("query guests {query} --format csv"));
    assert_eq!(csv("--by age --top 1"), "age,age:variant,total\n(unset),,8\n,rest,7\n");
    assert!(!csv("--by age --top 9").contains("rest"), "nothing is left out");
    assert!(
        csv("--by gender --by age --top 1").ends_with("\n,rest,,rest,7\n"),
        "{}",
        csv("--by gender --by age --top 1")
    );
    let series = csv("--scale year --by age --top 1");
    assert!(series.ends_with("\nrest,,,,rest,7\n"), "{series}");
    let sum: i64 =
        series.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(sum, staste.total("guests"));
}

#[test]
fn top_prints_the_largest_rows_and_sums_the_rest() {
    let staste = guests();
    let top = staste.json("query guests --by age --top 1");
    assert_eq!(top["rows"].as_array().unwrap().len(), 1);
    assert_eq!(top["rows"][0]["choice"], "(unset)");
    assert_eq!(top["rest"], serde_json::json!({"rows": 2, "total": 7}));
    let table = staste.ok("query guests --by age --top 1");
    assert!(table.contains("2 more") && table.contains("all"), "{table}");
    let wide = staste.json("query guests --scale year --by age --top 1");
    assert_eq!(wide["rows"].as_array().unwrap().len(), 2);
    let wide = staste.ok("query guests --scale year --by age --top 1");
    assert!(wide.contains("2 more choices are not shown: total 7"), "{wide}");
    staste.fails(2, "query guests --by age --top 0");
}

#[test]
fn average_needs_an_averaged_metrica() {
    let staste = Program::new();
    staste.ok("define delays --axis carrier --averaged");
    staste.ok("kick delays carrier=UA --value 10");
    staste.ok("kick delays carrier=UA --value 5");
    staste.ok("kick delays carrier=AA --value 9");
    let rows = staste.json("query delays --by carrier --average --top 9");
    assert_eq!(
        rows["rows"][0],
        serde_json::json!({"choice": "AA", "average": 9.0}),
        "the largest average first"
    );
    let all = staste.ok("query delays");
    assert_eq!(all, "delays\n\ntotal    24\ncount    3\naverage  8.00\n");
    let nothing = staste.json("query delays --year 2001");
    assert!(nothing["rows"][0]["average"].is_null());
    staste.ok("define plain");
    for measure in ["--count", "--average"] {
        assert!(staste.fails(2, &format!("query plain {measure}")).contains("plain"));
    }
}

#[test]
fn integer_beyond_double_precision_stays_exact() {
    let staste = Program::new();
    staste.ok("define big --multiplier 1000");
    staste.ok("define huge");
    for _ in 0..3 {
        staste.ok("kick huge --value 9007199254740992");
        staste.ok("kick big --value 9007199254740.991");
    }
    staste.ok("kick huge");
    let json = staste.ok("query huge --format json");
    assert!(json.contains("\"total\":27021597764222977"), "{json}");
    assert!(staste.ok("query huge --format csv").ends_with("\n27021597764222977\n"));
    assert!(staste.ok("query huge").contains("27,021,597,764,222,977"));
    let json = staste.ok("query big --format json");
    assert!(json.contains("\"total\":27021597764222.973"), "{json}");
}

#[test]
fn period_no_longer_kept_is_not_zero() {
    let staste = guests();
    let table = staste.ok("query guests --year 2013 --month 2 --day 7 --by hour");
    assert!(table.contains("\n24 more  no longer kept at this scale\n") && !table.contains(" - "), "{table}");
    let wide = staste.ok("query guests --year 2013 --month 2 --day 7 --by hour --by gender");
    assert!(wide.contains("\n24 more  no longer kept at this scale\n"), "{wide}");
    let few = staste.ok("query guests --since 2013-02-07 --until 2013-02-07T03:00 --by hour");
    assert!(few.contains("2013-02-07 00:00      -") && few.contains("- no longer kept"), "{few}");
    let json = staste.json("query guests --year 2013 --month 2 --day 7 --by hour");
    assert!(json["rows"][0]["total"].is_null() && json["rows"][0]["retained"] == false);
    let csv = staste.ok("query guests --year 2013 --month 2 --day 7 --by hour --format csv");
    assert!(csv.lines().nth(1).unwrap().ends_with(','), "{csv}");
    let error = staste.fails(1, "query guests --year 2013 --month 2 --day 7 --hour 3");
    assert!(error.contains("the nearest boundary that is kept is 2013-02-08 00:00"), "{error}");
}

#[test]
fn future_period_is_not_zero() {
    let staste = Program::new();
    staste.ok("define visits --axis page");
    staste.ok("kick visits page=a");
    let months = staste.ok("query visits --year 2023 --by month");
    assert!(months.contains("2023-10        0\n2023-11 *      1"), "{months}");
    assert!(months.contains("\n2023-12\n") && months.contains("without a number: in the future"), "{months}");
    let wide = staste.ok("query visits --year 2023 --by month --by page");
    assert!(wide.contains("2023-10    0\n2023-11 *  1\n2023-12\n"), "{wide}");
    assert_eq!(staste.json("query visits --year 2023 --by month")["rows"][11]["total"], 0);
    // A future period with counts is shown.
    staste.ok("kick visits page=a --date 2023-12-24");
    let months = staste.ok("query visits --year 2023 --by month");
    assert!(months.contains("2023-12        1") && !months.contains("without a number"), "{months}");
}

#[test]
fn many_zero_rows_are_folded_into_one() {
    let staste = Program::new();
    let rows: String = (0..30).map(|n| format!("{n},{}\n", n / 28)).collect();
    staste.write("f.csv", format!("n,late\n{rows}"));
    staste.ok("import f.csv --metrica f --axis n --axis late");
    let table = staste.ok("query f --by n --filter late=1");
    assert!(table.contains("28 more      0\n") && table.lines().count() == 8, "{table}");
    assert_eq!(staste.json("query f --by n --filter late=1")["rows"].as_array().unwrap().len(), 30);
    assert!(staste.ok("query f --by n --year 1999").contains("30 rows, and nothing at any of them"));
    // A few rows are not folded, because the zeros are the result.
    assert!(staste.ok("query f --by late --year 1999").contains("0         0\n1         0\n"));
}

#[test]
fn wide_table_has_the_same_decimals_in_all_columns() {
    let staste = Program::new();
    staste.ok("define money --axis what --multiplier 100");
    staste.ok("kick money what=wages --value 2500");
    staste.ok("kick money what=rent --value -900.25");
    let wide = staste.ok("query money --scale year --by what");
    assert!(wide.contains("2,500.00  -900.25"), "{wide}");
}

#[test]
fn filter_by_unknown_choice_prints_a_note() {
    let staste = guests();
    let run = staste.run("query guests --filter age=81");
    assert_eq!(run.code, Some(0));
    assert!(
        run.err.contains("note: age 81 was never counted; the choices of age are 18, 19, \"(unset)\""),
        "{run:?}"
    );
    assert_eq!(staste.run("-q query guests --filter age=81").err, "");
}

#[test]
fn periods_that_are_no_longer_kept_have_a_row_of_their_own() {
    let staste = Program::new();
    staste.write(
        "n.csv",
        "n,when\na,1970-01-01\nb,2020-05-05T10:00Z\nc,2023-11-01T10:00Z\nd,2023-11-02T10:00Z\n",
    );
    staste.ok("import n.csv --metrica v --axis n --date when");
    let table = staste.ok("query v --by hour");
    let has = |words: &[&str]| table.lines().any(|line| line.split_whitespace().eq(words.iter().copied()));
    assert!(has(&["no", "longer", "kept", "2"]) && has(&["all", "4"]), "{table}");
    assert!(table.contains("no longer kept by hour: total 2"), "{table}");
    assert!(staste.ok("query v --by hour --format csv").contains("\nno longer kept,,,2\n"));
    assert_eq!(staste.json("query v --by hour")["no_longer_kept"][0]["total"], 2);
    let by_choice = staste.ok("query v --scale hour --by n --format csv");
    assert!(by_choice.contains("\nno longer kept,,,a,,1\nno longer kept,,,b,,1\n"), "{by_choice}");
    let wide = staste.ok("query v --scale hour --by n");
    assert!(wide.contains("no longer kept by hour: total 2"), "{wide}");
    for kept in ["query v --by day", "query v --by hour --since 2023-11-01", "query v"] {
        let answer = staste.ok(kept);
        assert!(!answer.contains("no longer kept"), "{answer}");
    }
}

#[test]
fn today_and_yesterday_are_days_of_the_metrica() {
    let staste = Program::new();
    // The clock of the tests is 2023-11-14T22:13:20Z, which is the 15th in Riga.
    staste.ok("define v --time-zone Europe/Riga");
    for (kicks, at) in [(1, "2023-11-14T12:00"), (2, "2023-11-15T00:05"), (4, "2023-11-13T12:00")] {
        (0..kicks).for_each(|_| drop(staste.ok(&format!("kick v --date {at}"))));
    }
    for (timespan, total) in [
        ("--since today", 2),
        ("--since yesterday", 3),
        ("--since yesterday --until today", 1),
        ("--until yesterday", 4),
        ("--since today --until tomorrow", 2),
    ] {
        assert_eq!(staste.total(&format!("v {timespan}")), total, "{timespan}");
    }
}

#[test]
fn empty_timespan_is_an_error() {
    let staste = Program::new();
    staste.ok("define v");
    for timespan in ["--since today --until today", "--since 2023-01-01 --until 2023-01-01T00:00"] {
        let error = staste.fails(2, &format!("query v {timespan}"));
        assert!(error.contains("it is empty") && error.contains("the end itself is not in it"), "{error}");
    }
    assert!(
        staste.fails(2, "query v --since 2023-01-02 --until 2023-01-01").contains("it ends before it begins")
    );
}
