//! A damaged Metrica, with a missing key: how commands report it, and how `forget` deletes the rest.

use crate::support::program::Program;
use crate::support::redis_server::RedisServer;

/// Two metricas, one of them with a missing key.
fn damaged(redis: &RedisServer, database: u32, part: &str) -> (Program, String) {
    let (staste, store) = (Program::new(), format!("--store {}", redis.address(database)));
    for metrica in ["guests", "other"] {
        staste.ok(&format!("define {metrica} --axis age --averaged {store}"));
        staste.ok(&format!("kick {metrica} age=7 {store}"));
    }
    redis.delete(database, &format!("staste:{{guests}}:{part}"));
    (staste, store)
}

#[test]
fn damaged_metrica_is_listed_as_corrupt_and_can_be_forgotten() {
    let redis = RedisServer::start();
    for (database, part) in (0..).zip(["meta", "definition", "choices:0"]) {
        let (staste, store) = damaged(&redis, database, part);
        let fault = format!("half a Metrica is left: staste:{{guests}}:{part} is missing");
        let help = "restore its keys from a backup, or delete what is left with `staste forget guests`";

        let error = staste.fails(1, &format!("query guests {store}"));
        assert!(error.contains(&fault) && error.contains(help), "{error}");
        staste.fails(1, &format!("forget guests --filter age=7 --yes {store}"));

        let run = staste.run(&format!("metricas {store}"));
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.out.contains("guests   corrupt") && run.out.contains("other    averaged"), "{run:?}");
        assert!(run.err.contains(&format!("guests, {fault}")) && run.err.contains(help), "{run:?}");
        let listed = staste.run(&format!("metricas --format json {store}"));
        let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
        assert_eq!((&listed[0]["name"], &listed[0]["total"]), (&"other".into(), &1.into()));
        assert_eq!(listed[1]["name"], "guests");
        assert!(listed[1]["faults"][0].as_str().unwrap().starts_with(&fault), "{listed}");

        let shown = staste.ok(&format!("show {store}"));
        assert!(shown.contains("  metricas  2, 1 of which cannot be read: see staste metricas\n"), "{shown}");
        assert_eq!(staste.json(&format!("show {store}"))["faulty"], serde_json::json!(["guests"]));

        for command in ["verify", "verify guests"] {
            let run = staste.run(&format!("{command} {store}"));
            assert_eq!(run.code, Some(1), "{run:?}");
            assert!(run.out.contains(&format!("fault: guests, {fault}")), "{run:?}");
            assert!(run.out.contains(help) && !run.out.contains("every sum is"), "{run:?}");
        }
        staste.ok(&format!("verify other {store}"));
        staste.fails(1, &format!("copy --from {} --to sqlite:copy.db", redis.address(database)));
        assert!(!staste.path("copy.db").exists());

        let error = staste.fails(2, &format!("forget guests {store}"));
        assert!(error.contains("what is left of the metrica guests") && error.contains("--yes"), "{error}");
        assert!(error.contains(&fault), "{error}");
        let done = staste.ok(&format!("forget guests --yes {store}"));
        assert!(done.starts_with("forgotten: what was left of guests ("), "{done}");
        staste.ok(&format!("metricas {store}"));
        staste.ok(&format!("verify {store}"));
        staste.fails(2, &format!("forget guests --yes {store}"));
    }
}
