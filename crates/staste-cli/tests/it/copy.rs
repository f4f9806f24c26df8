//! `copy`: between files and servers, repeated, killed and interrupted, and what it refuses.

use std::process::Command;

use serde_json::Value;

use crate::support::fixtures::FLIGHTS;
use crate::support::program::{Program, Run};
use crate::support::redis_server::RedisServer;

/// A store with two metricas, one of them imported, and events older than the retention of minutes and hours.
fn two_metricas() -> Program {
    let staste = Program::new();
    staste.write("f.csv", FLIGHTS);
    let import = "--metrica delays --axis carrier --axis origin --value delay --null NA=skip --date hour";
    staste.ok(&format!("import f.csv {import}"));
    staste.ok("define visits --path-axis page --axis visitor --cap visitor=2 --time-zone Europe/Berlin");
    for kick in [
        "page=blog/2013/a visitor=ann",
        "page=blog/2013 visitor=ann --date 2023-11-14T12:00",
        "page=about --date 2023-10-29T02:30",
        "page=blog/2013/a visitor=bob --value -5 --date 2013-02-07",
        "page=blog visitor=eve",
    ] {
        staste.ok(&format!("kick visits {kick}"));
    }
    staste
}

/// Exports every cell of every scale, and reads all other details of the metricas.
fn export_everything(staste: &Program, store: &str) -> Vec<String> {
    let mut exports = vec![staste.ok(&format!("metricas --format json --store {store}"))];
    for metrica in ["delays", "visits"] {
        for scale in ["minute", "hour", "day", "month", "year", "ever"] {
            exports.push(staste.ok(&format!("export {metrica} --scale {scale} --store {store}")));
        }
        let shown = staste.json(&format!("show {metrica} --store {store}"));
        exports.push(format!("{} {} {}", shown["axes"], shown["time_zone"], shown["points"]));
    }
    exports
}

fn run_copy(staste: &Program, arguments: &str) -> Value {
    staste.json(&format!("copy {arguments}"))
}

#[test]
fn copy_between_files_and_servers_keeps_everything() {
    let staste = two_metricas();
    let redis = RedisServer::start();
    let source = export_everything(&staste, "sqlite:staste.db");
    let mut from = "sqlite:staste.db".to_owned();
    for to in ["sqlite:b.db".to_owned(), redis.address(0), redis.address(1), "sqlite:c.db".to_owned()] {
        let report = run_copy(&staste, &format!("--from {from} --to {to}"));
        assert_eq!(report["metricas"][0]["count"], 3, "{report}");
        assert_eq!(report["metricas"][1]["total"], -1, "{report}");
        assert!(report["metricas"][0]["import_records"].as_i64() > Some(0), "{report}");
        assert_eq!(export_everything(&staste, &to), source, "{to}");
        staste.ok(&format!("verify --store {to}"));
        let again = run_copy(&staste, &format!("--from {from} --to {to}"));
        for metrica in again["metricas"].as_array().unwrap() {
            assert_eq!((&metrica["points"], &metrica["new"]), (&0.into(), &false.into()), "{again}");
        }
        from = to;
    }
    let import = "--metrica delays --axis carrier --axis origin --value delay --null NA=skip --date hour";
    let again = staste.json(&format!("import f.csv {import} --store sqlite:c.db"));
    assert_eq!(again["counted"], 0, "an import continues in the copy: {again}");
}

#[test]
fn copy_prints_a_table_and_dry_run_writes_nothing() {
    let staste = two_metricas();
    let dry = staste.ok("copy --to sqlite:b.db --dry-run");
    assert!(dry.contains("would be copied") && dry.contains("dry run: nothing was written"), "{dry}");
    assert!(!staste.path("b.db").exists());
    let table = staste.ok("copy --to sqlite:b.db --metrica visits");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "metrica  total copied  kicks  points  cells compared");
    assert!(lines[1].starts_with("visits             -1      -       5"), "{table}");
    assert_eq!(lines[3], "both stores are the same, and every sum is the sum of its parts");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{table}");
    assert_eq!(staste.ok("copy --to sqlite:b.db --metrica visits --quiet"), "");
    let metricas = staste.json("metricas --store sqlite:b.db");
    assert_eq!(metricas.as_array().unwrap().len(), 1);
    staste.ok("kick visits page=new");
    let more = run_copy(&staste, "--to sqlite:b.db --dry-run");
    assert_eq!((&more["metricas"][1]["total"], &more["dry_run"]), (&1.into(), &true.into()), "{more}");
}

#[test]
fn copy_adds_an_axis_that_the_store_cannot_add() {
    let staste = two_metricas();
    let redis = RedisServer::start();
    let (old, new) = (redis.address(3), format!("'{}&prefix=new'", redis.address(3)));
    run_copy(&staste, &format!("--to {old}"));
    let error = staste.fails(1, &format!("define visits --axis country --store {old}"));
    let command = format!("staste copy --from '{old}' --to {new} --metrica visits --axis country");
    assert!(error.contains(&command), "{error}");
    staste.ok(command.strip_prefix("staste ").unwrap());
    assert_eq!(staste.total(&format!("visits --filter country:unset --total --store {new}")), -1);
    staste.ok(&format!("kick visits country=LV page=about --store {new}"));
    assert_eq!(staste.total(&format!("visits --filter country=LV --total --store {new}")), 1);
    let error = staste.fails(2, command.strip_prefix("staste ").unwrap());
    assert!(error.contains("has what was not copied to it"), "{error}");
    assert!(error.contains("forget it there: staste forget visits --store"), "{error}");
}

