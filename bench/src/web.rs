//! Pages of a year of counts in SQLite, and the cost of counting a request, compared with a request that is not counted
//! and with one that `axum-prometheus` measures.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use axum::body::Body;
use axum::routing::get;
use axum::{Router, body::to_bytes};
use staste::tower::RequestLayer;
use staste::web::{PieChart, Web, WebOptions};
use staste::{Axis, Clock, MemoryStore, Metrica, Moment, RecorderOptions, SqliteStore, Staste};
use tower::{Service, ServiceExt};

use crate::table::{heading, medians, row, time};

const NOW: i64 = 1_700_000_000;
const DAYS: i64 = 400;
const COUNTRIES: [&str; 7] = ["Latvia", "Estonia", "Lithuania", "Finland", "Poland", "Germany", "Japan"];

pub fn run() -> Result<(), Box<dyn Error>> {
    for (per_hour, name) in [(22, "1 M cells"), (900, "10 M cells")] {
        pages(per_hour, name)?;
    }
    requests()
}

/// Counts `per_hour` guests in each hour of 400 days.
fn guests(staste: &Staste, per_hour: u64) -> Result<Metrica, Box<dyn Error>> {
    let guests = staste
        .metrica("guests")
        .axis("gender", Axis::declared(["boy", "girl"]))
        .axis("age", Axis::stored())
        .axis("country", Axis::stored())
        .build()?;
    let mut state = 1_u64;
    let mut next = |below: u64| {
        // A linear congruential generator with Steele and Vigna's multiplier, of which only the high bits are random
        // enough.
        state = state.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        (state >> 33) % below
    };
    for hour in 0..DAYS * 24 {
        for _ in 0..per_hour {
            let gender = ["boy", "girl"][next(2) as usize];
            let country = COUNTRIES[(next(7) * next(7) / 7) as usize];
            let choices = staste::choices! { gender: gender, age: 10 + next(60), country: country };
            guests.kick_with(choices, 1, Moment::Instant(NOW - NOW % 3600 - hour * 3600))?;
        }
        if hour % 200 == 0 {
            staste.flush()?;
        }
    }
    staste.flush()?;
    Ok(guests)
}

fn pages(per_hour: u64, name: &str) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::at(directory.path().join("web.db")));
    let staste = Staste::with(store, Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metrica = guests(&staste, per_hour)?;
    let cells: u64 = staste.size("guests")?.scales.iter().map(|(_, cells)| cells).sum();
    heading(&format!("pages of a year of guests, {name} ({cells}); one after another"));
    let web = Web::new(staste, WebOptions::default());
    let page = |address: &str| {
        let request = http::Request::get(address).body(()).expect("an address");
        let response = web.answer(&request);
        assert_eq!(response.status(), 200, "{address}");
        response.into_body().len()
    };
    let requests = [
        ("overview", "/", "-"),
        ("page of 7 days, by the hour", "/m/guests", "-"),
        ("page of 12 months, by the week", "/m/guests?last=12mo", "<= 20 ms"),
        ("page of 12 months, by the day", "/m/guests?last=12mo&scale=day", "<= 20 ms"),
        (
            "page of 12 months, split, pivot, compared",
            "/m/guests?last=12mo&split=country&pivot=age,country&compare=before",
            "-",
        ),
        ("picture of a pie", "/m/guests/pie.svg?axis=country&last=12mo", "-"),
    ];
    let times = medians(|| {
        requests.map(|(_, address, _)| {
            time(20, || {
                let _ = black_box(page(address));
            })
        })
    });
    for ((what, address, goal), nanos) in requests.into_iter().zip(times) {
        row(&format!("{what}, {} kB", page(address) / 1000), nanos / 1e6, None, "ms", goal);
    }
    let pie = PieChart::new(&metrica).axis("country").query("last=1d");
    let [figure] = medians(|| [time(200, || drop(black_box(pie.figure("").expect("a figure"))))]);
    row("charts a second, one thread", 1e9 / figure, None, "/s", "-");
    Ok(())
}

fn requests() -> Result<(), Box<dyn Error>> {
    heading("a request through axum's router, without a network; peer: axum-prometheus");
    let staste = Staste::new(MemoryStore::new());
    let site = || Router::new().route("/shop/{id}", get(|| async { "shoes" }));
    let counted = site().layer(RequestLayer::new(&staste)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // It starts a task.
    let entered = runtime.enter();
    let (measured, _handle) = axum_prometheus::PrometheusMetricLayer::pair();
    drop(entered);
    let (plain, measured) = (site(), site().layer(measured));
    let request = |router: &Router| {
        let mut router = router.clone();
        time(20_000, || {
            let request = http::Request::get("/shop/1").body(Body::empty()).expect("a request");
            runtime.block_on(async {
                let service = ServiceExt::<http::Request<Body>>::ready(&mut router).await.expect("ready");
                let response = service.call(request).await.expect("a response");
                black_box(to_bytes(response.into_body(), usize::MAX).await.expect("a body"));
            });
        })
    };
    let [plain, counted, measured] = medians(|| [request(&plain), request(&counted), request(&measured)]);
    row("a request", counted, Some(measured), "ns", "-");
    row("the cost of counting", counted - plain, Some(measured - plain), "ns", "-");
    row("a request that is not counted", plain, None, "ns", "-");
    Ok(())
}
