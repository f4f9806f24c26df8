//! A store that the user can read and not write: it can be queried, and the numbers are right or there is an error.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use staste::{SqliteStore, Staste};

use crate::support::program::{NOW, Program, Run};
use crate::support::redis_server::RedisServer;
use crate::support::web_server::WebServer;

/// The user `nobody`, as whom the tests of root run the program: root may write everything.
const NOBODY: u32 = 65_534;

/// A store with 3 kicks of the metrica `visits`, which only root or the user of the test may write.
fn visits() -> Program {
    let staste = Program::new();
    staste.ok("define visits --axis page");
    staste.ok("kick visits page=a --value 3");
    staste.permit("staste.db", 0o444);
    staste.permit("", 0o555);
    staste
}

impl Program {
    fn permit(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Runs a command as a user who may not write the store.
    fn read(&self, line: &str) -> Run {
        Run::from(self.reader(line).output().unwrap())
    }

    fn reader(&self, line: &str) -> Command {
        let command = self.command(line);
        if !rustix::process::geteuid().is_root() {
            return command;
        }
        let mut reader = Command::new("setpriv");
        reader.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]);
        reader.arg(command.get_program()).args(command.get_args()).current_dir(self.path(""));
        reader.env("STASTE_CLOCK", NOW).env_remove("STASTE_STORE").env("LANG", "C.UTF-8");
        reader
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(""))
            .unwrap()
            .map(|found| found.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Run {
    fn total(&self) -> i64 {
        assert_eq!(self.code, Some(0), "{self:?}");
        let json: serde_json::Value = serde_json::from_str(&self.out).unwrap();
        json["rows"][0]["total"].as_i64().unwrap()
    }
}

#[test]
fn every_reading_command_reads_a_store_that_cannot_be_written() {
    let staste = visits();
    assert_eq!(staste.read("query visits --format json").total(), 3);
    for (line, expected) in [
        ("show visits", "page"),
        ("show", "metricas  1"),
        ("metricas", "visits"),
        ("export visits", ",a,,3"),
        ("verify", "visits"),
        ("sql 'SELECT max(total) FROM visits'", "3"),
    ] {
        let run = staste.read(line);
        assert!(run.code == Some(0) && run.out.contains(expected), "{line}\n{run:?}");
    }
    assert_eq!(staste.files(), ["staste.db"]);
}

#[test]
fn pages_of_a_store_that_cannot_be_written_show_the_numbers() {
    let staste = visits();
    let mut serve = staste.reader("serve --listen 127.0.0.1:0");
    let server = WebServer::of(serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    for (page, expected) in [("/", "visits"), ("/m/visits", "page"), ("/m/visits/top.csv?axis=page", "a,3")] {
        let response = server.get(page);
        assert!(response.starts_with("HTTP/1.1 200") && response.contains(expected), "{page}\n{response}");
    }
}

#[test]
fn file_that_cannot_be_written_in_a_writable_directory_is_read_without_new_files() {
    let staste = visits();
    staste.permit("", 0o777);
    assert_eq!(staste.read("query visits --format json").total(), 3);
    assert_eq!(staste.files(), ["staste.db"], "a log of this user would keep the writer out");
    if rustix::process::geteuid().is_root() {
        staste.ok("kick visits page=a");
    }
}

#[test]
fn writable_file_in_a_directory_that_cannot_be_written_is_read() {
    let staste = visits();
    staste.permit("staste.db", 0o666);
    assert_eq!(staste.read("query visits --format json").total(), 3);
    assert_eq!(staste.files(), ["staste.db"]);
}

#[test]
fn commits_in_the_log_of_a_running_writer_are_read() {
    let staste = visits();
    staste.permit("", 0o755);
    staste.permit("staste.db", 0o644);
    let running = Staste::new(SqliteStore::at(staste.path("staste.db")));
    let visits = running.metrica("visits").axis("page", staste::Axis::stored()).build().unwrap();
    visits.kick([("page", "b")]).unwrap();
    running.flush().unwrap();
    staste.permit("staste.db", 0o444);
    staste.permit("", 0o555);
    assert!(staste.path("staste.db-wal").exists());
    assert_eq!(staste.read("query visits --format json").total(), 4);
    // A copy of the three files, as on a read-only mount, which no process has open.
    let copy = Program::new();
    for name in ["staste.db", "staste.db-wal", "staste.db-shm"] {
        fs::copy(staste.path(name), copy.path(name)).unwrap();
        copy.permit(name, 0o444);
    }
    copy.permit("", 0o555);
    assert_eq!(copy.read("query visits --format json").total(), 4);
}

#[test]
fn commits_in_a_log_without_shared_memory_are_an_error_and_never_missing() {
    let staste = visits();
    let running = SqliteStore::at(staste.path("staste.db"));
    staste.permit("", 0o755);
    staste.permit("staste.db", 0o644);
    let visits = Staste::new(running).metrica("visits").axis("page", staste::Axis::stored()).build().unwrap();
    visits.kick([("page", "b")]).unwrap();
    assert_eq!(visits.total().unwrap(), 4);
    let copy = Program::new();
    for name in ["staste.db", "staste.db-wal"] {
        fs::copy(staste.path(name), copy.path(name)).unwrap();
        copy.permit(name, 0o444);
    }
    for directory in [0o555, 0o777] {
        copy.permit("", directory);
        let run = copy.read("query visits");
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.contains("staste.db-wal holds commits"), "{run:?}");
        assert!(run.err.contains("as a user who may write it"), "{run:?}");
        assert_eq!(copy.files(), ["staste.db", "staste.db-wal"]);
    }
    // An empty log holds none.
    fs::set_permissions(copy.path("staste.db-wal"), Permissions::from_mode(0o644)).unwrap();
    copy.write("staste.db-wal", "");
    assert_eq!(copy.read("query visits --format json").total(), 3);
}

#[test]
fn counting_into_a_store_that_cannot_be_written_names_the_file_and_the_remedy() {
    let staste = visits();
    staste.permit("", 0o755);
    staste.write("rows.csv", "page\na\n");
    staste.permit("", 0o555);
    for line in ["kick visits page=a", "import rows.csv --metrica visits --axis page", "forget visits --yes"]
    {
        let run = staste.read(line);
        assert_ne!(run.code, Some(0), "{line}\n{run:?}");
        assert!(run.err.contains("staste.db cannot be written"), "{line}\n{run:?}");
        assert!(run.err.contains("count as a user who may write both"), "{line}\n{run:?}");
    }
    assert_eq!(staste.total("visits"), 3);
}

#[test]
fn file_that_cannot_be_read_names_the_permission() {
    let staste = visits();
    staste.permit("staste.db", 0o000);
    let run = staste.read("query visits");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("check that this user may read it"), "{run:?}");
}

