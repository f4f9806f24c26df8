//! `show`, `metricas`, `export`, `forget`, `backup` and `verify`.

use crate::import::FLIGHTS;
use crate::program::Program;

fn flights() -> Program {
    let staste = Program::new();
    staste.write("f.csv", FLIGHTS);
    staste.ok(
        "import f.csv --metrica delays --axis carrier --axis origin --value delay --null NA=skip --date hour",
    );
    staste.ok("define visits --path-axis page --axis visitor");
    for kick in [
        "page=blog/2013/a visitor=ann",
        "page=blog/2013 visitor=ann",
        "page=about",
        "page=blog/2013/a visitor=bob --value 5",
    ] {
        staste.ok(&format!("kick visits {kick}"));
    }
    staste
}

#[test]
fn metricas_are_listed_and_shown() {
    let staste = flights();
    let listed = staste.json("metricas");
    assert_eq!(listed[0]["name"], "delays");
    assert_eq!((&listed[1]["total"], &listed[1]["count"]), (&8.into(), &serde_json::Value::Null));
    assert_eq!(
        staste.ok("metricas --format csv"),
        "metrica,kind,total,count,axes\ndelays,averaged,6,3,carrier origin\nvisits,plain,8,,visitor page\n"
    );
    let table = staste.ok("metricas");
    assert!(
        table.contains("carrier (3), origin (3)") || table.contains("carrier (2), origin (3)"),
        "{table}"
    );
    let shown = staste.json("show visits");
    assert_eq!(shown["axes"][0]["choices"], serde_json::json!([{"choice": "ann"}, {"choice": "bob"}]));
    let shown = staste.ok("show visits");
    assert!(
        shown.contains("at most 1,000,000") && shown.contains("each combination of choices has a cell"),
        "{shown}"
    );
    let (_, view) = shown.split_once("  staste sql \"").unwrap();
    let (view, _) = view.split_once("\n\nhealth\n").unwrap();
    let statement = view.trim_end().trim_end_matches('"').to_owned();
    let rows = staste.run_with_input("sql - --format json", statement.as_bytes());
    let rows: serde_json::Value = serde_json::from_str(&rows.out).unwrap();
    let day = serde_json::json!([{"period": "2023-11-14 00:00:00", "total": 8}]);
    assert_eq!(rows["rows"], day, "the statement that is shown gives the sum: {view}");
    staste.fails(2, "show nothing");
    staste.fails(2, "show visits --format csv");
}

#[test]
fn exported_cells_hold_every_event_once() {
    let staste = flights();
    let csv = staste.ok("export delays");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>().join(","),
        "scale,start,end,carrier,carrier:variant,origin,origin:variant,total,count"
    );
    let sums = reader.records().map(|record| {
        let record = record.unwrap();
        assert_eq!(&record[0], "day", "hours of 2013 are no longer kept");
        (record[7].parse::<i64>().unwrap(), record[8].parse::<i64>().unwrap())
    });
    assert_eq!(sums.fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1)), (6, 3));
    let lines = staste.ok("export visits --format ndjson");
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["total"].as_i64().unwrap()).sum::<i64>(), 8);
    assert!(rows.iter().all(|row| row["scale"] == "minute"), "the finest that is kept");
    let ended = rows
        .iter()
        .find(|row| row["choices"]["page"]["choice"] == serde_json::json!(["blog", "2013"]))
        .unwrap();
    assert_eq!(ended["total"], 1, "only what ended there");
    assert_eq!(rows.iter().filter(|row| row["choices"]["visitor"]["variant"] == "unset").count(), 1);
    let filtered = staste.ok("export visits --filter page=blog --filter visitor=ann --scale ever");
    assert_eq!(filtered.lines().count(), 3);
    let run = staste.run("export delays --scale month --year 2013 --output out.csv");
    assert_eq!((run.code, run.err.as_str()), (Some(0), "wrote 3 rows to out.csv\n"), "{run:?}");
    let told = staste.fails(2, "export visits --output out.csv");
    assert!(told.contains("out.csv exists already") && told.contains("--force"), "{told}");
    let quiet = staste.run("-q export delays --scale month --year 2013 --output out.csv --force");
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""), "{quiet:?}");
    staste.fails(2, "export delays --since 2013-01-01T05:00 --output part.csv");
    assert!(!staste.path("part.csv").exists(), "what failed leaves nothing");
    let year = staste.ok("export delays --scale month --year 2013 -o /dev/stdout")
        + &std::fs::read_to_string(staste.path("out.csv")).unwrap();
    assert_eq!(year.lines().count(), 2 * (1 + 3));
    staste.fails(2, "export delays --scale week");
    staste.fails(2, "export delays --since 2013-01-01T05:00");
    staste.fails(1, "export delays --output nowhere/out.csv");
}

#[test]
fn an_export_can_be_imported() {
    let staste = flights();
    staste.ok("export visits --scale day --filter visitor=ann --output v.csv");
    staste.ok(
        "import v.csv --metrica again --path-axis page --axis visitor --value total --plain --date start",
    );
    assert_eq!(staste.total("again"), 2);
    assert_eq!(staste.total("again --filter page=blog/2013/a"), 1);
}

