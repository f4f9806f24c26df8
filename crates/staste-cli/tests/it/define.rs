//! `define`, `kick` and the choice of a store.

use crate::program::Program;

#[test]
fn a_metrica_is_defined_and_kicked() {
    let staste = Program::new();
    let defined = staste.ok("define guests --axis gender=boy,girl --axis age --averaged --multiplier 100");
    assert!(
        defined.contains("defined guests: averaged, axes gender (declared), age (stored), multiplier 100"),
        "{defined}"
    );
    assert_eq!(staste.ok("kick guests gender=girl age=18"), "");
    staste.ok("kick guests gender=boy age=19 --value 7.5 --date 2013-02-07");
    staste.ok("kick guests age:unset --value -2.25");
    let all = staste.json("query guests");
    assert_eq!(all["rows"][0]["total"].as_f64(), Some(6.25));
    assert_eq!(all["rows"][0]["count"].as_i64(), Some(3));
    assert_eq!(staste.total("guests --filter gender=girl --total"), 1);
}

#[test]
fn kick_makes_no_metrica() {
    let staste = Program::new();
    let none = staste.fails(1, "kick guests age=18");
    assert!(none.contains("there is no store sqlite:staste.db yet"), "{none}");
    assert!(!staste.path("staste.db").exists(), "asking makes no file");
    staste.ok("define guests --axis age");
    let unknown = staste.fails(2, "kick gusts age=18");
    assert!(unknown.contains("it has guests") && unknown.contains("help: did you mean guests?"), "{unknown}");
}

#[test]
fn definitions_come_from_staste_toml() {
    let staste = Program::new();
    staste.write(
        "staste.toml",
        r#"
store = "sqlite:house.db"
[metrica.guests]
axes = { zeal = "stored", gender = ["boy", "girl"], page = "path", visitor = { kind = "stored", cap = 5 } }
kind = "averaged"
multiplier = 10
time-zone = "Europe/Riga"
week-start = "sunday"
keep = { minute = "30d" }
[metrica.visits]
"#,
    );
    let told = staste.fails(1, "kick visits");
    assert!(told.contains("help: staste.toml defines guests: run `staste define`"), "{told}");
    staste.ok("define visit");
    let told = staste.fails(2, "kick visits");
    assert!(told.contains("help: staste.toml defines visits: run `staste define`"), "{told}");
    staste.ok("forget visit --yes");
    let defined = staste.ok("define");
    assert!(defined.contains("defined guests:") && defined.contains("defined visits: plain"), "{defined}");
    assert!(staste.path("house.db").exists() && !staste.path("staste.db").exists());
    let shown = staste.json("show guests");
    let axes: Vec<&str> =
        shown["axes"].as_array().unwrap().iter().map(|axis| axis["name"].as_str().unwrap()).collect();
    assert_eq!(axes, ["zeal", "gender", "page", "visitor"], "in the order of the file");
    assert_eq!(shown["axes"][3]["cap"], 5);
    assert_eq!(
        (&shown["time_zone"], &shown["week_start"], &shown["multiplier"]),
        (&"Europe/Riga".into(), &"sunday".into(), &10.into())
    );
    assert_eq!(shown["scales"][0]["kept"], "30d");
    assert!(staste.ok("define guests").contains("known guests"));
    // A flag is heard before the variable, and that before the file.
    let mut command = staste.command("metricas --format csv");
    let listed = command.env("STASTE_STORE", "sqlite:other.db").output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stderr).contains("sqlite:other.db"));
    let mut command = staste.command("metricas --format csv --store sqlite:house.db");
    let listed = command.env("STASTE_STORE", "sqlite:other.db").output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("guests,averaged,0"));
}

#[test]
fn settings_that_are_wrong_are_told() {
    let staste = Program::new();
    for (text, word) in [
        ("sotre = \"sqlite:a.db\"", "sotre"),
        ("store = 5", "store"),
        ("[metrica.guests]\naxis = \"stored\"", "axis"),
        ("[metrica.guests]\naxes = { age = \"storred\" }", "axis age"),
        ("[metrica.guests]\nkind = \"mean\"", "mean"),
        ("[metrica.guests]\nkeep = { week = \"3d\" }", "week"),
        ("[metrica.guests", "staste.toml"),
    ] {
        staste.write("staste.toml", text);
        let told = staste.fails(2, "define");
        assert!(told.contains(word), "{text}: {told}");
    }
    staste.write("staste.toml", "");
    assert!(staste.fails(2, "define").contains("help: name one: staste define"));
}

#[test]
fn what_is_for_life_is_refused_with_both_definitions() {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy --time-zone Europe/Riga");
    for change in ["--averaged", "--multiplier 10", "--time-zone UTC", "--axis gender"] {
        let told = staste.fails(2, &format!("define guests {change}"));
        assert!(told.contains("stored: plain") && told.contains("requested: "), "{told}");
    }
    let more = staste.ok("define guests --axis gender=girl --axis age --keep minute=30d");
    assert_eq!(more, "extended guests: added choice girl of axis gender, axis age\n");
    assert!(staste.ok("define guests --keep minute=20d").starts_with("changed guests: "));
    assert!(staste.ok("define guests --axis age").starts_with("known guests: "));
    staste.ok("kick guests gender=girl age=1");
}

#[test]
fn addresses_say_what_they_may_mean() {
    let staste = Program::new();
    for (address, code, word) in [
        ("guests.db", 2, "did you mean sqlite:guests.db?"),
        ("redis-cluster://localhost/1", 2, "a cluster has no databases but 0"),
        ("redis://localhost:1", 1, "redis://localhost:1/0 cannot be reached"),
        ("redis://localhost/three", 2, "redis://HOST:PORT/DATABASE"),
        ("mysql://x", 2, "mysql is an unknown scheme"),
        ("sqlite://guests.db", 2, "sqlite:guests.db"),
        ("sqlite:", 2, "path is missing"),
        ("sqlite:nowhere/guests.db", 1, "there is no store"),
        ("memory:", 1, "the store has no metricas yet"),
    ] {
        let told = staste.fails(code, &format!("metricas --store {address}"));
        assert!(told.contains(word), "{address}: {told}");
    }
}
