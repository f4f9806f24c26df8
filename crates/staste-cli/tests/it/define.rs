//! `define`, `kick` and the definitions of staste.toml.

use crate::support::program::Program;

#[test]
fn defined_metrica_counts_kicks() {
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
fn kick_of_unknown_metrica_fails_without_creating_a_store() {
    let staste = Program::new();
    let none = staste.fails(1, "kick guests age=18");
    assert!(none.contains("there is no store sqlite:staste.db yet"), "{none}");
    assert!(!staste.path("staste.db").exists(), "asking makes no file");
    staste.ok("define guests --axis age");
    let unknown = staste.fails(2, "kick gusts age=18");
    assert!(unknown.contains("it has guests") && unknown.contains("help: did you mean guests?"), "{unknown}");
}

#[test]
fn define_without_options_reads_staste_toml() {
    let staste = Program::new();
    staste.write(
        "staste.toml",
        r#"
store = "sqlite:house.db"
[metrica.guests]
axes = { zeal = "stored", gender = ["boy", "girl"], page = "path", visitor = { kind = "stored", cap = 5 } }
kind = "averaged"
multiplier = 10
unit = "EUR"
better = "up"
time-zone = "Europe/Riga"
week-start = "sunday"
keep = { minute = "30d" }
[metrica.visits]
"#,
    );
    let error = staste.fails(1, "kick visits");
    assert!(error.contains("help: staste.toml defines guests: run `staste define`"), "{error}");
    staste.ok("define visit");
    let error = staste.fails(2, "kick visits");
    assert!(error.contains("help: staste.toml defines visits: run `staste define`"), "{error}");
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
    assert_eq!((&shown["unit"], &shown["better"]), (&"EUR".into(), &"up".into()));
    assert!(staste.ok("define guests").contains("known guests"));
    staste.ok("define guests --better down --title Visitors");
    let shown = staste.json("show guests");
    assert_eq!((&shown["better"], &shown["title"]), (&"down".into(), &"Visitors".into()));
    let error = staste.fails(2, "define guests --better green");
    assert!(error.contains("expected up, down or neither"), "{error}");
    // The option takes precedence over the variable, and the variable over the file.
    let mut command = staste.command("metricas --format csv");
    let listed = command.env("STASTE_STORE", "sqlite:other.db").output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stderr).contains("sqlite:other.db"));
    let mut command = staste.command("metricas --format csv --store sqlite:house.db");
    let listed = command.env("STASTE_STORE", "sqlite:other.db").output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("guests,averaged,0"));
}

#[test]
fn invalid_settings_are_refused_with_the_key() {
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
        let error = staste.fails(2, "define");
        assert!(error.contains(word), "{text}: {error}");
    }
    staste.write("staste.toml", "");
    assert!(staste.fails(2, "define").contains("help: name one: staste define"));
}

#[test]
fn change_of_kind_multiplier_or_zone_is_refused_with_both_definitions() {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy --time-zone Europe/Riga");
    for change in ["--averaged", "--multiplier 10", "--time-zone UTC", "--axis gender"] {
        let error = staste.fails(2, &format!("define guests {change}"));
        assert!(error.contains("stored: plain") && error.contains("requested: "), "{error}");
    }
    let more = staste.ok("define guests --axis gender=girl --axis age --keep minute=30d");
    assert_eq!(more, "extended guests: added choice girl of axis gender, axis age\n");
    assert!(staste.ok("define guests --keep minute=20d").starts_with("changed guests: "));
    assert!(staste.ok("define guests --axis age").starts_with("known guests: "));
    staste.ok("kick guests gender=girl age=1");
}
