//! Responses compressed with gzip, for clients that accept it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};

/// Shorter bodies fit one packet as they are.
const MIN_BYTES: usize = 1024;
/// Higher levels take longer and save little of text as repetitive as SVG.
const LEVEL: u32 = 4;

/// Returns the compressed body if the client accepts gzip and the body is long enough.
pub(crate) fn compressed(headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < MIN_BYTES || !accepts_gzip(headers) {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(LEVEL));
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// Returns true if `Accept-Encoding` has gzip, or anything, with a weight above 0: RFC 9110, 12.5.3.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = None;
    for coding in values.flat_map(|value| value.split(',')) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        let is_accepted = weight.is_some_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return is_accepted,
            "*" => any = Some(is_accepted),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_accepted_with_a_weight_above_zero() {
        let accepts = |values: &[&'static str]| {
            let values =
                values.iter().map(|value| (header::ACCEPT_ENCODING, HeaderValue::from_static(value)));
            accepts_gzip(&values.collect())
        };
        for values in [&["gzip"][..], &["br, GZIP;q=0.5"], &["*"], &["br", "gzip"], &["*;q=0, gzip"]] {
            assert!(accepts(values), "{values:?}");
        }
        for values in [&[][..], &["br"], &["gzip;q=0, *"], &["*;q=0"], &["identity"], &["gzip;q=x"]] {
            assert!(!accepts(values), "{values:?}");
        }
    }
}
