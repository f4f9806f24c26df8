//! Counts the requests of a site and their response times: a layer for axum and any other tower service.
//!
//! ```
//! use axum::{Router, routing::get};
//! use staste_core::{MemoryStore, Staste};
//! use staste_tower::RequestLayer;
//!
//! let staste = Staste::new(MemoryStore::new());
//! let site: Router = Router::new()
//!     .route("/shop/{id}", get(|| async { "shoes" }))
//!     .layer(RequestLayer::new(&staste)?);
//! # let _ = site;
//! # Ok::<(), staste_core::Error>(())
//! ```
//!
//! The Metrica is a distribution, or averaged where the Store cannot make it one. Its values are seconds with a
//! resolution of 0.1 ms, and its axes are:
//!
//! | axis | choices |
//! | --- | --- |
//! | `view` | the matched route, such as `/shop/{id}`, or `unmatched`; never the path itself, which clients choose freely |
//! | `method` | `GET`, `POST` and so on, or `other` |
//! | `status` | `1xx` to `5xx`; unset without a response or with a status outside these classes |
//! | `exception` | `panic`; `error` of the service; `body` that ended with an error; `cancelled` by the client; otherwise unset |
//!
//! The layer knows the matched route if it is added with `Router::layer`. Around a whole router or another service every
//! view is `unmatched`.
//!
//! The response time ends when the last byte of the response is handed to the server. Counting never waits, and its
//! failures never fail a request.

mod body;
mod future;
mod layer;
mod request_timer;
mod view;

pub use body::CountedBody;
pub use future::CountedFuture;
pub use layer::{CountedService, RequestLayer};
