//! The pages as a router of axum, and single charts as routes of one.

use crate::Web;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodRouter, any};

/// Where pages are.
const ROUTES: [&str; 4] = ["/", "/m/{name}", "/m/{name}/{chart}", "/static/{version}/{file}"];

impl Web {
    /// A router of these pages, to be merged into that of a site. They are where [`WebOptions::base`](crate::WebOptions::base)
    /// says.
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
        // Routes of their own, so that whoever counts requests tells them apart.
        let router = ROUTES
            .into_iter()
            .fold(Router::new(), |router, route| router.route(&format!("{base}{route}"), page.clone()));
        if base.is_empty() {
            return router.fallback(page);
        }
        // What lies below the base and is no page has a page that says so.
        router.route(&base, page.clone()).route(&format!("{base}/{{*rest}}"), page)
    }
}

/// A route whose every request a function answers that may block: how many pages are made at once it knows itself.
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
    // Requests are answered by their head alone; a body is not read.
    drop(body);
    if let Some(whole) = parts.extensions.get::<axum::extract::OriginalUri>() {
        // Within a site, the address as the reader has it.
        parts.uri = whole.0.clone();
    }
    let request = http::Request::from_parts(parts, ());
    match tokio::task::spawn_blocking(move || answer(&request)).await {
        Ok(response) => response.map(Body::from),
        // It panicked, which is a bug of ours; the server goes on.
        Err(_) => {
            let mut response = Response::new(Body::from("The page could not be made.\n"));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}
