//! Requests of every fate, counted once each.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

use std::convert::Infallible;
use std::future::{Future as _, IntoFuture as _, pending};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Router, middleware};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use staste_core::store::Store;
use staste_core::{Choice, Clock, MemoryStore, RecorderOptions, Staste};
use staste_testkit::{Faults, FaultyStore};
use staste_tower::RequestLayer;
use tower::ServiceExt as _;
use tower_layer::Layer as _;
use tower_service::Service as _;

struct Site {
    layer: RequestLayer,
    staste: Staste,
}

impl Site {
    fn new() -> Site {
        Site::on(Arc::new(MemoryStore::new()))
    }

    fn on(store: Arc<dyn Store>) -> Site {
        let staste =
            Staste::with(store, Clock::fixed(1_700_000_000), RecorderOptions::default().flush_every(None));
        Site { layer: RequestLayer::new(&staste).unwrap(), staste }
    }

    fn router(&self, router: Router) -> Router {
        router.layer(self.layer.clone())
    }

    /// The points that were kicked, each with how often.
    fn counted(&self) -> Vec<(String, i128)> {
        let pivot = self.layer.metrica().values().pivot(&["view", "method", "status", "exception"]).unwrap();
        let mut counted: Vec<(String, i128)> = pivot
            .into_iter()
            .map(|(point, reading)| {
                let shown: Vec<String> = point
                    .iter()
                    .map(|choice| if *choice == Choice::Unset { "-".to_owned() } else { choice.to_string() })
                    .collect();
                (shown.join(" "), reading.count.unwrap())
            })
            .collect();
        counted.sort();
        counted
    }
}

fn ask(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).unwrap()
}

/// Asks and reads the whole answer.
async fn whole(router: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn routes_methods_and_statuses_are_told_apart() {
    let site = Site::new();
    let failing = || async { StatusCode::INTERNAL_SERVER_ERROR };
    let moved = || async { axum::response::Redirect::to("/shop/1") };
    let shop =
        Router::new().route("/{id}", get(|| async { "shoes" }).delete(|| async { StatusCode::FORBIDDEN }));
    let router = Router::new().nest("/shop", shop).route("/old", get(moved)).route("/broken", post(failing));
    let router = site.router(router.fallback(|| async { StatusCode::NOT_FOUND }));
    for id in 0..3 {
        assert_eq!(whole(&router, ask(&format!("/shop/{id}"))).await, (StatusCode::OK, Bytes::from("shoes")));
    }
    let of = |method: &str, address: &str| {
        Request::builder().method(method).uri(address).body(Body::empty()).unwrap()
    };
    for (method, address) in [
        ("DELETE", "/shop/1"),
        ("GET", "/old"),
        ("POST", "/broken"),
        ("BREW", "/shop/1"),
        ("GET", "/attack/%3Cscript%3E"),
    ] {
        whole(&router, of(method, address)).await;
    }
    let expected = [
        ("/broken POST 5xx -", 1),
        ("/old GET 3xx -", 1),
        ("/shop/{id} DELETE 4xx -", 1),
        ("/shop/{id} GET 2xx -", 3),
        ("/shop/{id} other 4xx -", 1),
        ("unmatched GET 4xx -", 1),
    ];
    assert_eq!(site.counted(), expected.map(|(point, count)| (point.to_owned(), count)));
}

/// A body that gives some frames, and then an end, an error or nothing for ever.
struct Frames(Vec<Result<&'static str, &'static str>>, bool);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match self.0.is_empty() {
            true if self.1 => Poll::Pending,
            true => Poll::Ready(None),
            false => Poll::Ready(Some(self.0.remove(0).map(|text| Frame::data(Bytes::from(text))))),
        }
    }
}

