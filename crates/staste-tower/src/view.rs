//! What a request is for: the route that it matched.

use http::Request;

/// What requests are for that no route matched.
const UNMATCHED: &str = "unmatched";

/// What a request is for.
#[derive(Clone, Debug)]
pub(crate) enum View {
    #[cfg(feature = "axum")]
    Matched(axum::extract::MatchedPath),
    Unmatched,
}

impl View {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            #[cfg(feature = "axum")]
            View::Matched(path) => path.as_str(),
            View::Unmatched => UNMATCHED,
        }
    }
}

/// The route that axum matched, where there is one.
pub(crate) fn view<B>(request: &Request<B>) -> View {
    #[cfg(feature = "axum")]
    if let Some(path) = request.extensions().get::<axum::extract::MatchedPath>() {
        return View::Matched(path.clone());
    }
    let _ = request;
    View::Unmatched
}
