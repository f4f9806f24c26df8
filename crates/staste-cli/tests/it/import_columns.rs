//! `import` takes definitions from staste.toml, and columns by the names of axes.

use crate::support::program::Program;

const LOG: &str = "h - - [10/Oct/2013:13:55:36 +0000] \"GET /blog/a HTTP/1.0\" 200 10\n\
    h - ann [11/Oct/2013:13:55:36 +0000] \"GET /about HTTP/1.0\" 404 -\n";

const SETTINGS: &str = "[metrica.visits]\n\
    axes = { path = \"path\", status = [\"200\", \"404\"], land = \"stored\" }\n\
    time-zone = \"Europe/Riga\"\nmultiplier = 10\n";

#[test]
fn metrica_of_staste_toml_is_defined_by_import() {
    let staste = Program::new();
    staste.write("staste.toml", SETTINGS);
    staste.write("access.log", LOG);
    let dry = staste.ok("import access.log --metrica visits --dry-run");
    assert!(dry.contains("2  would be counted") && !staste.path("staste.db").exists(), "{dry}");
    let run = staste.run("import access.log --metrica visits --multiplier 100 --cap path=7");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.err.contains("note: access.log: axis land has no column and stays unset"), "{run:?}");
    let shown = staste.json("show visits");
    assert_eq!(
        (&shown["time_zone"], &shown["multiplier"]),
        (&"Europe/Riga".into(), &100.into()),
        "options win"
    );
    assert_eq!((&shown["axes"][0]["kind"], &shown["axes"][0]["cap"]), (&"path".into(), &7.into()));
    assert_eq!(staste.total("visits --filter path=blog --filter status=200"), 1);
    // Once the metrica is in the store, the file is not used.
    let error = staste.fails(2, "import access.log --metrica visits --multiplier 10");
    assert!(error.contains("stored: ") && error.contains("requested: "), "{error}");
}

#[test]
fn option_that_contradicts_staste_toml_is_refused() {
    let staste = Program::new();
    staste.write("staste.toml", SETTINGS);
    staste.write("access.log", LOG);
    for (options, words) in [
        ("--axis path", ["--axis path was given", "path axis in staste.toml"]),
        ("--path-axis status", ["--path-axis status was given", "not a path, in staste.toml"]),
        ("--axis agent", ["--axis agent was given", "[metrica.visits] in staste.toml"]),
        ("--cap agent=3", ["--cap names the axis agent", ""]),
    ] {
        let error = staste.fails(2, &format!("import access.log --metrica visits {options}"));
        assert!(words.iter().all(|word| error.contains(word)), "{options}: {error}");
    }
    staste.write("staste.toml", "[metrica.visits]\nkind = \"mean\"");
    assert!(staste.fails(2, "import access.log --metrica visits").contains("staste.toml, [metrica.visits]"));
}

#[test]
fn axis_takes_the_column_of_the_same_name() {
    let staste = Program::new();
    staste.ok("define v --axis who --axis page --axis land");
    staste.write("v.csv", "who,page,to\nann,a,b\n");
    let run = staste.run("import v.csv --metrica v --axis page=to");
    assert!(run.err.contains("note: v.csv: axis land has no column and stays unset\n"), "{run:?}");
    assert!(run.err.contains("note: without --date every row counts as happening now\n"), "{run:?}");
    assert_eq!(staste.total("v --filter who=ann --filter page=b --filter land:unset"), 1);
    // A column by the name of the axis is the same mapping as one by --axis.
    assert_eq!(staste.json("import v.csv --metrica v --axis page=to --axis who")["imported_before"], 1);
    staste.write("w.csv", "to\nb\n");
    staste.write("x.csv", "to\nc\n");
    let run = staste.run("import w.csv x.csv --metrica v --axis page=to --axis land=");
    assert_eq!(run.err.matches("axis who has no column").count(), 2, "each file once: {run:?}");
    assert_eq!(run.err.matches("without --date").count(), 1, "{run:?}");
    assert_eq!(staste.run("-q import w.csv --metrica v --axis page=to --again").err, "");
    staste.ok("define averages --axis who --averaged");
    assert!(staste.fails(2, "import v.csv --metrica averages --plain").contains("requested: "));
}

