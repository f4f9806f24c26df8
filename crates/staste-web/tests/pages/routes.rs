//! Pages and charts as routes of axum.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use staste_core::{Axis, Clock, MemoryStore, Result, Staste};
use staste_testkit::{InterceptedStore, Interceptor, Operation};
use staste_web::{PieChart, Web, WebOptions};
use tower::ServiceExt;

/// A Store that panics when it is asked.
#[derive(Debug)]
struct Panics;

impl Interceptor for Panics {
    #[expect(clippy::panic, reason = "what is tested is that nobody else falls over")]
    fn before(&self, verb: Operation) -> Result<()> {
        if verb == Operation::Read {
            panic!("a bug");
        }
        Ok(())
    }
}

fn status(site: &Router, address: &str) -> StatusCode {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = Request::get(address).body(Body::empty()).unwrap();
    runtime.block_on(site.clone().oneshot(request)).unwrap().status()
}

fn site(store: Arc<dyn staste_core::store::Store>) -> Router {
    let staste =
        Staste::with(store, Clock::default(), staste_core::RecorderOptions::default().flush_every(None));
    let guests = staste.metrica("guests").axis("gender", Axis::stored()).build().unwrap();
    guests.kick([("gender", "girl")]).unwrap();
    staste.flush().unwrap();
    let mut options = WebOptions::default();
    options.base = "/staste".to_owned();
    Router::new()
        .route("/charts/gender", PieChart::new(&guests).route())
        .merge(Web::new(staste, options).router())
}

#[test]
fn charts_and_pages_are_routes_of_a_site() {
    let site = site(Arc::new(MemoryStore::new()));
    for (address, expected) in [
        ("/charts/gender?format=svg", 200),
        ("/charts/gender?format=gif", 400),
        ("/charts/gender?last=ever&format=csv", 400),
        ("/charts/gender?filter=gender=girl", 400),
        ("/charts/age", 404),
        ("/staste", 200),
        ("/staste/", 200),
        ("/stastes", 404),
        ("/staste/m/guests?last=7d", 200),
        ("/staste/m/guests/pie.csv", 200),
        ("/staste/m/gests", 404),
        ("/staste/no/such/page/at/all", 404),
    ] {
        assert_eq!(status(&site, address), expected, "{address}");
    }
}

#[test]
fn panic_is_status_500_and_frees_its_permit() {
    let site = site(Arc::new(InterceptedStore::new(Panics, Arc::new(MemoryStore::new()))));
    for _ in 0..40 {
        // More often than requests are answered at once: what panicked has not kept its place.
        assert_eq!(status(&site, "/charts/gender"), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(status(&site, "/staste/m/guests"), StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(status(&site, "/staste/nowhere"), StatusCode::NOT_FOUND);
}
