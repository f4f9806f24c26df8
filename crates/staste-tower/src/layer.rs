//! `RequestLayer` and the service it wraps.

use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use staste_core::{Axis, Better, Metrica, Result, Staste};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::CountedBody;
use crate::future::CountedFuture;
use crate::request_timer::RequestTimer;
use crate::view::matched_view;

/// Default name of the Metrica.
const DEFAULT_NAME: &str = "requests";
/// Values are seconds in units of 1/10,000.
const MULTIPLIER: u32 = 10_000;

/// Counts the requests of a service in a Metrica.
#[derive(Clone, Debug)]
pub struct RequestLayer {
    metrica: Metrica,
}

impl RequestLayer {
    /// Returns a layer that counts in the Metrica `requests`. The Store is not opened yet.
    ///
    /// # Errors
    /// Never, because the name is valid.
    pub fn new(staste: &Staste) -> Result<RequestLayer> {
        RequestLayer::named(staste, DEFAULT_NAME)
    }

    /// Returns a layer that counts in a Metrica of another name.
    ///
    /// ```
    /// use staste_core::{MemoryStore, Staste};
    /// use staste_tower::RequestLayer;
    /// let staste = Staste::new(MemoryStore::new());
    /// assert_eq!(RequestLayer::named(&staste, "api_requests")?.metrica().name(), "api_requests");
    /// assert!(RequestLayer::named(&staste, "api requests").unwrap_err().is_invalid_input());
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the name is not a valid name of a Metrica.
    pub fn named(staste: &Staste, name: &str) -> Result<RequestLayer> {
        let metrica = staste
            .metrica(name)
            .axis("view", Axis::stored())
            .axis("method", Axis::stored())
            .axis("status", Axis::declared(["1xx", "2xx", "3xx", "4xx", "5xx"]))
            .axis("exception", Axis::stored())
            .prefer_distribution()
            .multiplier(MULTIPLIER)
            .unit("s")
            .better(Better::Down)
            .build()?;
        // Requests end on an event loop, which a waiting kick would block.
        Ok(RequestLayer { metrica: metrica.without_waiting() })
    }

    /// Returns the Metrica that the layer counts in.
    pub fn metrica(&self) -> &Metrica {
        &self.metrica
    }
}

impl<S> Layer<S> for RequestLayer {
    type Service = CountedService<S>;

    fn layer(&self, inner: S) -> CountedService<S> {
        CountedService { inner, metrica: self.metrica.clone() }
    }
}

/// A service that counts its requests. [`RequestLayer`] creates it.
#[derive(Clone, Debug)]
pub struct CountedService<S> {
    inner: S,
    metrica: Metrica,
}

impl<S, B, R> Service<Request<B>> for CountedService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<CountedBody<R>>;
    type Error = S::Error;
    type Future = CountedFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> CountedFuture<S::Future> {
        let timer = RequestTimer::new(&self.metrica, matched_view(&request), request.method());
        // If the call panics, dropping the timer counts the request.
        CountedFuture::new(self.inner.call(request), timer)
    }
}