#[tokio::test]
async fn bodies_are_followed_to_their_end() {
    let site = Site::new();
    let answer = |frames: Vec<Result<&'static str, &'static str>>, endless: bool| {
        let frames = std::sync::Mutex::new(Some(Frames(frames, endless)));
        let service = tower::service_fn(move |_: Request<()>| {
            let body = frames.lock().unwrap().take().unwrap();
            async move { Ok::<_, Infallible>(Response::new(body)) }
        });
        site.layer.layer(service)
    };
    let request = || Request::get("/").body(()).unwrap();
    let mut streamed = answer(vec![Ok("a"), Ok("b")], false).oneshot(request()).await.unwrap().into_body();
    assert_eq!(site.counted(), [], "it is counted at its end");
    while let Some(frame) = streamed.frame().await {
        frame.unwrap();
    }
    assert_eq!(site.counted(), [("unmatched GET 2xx -".to_owned(), 1)]);
    drop(streamed);

    let mut broken = answer(vec![Ok("a"), Err("gone")], false).oneshot(request()).await.unwrap().into_body();
    broken.frame().await.unwrap().unwrap();
    assert_eq!(broken.frame().await.unwrap().unwrap_err(), "gone");
    drop(broken);

    // The client went away in the middle.
    let mut left = answer(vec![Ok("a")], true).oneshot(request()).await.unwrap().into_body();
    left.frame().await.unwrap().unwrap();
    drop(left);
    let expected =
        [("unmatched GET 2xx -", 1), ("unmatched GET 2xx body", 1), ("unmatched GET 2xx cancelled", 1)];
    assert_eq!(site.counted(), expected.map(|(point, count)| (point.to_owned(), count)));
}

#[tokio::test]
async fn who_has_the_last_frame_need_not_ask_for_another() {
    let site = Site::new();
    let full = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(http_body_util::Full::new(Bytes::from("all"))))
    });
    let request = || Request::get("/").body(()).unwrap();
    let mut body = site.layer.layer(full).oneshot(request()).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    drop(body);
    // Nor for the first, where there is none.
    let empty = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(http_body_util::Empty::<Bytes>::new()))
    });
    drop(site.layer.layer(empty).oneshot(request()).await.unwrap());
    assert_eq!(site.counted(), [("unmatched GET 2xx -".to_owned(), 2)]);
}

