//! The overview warns of losses while counting, without markup of others, and is shown when the Store can be read in part.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Request, StatusCode};
use staste_core::store::Store;
use staste_core::{Axis, Clock, Error, MemoryStore, RecorderOptions, Result, Staste};
use staste_testkit::{
    CallCounts, CountingStore, Faults, FaultyStore, InterceptedStore, Interceptor, Operation,
};
use staste_web::Web;

use crate::site::NOW;

/// A kick on no axis.
const NOTHING: [(&str, i64); 0] = [];

/// Makes single operations of a Store fail.
#[derive(Clone, Debug, Default)]
struct Failing(Arc<(AtomicBool, AtomicBool)>);

impl Failing {
    fn apply(&self, fails: bool) {
        self.0.0.store(fails, Ordering::SeqCst);
    }

    fn records(&self, fail: bool) {
        self.0.1.store(fail, Ordering::SeqCst);
    }
}

impl Interceptor for Failing {
    fn before(&self, verb: Operation) -> Result<()> {
        let fails = match verb {
            Operation::Apply => self.0.0.load(Ordering::SeqCst),
            Operation::Records => self.0.1.load(Ordering::SeqCst),
            _ => false,
        };
        if fails {
            Err(Error::unavailable("<script>alert(1)</script>\u{202e} is in the way"))
        } else {
            Ok(())
        }
    }
}

/// A process that counts in a Store, with a fixed clock.
fn process(store: impl Store + 'static) -> Staste {
    let options = RecorderOptions::default().flush_every(None).pending_at_most(8_192);
    Staste::with(Arc::new(store), Clock::fixed(NOW), options)
}

/// Kicks this many times past a cap, which counts as *other*.
fn fold(staste: &Staste, kicks: i64) {
    let pages = staste.metrica("pages").axis("page", Axis::stored().cap(1)).build().unwrap();
    pages.kick([("page", "/")]).unwrap();
    staste.flush().unwrap();
    for page in 0..kicks {
        pages.kick([("page", format!("/{page}").as_str())]).unwrap();
    }
    staste.flush().unwrap();
}

/// Kicks until memory is full while the Store takes nothing; returns how many were dropped.
fn drop_kicks(staste: &Staste, failing: &Failing) -> u64 {
    let guests = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    guests.kick([("age", 0)]).unwrap();
    staste.flush().unwrap();
    failing.apply(true);
    let _ = staste.flush();
    for age in 0..2_000 {
        guests.kick([("age", age)]).unwrap();
    }
    let _ = staste.flush();
    failing.apply(false);
    assert!(staste.flush().unwrap_err().is_dropped());
    staste.health().dropped
}

fn get(staste: &Staste, address: &str) -> (StatusCode, String) {
    let web = Web::new(staste.clone(), staste_web::WebOptions::default());
    let response = web.answer(&Request::get(address).body(()).unwrap());
    (response.status(), String::from_utf8(response.into_body()).unwrap())
}

/// The overview as HTML; it has to be there.
fn overview(staste: &Staste) -> String {
    let (status, page) = get(staste, "/");
    assert_eq!(status, StatusCode::OK, "{page}");
    page
}

/// The texts of the paragraphs of the warning.
fn warnings(page: &str) -> Vec<String> {
    let Some((_, section)) = page.split_once("role=\"status\"") else { return Vec::new() };
    let (section, _) = section.split_once("</section>").unwrap();
    let paragraphs = section.split("<p").skip(1);
    paragraphs.map(|text| text.split(['>', '<']).nth(1).unwrap().to_owned()).collect()
}

#[test]
fn overview_without_losses_has_one_line() {
    let staste = process(MemoryStore::new());
    let page = overview(&staste);
    assert!(!page.contains("data-part=\"health\""), "nothing is counted yet: {page}");
    staste.metrica("guests").build().unwrap().define().unwrap();
    let page = overview(&staste);
    assert_eq!(warnings(&page), [""; 0]);
    assert_eq!(page.matches("data-part=\"health\"").count(), 1);
    assert!(page.contains(">Nothing was lost in the last 7 days.</p></main>"), "{page}");
}

