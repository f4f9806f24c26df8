//! `RequestLayer` and the service it makes.

use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use staste_core::{Axis, Metrica, Result, Staste};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::CountedBody;
use crate::future::CountedFuture;
use crate::timing::Timing;
use crate::view::view;

/// The name of the Metrica unless another one is given.
const NAME: &str = "requests";
/// Values are seconds in so many parts.
const PARTS: u32 = 10_000;

/// Counts the requests of a service in a Metrica.
#[derive(Clone, Debug)]
pub struct RequestLayer {
    metrica: Metrica,
}

impl RequestLayer {
    /// A layer that counts in the Metrica `requests`. Nothing is opened yet.
    ///
    /// # Errors
    /// Never for this name.
    pub fn new(staste: &Staste) -> Result<RequestLayer> {
        RequestLayer::named(staste, NAME)
    }

    /// A layer that counts in a Metrica of another name.
    ///
    /// ```
    /// use staste_core::{MemoryStore, Staste};
    /// use staste_tower::RequestLayer;
    /// let staste = Staste::new(MemoryStore::new());
    /// assert_eq!(RequestLayer::named(&staste, "api_requests")?.metrica().name(), "api_requests");
    /// assert!(RequestLayer::named(&staste, "api requests").unwrap_err().is_input());
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is no name of a Metrica.
    pub fn named(staste: &Staste, name: &str) -> Result<RequestLayer> {
        let metrica = staste
            .metrica(name)
            .axis("view", Axis::stored())
            .axis("method", Axis::stored())
            .axis("status", Axis::declared(["1xx", "2xx", "3xx", "4xx", "5xx"]))
            .axis("exception", Axis::stored())
            .averaged()
            .multiplier(PARTS)
            .build()?;
        // Requests end on an event loop, which a kick that waits would hold up.
        Ok(RequestLayer { metrica: metrica.without_waiting() })
    }

    /// What it counts in.
    pub fn metrica(&self) -> &Metrica {
        &self.metrica
    }
}

impl<S> Layer<S> for RequestLayer {
    type Service = Requests<S>;

    fn layer(&self, inner: S) -> Requests<S> {
        Requests { inner, metrica: self.metrica.clone() }
    }
}

/// A service whose requests are counted.
#[derive(Clone, Debug)]
pub struct Requests<S> {
    inner: S,
    metrica: Metrica,
}

impl<S, B, R> Service<Request<B>> for Requests<S>
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
        let timing = Timing::new(&self.metrica, view(&request), request.method());
        // A service that panics when it is called is counted as well: the timing is dropped.
        CountedFuture::new(self.inner.call(request), timing)
    }
}