#[test]
fn series_are_exported_as_they_are_asked() {
    let staste = flights();
    let series = staste.ok("export delays --series --scale month --year 2013 --by carrier");
    assert_eq!(series, staste.ok("query delays --scale month --year 2013 --by carrier --format csv"));
    assert_eq!(
        staste.ok("export delays --series --scale month --year 2013 --format ndjson").lines().count(),
        12
    );
}

#[test]
fn forgetting_needs_a_yes_and_leaves_sums_sums() {
    let staste = flights();
    let told = staste.fails(2, "forget visits --filter visitor=ann");
    assert!(
        told.contains("this would forget a total of 2 of visits (visitor ann); run it again with --yes"),
        "{told}"
    );
    assert_eq!(staste.total("visits"), 8);
    let done = staste.ok("forget visits --filter visitor=ann --yes");
    assert!(done.contains("forgotten: a total of 2 of visits"), "{done}");
    assert_eq!(staste.total("visits"), 6);
    let moved = staste.ok("forget visits --filter visitor=bob --into-other --yes");
    assert!(moved.contains("moved to (other): a total of 5 of visits"), "{moved}");
    assert_eq!(staste.total("visits"), 6);
    assert_eq!(staste.total("visits --filter visitor:other"), 5);
    staste.ok("forget delays --until 2013-02-01 --yes");
    assert_eq!(staste.total("delays --total"), 9);
    staste.ok("verify");
    staste.fails(2, "forget delays --filter carrier=UA --year 2013 --into-other --yes");
    staste.ok("forget delays --yes");
    staste.fails(2, "query delays");
}

#[test]
fn a_backup_is_a_store_of_its_own() {
    let staste = flights();
    let done = staste.ok("backup copy.db");
    assert!(done.contains("copied sqlite:staste.db to copy.db"), "{done}");
    assert_eq!(staste.total("visits --store sqlite:copy.db"), 8);
    assert!(staste.fails(2, "backup copy.db").contains("exists already"));
    let told = staste.fails(1, "backup nowhere/copy.db");
    assert!(told.contains("nowhere/copy.db cannot be created: there is no folder nowhere\n"), "{told}");
    assert!(!told.contains("partial") && !told.contains("caused by"), "{told}");
    staste.fails(1, "backup copy2.db --store memory:");
}

#[test]
fn verify_says_what_it_checked_and_finds_faults() {
    let staste = flights();
    let sound = staste.ok("verify");
    assert!(sound.contains("every sum is the sum of its parts, and the file is intact"), "{sound}");
    let json = staste.json("verify visits");
    assert!(
        json["metricas"][0]["sums"].as_i64().unwrap() > 10 && json["file"]["faults"] == serde_json::json!([])
    );
    let database = rusqlite::Connection::open(staste.path("staste.db")).unwrap();
    let cells: String = database
        .query_row("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'staste:cells%' ORDER BY name LIMIT 1", [], |row| row.get(0))
        .unwrap();
    let changed = database.execute(
        &format!(
            "UPDATE \"{cells}\" SET total = total + 1 WHERE rowid = (SELECT min(rowid) FROM \"{cells}\")"
        ),
        [],
    );
    let changed = changed.or_else(|_| database.execute(&format!("UPDATE \"{cells}\" SET total = total + 1 WHERE bucket = (SELECT max(bucket) FROM \"{cells}\")"), []));
    assert!(changed.unwrap() > 0);
    let run = staste.run("verify");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("fault: delays, "), "{run:?}");
    let json = staste.run("verify --format json");
    assert_eq!(json.code, Some(1));
    assert!(json.out.contains("\"faults\":[\""), "{json:?}");
}

#[test]
fn an_export_never_writes_over_the_store_nor_half_a_file() {
    let staste = Program::new();
    staste.ok("define guests --axis age");
    staste.ok("kick guests age=1");
    for name in ["staste.db", "./staste.db"] {
        let told = staste.fails(2, &format!("export guests --output {name} --force"));
        assert!(told.contains("is the store itself"), "{told}");
    }
    staste.ok("export guests --output e.csv");
    let whole = std::fs::read(staste.path("e.csv")).unwrap();
    assert!(staste.fails(2, "export guests --output e.csv").contains("exists already"));
    staste.fails(2, "export guests --scale week --output e.csv --force");
    assert_eq!(std::fs::read(staste.path("e.csv")).unwrap(), whole);
    assert_eq!(staste.total("guests"), 1);
    let left = std::fs::read_dir(staste.path(".")).unwrap().flatten();
    assert!(!left.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("export")));
}

#[test]
fn secrets_are_not_shown() {
    let staste = Program::new();
    for (address, code) in [
        ("postgres://user:s3cret@host/db", 2),
        ("redis://:s3cret@localhost:1", 1),
        ("redis://:s3cret@localhost/three", 2),
        ("sqlite://user:s3cret@host/db", 2),
    ] {
        let told = staste.fails(code, &format!("metricas --store {address}"));
        assert!(!told.contains("s3cret"), "{told}");
    }
    staste.write("staste.toml", "store = \"redis://u:s3cret@host");
    let told = staste.fails(2, "metricas");
    assert!(told.contains("staste.toml, line 1 (store)") && !told.contains("s3cret"), "{told}");
}
