//! `forget`, `backup` and `verify`.

use crate::support::fixtures::delays_and_visits;
use crate::support::program::Program;
use crate::terminal::Terminal;

#[test]
fn forget_needs_yes_and_keeps_all_sums_correct() {
    let staste = delays_and_visits();
    let error = staste.fails(2, "forget visits --filter visitor=ann");
    assert!(
        error.contains("this would forget a total of 2 of visits (visitor ann); run it again with --yes"),
        "{error}"
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
fn backup_is_a_store_and_never_overwrites_a_file() {
    let staste = delays_and_visits();
    let done = staste.ok("backup copy.db");
    assert!(done.contains("copied sqlite:staste.db to copy.db"), "{done}");
    assert_eq!(staste.total("visits --store sqlite:copy.db"), 8);
    assert!(staste.fails(2, "backup copy.db").contains("exists already"));
    let error = staste.fails(1, "backup nowhere/copy.db");
    assert!(error.contains("nowhere/copy.db cannot be created: there is no folder nowhere\n"), "{error}");
    assert!(!error.contains("partial") && !error.contains("caused by"), "{error}");
    staste.fails(1, "backup copy2.db --store memory:");
}

#[test]
fn verify_reports_success_and_faults() {
    let staste = delays_and_visits();
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
fn forget_on_a_terminal_asks_for_confirmation() {
    let staste = Program::new();
    staste.ok("define visits --axis visitor");
    staste.ok("kick visits visitor=ann");
    for (keys, code, word, left) in [
        ("n\n", 1, "nothing was forgotten", 1),
        ("\x04", 1, "\r\nnothing was forgotten", 1),
        ("y\n", 0, "forgotten: a total of 1", 0),
    ] {
        let mut forget = Terminal::run(staste.command("forget visits --filter visitor=ann"), 80, 24);
        forget.wait_for("Forget a total of 1 of visits (visitor ann)? It cannot be undone [y/N] ");
        forget.press(keys);
        let (ended, seen) = forget.end();
        assert_eq!(ended, Some(code), "{seen}");
        assert!(seen.contains(word), "{seen}");
        assert_eq!(staste.total("visits"), left);
    }
}