#[test]
fn redis_user_who_may_only_read_reads_and_the_error_of_counting_names_the_permissions() {
    let (staste, server) = (Program::new(), RedisServer::start());
    let address = server.address(0);
    staste.ok(&format!("--store {address} define visits --axis page"));
    staste.ok(&format!("--store {address} kick visits page=a --value 3"));
    server.run("ACL SETUSER reader on >word ~staste:* +@read +@connection +eval +evalsha");
    server.run("ACL SETUSER blind on >word ~staste:* +@read +@connection");
    let as_user = |user: &str| format!("--store {address}&user={user}&pass=word");
    let reader = as_user("reader");
    for command in ["query visits", "show visits", "show", "metricas", "export visits"] {
        let out = staste.ok(&format!("{reader} {command}"));
        assert!(out.contains('3') || out.contains("metricas  1"), "{command}\n{out}");
    }
    let verified = staste.run(&format!("{reader} verify"));
    assert!(verified.code == Some(0) && verified.out.contains("allow the user to call INFO"), "{verified:?}");
    let error = staste.fails(1, &format!("{reader} kick visits page=a"));
    assert!(error.contains("+@all -@dangerous +info"), "{error}");
    let error = staste.fails(1, &format!("{} query visits", as_user("blind")));
    assert!(error.contains("to read only, `+@read +@connection +eval +evalsha`"), "{error}");
}
