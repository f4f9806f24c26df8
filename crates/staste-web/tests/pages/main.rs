//! Requests to pages: their numbers are those of a list of kicks, every request has a response, and no choice becomes
//! markup.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod site;

mod cap_warning;
mod health_warning;
mod hostile_input;
mod numbers;
mod offers;
mod percentiles;
mod read_counts;
mod read_limits;
mod responses;
#[cfg(feature = "axum")]
mod routes;
mod single_charts;
mod sums;
mod timespans;
