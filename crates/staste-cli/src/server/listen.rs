//! Where to listen, as people write it.

use std::net::{Ipv4Addr, SocketAddr};

/// Reads `127.0.0.1:8011`, `[::1]:8011`, `localhost:8011` or a port alone, which is one of this machine.
///
/// # Errors
/// What would be right, in words.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let port = port.strip_prefix(':').unwrap_or(port).parse::<u16>();
    match (text.parse(), port) {
        (Ok(address), _) => Ok(address),
        (Err(_), Ok(port)) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        (Err(_), Err(_)) => {
            Err("give an address and a port, such as 127.0.0.1:8011 or localhost:8011".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, expected) in [
            ("127.0.0.1:8011", "127.0.0.1:8011"),
            ("[::1]:8011", "[::1]:8011"),
            ("localhost:8011", "127.0.0.1:8011"),
            (":8011", "127.0.0.1:8011"),
            ("0", "127.0.0.1:0"),
        ] {
            assert_eq!(listen(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "localhost", "example.org:80", "127.0.0.1", "127.0.0.1:99999", "::1:80:x"] {
            assert!(listen(text).unwrap_err().contains("such as"), "{text}");
        }
    }
}
