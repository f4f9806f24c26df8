//! Parsing of the address to listen on.

use std::net::{Ipv4Addr, SocketAddr};

/// Parses `127.0.0.1:8011`, `[::1]:8011`, `localhost:8011`, or a port alone for 127.0.0.1.
///
/// # Errors
/// When the text is none of these; the error says what is expected.
pub(crate) fn parse_listen_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let port = port.strip_prefix(':').unwrap_or(port).parse::<u16>();
    match (text.parse(), port) {
        (Ok(address), _) => Ok(address),
        (Err(_), Ok(port)) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        (Err(_), Err(_)) => {
            Err("expected an address and a port, such as 127.0.0.1:8011 or localhost:8011".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_address_is_an_ip_address_or_localhost_with_a_port_or_a_port_alone() {
        for (text, expected) in [
            ("127.0.0.1:8011", "127.0.0.1:8011"),
            ("[::1]:8011", "[::1]:8011"),
            ("localhost:8011", "127.0.0.1:8011"),
            (":8011", "127.0.0.1:8011"),
            ("0", "127.0.0.1:0"),
        ] {
            assert_eq!(parse_listen_address(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "localhost", "example.org:80", "127.0.0.1", "127.0.0.1:99999", "::1:80:x"] {
            assert!(parse_listen_address(text).unwrap_err().contains("such as"), "{text}");
        }
    }
}
