//! `import` of each format, with mapped columns.

use crate::support::fixtures::{FLIGHTS, gzip};
use crate::support::program::Program;

#[test]
fn csv_rows_are_counted_in_a_new_metrica() {
    let staste = Program::new();
    staste.write("flights.csv", FLIGHTS);
    let summary = staste.json(
        "import flights.csv --metrica delays --axis carrier --axis from=origin --value delay --null NA=skip --date hour \
         --time-zone America/New_York",
    );
    assert_eq!(
        (&summary["read"], &summary["counted"], &summary["rejected"]),
        (&4.into(), &3.into(), &0.into())
    );
    assert_eq!(summary["skipped_by"], serde_json::json!([{"column": "delay", "text": "NA", "rows": 1}]));
    let shown = staste.json("show delays");
    assert_eq!((&shown["kind"], &shown["time_zone"]), (&"averaged".into(), &"America/New_York".into()));
    assert_eq!(staste.total("delays --filter carrier=UA --total"), -3);
    assert_eq!(staste.total("delays --filter from=JFK --year 2013 --month 2 --count --total"), 9);
    // 04:00 UTC on January 2 is still January 1 in New York.
    assert_eq!(staste.total("delays --year 2013 --month 1 --day 1 --total"), -3);
    let plain = staste.json("import flights.csv --metrica flights --axis carrier");
    assert_eq!(plain["counted"], 4);
    assert_eq!(staste.json("show flights")["kind"], "plain");
    assert_eq!(staste.total("flights --last 1m"), 4, "without dates everything happens now");
}

#[test]
fn summary_is_printed_as_text_unless_quiet() {
    let staste = Program::new();
    staste.write("flights.csv", FLIGHTS);
    let summary =
        staste.ok("import flights.csv --metrica delays --axis carrier --value delay --null NA=skip");
    for line in [
        "delays\n",
        "  4  rows read\n",
        "  3  counted\n",
        "  1  skipped: delay is \"NA\"\n",
        "  0  rejected\n",
        " rows/s\n",
    ] {
        assert!(summary.contains(line), "{line}\n{summary}");
    }
    assert_eq!(staste.ok("-q import flights.csv --metrica flights --axis carrier"), "");
    let run = staste.run("import flights.csv --metrica f3 --axis carrier --date hour");
    assert_eq!(run.err, "", "no bar where there is no terminal");
}

#[test]
fn invalid_rows_are_printed_and_the_others_counted() {
    let staste = Program::new();
    let mut rows = b"carrier,delay,hour\nUA,1,2013-01-01\nUA,much,2013-01-01\nUA\n\xff,2,2013-01-01\nUA,NaN,2013-01-01\nUA,3,2013-13-01\nUA,4,2013-01-02\n\"UA,5,2013-01-01\nUA,6,2013-01-01\n".to_vec();
    rows.extend(format!("{},7,2013-01-01\n", "x".repeat(10_240)).bytes());
    rows.extend(b"UA,8,0000-01-01\nUA,9,99999-01-01\nUA,10,2013-01-03\n");
    staste.write("f.csv", rows);
    let run = staste.run("import f.csv --metrica f --axis carrier --value delay --date hour --format json");
    assert_eq!(run.code, Some(3), "{run:?}");
    let summary: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&summary["read"], &summary["counted"], &summary["rejected"]),
        (&13.into(), &4.into(), &9.into())
    );
    let error: Vec<&str> = run.err.lines().collect();
    for (line, start, word) in [
        (0, "f.csv:3: ", "invalid value \"much\""),
        (1, "f.csv:4: ", "expected 3 fields, found 1"),
        (2, "f.csv:5: ", "not UTF-8"),
        (3, "f.csv:6: ", "invalid value \"NaN\""),
        (4, "f.csv:7: ", "invalid date \"2013-13-01\""),
        (5, "f.csv:9: ", "quote"),
        (6, "f.csv:11: ", "10240 bytes long"),
        (7, "f.csv:12: ", "0000-01-01"),
        (8, "f.csv:13: ", "99999-01-01"),
    ] {
        assert!(error[line].starts_with(start) && error[line].contains(word), "{start} {word}\n{run:?}");
    }
    assert!(error[4].ends_with("invalid date \"2013-13-01\"") && error.len() == 10, "{run:?}");
    assert!(error[9].starts_with("recognized dates are ") && error[9].contains("--date-format"), "{run:?}");
    assert_eq!(staste.total("f --total"), 1 + 4 + 6 + 10);
    let few = staste
        .run("import f.csv --metrica few --axis carrier --value delay --date hour --max-errors-shown 2");
    assert_eq!(few.err.lines().count(), 4, "{few:?}");
    assert!(few.err.lines().nth(2).unwrap().ends_with("print more with --max-errors-shown"), "{few:?}");
}

