//! All flights from New York in 2013, imported and compared with pandas group-bys of the same file.
//!
//! The test runs if STASTE_FLIGHTS is the path of `flights.csv` and STASTE_PYTHON a Python with pandas. `cargo xtask test`
//! installs both and sets the variables. Otherwise the test prints that it was left out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that fails panics"
)]

#[path = "it/support/program.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod program;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use serde_json::Value;

use program::Program;

const ROWS: i64 = 336_776;
const WITHOUT_DELAY: i64 = 8_255;

/// The queries, by their name in the Python script.
const QUERIES: [(&str, &str); 6] = [
    ("carrier", "--by carrier"),
    ("origin", "--by origin"),
    ("month", "--by month"),
    ("spring", "--since 2013-03-08 --until 2013-03-13 --scale day"),
    ("autumn", "--since 2013-11-01 --until 2013-11-06 --scale day"),
    ("carrier_origin", "--by carrier --by origin"),
];

fn main() -> ExitCode {
    let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    if variable("STASTE_QUICK").is_some_and(|quick| quick == "1") {
        eprintln!("flights: LEFT OUT, because STASTE_QUICK is 1");
        return ExitCode::SUCCESS;
    }
    match (variable("STASTE_FLIGHTS"), variable("STASTE_PYTHON")) {
        (Some(flights), Some(python)) => queries_agree_exactly_with_pandas(&flights, &python),
        (None, None) => eprintln!(
            "flights: LEFT OUT, because STASTE_FLIGHTS and STASTE_PYTHON are not set; `cargo xtask test` \
             installs the data and pandas and runs this test"
        ),
        _ => {
            eprintln!(
                "flights: only one of STASTE_FLIGHTS and STASTE_PYTHON is set; `cargo xtask test` sets both"
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn queries_agree_exactly_with_pandas(flights: &str, python: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flights_with_pandas.py");
    let output = Command::new(python).args([script, flights]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: Value = serde_json::from_slice(&output.stdout).unwrap();
    let staste = Program::new();
    let axes = "--axis carrier --axis origin --axis dest --date time_hour --time-zone America/New_York";
    for (import, counted) in [
        (format!("import {flights} --metrica flights {axes}"), ROWS),
        (
            format!(
                "import {flights} --metrica delays {axes} --value dep_delay --distribution --null NA=skip"
            ),
            ROWS - WITHOUT_DELAY,
        ),
    ] {
        let summary = staste.json(&import);
        eprintln!("{summary}");
        assert_eq!(
            (&summary["read"], &summary["counted"], &summary["rejected"]),
            (&ROWS.into(), &counted.into(), &0.into())
        );
        assert_eq!(summary["skipped"], ROWS - counted);
        // Skipped rows at the start of a commit are in no run, so that they are read and skipped again. Where commits start
        // depends on how fast they are.
        let again = staste.json(&import);
        assert_eq!((&again["counted"], &again["rejected"]), (&0.into(), &0.into()), "{again}");
        let number = |name: &str| again[name].as_i64().unwrap();
        assert_eq!(number("imported_before") + number("skipped"), ROWS, "{again}");
    }
    assert_eq!(staste.total("flights"), expected["flights"].as_i64().unwrap());
    assert_eq!(staste.total("delays --total"), expected["delay"].as_i64().unwrap());
    for (name, query) in QUERIES {
        let counts = rows(&staste, &format!("flights {query}"), |row| row["total"].clone());
        assert_eq!(counts, groups(&expected["counts"][name]), "{name}");
        let delays = rows(&staste, &format!("delays {query}"), |row| {
            Value::from([row["total"].clone(), row["count"].clone(), row["average"].clone()].to_vec())
        });
        assert_eq!(delays, groups(&expected["delays"][name]), "{name}");
        check_percentiles(&staste, name, query, &expected["percentiles"][name]);
    }
    // It fails if a sum is wrong, such as that of the bins of a cell.
    eprintln!("{}", staste.ok("verify delays"));
    eprintln!("flights: {} queries of {ROWS} rows agree with pandas", 3 * (QUERIES.len() + 1));
}

/// Checks p50, p95 and p99, negative ones included, against those of the sorted delays: within 1.1 %.
fn check_percentiles(staste: &Program, name: &str, query: &str, expected: &Value) {
    let options = "--percentile 50 --percentile 95 --percentile 99";
    let found = rows(staste, &format!("delays {query} {options}"), |row| {
        Value::from([row["p50"].clone(), row["p95"].clone(), row["p99"].clone()].to_vec())
    });
    let expected = groups(expected);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
    for (group, exact) in expected {
        for (found, exact) in found[&group].as_array().unwrap().iter().zip(exact.as_array().unwrap()) {
            let (found, exact) = (found.as_f64().unwrap(), exact.as_f64().unwrap());
            assert!((found - exact).abs() <= 0.011 * exact.abs(), "{name} {group}: {found}, not {exact}");
        }
    }
}

/// Returns the rows of a query by their choices or period.
fn rows(staste: &Program, query: &str, number: impl Fn(&Value) -> Value) -> BTreeMap<String, Value> {
    let answer = staste.json(&format!("query {query}"));
    let by: Vec<String> =
        answer["by"].as_array().unwrap().iter().map(|axis| axis.as_str().unwrap().to_owned()).collect();
    let key = |row: &Value| match by.len() {
        0 => row["period"].as_str().unwrap().to_owned(),
        1 => row["choice"].as_str().unwrap().to_owned(),
        _ => by
            .iter()
            .map(|axis| row["choices"][axis]["choice"].as_str().unwrap())
            .collect::<Vec<_>>()
            .join("|"),
    };
    answer["rows"].as_array().unwrap().iter().map(|row| (key(row), number(row))).collect()
}

fn groups(expected: &Value) -> BTreeMap<String, Value> {
    expected.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}
