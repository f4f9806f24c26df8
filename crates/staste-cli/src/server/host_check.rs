//! Protection against DNS rebinding: only requests for a loopback name of this machine are answered. Otherwise a web page
//! elsewhere could point its own name to this machine and read the counts.

use axum::extract::Request;
use axum::http::{StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses requests for other hosts.
pub(super) async fn require_loopback_host(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() {
        // RFC 9112, 3.2.
        return (StatusCode::BAD_REQUEST, "The request has more than one Host header.\n").into_response();
    }
    let authority = request.uri().authority();
    match host {
        Some(host)
            if is_loopback(host) && authority.is_none_or(|authority| is_loopback(authority.as_str())) =>
        {
            next.run(request).await
        }
        _ => (StatusCode::MISDIRECTED_REQUEST, "This server answers requests for localhost only.\n")
            .into_response(),
    }
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_are_accepted_and_others_refused() {
        for local in ["localhost", "LOCALHOST:8011", "127.0.0.1:8011", "127.1.2.3", "[::1]:8011"] {
            assert!(is_loopback(local), "{local}");
        }
        for other in
            ["", "example.org", "localhost.example.org", "10.0.0.1:8011", "127.0.0.1.example.org", "a b"]
        {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
