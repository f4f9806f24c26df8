//! Every request is counted once, whatever its outcome.
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

    /// Returns the points that were kicked, each with its number of kicks.
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

fn get_request(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).unwrap()
}

/// Sends a request and reads the whole response.
async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn request_is_counted_by_route_method_and_status_class() {
    let site = Site::new();
    let failing = || async { StatusCode::INTERNAL_SERVER_ERROR };
    let moved = || async { axum::response::Redirect::to("/shop/1") };
    let shop =
        Router::new().route("/{id}", get(|| async { "shoes" }).delete(|| async { StatusCode::FORBIDDEN }));
    let router = Router::new().nest("/shop", shop).route("/old", get(moved)).route("/broken", post(failing));
    let router = site.router(router.fallback(|| async { StatusCode::NOT_FOUND }));
    for id in 0..3 {
        assert_eq!(
            send(&router, get_request(&format!("/shop/{id}"))).await,
            (StatusCode::OK, Bytes::from("shoes"))
        );
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
        send(&router, of(method, address)).await;
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

/// A body of frames, which then ends, or never ends if the flag is set.
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
async fn request_is_counted_when_its_body_ends_fails_or_is_dropped() {
    let site = Site::new();
    let respond = |frames: Vec<Result<&'static str, &'static str>>, endless: bool| {
        let frames = std::sync::Mutex::new(Some(Frames(frames, endless)));
        let service = tower::service_fn(move |_: Request<()>| {
            let body = frames.lock().unwrap().take().unwrap();
            async move { Ok::<_, Infallible>(Response::new(body)) }
        });
        site.layer.layer(service)
    };
    let request = || Request::get("/").body(()).unwrap();
    let mut streamed = respond(vec![Ok("a"), Ok("b")], false).oneshot(request()).await.unwrap().into_body();
    assert_eq!(site.counted(), [], "counted only at its end");
    while let Some(frame) = streamed.frame().await {
        frame.unwrap();
    }
    assert_eq!(site.counted(), [("unmatched GET 2xx -".to_owned(), 1)]);
    drop(streamed);

    let mut broken = respond(vec![Ok("a"), Err("gone")], false).oneshot(request()).await.unwrap().into_body();
    broken.frame().await.unwrap().unwrap();
    assert_eq!(broken.frame().await.unwrap().unwrap_err(), "gone");
    drop(broken);

    // The client disconnects in the middle.
    let mut left = respond(vec![Ok("a")], true).oneshot(request()).await.unwrap().into_body();
    left.frame().await.unwrap().unwrap();
    drop(left);
    let expected =
        [("unmatched GET 2xx -", 1), ("unmatched GET 2xx body", 1), ("unmatched GET 2xx cancelled", 1)];
    assert_eq!(site.counted(), expected.map(|(point, count)| (point.to_owned(), count)));
}

#[tokio::test]
async fn request_is_finished_by_the_last_frame_without_another_poll() {
    let site = Site::new();
    let full = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(http_body_util::Full::new(Bytes::from("all"))))
    });
    let request = || Request::get("/").body(()).unwrap();
    let mut body = site.layer.layer(full).oneshot(request()).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    drop(body);
    // An empty body need not be polled at all.
    let empty = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(http_body_util::Empty::<Bytes>::new()))
    });
    drop(site.layer.layer(empty).oneshot(request()).await.unwrap());
    assert_eq!(site.counted(), [("unmatched GET 2xx -".to_owned(), 2)]);
}

#[tokio::test]
async fn request_without_response_is_counted_as_error_cancelled_or_panic() {
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
    let outcome = tokio::spawn(async move { spawned.oneshot(request()).await.is_ok() }).await;
    assert!(outcome.unwrap_err().is_panic());
    // A layer around this one that catches the panic drops the request when the panic is over.
    let mut caught = Box::pin(panics.oneshot(request()));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let poll = std::panic::AssertUnwindSafe(|| caught.as_mut().poll(&mut context).is_ready());
    std::panic::catch_unwind(poll).unwrap_err();
    drop(caught);

    let expected =
        [("unmatched POST - cancelled", 1), ("unmatched POST - error", 1), ("unmatched POST - panic", 2)];
    assert_eq!(site.counted(), expected.map(|(point, count)| (point.to_owned(), count)));
}