#[test]
fn strict_import_stops_at_the_first_invalid_row_and_continues_from_there() {
    let staste = Program::new();
    staste.write("f.csv", "carrier,delay\nUA,1\nAA,2\nUA,much\nB6,4\n");
    let run = staste.run("import f.csv --metrica f --axis carrier --value delay --strict");
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("error: f.csv:4: invalid value \"much\"")
            && run.err.contains("help: the rows before it are counted"),
        "{run:?}"
    );
    assert_eq!(staste.total("f --total"), 3);
    staste.write("f.csv", "carrier,delay\nUA,1\nAA,2\nUA,3\nB6,4\n");
    let summary = staste.json("import f.csv --metrica f --axis carrier --value delay --strict");
    assert_eq!((&summary["imported_before"], &summary["counted"]), (&2.into(), &2.into()));
    assert_eq!(staste.total("f --total"), 10);
    staste.write("first.csv", "carrier,delay\nUA,much\n");
    assert_eq!(
        staste.run("import first.csv --metrica f --axis carrier --value delay --strict").code,
        Some(2)
    );
    // With --again no record is kept, so the help must not say to run it again.
    staste.write("f.csv", "carrier,delay\nUA,1\nUA,much\n");
    let error = staste.fails(2, "import f.csv --metrica f --axis carrier --value delay --strict --again");
    assert!(
        error.contains("--again keeps no record of them") && !error.contains("to count the rest"),
        "{error}"
    );
}

#[test]
fn dry_run_writes_nothing() {
    let staste = Program::new();
    staste.write("f.csv", "carrier,delay\nUA,1\nAA,x\n");
    let run = staste.run("import f.csv --metrica f --axis carrier --value delay --dry-run");
    assert_eq!(run.code, Some(3));
    assert!(
        run.out.contains("f, dry run: nothing was written") && run.out.contains("1  would be counted"),
        "{run:?}"
    );
    assert!(!staste.path("staste.db").exists());
    staste.ok("define f --axis carrier=UA --averaged");
    let run = staste.run("import f.csv --metrica f --axis carrier --value delay --dry-run");
    assert!(run.err.contains("f.csv:3: "), "{run:?}");
    assert_eq!(staste.total("f --total"), 0);
    assert_eq!(staste.run("import f.csv --metrica f --axis carrier --value delay").code, Some(3));
    let again = staste.ok("import f.csv --metrica f --axis carrier --value delay --dry-run");
    assert!(again.contains("1  imported before") && again.contains("1  rejected before"), "{again}");
}

#[test]
fn ndjson_and_access_log_rows_are_counted() {
    let staste = Program::new();
    let events = b"{\"kind\":\"a\",\"user\":{\"country\":\"LV\"},\"n\":1.5}\n{\"kind\":\"b\",\"n\":2}\n{\"kind\":null,\"n\":1}\nnot json\n";
    let run = staste.run_with_input("import - --metrica events --axis kind --axis country=user.country --value n --multiplier 10 --input-format ndjson", events);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.err.contains("standard input:4: not JSON"), "{run:?}");
    assert_eq!(staste.json("query events")["rows"][0]["total"].as_f64(), Some(4.5));
    assert_eq!(staste.total("events --filter country:unset --count --total"), 3);
    let log = b"127.0.0.1 - - [10/Oct/2013:13:55:36 -0700] \"GET /blog/2013?x=1 HTTP/1.0\" 200 2326 \"-\" \"curl\"\n\
        127.0.0.1 - - [10/Oct/2013:23:55:36 -0700] \"GET /blog/2014 HTTP/1.0\" 404 10\n";
    staste.write("access.log.1.gz", gzip(log));
    let summary =
        staste.json("import access.log.1.gz --metrica hits --path-axis page=path --axis status --date time");
    assert_eq!(summary["counted"], 2);
    assert_eq!(staste.total("hits --filter page=blog"), 2);
    assert_eq!(staste.total("hits --filter page=blog/2013 --filter status=200"), 1);
    assert_eq!(staste.total("hits --year 2013 --month 10 --day 11"), 1);
}

