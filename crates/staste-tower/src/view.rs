//! `View`: the matched route of a request.

use http::Request;

/// The view of requests without a matched route.
const UNMATCHED: &str = "unmatched";

/// The matched route of a request.
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

/// Returns the route that axum matched, if any.
pub(crate) fn matched_view<B>(request: &Request<B>) -> View {
    #[cfg(feature = "axum")]
    if let Some(path) = request.extensions().get::<axum::extract::MatchedPath>() {
        return View::Matched(path.clone());
    }
    let _ = request;
    View::Unmatched
}
