//! `serve` under load: fifty pivots of a million cells, idle connections and incomplete requests. Small pages are served
//! meanwhile, and memory stays bounded.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::program::Program;
use crate::support::web_server::WebServer;

/// Number of choices on each of two axes.
const CHOICES: usize = 1000;
const PIVOTS: usize = 50;
/// Number of small pages that must be served before the pivots.
const SMALL: usize = 10;
/// Maximum growth of memory in bytes.
const MAX_GROWTH: u64 = 250 << 20;

/// Counts orders of every item in every shop, so that a pivot has a million cells.
fn shops(program: &Program) {
    let scales = "--keep minute=never --keep hour=never --keep month=never --keep year=never";
    program.ok(&format!("define orders --axis shop --axis item --points 2000000 {scales}"));
    let mut rows = String::with_capacity(CHOICES * CHOICES * 16);
    rows.push_str("shop,item,value\n");
    for shop in 0..CHOICES {
        for item in 0..CHOICES {
            writeln!(rows, "s{shop},i{item},{}", 1 + usize::from(shop == item)).unwrap();
        }
    }
    program.write("orders.csv", &rows);
    program.ok("import orders.csv --metrica orders --axis shop --axis item --value value");
    program.ok("define guests --axis gender=boy,girl");
    program.ok("kick guests gender=girl");
}

#[test]
fn fifty_pivots_at_once_keep_memory_bounded_and_small_pages_fast() {
    let program = Program::new();
    shops(&program);
    let server = WebServer::start(&program, "serve --listen 127.0.0.1:0 --uncounted");
    server.get("/m/guests");
    let before = server.peak_memory();
    let (started, finished, answers) =
        (Barrier::new(PIVOTS + 1), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let mut waits: Vec<Duration> = Vec::new();
    std::thread::scope(|scope| {
        for number in 0..PIVOTS {
            let (server, started, finished, answers) = (&server, &started, &finished, &answers);
            scope.spawn(move || {
                let mut stream = TcpStream::connect(&server.address).unwrap();
                let page = format!("/m/orders/pivot?pivot=shop,item&last=1d&number={number}");
                write!(
                    stream,
                    "GET {page} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
                    server.address
                )
                .unwrap();
                started.wait();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                finished.fetch_add(1, Ordering::SeqCst);
                answers.lock().unwrap().push(answer);
            });
        }
        started.wait();
        for number in 0.. {
            let began = Instant::now();
            let answer = server.get(&format!("/m/guests?last=1d&number={number}"));
            assert!(answer.starts_with("HTTP/1.1 200"), "{}", &answer[..200.min(answer.len())]);
            waits.push(began.elapsed());
            let done = finished.load(Ordering::SeqCst);
            if number + 1 == SMALL {
                assert!(done < PIVOTS, "{SMALL} small pages had to wait for all pivots");
            }
            if done == PIVOTS {
                break;
            }
        }
    });
    waits.sort();
    let (growth, answers) = (server.peak_memory() - before, answers.into_inner().unwrap());
    let shown = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200")).count();
    println!(
        "{PIVOTS} pivots at once: {shown} shown, the others refused with 503; memory grew by {} MB at most; {} small \
         pages meanwhile, half of them within {:?}, 99 of 100 within {:?}",
        growth >> 20,
        waits.len(),
        waits[waits.len() / 2],
        waits[(waits.len() - 1) * 99 / 100]
    );
    assert!(growth < MAX_GROWTH, "{growth} bytes");
    assert!(shown > 0);
    for answer in answers {
        if answer.starts_with("HTTP/1.1 200") {
            assert!(
                answer.contains("The 20 largest of 1000 of shop and the 10 largest of 1000 of item"),
                "{answer}"
            );
            assert!(answer.contains("all others"));
        } else {
            assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
        }
    }
    let csv = server.get("/m/orders/pivot.csv?pivot=shop,item&last=1d");
    assert!(
        csv.starts_with("HTTP/1.1 400") && csv.contains("staste query orders --by shop --by item"),
        "{csv}"
    );
}

/// Raises the limit of open descriptors of the test process.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

/// Opens connections that send nothing or an incomplete request.
fn open_idle_connections(server: &WebServer, count: usize) -> Vec<TcpStream> {
    let connect = |number| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        if number % 2 == 0 {
            write!(stream, "GET / HTTP/1.1\r\nhost: {}\r\nx-half:", server.address).unwrap();
        }
        stream
    };
    (0..count).map(connect).collect()
}

#[test]
fn idle_connections_and_incomplete_requests_do_not_block_others() {
    let program = Program::new();
    program.ok("define guests --axis gender=boy,girl");
    for (descriptors, count) in [("-S -n 1024", 1_100), ("-n 64", 200)] {
        let mut server = WebServer::with_descriptors(&program, "serve --listen 127.0.0.1:0", descriptors);
        raise_descriptor_limit();
        let kept = open_idle_connections(&server, count);
        for _ in 0..20 {
            assert!(server.get("/m/guests").starts_with("HTTP/1.1 200"), "{descriptors}");
        }
        // A connection with an incomplete request can still complete it.
        let mut slow = TcpStream::connect(&server.address).unwrap();
        write!(slow, "GET /m/guests HTTP/1.1\r\nhost: {}\r\n", server.address).unwrap();
        assert!(server.get("/").starts_with("HTTP/1.1 200"));
        write!(slow, "connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        drop(kept);
        let log = server.stop_and_read_log();
        assert!(log.contains("connections are open, which is the limit"), "{descriptors}: {log}");
        assert_eq!(log.matches("connections are open").count(), 1, "logged once: {log}");
    }
}
