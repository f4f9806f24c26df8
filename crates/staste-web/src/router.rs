//! The pages as a router of axum, and single charts as routes of one.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodRouter, any};

use crate::web::Web;

/// The addresses of pages.
const ROUTES: [&str; 4] = ["/", "/m/{name}", "/m/{name}/{chart}", "/static/{version}/{file}"];

impl Web {
    /// A router of these pages, to be merged into that of a site. Their addresses start with
    /// [`WebOptions::base`](crate::WebOptions::base).
    ///
    /// ```
    /// use staste_core::{MemoryStore, Staste};
    /// use staste_web::{WebOptions, Web};
    /// let mut options = WebOptions::default();
    /// options.base = "/staste".to_owned();
    /// let web = Web::new(Staste::new(MemoryStore::new()), options);
    /// let site: axum::Router = axum::Router::new().merge(web.router());
    /// # let _ = site;
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let base = self.base().to_owned();
        let page = any_request(move |request| self.answer(request));
        // A route for each kind of page, so that a counter of requests can distinguish them.
        let router = ROUTES
            .into_iter()
            .fold(Router::new(), |router, route| router.route(&format!("{base}{route}"), page.clone()));
        if base.is_empty() {
            return router.fallback(page);
        }
        // An address below the base that is not a page has a page that says so.
        router.route(&base, page.clone()).route(&format!("{base}/{{*rest}}"), page)
    }
}

/// A route whose requests are answered by a function that may block, and that limits itself how many pages are made at
/// once.
pub(crate) fn any_request<S: Clone + Send + Sync + 'static>(
    answer: impl Fn(&http::Request<()>) -> http::Response<Vec<u8>> + Clone + Send + Sync + 'static,
) -> MethodRouter<S> {
    any(move |request: Request| respond(answer.clone(), request))
}

async fn respond(
    answer: impl Fn(&http::Request<()>) -> http::Response<Vec<u8>> + Send + 'static,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // Pages depend on the head of a request only; a body is not read.
    drop(body);
    if let Some(whole) = parts.extensions.get::<axum::extract::OriginalUri>() {
        // Within a site, the address that the reader sees.
        parts.uri = whole.0.clone();
    }
    let request = http::Request::from_parts(parts, ());
    match tokio::task::spawn_blocking(move || answer(&request)).await {
        Ok(response) => response.map(Body::from),
        // A panic is a bug of ours; the server continues.
        Err(_) => {
            let mut response = Response::new(Body::from("The page could not be made.\n"));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}