#[test]
fn local_time_in_fold_is_the_earlier_one_and_in_gap_the_later_one() {
    let staste = Program::new();
    let times = [
        "2013-11-03 00:59",
        "2013-11-03 01:30",
        "2013-11-03 01:30-05:00",
        "2013-11-03 02:00",
        "2013-03-10 01:59",
        "2013-03-10 02:30",
        "2013-03-10 03:30",
    ];
    staste.write("naive.csv", format!("at\n{}\n", times.join("\n")));
    staste.ok("import naive.csv --metrica naive --date at --time-zone America/New_York --keep hour=forever");
    let hours = |day: &str| {
        let csv = staste.ok(&format!("query naive {day} --by hour --format csv"));
        let counted = csv.lines().skip(1).filter(|line| !line.ends_with(",0"));
        counted
            .map(|line| line.split(',').skip(1).step_by(2).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        hours("--year 2013 --month 11 --day 3"),
        [
            "2013-11-03T00:00:00-04:00 1",
            "2013-11-03T01:00:00-04:00 1",
            "2013-11-03T01:00:00-05:00 1",
            "2013-11-03T02:00:00-05:00 1"
        ]
    );
    assert_eq!(
        hours("--year 2013 --month 3 --day 10"),
        ["2013-03-10T01:00:00-05:00 1", "2013-03-10T03:00:00-04:00 2"]
    );
    staste.ok("verify");
}

#[test]
fn options_set_columns_delimiter_date_format_and_null_text() {
    let staste = Program::new();
    staste.write("f.txt", "UA;31.12.2013 07:08;blog>x\n;31.12.2013 07:09;blog\nNULL;31.12.2013 07:10;\n");
    staste.ok(
        "import f.txt --metrica f --axis carrier=col1 --path-axis page=col3 --path-separator > --no-header --delimiter ; \
         --date col2 --date-format '%d.%m.%Y %H:%M' --null NULL=unset --input-format csv",
    );
    assert_eq!(staste.total("f --filter carrier:unset"), 1);
    assert_eq!(staste.total("f --filter carrier="), 1, "an empty choice is one");
    assert_eq!(staste.total("f --filter page=blog"), 2);
    assert_eq!(staste.total("f --year 2013 --month 12 --day 31"), 3);
}

#[test]
fn invalid_import_is_refused_without_defining_a_metrica() {
    let staste = Program::new();
    staste.write("f.csv", "carrier,delay\nUA,1.25\nUA,2.5\n");
    staste.write("dates.csv", "month\n3\n");
    staste.write("empty.csv", "");
    staste.write("f.bin", b"\x00\x01\x02");
    for (line, word) in [
        ("nowhere.csv --metrica f --axis carrier", "nowhere.csv"),
        ("f.csv f2.csv --metrica f --axis carrier", "f2.csv"),
        (". --metrica f --axis carrier", "folder"),
        ("empty.csv --metrica f --axis carrier", "the file is empty"),
        ("f.bin --metrica f --axis carrier", "--input-format"),
        ("f.csv --metrica f --axis carier", "unknown column `carier`: expected one of carrier, delay"),
        ("f.csv --metrica f --axis a=carrier --axis a=delay", "axis a is given two columns"),
        ("f.csv --metrica f --axis carrier --null NA", "--null NA=skip"),
        ("f.csv --metrica f --axis carrier --input-format xml", "csv, ndjson, access-log"),
        ("f.csv --metrica f --axis carrier --delimiter ab", "--delimiter"),
        ("f.csv --metrica f --axis carrier --date delay --date-format %J", "--date-format"),
        ("f.csv --metrica f --axis carrier --value delay", "--multiplier 100"),
        ("f.csv --metrica 9f --axis carrier", "9f"),
        ("f.csv --metrica f --axis month=carrier", "month"),
        ("dates.csv --metrica f --axis month", "--axis my_month=month"),
        ("f.csv --metrica f --axis carrier --time-zone Mars/Base", "Mars/Base"),
        ("f.csv --metrica f --axis carrier --keep minute=soon", "soon"),
        ("f.csv --metrica f --axis carrier --cap delay=3", "--cap"),
    ] {
        let error = staste.fails(2, &format!("import {line}"));
        assert!(error.contains(word), "{line}: {error}");
    }
    assert!(staste.run("metricas").err.contains("no"), "nothing was defined");
    staste.ok("define f --axis carrier --path-axis page");
    for (line, word) in [
        ("--axis delay", "staste define f --axis delay"),
        ("--path-axis carrier", "map it with --axis carrier"),
        ("--axis page=carrier", "map it with --path-axis page"),
        ("--axis carrier --time-zone Europe/Riga", "requested: "),
        ("--axis carrier --value delay --multiplier 100", "requested: "),
    ] {
        let error = staste.fails(2, &format!("import f.csv --metrica f {line}"));
        assert!(error.contains(word), "{line}: {error}");
    }
}
