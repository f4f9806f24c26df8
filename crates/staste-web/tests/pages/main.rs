//! Pages as those who ask for them get them: their numbers are those of a list of kicks, whatever is asked for is
//! answered, and nothing that was counted becomes markup.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod site;

mod answers;
mod health;
mod hostile;
mod limits;
mod looks;
mod numbers;
mod offers;
#[cfg(feature = "axum")]
mod routes;
mod singles;
mod stretches;
