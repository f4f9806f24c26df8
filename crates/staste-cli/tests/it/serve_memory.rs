//! `serve` under thousands of requests, most of them hostile: each gets a response, and memory stays constant.

use std::fmt::Write as _;

use crate::support::program::Program;
use crate::support::web_server::WebServer;

/// Number of rounds of all requests.
const ROUNDS: usize = 150;
/// Maximum growth of memory after the first third of the rounds, in bytes. Pages have 100 kB and more, so a leak of one
/// page in a hundred requests would be found.
const MAX_GROWTH: u64 = 12 << 20;

/// Returns addresses that differ in each round.
fn addresses(round: usize) -> Vec<String> {
    let long = "x".repeat(7_000);
    [
        format!("/m/guests?filter=age={round}&filter=gender=girl&show=total"),
        format!("/m/guests?filter=age=%3Cscript%3E{round}"),
        format!("/m/guests?last={}h&split=age", 1 + round % 300),
        format!("/m/guests/timeline.svg?width={}&last=7d", 200 + round),
        format!("/m/guests/top.json?axis=age&since=2020-01-01T00:{:02}", round % 60),
        format!("/m/guests/pivot.csv?pivot=gender,age&filter=age=x{round}"),
        format!("/m/guests/latest?view={round}"),
        format!("/m/guests{round}"),
        format!("/m/{round}{long}"),
        format!("/m/guests/pie{round}.svg"),
        format!("/?search={round}{long}"),
        format!("/{long}?{round}"),
        format!("/m/guests?last={round}x"),
        format!("/m/guests?year=-{round}&scale=minute"),
        format!("/m/guests?since=0001-01-01&until=9999-12-31&scale=minute&x={round}"),
        format!("/m/%2e%2e/%2e%2e/etc/passwd{round}"),
        format!("/m/guests/..%2f..%2f{round}"),
        format!("/m/%00%ff{round}"),
        format!("/static/{round:08x}/staste.css"),
        format!("/m/guests?pivot=age,{round}&all=gender&compare=before&times=Etc/{round}"),
        format!("/m/guests?{}", "filter=age=1&".repeat(200 + round)),
    ]
    .into()
}

#[test]
fn memory_stays_constant_over_thousands_of_requests() {
    let program = Program::new();
    program.ok("define guests --axis gender=boy,girl --axis age --averaged");
    let mut rows = "gender,age\n".to_owned();
    for age in 0..10_000 {
        writeln!(rows, "girl,{age}").unwrap();
    }
    program.write("guests.csv", &rows);
    program.ok("import guests.csv --metrica guests --axis gender --axis age");
    let server = WebServer::start(&program, "serve --listen 127.0.0.1:0");
    let mut first = None;
    let mut answered = [0usize; 6];
    for round in 0..ROUNDS {
        for address in addresses(round) {
            let answer = server.get(&address);
            let status = answer.split(' ').nth(1).and_then(|status| status.parse::<usize>().ok());
            let status = status.unwrap_or_else(|| {
                panic!("{} is not answered: {answer:?}", &address[..40.min(address.len())])
            });
            assert!((200..500).contains(&status), "{status} {address}");
            answered[status / 100] += 1;
        }
        if round == ROUNDS / 3 {
            first = Some(server.memory());
        }
    }
    let (first, last) = (first.unwrap(), server.memory());
    assert!(last < first + MAX_GROWTH, "{first} bytes after a third, {last} at the end");
    assert_eq!(answered[2] + answered[4], ROUNDS * addresses(0).len());
    assert!(answered[2] > ROUNDS * 5 && answered[4] > ROUNDS * 8, "{answered:?}");
}
