//! `import --exclude-bots`.

use crate::support::program::Program;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

fn log_line(path: &str, agent: &str) -> String {
    format!("203.0.113.1 - - [14/Nov/2023:10:00:00 +0000] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"{agent}\"\n")
}

#[test]
fn rows_of_bots_are_left_out_and_counted_in_the_summary() {
    let staste = Program::new();
    let log =
        log_line("/a", BROWSER) + &log_line("/a", BOT) + &log_line("/b", "curl/8.5.0") + &log_line("/c", "-");
    staste.write("a.log", &log);
    let import = "import a.log --metrica v --axis page=path --exclude-bots";
    let run = staste.run(import);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert!(
        run.out.contains("  2  counted\n") && run.out.contains("  2  left out by --exclude-bots\n"),
        "{run:?}"
    );
    assert_eq!(staste.total("v --filter page=/a"), 1);
    assert_eq!(staste.total("v --filter page=/c"), 1, "a row without a user agent counts");
    let summary = staste.json(import);
    assert_eq!((&summary["imported_before"], &summary["bots"]), (&4.into(), &0.into()));
    assert_eq!(staste.json("import a.log --metrica w --axis page=path --exclude-bots")["bots"], 2);
    let error = staste.fails(2, "import a.log --metrica v --axis page=path");
    assert!(error.contains("other columns or options"), "{error}");
}

#[test]
fn column_of_the_user_agent_is_found_by_its_name_or_given() {
    let staste = Program::new();
    staste.write("a.csv", format!("page,User Agent\n/a,{BROWSER}\n/b,{BOT}\n"));
    let run = staste.run("import a.csv --metrica v --axis page --exclude-bots");
    assert!(
        run.err.contains("a.csv: --exclude-bots reads the user agent in the column User Agent\n"),
        "{run:?}"
    );
    assert_eq!((staste.total("v"), staste.total("v --filter page=/a")), (1, 1));
    let json = |path: &str, agent: &str| {
        format!("{{\"uri\":\"{path}\",\"request\":{{\"headers\":{{\"User-Agent\":[\"{agent}\"]}}}}}}\n")
    };
    staste.write("b.ndjson", json("/a", BROWSER) + &json("/b", BOT));
    let run = staste.run("import b.ndjson --metrica w --axis page=uri --exclude-bots");
    assert!(run.err.contains("in the column request.headers.User-Agent.0\n"), "{run:?}");
    assert_eq!(staste.total("w"), 1);
    staste.write("c.csv", format!("page,client\n/a,{BROWSER}\n/b,{BOT}\n"));
    let error = staste.fails(2, "import c.csv --metrica x --axis page --exclude-bots");
    assert!(error.contains("c.csv: --exclude-bots: ") && error.contains("--exclude-bots=COLUMN"), "{error}");
    assert_eq!(staste.json("import c.csv --metrica x --axis page --exclude-bots=client")["bots"], 1);
    assert!(
        staste.fails(2, "import c.csv --metrica x --axis page --exclude-bots=").contains("--exclude-bots")
    );
    let error = staste.fails(2, "import c.csv --metrica x --axis page --exclude-bots=agent");
    assert!(error.contains("unknown column `agent`: expected one of page, client"), "{error}");
}

#[test]
fn log_without_user_agents_is_refused() {
    let staste = Program::new();
    staste.write("a.log", log_line("/a", BROWSER));
    let error = staste.fails(2, "import a.log --metrica v --axis path --exclude-bots --log-format common");
    assert!(error.contains("no column has a usual name"), "{error}");
    assert!(staste.run("metricas").err.contains("no"), "nothing was defined");
}
