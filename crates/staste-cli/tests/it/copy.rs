//! `copy`: between files and servers, again and interrupted, and what it refuses.

use std::process::Command;

use serde_json::Value;

use crate::import::FLIGHTS;
use crate::program::{Program, Run};
use crate::server::Server;

/// Some metricas with dates before and after what is kept, and one import.
fn counted() -> Program {
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

/// Every cell of every scale, and everything else that is told of a metrica.
fn everything(staste: &Program, store: &str) -> Vec<String> {
    let mut told = vec![staste.ok(&format!("metricas --format json --store {store}"))];
    for metrica in ["delays", "visits"] {
        for scale in ["minute", "hour", "day", "month", "year", "ever"] {
            told.push(staste.ok(&format!("export {metrica} --scale {scale} --store {store}")));
        }
        let shown = staste.json(&format!("show {metrica} --store {store}"));
        told.push(format!("{} {} {}", shown["axes"], shown["time_zone"], shown["points"]));
    }
    told
}

fn copied(staste: &Program, arguments: &str) -> Value {
    staste.json(&format!("copy {arguments}"))
}

#[test]
fn from_file_to_file_to_server_and_back() {
    let staste = counted();
    let server = Server::start();
    let here = everything(&staste, "sqlite:staste.db");
    let mut from = "sqlite:staste.db".to_owned();
    for to in ["sqlite:b.db".to_owned(), server.address(0), server.address(1), "sqlite:c.db".to_owned()] {
        let told = copied(&staste, &format!("--from {from} --to {to}"));
        assert_eq!(told["metricas"][0]["count"], 3, "{told}");
        assert_eq!(told["metricas"][1]["total"], -1, "{told}");
        assert!(told["metricas"][0]["import_records"].as_i64() > Some(0), "{told}");
        assert_eq!(everything(&staste, &to), here, "{to}");
        staste.ok(&format!("verify --store {to}"));
        let again = copied(&staste, &format!("--from {from} --to {to}"));
        for metrica in again["metricas"].as_array().unwrap() {
            assert_eq!((&metrica["points"], &metrica["new"]), (&0.into(), &false.into()), "{again}");
        }
        from = to;
    }
    let import = "--metrica delays --axis carrier --axis origin --value delay --null NA=skip --date hour";
    let again = staste.json(&format!("import f.csv {import} --store sqlite:c.db"));
    assert_eq!(again["counted"], 0, "an import goes on in the copy: {again}");
}

#[test]
fn a_table_for_people() {
    let staste = counted();
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
    let more = copied(&staste, "--to sqlite:b.db --dry-run");
    assert_eq!((&more["metricas"][1]["total"], &more["dry_run"]), (&1.into(), &true.into()), "{more}");
}

#[test]
fn an_axis_that_the_store_cannot_add() {
    let staste = counted();
    let server = Server::start();
    let (old, new) = (server.address(3), format!("'{}&prefix=new'", server.address(3)));
    copied(&staste, &format!("--to {old}"));
    let told = staste.fails(1, &format!("define visits --axis country --store {old}"));
    let command = format!("staste copy --from '{old}' --to {new} --metrica visits --axis country");
    assert!(told.contains(&command), "{told}");
    staste.ok(command.strip_prefix("staste ").unwrap());
    assert_eq!(staste.total(&format!("visits --filter country:unset --total --store {new}")), -1);
    staste.ok(&format!("kick visits country=LV page=about --store {new}"));
    assert_eq!(staste.total(&format!("visits --filter country=LV --total --store {new}")), 1);
    let told = staste.fails(2, command.strip_prefix("staste ").unwrap());
    assert!(told.contains("has what was not copied to it"), "{told}");
    assert!(told.contains("forget it there: staste forget visits --store"), "{told}");
}

#[test]
fn what_is_refused() {
    let staste = counted();
    staste.ok("define guests --axis age --store sqlite:other.db");
    staste.ok("kick guests age=5 --store sqlite:other.db");
    staste.ok("define guests --axis age");
    staste.ok("define visits --axis page --store sqlite:differs.db");
    for (code, arguments, told) in [
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
        assert!(run.contains(told) && !run.contains("s3cret"), "{arguments}: {run}");
    }
    assert!(!staste.path("b.db").exists() || staste.run("metricas --store sqlite:b.db").code == Some(1));
    // A backup is the same metrica, kicked on its own or not.
    staste.ok("backup backup.db");
    let told = staste.fails(2, "copy --to sqlite:backup.db --metrica visits");
    assert!(told.contains("one is a backup of the other"), "{told}");
}

#[test]
fn killed_and_run_again() {
    let staste = Program::new();
    let rows: String = (0..20_000).map(|row| format!("{},{row}\n", row % 90)).collect();
    staste.write("many.csv", format!("age,visitor\n{rows}"));
    let server = Server::start();
    staste.ok("import many.csv --metrica many --axis age --axis visitor --cap visitor=30000");
    for to in ["sqlite:b.db".to_owned(), server.address(0)] {
        let mut last = -1;
        for _ in 0..5 {
            let mut child = staste.spawn(&format!("copy --to {to}"));
            // Until it has brought something more, or is done.
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
fn interrupted_and_run_again() {
    let staste = Program::new();
    let rows: String = (0..40_000).map(|row| format!("{row}\n")).collect();
    staste.write("many.csv", format!("visitor\n{rows}"));
    staste.ok("import many.csv --metrica many --axis visitor --cap visitor=90000");
    let child = staste.spawn("copy --to sqlite:b.db --format json");
    // Until it has written something.
    while staste.run("query many --total --store sqlite:b.db").code != Some(0) {}
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let run = Run::from(child.wait_with_output().unwrap());
    let told: Value = serde_json::from_str(&run.out).unwrap();
    // On a machine that was busy with something else it may have been done already.
    let is_interrupted = told["interrupted"].as_bool().unwrap();
    assert_eq!(run.code, Some(if is_interrupted { 130 } else { 0 }), "{run:?}");
    let first = told["metricas"][0]["total"].as_i64().unwrap();
    let second = copied(&staste, "--to sqlite:b.db")["metricas"][0]["total"].as_i64().unwrap();
    assert_eq!(first + second, 40_000);
    assert_eq!(staste.total("many --total --store sqlite:b.db"), 40_000);
}