#[test]
fn overview_warns_of_the_losses_of_all_processes_above_the_cards() {
    let store = Arc::new(MemoryStore::new());
    let failing = Failing::default();
    let dropping = process(InterceptedStore::new(failing.clone(), Arc::clone(&store) as Arc<dyn Store>));
    let dropped = drop_kicks(&dropping, &failing);
    let layered = || InterceptedStore::new(Failing::default(), Arc::clone(&store) as Arc<dyn Store>);
    fold(&process(layered()), 1_000);
    fold(&process(layered()), 204);
    let page = overview(&process(layered()));
    assert_eq!(
        warnings(&page),
        [
            format!("1,{:03} kicks were dropped: memory for pending kicks was full", dropped - 1_000)
                .as_str(),
            "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e} is in the way",
            "last reported 2023-11-14 22:13 UTC",
            "1,204 kicks count as other: a cap on choices or points was reached",
            "last reported 2023-11-14 22:13 UTC by 2 processes",
        ]
    );
    assert_eq!(page.matches("<script").count(), 1, "more than our own script: {page}");
    let (warning, cards) = (page.find("role=\"status\"").unwrap(), page.find("class=\"cards\"").unwrap());
    assert!(warning < cards && !page.contains("Nothing was lost"), "{page}");
    // Also without cards.
    let (_, searched) = get(&dropping, "/?q=nothing");
    assert_eq!(warnings(&searched).len(), 5, "{searched}");
}

#[test]
fn overview_of_a_store_that_takes_no_kicks_warns_and_shows_committed_counts() {
    let failing = Failing::default();
    let staste = process(InterceptedStore::new(failing.clone(), Arc::new(MemoryStore::new())));
    let guests = staste.metrica("guests").build().unwrap();
    guests.kick(NOTHING).unwrap();
    staste.flush().unwrap();
    failing.apply(true);
    guests.kick(NOTHING).unwrap();
    let page = overview(&staste);
    let shown = warnings(&page);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[0].starts_with("the store has taken no kicks from this process for "), "{shown:?}");
    assert!(page.contains("href=\"/m/guests\""), "{page}");
    failing.apply(false);
    assert_eq!(warnings(&overview(&staste)), [""; 0], "it is over");
}

#[test]
fn overview_is_shown_when_reports_cannot_be_read() {
    let failing = Failing::default();
    let staste = process(InterceptedStore::new(failing.clone(), Arc::new(MemoryStore::new())));
    staste.metrica("guests").build().unwrap().define().unwrap();
    failing.records(true);
    let page = overview(&staste);
    let shown = warnings(&page);
    assert_eq!(shown[0], "the reports of other processes cannot be read");
    assert!(shown[1].starts_with("&lt;script"), "{shown:?}");
    assert!(page.contains("href=\"/m/guests\"") && !page.contains("Nothing was lost"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
}

#[test]
fn overview_of_an_unavailable_store_shows_the_reason_and_other_pages_do_not() {
    let faults = Faults::default();
    let staste = process(FaultyStore::new(faults.clone(), Arc::new(MemoryStore::new())));
    let guests = staste.metrica("guests").build().unwrap();
    guests.kick(NOTHING).unwrap();
    staste.flush().unwrap();
    faults.set_down(true);
    guests.kick(NOTHING).unwrap();
    let (status, page) = get(&staste, "/");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let shown = warnings(&page);
    assert_eq!(shown[1..], ["the store is down, as scripted"]);
    let (status, page) = get(&staste, "/m/guests");
    assert_eq!((status, warnings(&page)), (StatusCode::SERVICE_UNAVAILABLE, Vec::new()));
}

#[test]
fn reports_are_read_once_by_the_overview_and_by_no_other_page() {
    let counts = CallCounts::default();
    let staste = process(CountingStore::new(counts.clone(), Arc::new(MemoryStore::new())));
    fold(&staste, 3);
    for (address, reads) in
        [("/", 1), ("/m/pages", 0), ("/m/pages/pie?axis=page", 0), ("/m/pages/top.json?axis=page", 0)]
    {
        counts.reset();
        assert_eq!(get(&staste, address).0, StatusCode::OK, "{address}");
        assert_eq!(counts.of(Operation::Records), reads, "{address}");
    }
}