#[tokio::test]
async fn what_never_answers_is_counted_as_what_it_was() {
    let site = Site::new();
    let request = || Request::post("/").body(()).unwrap();
    let fails = tower::service_fn(|_: Request<()>| async { Err::<Response<String>, _>("no database") });
    assert_eq!(site.layer.layer(fails).oneshot(request()).await.unwrap_err(), "no database");

    let waits = tower::service_fn(|_: Request<()>| pending::<Result<Response<String>, Infallible>>());
    let mut waits = site.layer.layer(waits);
    drop(waits.call(request()));

    let panics = tower::service_fn(|_: Request<()>| async {
        if true {
            panic!("a bug of the site");
        }
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let panics = site.layer.layer(panics);
    let spawned = panics.clone();
    let told = tokio::spawn(async move { spawned.oneshot(request()).await.is_ok() }).await;
    assert!(told.unwrap_err().is_panic());
    // What catches it around the layer drops the request when nothing panics any more.
    let mut caught = Box::pin(panics.oneshot(request()));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let poll = std::panic::AssertUnwindSafe(|| caught.as_mut().poll(&mut context).is_ready());
    std::panic::catch_unwind(poll).unwrap_err();
    drop(caught);

    let expected =
        [("unmatched POST - cancelled", 1), ("unmatched POST - error", 1), ("unmatched POST - panic", 2)];
    assert_eq!(site.counted(), expected.map(|(point, count)| (point.to_owned(), count)));
}

/// Servers stop asking for a body when they have as many bytes as were told, and never ask for one that is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_sent_whole_was_not_cancelled() {
    let site = Site::new();
    let told = || async {
        let frames = Body::new(Frames(vec![Ok("hello"), Ok("world")], true));
        Response::builder().header("content-length", 10).body(frames).unwrap()
    };
    let unsent = || async {
        let frames = Body::new(Frames(vec![Ok("never sent")], true));
        Response::builder().status(StatusCode::NOT_MODIFIED).body(frames).unwrap()
    };
    let endless = || async { Response::new(Body::new(Frames(vec![Ok("hello")], true))) };
    let router = Router::new()
        .route("/told", get(told))
        .route("/text", get(|| async { "text" }))
        .route("/unsent", get(unsent))
        .route("/endless", get(endless));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, site.router(router)).into_future());
    let ask = move |line: &str, until: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        while !answer.ends_with(until) {
            let mut some = [0; 256];
            let count = stream.read(&mut some).unwrap();
            assert!(count > 0, "{line} gave {answer:?}");
            answer.push_str(std::str::from_utf8(&some[..count]).unwrap());
        }
    };
    tokio::task::spawn_blocking(move || {
        ask("GET /told", "helloworld");
        ask("HEAD /told", "\r\n\r\n");
        ask("HEAD /text", "\r\n\r\n");
        ask("GET /text", "text");
        ask("GET /unsent", "\r\n\r\n");
        ask("GET /endless", "hello\r\n");
    })
    .await
    .unwrap();
    let expected = [
        ("/endless GET 2xx cancelled", 1),
        ("/text GET 2xx -", 1),
        ("/text HEAD 2xx -", 1),
        ("/told GET 2xx -", 1),
        ("/told HEAD 2xx -", 1),
        ("/unsent GET 3xx -", 1),
    ];
    let expected = expected.map(|(point, count)| (point.to_owned(), count));
    // The server learns a moment later that the last client went away.
    while site.counted().len() < expected.len() {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.counted(), expected);
    serving.abort();
}

#[tokio::test]
async fn answers_are_as_they_would_be_without_it() {
    let site = Site::new();
    let router = || {
        Router::new()
            .route("/", get(|| async { ([("x-own", "1")], "text") }))
            .layer(middleware::from_fn(|request, next: middleware::Next| next.run(request)))
    };
    let counted = site.router(router()).oneshot(ask("/")).await.unwrap();
    let plain = router().oneshot(ask("/")).await.unwrap();
    assert_eq!(counted.headers(), plain.headers());
    let (counted, plain) = (counted.into_body(), plain.into_body());
    assert_eq!(counted.size_hint().exact(), plain.size_hint().exact());
    assert_eq!(counted.collect().await.unwrap().to_bytes(), plain.collect().await.unwrap().to_bytes());
}

#[tokio::test]
async fn no_request_fails_when_the_store_does() {
    let faults = Faults::default();
    let site = Site::on(Arc::new(FaultyStore::new(faults.clone(), Arc::new(MemoryStore::new()))));
    let router = site.router(Router::new().route("/", get(|| async { "text" })));
    faults.set_down(true);
    for _ in 0..100 {
        assert_eq!(whole(&router, ask("/")).await.0, StatusCode::OK);
    }
    assert!(site.staste.flush().is_err());
    faults.set_down(false);
    assert_eq!(site.counted(), [("/ GET 2xx -".to_owned(), 100)]);
}

#[tokio::test]
async fn a_request_takes_until_its_last_byte() {
    let site = Site::new();
    // However fast the machine is, so long it takes.
    let work = || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(5) {}
    };
    let slow = tower::service_fn(move |_: Request<()>| async move {
        work();
        Ok::<_, Infallible>(Response::new(Frames(vec![Ok("a")], false)))
    });
    let mut body =
        site.layer.layer(slow).oneshot(Request::get("/").body(()).unwrap()).await.unwrap().into_body();
    work();
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
    // It may take longer, and not less.
    let average = site.layer.metrica().average().unwrap().unwrap();
    assert!(average >= 0.01, "{average}");
}
