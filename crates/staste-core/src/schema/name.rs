//! Names of metricas and axes.

use crate::error::{Error, Result};
use crate::time::Scale;

const LONGEST: usize = 100;
const RESERVED: [&str; 4] = ["value", "date", "id", "by"];

/// Checks the name of a Metrica: a letter or `_`, then letters, digits, `_`, `.` and `-`, 100 at most.
pub(crate) fn check_metrica(name: &str) -> Result<()> {
    if is_name(name) { Ok(()) } else { Err(refused("metrica", name)) }
}

/// Checks the name of an Axis: as a Metrica's, and none of the words that questions use.
pub(crate) fn check_axis(name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(refused("axis", name));
    }
    let taken = RESERVED.contains(&name) || Scale::ALL.iter().any(|scale| scale.name() == name);
    if taken {
        return Err(Error::input(format!(
            "an axis may not be called {name:?}: the word has a meaning in kicks and questions"
        )));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let head = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    head && name.len() <= LONGEST
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn refused(what: &str, name: &str) -> Error {
    let shown: String = name.chars().take(LONGEST).collect();
    Error::input(format!(
        "{shown:?} is no name for {what}: a letter or _, then letters, digits, _, . and -, {LONGEST} at most"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["a", "_x", "guest_visits.gender-age", &"n".repeat(100)] {
            check_metrica(good).unwrap();
        }
        for bad in ["", "9a", "a b", "é", "a:b", &"n".repeat(101)] {
            assert!(check_metrica(bad).unwrap_err().is_input(), "{bad}");
        }
        for reserved in ["value", "date", "id", "by", "year", "ever", "week"] {
            assert!(check_axis(reserved).is_err(), "{reserved}");
            check_metrica(reserved).unwrap();
        }
    }
}
