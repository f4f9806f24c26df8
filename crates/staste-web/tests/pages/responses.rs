//! Statuses and headers of responses.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, Request, StatusCode, header};
use staste_core::{Axis, Clock, Error, MemoryStore, Moment, Result, Staste};
use staste_testkit::{Fault, Faults, FaultyStore, InterceptedStore, Interceptor, Operation};
use staste_web::{ServerError, Web, WebOptions};

use crate::site::Site;

fn header(response: &http::Response<Vec<u8>>, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn unchanged_page_is_not_modified() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    for address in
        ["/", "/m/guests", "/m/guests/pie?axis=age", "/m/guests/timeline.svg", "/m/guests/timeline.json"]
    {
        let first = site.get(address);
        assert_eq!(first.status(), 200, "{address}");
        let tag = header(&first, header::ETAG).to_owned();
        let again = |tag: &str| {
            site.web.answer(&Request::get(address).header(header::IF_NONE_MATCH, tag).body(()).unwrap())
        };
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let answer = again(&known);
            assert_eq!(
                (answer.status(), answer.body().len()),
                (StatusCode::NOT_MODIFIED, 0),
                "{address} {known}"
            );
            assert_eq!(header(&answer, header::ETAG), tag);
        }
        site.guests.kick([("age", "19")]).unwrap();
        let changed = again(&tag);
        assert_eq!(changed.status(), 200, "{address}");
        assert_eq!(changed.into_body(), site.get(address).into_body());
    }
}

#[test]
fn pages_are_compressed_for_clients_that_accept_it() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    let get = |address: &str, encoding: &'static str| {
        let request = Request::get(address).header(header::ACCEPT_ENCODING, encoding);
        site.web.answer(&request.body(()).unwrap())
    };
    for address in ["/m/guests", "/", "/m/guests/timeline.svg"] {
        let (plain, zipped) = (site.get(address), get(address, "br, gzip"));
        assert_eq!(zipped.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(
            (&plain.headers()[header::VARY], plain.headers().get(header::CONTENT_ENCODING)),
            (&"Accept-Encoding".parse().unwrap(), None)
        );
        assert!(zipped.body().len() * 2 < plain.body().len(), "{address}: {}", zipped.body().len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(zipped.body().as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(&unpacked, plain.body(), "{address}");
        let tag = zipped.headers()[header::ETAG].to_str().unwrap();
        assert_eq!(tag, format!("W/{}", plain.headers()[header::ETAG].to_str().unwrap()));
        let again =
            Request::get(address).header(header::IF_NONE_MATCH, tag).header(header::ACCEPT_ENCODING, "gzip");
        let again = site.web.answer(&again.body(()).unwrap());
        assert_eq!(
            (again.status(), again.headers().get(header::CONTENT_ENCODING)),
            (StatusCode::NOT_MODIFIED, None)
        );
        let head = Request::head(address).header(header::ACCEPT_ENCODING, "gzip");
        let head = site.web.answer(&head.body(()).unwrap());
        assert_eq!(head.headers()[header::CONTENT_LENGTH], zipped.body().len().to_string().as_str());
    }
    let short = get("/m/guests/pie.json?axis=nothing", "gzip");
    assert_eq!(short.headers().get(header::CONTENT_ENCODING), None, "one packet");
}

#[test]
fn status_distinguishes_client_errors_from_missing_pages() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    for (address, status, words) in [
        ("/m/gests", 404, "No metrica named \u{201c}gests\u{201d}."),
        ("/m/guests/scatter", 404, "there are timeline, timeserie, pie"),
        ("/m/guests/pie.json?axis=hight", 400, "{\"error\":\"metrica guests has no axis"),
        ("/m/guests/pie.csv?last=7x", 400, "invalid number of periods"),
        ("/m/guests/pie/more", 404, "There is no such page"),
        ("/static/00000000/staste.css", 404, "There is no such page"),
        ("/m/guests?last=7x", 400, "Invalid number of periods"),
        ("/m/guests?last=7x", 400, "<a href=\"/m/guests\">Show the page without these settings</a>"),
        ("/m/gests?last=7d", 404, "</h1><p><a href=\"/\">To all metricas</a>"),
        ("/m/guests?split=hight", 400, "its axes are: gender, age, page"),
        ("/m/guests?filter=gender=dog", 400, "boy"),
        ("/m/guests/pie.svg?axis=hight", 400, "its axes are"),
        ("/m/guests/pie.svg?show=average", 400, "averages are not parts"),
        ("/m/guests/pie.svg?width=9", 400, "invalid width"),
        ("/m/guests/pie.svg?theme=pink", 400, "invalid theme"),
        ("/m/guests?last=1000000m&scale=minute", 400, "choose a coarser one"),
        ("/m/guests?last=ever&scale=minute", 200, "guests"),
    ] {
        let response = site.get(address);
        let text = String::from_utf8(response.body().clone()).unwrap();
        assert_eq!(response.status(), status, "{address}: {text}");
        assert!(text.contains(words), "{address}: {text}");
    }
    let long = format!("/m/guests?filter=age={}", "x".repeat(9000));
    assert_eq!(site.get(&long).status(), StatusCode::URI_TOO_LONG);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = site.web.answer(&Request::builder().method(method).uri("/").body(()).unwrap());
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(&answer, header::ALLOW), "GET, HEAD");
    }
    let head = site.web.answer(&Request::head("/m/guests").body(()).unwrap());
    assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
    let length = site.get("/m/guests").body().len().to_string();
    assert_eq!(header(&head, header::CONTENT_LENGTH), length, "as for GET");
    let kind = |address: &str| header(&site.get(address), header::CONTENT_TYPE).to_owned();
    assert_eq!(kind("/m/guests/pie.json?axis=hight"), "application/json");
    assert_eq!(kind("/m/gests/pie.csv"), "text/plain; charset=utf-8");
    assert!(!header(&head, header::ETAG).is_empty());
}

