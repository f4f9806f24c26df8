//! Counts the requests of a site and how long they take: a layer for axum and any tower service.
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
//! The Metrica is averaged: its values are seconds, in ten thousandths, and its axes
//!
//! | axis | its choices |
//! | --- | --- |
//! | `view` | the route that was matched, such as `/shop/{id}`, else `unmatched`; never the path itself, which others choose |
//! | `method` | `GET`, `POST` and so on, else `other` |
//! | `status` | `1xx` to `5xx`; unset where there was no response, or one of no such class |
//! | `exception` | `panic`, `error` of the service, `body` that broke off by an error, `cancelled` by the client; unset where all went well |
//!
//! A layer knows the route that was matched where it is given to a `Router` by `Router::layer`; put around a whole router
//! or another service it does not, and every view is `unmatched`.
//!
//! A request takes until the last byte of its response was handed on. Counting neither waits nor fails, and no request
//! fails for its sake.

mod body;
mod future;
mod layer;
mod timing;
mod view;

pub use body::CountedBody;
pub use future::CountedFuture;
pub use layer::{RequestLayer, Requests};
