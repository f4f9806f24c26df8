//! `staste serve`: the pages of a store, on this machine alone.

use std::io::Write as _;
use std::net::TcpStream;

use rustix::process::Signal;

use crate::program::Program;
use crate::served::Served;

const SERVE: &str = "serve --listen 127.0.0.1:0";

#[test]
fn pages_show_what_others_count_meanwhile() {
    let program = Program::new();
    let served = Served::start(&program, SERVE);
    assert!(served.get("/").contains("Nothing is counted yet"));
    program.ok("define guests --axis gender=boy,girl");
    program.ok("kick guests gender=girl");
    let page = served.get("/m/guests");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains(">girl</bdi>"), "{page}");
    program.ok("kick guests gender=boy");
    assert!(served.get("/m/guests").contains(">boy</bdi>"));
    assert!(served.get("/m/guests/pie.svg?axis=gender").contains("content-type: image/svg+xml"));
    assert!(served.get("/m/gests").starts_with("HTTP/1.1 404"));
    // Pages that look whether they changed are not counted: that of this metrica would always have.
    let head = format!("GET /m/guests HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", served.address);
    assert!(served.ask(&format!("{head}staste-look: 1\r\n\r\n")).starts_with("HTTP/1.1 200"));
    let requests = served.get("/m/staste_requests?last=1d");
    let tag = requests.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = format!(
        "{}staste-look: 1\r\nif-none-match: {tag}\r\n\r\n",
        head.replace("guests", "staste_requests?last=1d")
    );
    // The request for the page itself was counted when it had been sent.
    assert!(served.ask(&again).starts_with("HTTP/1.1 200"));
    let now = served.ask(&again.replace(tag, "\"none\""));
    let tag = now.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let settled = format!(
        "{}staste-look: 1\r\nif-none-match: {tag}\r\n\r\n",
        head.replace("guests", "staste_requests?last=1d")
    );
    assert!(served.ask(&settled).starts_with("HTTP/1.1 304"));
    assert_eq!(served.stop(Signal::TERM), Some(0));
    // Its own requests are counted, by the page and never by the address that was asked for.
    let counted = program.json("query staste_requests --by view --by status");
    let mut rows: Vec<(String, String, i64)> = counted["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let choice = |axis: &str| row["choices"][axis]["choice"].as_str().unwrap().to_owned();
            (choice("view"), choice("status"), row["count"].as_i64().unwrap())
        })
        .collect();
    rows.sort();
    let told =
        [("/", "2xx", 1), ("/m/{name}", "2xx", 3), ("/m/{name}", "4xx", 1), ("/m/{name}/{chart}", "2xx", 1)];
    assert_eq!(rows, told.map(|(view, status, count)| (view.to_owned(), status.to_owned(), count)));
}

#[test]
fn what_a_browser_would_not_send_is_answered_or_dropped() {
    let program = Program::new();
    let served = Served::start(&program, SERVE);
    let long = "x".repeat(1 << 20);
    for (head, status) in [
        ("GET / HTTP/1.1\r\nhost: evil.example.org\r\nconnection: close\r\n\r\n".to_owned(), "421"),
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(), "421"),
        ("GET / HTTP/1.0\r\nhost: localhost\r\n\r\n".to_owned(), "200"),
        (
            "GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.org\r\nconnection: close\r\n\r\n".to_owned(),
            "400",
        ),
        ("GET http://evil.org/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(), "421"),
        (
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\nconnection: close\r\n\r\na=b"
                .to_owned(),
            "405",
        ),
        ("nonsense\r\n\r\n".to_owned(), "400"),
        (format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n"), "4"),
    ] {
        let answer = served.ask(&head);
        assert!(answer.split(' ').nth(1).is_some_and(|code| code.starts_with(status)), "{status}: {answer}");
    }
    // One that sends half a request and waits holds up nobody.
    let mut slow = TcpStream::connect(&served.address).unwrap();
    slow.write_all(b"GET / HT").unwrap();
    assert!(served.get("/").starts_with("HTTP/1.1 200"));
    // Nor does it hold up the end.
    assert_eq!(served.stop(Signal::INT), Some(0));
}

#[test]
fn it_listens_on_this_machine_alone() {
    let program = Program::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let told = program.fails(2, &format!("serve --listen {address}"));
        assert!(told.contains("other machines could reach"), "{told}");
    }
    let told = program.run("serve --listen nonsense").err;
    assert!(told.contains("nonsense") && told.contains("such as 127.0.0.1:8011"), "{told}");
    let served = Served::start(&program, SERVE);
    let told = program.fails(1, &format!("serve --listen {}", served.address));
    assert!(told.contains("cannot listen on") && told.contains("--listen"), "{told}");
}

#[test]
fn what_pages_do_not_say_is_said_to_who_runs_them() {
    let program = Program::new();
    program.write("broken.db", "this is no database, however long one looks at it".repeat(100));
    let mut served =
        Served::start(&program, "serve --listen 127.0.0.1:0 --store sqlite:broken.db --uncounted");
    let page = served.get("/");
    assert!(page.contains("cannot be read at the moment") && !page.contains("broken.db"), "{page}");
    served.get("/m/guests");
    let told = served.stop_telling();
    assert_eq!(told.matches("a page could not be shown").count(), 1, "the same once: {told}");
    assert!(told.contains("broken.db"), "{told}");
    let mut served = Served::start(
        &program,
        "serve --listen 127.0.0.1:0 --store sqlite:typo.db --frame-ancestors https://example.org",
    );
    served.get("/");
    let framed = served.get("/m/staste_requests/latest");
    assert!(framed.contains("frame-ancestors https://example.org"), "{framed}");
    let told = served.stop_telling();
    assert!(told.contains("there is no store sqlite:typo.db yet"), "{told}");
}
