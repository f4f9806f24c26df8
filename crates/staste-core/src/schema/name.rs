//! The rules for names of metricas and axes.

use crate::error::{Error, Result};
use crate::time::Scale;

const MAX_NAME_BYTES: usize = 100;
const RESERVED: [&str; 4] = ["value", "date", "id", "by"];

/// Checks the name of a Metrica: a letter or `_`, then letters, digits, `_`, `.` and `-`, at most 100 bytes.
pub(crate) fn check_metrica(name: &str) -> Result<()> {
    if is_name(name) { Ok(()) } else { Err(Error::invalid_input(invalid_name("a metrica", name))) }
}

/// Checks the name of an axis: like that of a Metrica, but not a reserved word of kicks and queries.
pub(crate) fn check_axis(name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(Error::invalid_axis_name(name, invalid_name("an axis", name)));
    }
    let is_reserved = RESERVED.contains(&name) || Scale::ALL.iter().any(|scale| scale.name() == name);
    if is_reserved {
        let reason = "the word is reserved for kicks and queries; choose another name";
        return Err(Error::invalid_axis_name(name, format!("invalid name {name:?} for an axis: {reason}")));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    starts_well
        && name.len() <= MAX_NAME_BYTES
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn invalid_name(owner: &str, name: &str) -> String {
    let truncated: String = name.chars().take(MAX_NAME_BYTES).collect();
    format!(
        "invalid name {truncated:?} for {owner}: expected a letter or _, then letters, digits, _, . and -, at most \
         {MAX_NAME_BYTES} bytes"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_and_reserved_names_are_errors() {
        for good in ["a", "_x", "guest_visits.gender-age", &"n".repeat(100)] {
            check_metrica(good).unwrap();
        }
        for bad in ["", "9a", "a b", "é", "a:b", &"n".repeat(101)] {
            assert!(check_metrica(bad).unwrap_err().is_invalid_input(), "{bad}");
        }
        for reserved in ["value", "date", "id", "by", "year", "ever", "week"] {
            assert_eq!(check_axis(reserved).unwrap_err().axis(), Some(reserved));
            check_metrica(reserved).unwrap();
        }
    }
}