#[test]
fn invalid_copy_is_refused_with_the_remedy() {
    let staste = two_metricas();
    staste.ok("define guests --axis age --store sqlite:other.db");
    staste.ok("kick guests age=5 --store sqlite:other.db");
    staste.ok("define guests --axis age");
    staste.ok("define visits --axis page --store sqlite:differs.db");
    for (code, arguments, message) in [
        (2, "--to sqlite:staste.db", "sqlite:staste.db cannot be copied to itself"),
        (2, "--to sqlite:./staste.db", "cannot be copied to itself"),
        (2, "--to memory:", "memory: keeps nothing after this command ends"),
        (2, "--to other.db", "did you mean sqlite:other.db?"),
        (2, "", "--to <ADDRESS>"),
        (1, "--from sqlite:none.db --to sqlite:b.db", "there is no store sqlite:none.db yet"),
        (1, "--from memory: --to sqlite:b.db", "memory: has no metricas to copy"),
        (1, "--to redis://me:s3cret@localhost:1", "help: run it again"),
        (2, "--to sqlite:b.db --metrica gusts", "did you mean guests?"),
        (2, "--to sqlite:b.db --axis country", "name the one that gets the axis with --metrica"),
        (2, "--to sqlite:b.db --metrica visits --cap x=5", "--cap names the axis x"),
        (2, "--to sqlite:b.db --metrica visits --axis page", "already has an axis page"),
        (2, "--to sqlite:other.db --metrica guests", "the choice 5 on axis age"),
        (2, "--to sqlite:differs.db --metrica visits", "axis page is stored there"),
    ] {
        let run = staste.fails(code, &format!("copy {arguments}"));
        assert!(run.contains(message) && !run.contains("s3cret"), "{arguments}: {run}");
    }
    assert!(!staste.path("b.db").exists() || staste.run("metricas --store sqlite:b.db").code == Some(1));
    // A backup has the same metrica and is refused, with or without further kicks.
    staste.ok("backup backup.db");
    let error = staste.fails(2, "copy --to sqlite:backup.db --metrica visits");
    assert!(error.contains("one is a backup of the other"), "{error}");
}

#[test]
fn killed_copy_is_finished_by_running_it_again() {
    let staste = Program::new();
    let rows: String = (0..20_000).map(|row| format!("{},{row}\n", row % 90)).collect();
    staste.write("many.csv", format!("age,visitor\n{rows}"));
    let redis = RedisServer::start();
    staste.ok("import many.csv --metrica many --axis age --axis visitor --cap visitor=30000");
    for to in ["sqlite:b.db".to_owned(), redis.address(0)] {
        let mut last = -1;
        for _ in 0..5 {
            let mut child = staste.spawn(&format!("copy --to {to}"));
            // Wait until it has copied something more, or is done.
            loop {
                let now = staste.run(&format!("query many --format json --store {to}"));
                let now = serde_json::from_str::<Value>(&now.out).ok();
                let now = now.and_then(|now| now["rows"][0]["total"].as_i64()).unwrap_or(-1);
                if now > last || child.try_wait().unwrap().is_some() {
                    last = last.max(now);
                    break;
                }
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        staste.ok(&format!("copy --to {to}"));
        assert_eq!(staste.total(&format!("many --total --store {to}")), 20_000);
        let export = |store: &str| staste.ok(&format!("export many --store {store}"));
        assert!(export(&to) == export("sqlite:staste.db"));
    }
}

#[test]
fn interrupted_copy_is_finished_by_running_it_again() {
    let staste = Program::new();
    let rows: String = (0..40_000).map(|row| format!("{row}\n")).collect();
    staste.write("many.csv", format!("visitor\n{rows}"));
    staste.ok("import many.csv --metrica many --axis visitor --cap visitor=90000");
    let child = staste.spawn("copy --to sqlite:b.db --format json");
    // Wait until it has written something.
    while staste.run("query many --total --store sqlite:b.db").code != Some(0) {}
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let run = Run::from(child.wait_with_output().unwrap());
    let report: Value = serde_json::from_str(&run.out).unwrap();
    // On a busy machine it may be done before the signal.
    let is_interrupted = report["interrupted"].as_bool().unwrap();
    assert_eq!(run.code, Some(if is_interrupted { 130 } else { 0 }), "{run:?}");
    let first = report["metricas"][0]["total"].as_i64().unwrap();
    let second = run_copy(&staste, "--to sqlite:b.db")["metricas"][0]["total"].as_i64().unwrap();
    assert_eq!(first + second, 40_000);
    assert_eq!(staste.total("many --total --store sqlite:b.db"), 40_000);
}
