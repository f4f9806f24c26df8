//! The primary that sentinels name, and failovers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use common::*;
use staste_core::Result;

const ENOUGH: u32 = 20_000_000;

#[test]
fn primary_is_found_after_every_failover() {
    let watched = Sentinels::start();
    let address = watched.address();
    let mut writers = Writers::start((0..2).map(|_| store(&address)).collect(), ENOUGH);
    for _ in 0..2 {
        writers.wait_for(20, Result::is_ok);
        watched.fail_over();
    }
    writers.wait_for(20, Result::is_ok);
    // The old primary accepts writes until the new one takes over: they are lost.
    writers.stop().is_counted_but_for_what_was_lost(store(&address));
}

#[test]
fn unknown_service_is_named_in_the_error() {
    let watched = Sentinels::start();
    let address = watched.address().replace("/counts/", "/guests/");
    let error = store(&address).definitions(None).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("watches no service \"guests\""), "{error}");
}