#[test]
fn page_loads_nothing_from_other_hosts_and_is_not_framed() {
    let mut options = WebOptions::default();
    options.frame_ancestors = "https://example.org; script-src *\r\nX-Evil: 1".to_owned();
    let site = Site::with(options);
    site.guests.kick([("age", "18")]).unwrap();
    let policy = |address: &str| header(&site.get(address), header::CONTENT_SECURITY_POLICY).to_owned();
    for address in ["/", "/m/guests", "/nowhere"] {
        let policy = policy(address);
        assert!(
            policy.starts_with("default-src 'none'") && policy.ends_with("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let framed = policy("/m/guests/pie");
    assert!(framed.ends_with("frame-ancestors https://example.org script-src *X-Evil: 1"), "{framed}");
    assert!(policy("/m/guests/pie.svg").contains("sandbox"));
    let page = site.read("/m/guests");
    assert!(
        !page.contains("http://")
            && !page.contains("https://")
            && !page.contains("style=")
            && !page.contains("onclick")
    );
    // The weight of a page without data and of its assets, on a slow line.
    let nothing = Site::new();
    let mut weight = nothing.read("/m/guests?last=ever").len();
    for asset in page.split('"').filter(|part| part.starts_with("/static/")) {
        let asset = site.get(asset);
        weight += asset.body().len();
        assert_eq!(asset.status(), 200);
        assert!(header(&asset, header::CACHE_CONTROL).contains("immutable"));
    }
    assert!(weight < 60_000, "{weight} bytes");
}

#[test]
fn pages_work_below_a_base_path() {
    let mut options = WebOptions::default();
    options.base = "/staste/".to_owned();
    let site = Site::with(options);
    site.guests.kick([("age", "18")]).unwrap();
    let page = site.read("/staste/m/guests");
    let links = page.split(['"', '\'']).filter(|part| part.starts_with('/'));
    for link in links {
        assert!(link == "/staste" || link.starts_with("/staste/"), "{link}");
        assert_eq!(site.get(&link.replace("&amp;", "&")).status(), 200, "{link}");
    }
    assert_eq!(site.get("/m/guests").status(), 404);
}

#[test]
fn unavailable_store_is_503_without_its_address() {
    let faults = Faults::default();
    let faulty = FaultyStore::new(faults.clone(), Arc::new(MemoryStore::new()));
    let staste = Staste::with(
        Arc::new(faulty),
        Clock::fixed(crate::site::NOW),
        staste_core::RecorderOptions::default(),
    );
    let guests = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    guests.kick_with([("age", "18")], 1, Moment::Now).unwrap();
    staste.flush().unwrap();
    let web = Web::new(staste, WebOptions::default());
    faults.set_down(true);
    for address in ["/", "/m/guests"] {
        let answer = web.answer(&Request::get(address).body(()).unwrap());
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header(&answer, header::CACHE_CONTROL), "no-store");
        let ServerError(cause) = answer.extensions().get().unwrap();
        assert!(cause.is_unavailable());
        assert!(String::from_utf8(answer.into_body()).unwrap().contains("cannot be read at the moment"));
    }
    faults.set_down(false);
    assert_eq!(web.answer(&Request::get("/m/guests").body(()).unwrap()).status(), 200);
}

/// A Store of which the first Metrica that is read is damaged.
#[derive(Debug, Default)]
struct FirstDamaged(AtomicBool);

impl Interceptor for FirstDamaged {
    fn before(&self, verb: Operation) -> Result<()> {
        if verb == Operation::Read && !self.0.swap(true, Ordering::SeqCst) {
            return Err(Error::corrupt("at s3cret"));
        }
        Ok(())
    }
}

#[test]
fn damaged_metrica_does_not_hide_the_others() {
    let store = Arc::new(InterceptedStore::new(FirstDamaged::default(), Arc::new(MemoryStore::new())));
    let staste = Staste::with(store, Clock::fixed(crate::site::NOW), staste_core::RecorderOptions::default());
    for name in ["guests", "visits"] {
        staste.metrica(name).build().unwrap().kick([] as [(&str, &str); 0]).unwrap();
    }
    staste.flush().unwrap();
    let web = Web::new(staste, WebOptions::default());
    let answer = web.answer(&Request::get("/").body(()).unwrap());
    assert_eq!(answer.status(), 200);
    let page = String::from_utf8(answer.into_body()).unwrap();
    let (damaged, sound) = page.split_once("href=\"/m/visits\"").unwrap();
    assert!(damaged.contains("<h2>guests</h2>") && damaged.contains("<code>staste verify</code>"), "{page}");
    assert!(
        sound.contains("today") && !page.contains("s3cret") && !page.contains("href=\"/m/guests"),
        "{page}"
    );
}

#[test]
fn page_of_a_store_that_takes_no_kicks_shows_committed_counts() {
    let faults = Faults::default();
    let faulty = FaultyStore::new(faults.clone(), Arc::new(MemoryStore::new()));
    let options =
        staste_core::RecorderOptions::default().flush_every(Some(std::time::Duration::from_millis(1)));
    let staste = Staste::with(Arc::new(faulty), Clock::fixed(crate::site::NOW), options);
    let guests = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    guests.kick([("age", "18")]).unwrap();
    staste.flush().unwrap();
    let web = Web::new(staste.clone(), WebOptions::default());
    // As behind a lock that another program holds.
    faults.schedule([Fault::Blocked]);
    guests.kick([("age", "18")]).unwrap();
    faults.wait_until_blocked();
    let total = |address: &str| {
        let answer = web.answer(&Request::get(address).body(()).unwrap());
        assert_eq!(answer.status(), 200, "{address}");
        String::from_utf8(answer.into_body()).unwrap()
    };
    assert!(total("/m/guests").contains("<dd title=\"1\">") && total("/").contains("guests"));
    assert!(total("/m/guests/pie.json?axis=age").contains("\"total\":1"));
    faults.release();
    staste.flush().unwrap();
    assert!(total("/m/guests").contains("<dd title=\"2\">"));
}
