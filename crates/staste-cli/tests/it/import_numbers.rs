//! `import --decimal-comma` and `--thousands`.

use crate::support::program::Program;

/// Imports values. Returns their sum in hundredths, or standard error if one is rejected.
fn sum(values: &[&str], options: &str) -> Result<i64, String> {
    let staste = Program::new();
    let rows: String = values.iter().map(|value| format!("tea;{value}\n")).collect();
    staste.write("a.csv", format!("sep=;\nwhat;n\n{rows}"));
    staste.ok("define v --axis what --multiplier 100 --averaged");
    let run = staste.run(&format!("import a.csv --metrica v --value n {options}"));
    if run.code != Some(0) {
        return Err(run.err);
    }
    let total = staste.json("query v --total")["rows"][0]["total"].as_f64().unwrap();
    Ok(format!("{:.0}", total * 100.0).parse().unwrap())
}

#[test]
fn values_with_decimal_comma_and_thousands_are_read() {
    assert_eq!(sum(&["12,5", "1.234,56", "-1"], "--decimal-comma"), Ok(124_606));
    assert_eq!(
        sum(&["1 234,56", "1\u{a0}000", "1\u{202f}000"], "--decimal-comma --thousands blank"),
        Ok(323_456)
    );
    assert_eq!(sum(&["1,234.56", "7.5"], "--thousands ,"), Ok(124_206));
    let staste = Program::new();
    staste.write("a.ndjson", "{\"n\":12.5}\n{\"n\":\"12,5\"}\n");
    staste.ok("import a.ndjson --metrica v --value n --decimal-comma --multiplier 10");
    assert_eq!(staste.total("v --total"), 25, "a JSON number has a point");
}

#[test]
fn value_of_another_format_is_rejected_with_the_option() {
    for (value, hint) in [
        ("12,5", "; it is 12.5 with --decimal-comma\n"),
        ("1.234,56", "; it is 1234.56 with --decimal-comma\n"),
        ("1,234.56", "; it is 1234.56 with --thousands ,\n"),
    ] {
        let error = sum(&[value], "").unwrap_err();
        assert!(error.contains("a.csv:3: invalid value") && error.contains(hint), "{error}");
    }
}

#[test]
fn first_value_of_another_format_is_refused_before_the_metrica_is_defined() {
    let staste = Program::new();
    staste.write("a.csv", "what;n\ntea;1.234,56\ntea;2\n");
    let import = "import a.csv --metrica v --axis what --value n --delimiter ;";
    let error = staste.fails(2, import);
    assert!(error.contains("such as \"1.234,56\"; it is 1234.56 with --decimal-comma"), "{error}");
    let error = staste.fails(2, &format!("{import} --decimal-comma"));
    assert!(error.contains("--multiplier 100"), "{error}");
    staste.ok(&format!("{import} --decimal-comma --multiplier 100"));
    assert_eq!(staste.json("query v --total")["rows"][0]["total"], 1236.56);
}

#[test]
fn ambiguous_groups_are_rejected_with_the_reason() {
    let error = sum(&["1,23,4"], "--thousands ,").unwrap_err();
    assert!(
        error.contains("a.csv:3: invalid value \"1,23,4\" for --thousands ,: groups of thousands have three"),
        "{error}"
    );
    let error = sum(&["12.5"], "--decimal-comma").unwrap_err();
    assert!(error.contains("three digits"), "{error}");
}

#[test]
fn invalid_options_for_numbers_are_refused() {
    for (options, words) in [
        ("--value n --thousands _", "invalid --thousands \"_\": expected one of"),
        ("--value n --thousands .", "if the comma does, give --decimal-comma"),
        ("--value n --decimal-comma --thousands ,", "the comma separates the decimals"),
        ("--decimal-comma", "--value"),
    ] {
        let staste = Program::new();
        staste.write("a.csv", "n\n1\n");
        let error = staste.fails(2, &format!("import a.csv --metrica v {options}"));
        assert!(error.contains(words), "{options}: {error}");
    }
}

#[test]
fn multiplier_is_suggested_for_decimals_after_a_comma() {
    let staste = Program::new();
    staste.write("a.csv", "n\n\"1,25\"\n");
    let error = staste.fails(2, "import a.csv --metrica v --value n --decimal-comma");
    assert!(error.contains("--multiplier 100"), "{error}");
}
