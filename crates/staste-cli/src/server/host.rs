//! Requests are answered when they ask for this machine by a name of its own. A page elsewhere that made its name
//! lead here, as in DNS rebinding, could read what is counted otherwise.

use axum::extract::Request;
use axum::http::{StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses requests for other hosts.
pub(super) async fn is_ours(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() {
        // RFC 9112, 3.2.
        return (StatusCode::BAD_REQUEST, "There is more than one host.\n").into_response();
    }
    let whole = request.uri().authority();
    match host {
        Some(host) if is_loopback(host) && whole.is_none_or(|whole| is_loopback(whole.as_str())) => {
            next.run(request).await
        }
        _ => (StatusCode::MISDIRECTED_REQUEST, "This server answers for localhost alone.\n").into_response(),
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
    fn names_of_this_machine_are_known() {
        for ours in ["localhost", "LOCALHOST:8011", "127.0.0.1:8011", "127.1.2.3", "[::1]:8011"] {
            assert!(is_loopback(ours), "{ours}");
        }
        for other in
            ["", "example.org", "localhost.example.org", "10.0.0.1:8011", "127.0.0.1.example.org", "a b"]
        {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
