//! Connections by TLS: with a private authority, with client certificates, and refused ones.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use common::*;

/// A file of `tests/certificates`: an authority, and what it signed for `localhost`. They are good until 2126;
/// nobody else trusts them, and the key of the authority was deleted.
fn file(name: &str) -> String {
    format!("{}/tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Starts a server with TLS and further settings.
fn server(more: &[&str]) -> (Server, u16) {
    Server::on_port(redis_server(), |port| {
        let mut settings: Vec<String> = ["--port", "0", "--tls-port"].map(str::to_owned).to_vec();
        settings.extend([port.to_string(), "--tls-cert-file".into(), file("server.pem")]);
        settings.extend(["--tls-key-file".into(), file("server.key")]);
        settings.extend(["--tls-ca-cert-file".into(), file("ca.pem")]);
        settings.extend(more.iter().map(|word| (*word).to_owned()));
        settings
    })
}

#[test]
fn tls_connection_counts() {
    let (_server, port) = server(&["--tls-auth-clients", "no"]);
    let authority = file("ca.pem");
    let store = store(&format!("rediss://localhost:{port}/2?ca={authority}"));
    let definition = guests(store.as_ref());
    store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
    assert_eq!(store.definitions(None).unwrap().len(), 1);
    for (address, reason) in [
        // No authority of the system has signed this certificate.
        (format!("rediss://localhost:{port}"), "UnknownIssuer"),
        // It is signed for another name.
        (format!("rediss://127.0.0.1:{port}?ca={authority}"), "not valid for name"),
        (format!("rediss://localhost:{port}?ca=/nowhere.pem"), "/nowhere.pem cannot be read"),
        (format!("redis://localhost:{port}"), "cannot be reached"),
    ] {
        let error = common::store(&address).definitions(None).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains(reason), "{address}: {error}");
    }
}

#[test]
fn client_certificate_is_presented() {
    let (_server, port) = server(&["--tls-auth-clients", "yes"]);
    let without = format!("rediss://localhost:{port}?ca={}", file("ca.pem"));
    assert!(store(&without).definitions(None).unwrap_err().is_unavailable());
    let with = format!("{without}&cert={}&key={}", file("client.pem"), file("client.key"));
    assert!(store(&with).definitions(None).unwrap().is_empty());
}

#[test]
fn cluster_node_with_a_wrong_certificate_is_refused() {
    // The certificate is for a name, which nodes have to announce.
    for is_known_by_name in [true, false] {
        let mut more = vec!["--tls-auth-clients", "no", "--cluster-enabled", "yes", "--tls-cluster", "yes"];
        let bus = free_port().to_string();
        more.extend(["--cluster-port", &bus]);
        more.extend(match is_known_by_name {
            true => {
                ["--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname"]
                    .as_slice()
            }
            false => ["--cluster-announce-ip", "127.0.0.1"].as_slice(),
        });
        let (server, port) = server(&more);
        let connection = connect(&format!("unix:{}", server.socket().display()));
        execute(&connection, &["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
        until("a cluster", || {
            query::<String>(&connection, &["CLUSTER", "INFO"]).contains("cluster_state:ok")
        });
        let store = store(&format!("rediss-cluster://localhost:{port}?ca={}", file("ca.pem")));
        if is_known_by_name {
            let definition = guests(store.as_ref());
            store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
        } else {
            let error = store.definitions(None).unwrap_err();
            assert!(error.to_string().contains("not valid for name"), "{error}");
        }
    }
}
