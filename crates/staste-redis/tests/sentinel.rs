//! The primary that sentinels name, and the one they name after it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use common::*;
use staste_core::Result;

const ENOUGH: u32 = 20_000_000;

#[test]
fn the_primary_is_found_wherever_it_goes() {
    let watched = Watched::start();
    let address = watched.address();
    let mut writers = Writers::start((0..2).map(|_| store(&address)).collect(), ENOUGH);
    for _ in 0..2 {
        writers.wait_for(20, Result::is_ok);
        watched.fail_over();
    }
    writers.wait_for(20, Result::is_ok);
    // Sentinels let the old primary go on until the new one is there: what it confirmed meanwhile is lost.
    writers.stop().is_counted_but_for_what_was_lost(store(&address));
}

#[test]
fn a_service_nobody_watches_is_named() {
    let watched = Watched::start();
    let address = watched.address().replace("/counts/", "/guests/");
    let error = store(&address).definitions(None).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("watches no service \"guests\""), "{error}");
}
