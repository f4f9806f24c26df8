//! `serve`: the dashboard of a store, on this machine only.

use std::io::Write as _;
use std::net::TcpStream;

use rustix::process::Signal;

use crate::support::program::Program;
use crate::support::web_server::WebServer;

const SERVE: &str = "serve --listen 127.0.0.1:0";

#[test]
fn pages_show_new_counts_and_polls_are_not_counted() {
    let program = Program::new();
    let server = WebServer::start(&program, SERVE);
    assert!(server.get("/").contains("Nothing is counted yet"));
    program.ok("define guests --axis gender=boy,girl");
    program.ok("kick guests gender=girl");
    let page = server.get("/m/guests");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains(">girl</bdi>"), "{page}");
    program.ok("kick guests gender=boy");
    assert!(server.get("/m/guests").contains(">boy</bdi>"));
    assert!(server.get("/m/guests/pie.svg?axis=gender").contains("content-type: image/svg+xml"));
    assert!(server.get("/m/gests").starts_with("HTTP/1.1 404"));
    // Polls for changes are not counted: they would always change the page of the requests.
    let head = format!("GET /m/guests HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", server.address);
    assert!(server.send(&format!("{head}staste-look: 1\r\n\r\n")).starts_with("HTTP/1.1 200"));
    let requests = server.get("/m/staste_requests?last=1d");
    let tag = requests.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = format!(
        "{}staste-look: 1\r\nif-none-match: {tag}\r\n\r\n",
        head.replace("guests", "staste_requests?last=1d")
    );
    // The request for the page itself was counted after it was sent.
    assert!(server.send(&again).starts_with("HTTP/1.1 200"));
    let now = server.send(&again.replace(tag, "\"none\""));
    let tag = now.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let settled = format!(
        "{}staste-look: 1\r\nif-none-match: {tag}\r\n\r\n",
        head.replace("guests", "staste_requests?last=1d")
    );
    assert!(server.send(&settled).starts_with("HTTP/1.1 304"));
    assert_eq!(server.stop(Signal::TERM), Some(0));
    // Requests are counted by route, never by path.
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
    let expected =
        [("/", "2xx", 1), ("/m/{name}", "2xx", 3), ("/m/{name}", "4xx", 1), ("/m/{name}/{chart}", "2xx", 1)];
    assert_eq!(rows, expected.map(|(view, status, count)| (view.to_owned(), status.to_owned(), count)));
}

#[test]
fn malformed_request_is_refused_and_does_not_block_others() {
    let program = Program::new();
    let server = WebServer::start(&program, SERVE);
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
        let answer = server.send(&head);
        assert!(answer.split(' ').nth(1).is_some_and(|code| code.starts_with(status)), "{status}: {answer}");
    }
    // A client that sends an incomplete request does not block others.
    let mut slow = TcpStream::connect(&server.address).unwrap();
    slow.write_all(b"GET / HT").unwrap();
    assert!(server.get("/").starts_with("HTTP/1.1 200"));
    // It does not delay the end of the server either.
    assert_eq!(server.stop(Signal::INT), Some(0));
}

#[test]
fn serve_listens_on_loopback_only() {
    let program = Program::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let error = program.fails(2, &format!("serve --listen {address}"));
        assert!(error.contains("other machines could reach"), "{error}");
    }
    let error = program.run("serve --listen nonsense").err;
    assert!(error.contains("nonsense") && error.contains("such as 127.0.0.1:8011"), "{error}");
    let server = WebServer::start(&program, SERVE);
    let error = program.fails(1, &format!("serve --listen {}", server.address));
    assert!(error.contains("cannot listen on") && error.contains("--listen"), "{error}");
}

#[test]
fn error_hidden_from_visitors_is_logged_once() {
    let program = Program::new();
    program.write("broken.db", "this is no database, however long one looks at it".repeat(100));
    let mut server =
        WebServer::start(&program, "serve --listen 127.0.0.1:0 --store sqlite:broken.db --uncounted");
    let page = server.get("/");
    assert!(page.contains("cannot be read at the moment") && !page.contains("broken.db"), "{page}");
    server.get("/m/guests");
    let log = server.stop_and_read_log();
    assert_eq!(log.matches("a page could not be shown").count(), 1, "logged once: {log}");
    assert!(log.contains("broken.db"), "{log}");
    let mut server = WebServer::start(
        &program,
        "serve --listen 127.0.0.1:0 --store sqlite:typo.db --frame-ancestors https://example.org",
    );
    server.get("/");
    let framed = server.get("/m/staste_requests/latest");
    assert!(framed.contains("frame-ancestors https://example.org"), "{framed}");
    let log = server.stop_and_read_log();
    assert!(log.contains("there is no store sqlite:typo.db yet"), "{log}");
}
