//! The rules for names of metricas and axes.

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::{UnicodeNormalization as _, is_nfkc};

use crate::error::{Error, Result};
use crate::time::Scale;

const MAX_NAME_BYTES: usize = 100;
const RESERVED: [&str; 4] = ["value", "date", "id", "by"];

/// Checks the name of a Metrica, which is in addresses and keys: an ASCII letter or `_`, then letters, digits, `_`, `.` and `-`, at most 100 bytes.
pub(crate) fn check_metrica(name: &str) -> Result<()> {
    if is_name(name) { Ok(()) } else { Err(Error::invalid_input(invalid_name("a metrica", name))) }
}

/// Checks the name of an axis: a word of any script in its normal form, with `.` and `-`, at most 100 bytes. It is not a
/// reserved word of kicks and queries.
pub(crate) fn check_axis(name: &str) -> Result<()> {
    let refused = |reason: String| Err(Error::invalid_axis_name(name, reason));
    if !is_word(name) {
        return refused(invalid_name("an axis", name));
    }
    if let Some(normal) = normal_form(name) {
        // The two may look the same.
        let written = name.escape_unicode();
        return refused(format!(
            "invalid name {name:?} ({written}) for an axis: it is not in its normal form (NFKC); write it as {normal:?}"
        ));
    }
    let is_reserved = RESERVED.contains(&name) || Scale::ALL.iter().any(|scale| scale.name() == name);
    if is_reserved {
        let reason = "the word is reserved for kicks and queries; choose another name";
        return refused(format!("invalid name {name:?} for an axis: {reason}"));
    }
    Ok(())
}

/// Returns the normal form of a name, NFKC, if that differs. Python converts the names of arguments to it.
pub(crate) fn normal_form(name: &str) -> Option<String> {
    let is_normal = name.is_ascii() || is_nfkc(name);
    (!is_normal).then(|| name.nfkc().collect())
}

fn is_name(name: &str) -> bool {
    name.is_ascii() && is_word(name)
}

fn is_word(name: &str) -> bool {
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(|first| first == '_' || is_letter(first));
    starts_well
        && name.len() <= MAX_NAME_BYTES
        && characters.all(|character| matches!(character, '.' | '-') || is_part(character))
}

fn is_letter(character: char) -> bool {
    is_xid_start(character) && !is_invisible(character)
}

fn is_part(character: char) -> bool {
    is_xid_continue(character) && !is_invisible(character)
}

/// Returns true for characters of words that nobody sees: names with and without them would look the same.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
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
    fn name_of_an_axis_is_a_word_of_any_script() {
        for good in ["a", "_x", "größe", "страна", "国", "שם", "नाम", "größe-2.x", "Ünïcödé", &"ж".repeat(50)]
        {
            check_axis(good).unwrap();
        }
    }

    #[test]
    fn name_of_an_axis_in_another_form_is_an_error_with_the_normal_form() {
        for (name, normal) in [("gro\u{308}ße", "größe"), ("ﬁeld", "field"), ("Ａge", "Age")] {
            let error = check_axis(name).unwrap_err();
            assert!(error.to_string().ends_with(&format!("write it as {normal:?}")), "{error}");
        }
        let error = check_axis("gro\u{308}ße").unwrap_err().to_string();
        assert!(error.contains("\\u{308}"), "{error}");
    }

    #[test]
    fn invalid_and_reserved_names_are_errors() {
        for good in ["a", "_x", "guest_visits.gender-age", &"n".repeat(100)] {
            check_metrica(good).unwrap();
        }
        for bad in ["", "9a", "a b", "é", "a:b", &"n".repeat(101)] {
            assert!(check_metrica(bad).unwrap_err().is_invalid_input(), "{bad}");
        }
        for bad in [
            "",
            "9a",
            "a b",
            "a:b",
            "a=b",
            "²",
            "-a",
            "😀",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{fe0f}",
            "\u{3164}",
            &"ж".repeat(51),
        ] {
            assert!(check_axis(bad).unwrap_err().is_invalid_input(), "{bad}");
        }
        for reserved in ["value", "date", "id", "by", "year", "ever", "week"] {
            assert_eq!(check_axis(reserved).unwrap_err().axis(), Some(reserved));
            check_metrica(reserved).unwrap();
        }
    }
}
