//! Addresses of stores: errors of invalid ones, and passwords that are never printed.

use crate::support::program::Program;

#[test]
fn invalid_address_is_refused_with_the_remedy() {
    let staste = Program::new();
    for (address, code, word) in [
        ("guests.db", 2, "did you mean sqlite:guests.db?"),
        ("redis-cluster://localhost/1", 2, "a cluster has database 0 only"),
        ("redis://localhost:1", 1, "redis://localhost:1/0 cannot be reached"),
        ("redis://localhost/three", 2, "redis://HOST:PORT/DATABASE"),
        ("mysql://x", 2, "mysql is an unknown scheme"),
        ("sqlite://guests.db", 2, "sqlite:guests.db"),
        ("sqlite:", 2, "path is missing"),
        ("sqlite:nowhere/guests.db", 1, "there is no store"),
        ("memory:", 1, "the store has no metricas yet"),
    ] {
        let error = staste.fails(code, &format!("metricas --store {address}"));
        assert!(error.contains(word), "{address}: {error}");
    }
}

#[test]
fn password_of_an_address_is_not_printed() {
    let staste = Program::new();
    for (address, code) in [
        ("postgres://user:s3cret@host/db", 2),
        ("redis://:s3cret@localhost:1", 1),
        ("redis://:s3cret@localhost/three", 2),
        ("sqlite://user:s3cret@host/db", 2),
    ] {
        let error = staste.fails(code, &format!("metricas --store {address}"));
        assert!(!error.contains("s3cret"), "{error}");
    }
    staste.write("staste.toml", "store = \"redis://u:s3cret@host");
    let error = staste.fails(2, "metricas");
    assert!(error.contains("staste.toml, line 1 (store)") && !error.contains("s3cret"), "{error}");
}