#[test]
fn access_log_has_a_default_date_and_dashes_for_missing_values() {
    let staste = Program::new();
    staste.write("access.log", LOG);
    let run = staste.run("import access.log --metrica traffic --axis user --value bytes --null -=unset");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.out.contains("1  skipped: bytes is \"-\""), "{run:?}");
    assert_eq!(staste.total("traffic --year 2013 --month 10 --day 10 --total"), 10);
}

#[test]
fn log_format_gives_the_columns() {
    let staste = Program::new();
    let line = |host: &str, url: &str, seconds: &str| {
        format!(
            "www.example.com:443 {host} - - [14/Nov/2023:10:00:00 +0000] \"GET {url} HTTP/1.1\" 200 5 \"-\" \"x\" {seconds}\n"
        )
    };
    staste
        .write("a.log", line("203.0.113.1", "/a", "0.25") + &line("203.0.113.2", "/b", "0.5") + "garbage\n");
    let run =
        staste.run("import a.log --metrica v --axis vhost --path-axis page=path --log-format vhost_combined");
    assert!(run.code == Some(3) && run.err.contains("a.log:3: not a line of the --log-format"), "{run:?}");
    assert_eq!(staste.total("v --filter vhost=www.example.com --filter page=a"), 1);
    let format = "'%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %{s}T'";
    let import =
        format!("import a.log --metrica slow --value duration_s --multiplier 100 --log-format {format}");
    assert_eq!(staste.run(&import).code, Some(3));
    assert_eq!(staste.json("query slow --total")["rows"][0]["total"], 0.75);
    let error = staste.fails(2, "import a.log --metrica w --axis what --log-format vhost_combined");
    assert!(error.contains("unknown column `what`") && error.contains("vhost"), "{error}");
    assert!(
        staste.fails(2, "import a.log --metrica w --log-format nginx").contains("expected one of common")
    );
}

#[test]
fn where_counts_rows_that_meet_the_conditions() {
    let staste = Program::new();
    let line = |second: u32, url: &str, status: u32| {
        format!(
            "203.0.113.1 - - [14/Nov/2023:10:00:{second:02} +0000] \"GET {url} HTTP/1.1\" {status} 5 \"-\" \"x\"\n"
        )
    };
    staste
        .write("a.log", line(1, "/a", 200) + &line(2, "/b", 404) + &line(3, "/c", 301) + &line(4, "/a", 500));
    let import = "import a.log --metrica v --path-axis page=path --where status<400 --where path!=/c";
    let run = staste.run(import);
    assert!(
        run.code == Some(0) && run.out.contains("1  counted") && run.out.contains("3  left out by --where"),
        "{run:?}"
    );
    let summary = staste.json(import);
    assert_eq!((&summary["imported_before"], &summary["filtered"]), (&4.into(), &0.into()));
    assert!(
        staste
            .fails(2, "import a.log --metrica v --path-axis page=path")
            .contains("other columns or options")
    );
    assert!(staste.fails(2, "import a.log --metrica w --where status").contains("such as status<400"));
    assert!(staste.fails(2, "import a.log --metrica w --where code=1").contains("unknown column `code`"));
    let run = staste.run("import a.log --metrica w --where method>5");
    assert!(
        run.code == Some(3) && run.err.contains("a.log:1: --where method>5: \"GET\" is not a number"),
        "{run:?}"
    );
}

#[test]
fn extended_log_format_is_detected() {
    let staste = Program::new();
    let fields = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n";
    staste.write("u_ex231114.log", format!("{fields}2023-11-14 10:00:01 203.0.113.1 GET /a 200\n"));
    staste.ok("define v --path-axis page --axis status --time-zone Asia/Tokyo");
    assert_eq!(staste.json("import u_ex231114.log --metrica v --path-axis page=path")["counted"], 1);
    // The time is in UTC, whatever the zone of the Metrica is.
    assert_eq!(
        staste
            .total("v --since 2023-11-14T19:00 --until 2023-11-14T19:01 --filter page=a --filter status=200"),
        1
    );
}