/// Servers stop polling a body after `content-length` bytes, and never poll one that is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn response_that_a_server_sent_completely_is_not_cancelled() {
    let site = Site::new();
    let sized = || async {
        let frames = Body::new(Frames(vec![Ok("hello"), Ok("world")], true));
        Response::builder().header("content-length", 10).body(frames).unwrap()
    };
    let unsent = || async {
        let frames = Body::new(Frames(vec![Ok("never sent")], true));
        Response::builder().status(StatusCode::NOT_MODIFIED).body(frames).unwrap()
    };
    let endless = || async { Response::new(Body::new(Frames(vec![Ok("hello")], true))) };
    let router = Router::new()
        .route("/sized", get(sized))
        .route("/text", get(|| async { "text" }))
        .route("/unsent", get(unsent))
        .route("/endless", get(endless));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, site.router(router)).into_future());
    let read_until = move |line: &str, end: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        while !response.ends_with(end) {
            let mut buffer = [0; 256];
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "{line} gave {response:?}");
            response.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    };
    tokio::task::spawn_blocking(move || {
        read_until("GET /sized", "helloworld");
        read_until("HEAD /sized", "\r\n\r\n");
        read_until("HEAD /text", "\r\n\r\n");
        read_until("GET /text", "text");
        read_until("GET /unsent", "\r\n\r\n");
        read_until("GET /endless", "hello\r\n");
    })
    .await
    .unwrap();
    let expected = [
        ("/endless GET 2xx cancelled", 1),
        ("/sized GET 2xx -", 1),
        ("/sized HEAD 2xx -", 1),
        ("/text GET 2xx -", 1),
        ("/text HEAD 2xx -", 1),
        ("/unsent GET 3xx -", 1),
    ];
    let expected = expected.map(|(point, count)| (point.to_owned(), count));
    // The server notices a moment later that the last client has disconnected.
    while site.counted().len() < expected.len() {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.counted(), expected);
    serving.abort();
}

#[tokio::test]
async fn response_is_the_same_as_without_the_layer() {
    let site = Site::new();
    let router = || {
        Router::new()
            .route("/", get(|| async { ([("x-own", "1")], "text") }))
            .layer(middleware::from_fn(|request, next: middleware::Next| next.run(request)))
    };
    let counted = site.router(router()).oneshot(get_request("/")).await.unwrap();
    let plain = router().oneshot(get_request("/")).await.unwrap();
    assert_eq!(counted.headers(), plain.headers());
    let (counted, plain) = (counted.into_body(), plain.into_body());
    assert_eq!(counted.size_hint().exact(), plain.size_hint().exact());
    assert_eq!(counted.collect().await.unwrap().to_bytes(), plain.collect().await.unwrap().to_bytes());
}

#[tokio::test]
async fn request_succeeds_while_the_store_fails() {
    let faults = Faults::default();
    let site = Site::on(Arc::new(FaultyStore::new(faults.clone(), Arc::new(MemoryStore::new()))));
    let router = site.router(Router::new().route("/", get(|| async { "text" })));
    faults.set_down(true);
    for _ in 0..100 {
        assert_eq!(send(&router, get_request("/")).await.0, StatusCode::OK);
    }
    assert!(site.staste.flush().is_err());
    faults.set_down(false);
    assert_eq!(site.counted(), [("/ GET 2xx -".to_owned(), 100)]);
}

#[tokio::test]
async fn response_time_ends_with_the_last_byte() {
    let site = Site::new();
    // Takes 5 ms on any machine.
    let work = || {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(5) {}
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
    // A slow machine can take longer.
    let average = site.layer.metrica().average().unwrap().unwrap();
    assert!(average >= 0.01, "{average}");
}
