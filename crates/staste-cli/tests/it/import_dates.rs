//! `import --date` with several columns.

use crate::support::program::Program;

#[test]
fn date_and_time_of_two_columns_are_joined() {
    let staste = Program::new();
    staste.write(
        "a.csv",
        "what,time,day\ntea,10:00,2023-11-13\ntea,23:30:05,2023-11-13\ntea, 00:10 ,2023-11-14\n",
    );
    let run =
        staste.run("import a.csv --metrica v --axis what --date day --date time --time-zone Asia/Tokyo");
    assert!(run.code == Some(0) && run.out.contains("1  of these have blanks"), "{run:?}");
    for (hours, total) in [
        ("13T10:00 --until 2023-11-13T11:00", 1),
        ("13T23:00 --until 2023-11-14T00:00", 1),
        ("14T00:00 --until 2023-11-14T01:00", 1),
    ] {
        assert_eq!(staste.total(&format!("v --since 2023-11-{hours}")), total, "{hours}");
    }
    let error = staste.fails(2, "import a.csv --metrica v --axis what --date day");
    assert!(error.contains("other columns or options"), "{error}");
}

#[test]
fn date_format_is_that_of_the_joined_text() {
    let staste = Program::new();
    staste.write("a.ndjson", "{\"d\":\"14.11.2023\",\"t\":{\"at\":\"10:00\"},\"zone\":\"+0100\"}\n");
    let import = "import a.ndjson --metrica v --date d --date t.at --date zone";
    let run = staste.run(&format!("{import} --dry-run"));
    assert!(run.err.contains("a.ndjson:1: invalid date \"14.11.2023 10:00 +0100\""), "{run:?}");
    staste.ok(&format!("{import} --date-format '%d.%m.%Y %H:%M %z'"));
    assert_eq!(staste.total("v --since 2023-11-14T09:00 --until 2023-11-14T10:00"), 1);
}

#[test]
fn column_of_a_date_can_have_a_comma_and_be_missing() {
    let staste = Program::new();
    staste.write("a.csv", "\"day, local\",time\n2023-11-14,\n2023-11-14,10:00\n");
    let run = staste.run("import a.csv --metrica v --date 'day, local' --date time");
    assert!(run.code == Some(3) && run.err.contains("a.csv:2: date: the column time is empty"), "{run:?}");
    assert!(run.out.contains("  1  counted\n"), "{run:?}");
    staste.write("b.csv", "day,time\n2023-11-14,10:00\n");
    let error = staste.fails(2, "import b.csv --metrica w --date day,time");
    assert!(error.contains("by itself: --date day --date time"), "{error}");
    let error = staste.fails(2, "import b.csv --metrica w --date day --date day");
    assert!(error.contains("--date day is given twice"), "{error}");
}
