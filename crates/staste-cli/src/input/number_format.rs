//! `NumberFormat`: numbers with a decimal comma or with separators of thousands.

use std::borrow::Cow;

/// The separators of thousands by their names, with the characters that each stands for.
const THOUSANDS: [(&str, &[char]); 4] = [
    (",", &[',']),
    (".", &['.']),
    ("'", &['\'', '\u{2019}']),
    // A blank, and the no-break spaces of tables and of French.
    ("blank", &[' ', '\u{a0}', '\u{202f}', '\u{2009}']),
];

/// How numbers are written. Without one, they have a decimal point and no separators of thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumberFormat {
    has_decimal_comma: bool,
    /// The name of the separator of thousands, and its characters.
    thousands: Option<(&'static str, &'static [char])>,
}

impl NumberFormat {
    /// Returns the format that the options describe, or none if no option is given.
    ///
    /// With a decimal comma, points separate thousands unless another separator is named.
    ///
    /// # Errors
    /// When the separator of thousands is unknown, or is that of the decimals.
    pub(crate) fn new(
        has_decimal_comma: bool,
        thousands: Option<&str>,
    ) -> Result<Option<NumberFormat>, String> {
        let thousands = thousands.or(has_decimal_comma.then_some("."));
        let Some(name) = thousands else { return Ok(None) };
        let invalid = |reason: &str| format!("invalid --thousands {name:?}: {reason}");
        let known =
            THOUSANDS.into_iter().find(|(known, _)| *known == if name == " " { "blank" } else { name });
        let thousands = known.ok_or_else(|| invalid("expected one of , . ' and blank"))?;
        match (thousands.0, has_decimal_comma) {
            (",", true) => Err(invalid("with --decimal-comma the comma separates the decimals")),
            (".", false) => {
                Err(invalid("the point separates the decimals; if the comma does, give --decimal-comma"))
            }
            _ => Ok(Some(NumberFormat { has_decimal_comma, thousands: Some(thousands) })),
        }
    }

    /// Returns the options that describe the format.
    pub(super) fn options(self) -> String {
        let comma = if self.has_decimal_comma { "--decimal-comma" } else { "" };
        match self.thousands {
            Some((name, _)) if !(self.has_decimal_comma && name == ".") => {
                let name = if name == "'" { "\"'\"" } else { name };
                format!("{comma} --thousands {name}").trim_start().to_owned()
            }
            _ => comma.to_owned(),
        }
    }

    /// Returns a number with a decimal point and without separators. What is not a number at all passes through.
    ///
    /// # Errors
    /// When the groups of thousands do not have three digits, or the decimals have separators.
    pub(super) fn normalize(self, text: &str) -> Result<Cow<'_, str>, String> {
        let decimal = if self.has_decimal_comma { ',' } else { '.' };
        let separators = self.thousands.map_or(&[][..], |(_, characters)| characters);
        if !text.contains(separators) && (decimal == '.' || !text.contains([',', '.'])) {
            return Ok(Cow::Borrowed(text));
        }
        let invalid = |reason: &str| format!("invalid value {text:?} for {}: {reason}", self.options());
        let (number, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
        let (whole, decimals) =
            number.split_once(decimal).map_or((number, None), |(whole, decimals)| (whole, Some(decimals)));
        if decimals.is_some_and(|decimals| decimals.contains(|c: char| !c.is_ascii_digit())) {
            return Err(invalid("the decimals are not digits"));
        }
        let unsigned = whole.trim_start_matches(['+', '-']);
        let mut groups = unsigned.split(separators);
        let first = groups.next().unwrap_or_default();
        let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
        if unsigned.contains(separators) && (first.is_empty() || first.len() > 3 || !groups.all(is_group)) {
            return Err(invalid("groups of thousands have three digits"));
        }
        let whole: String = whole.chars().filter(|character| !separators.contains(character)).collect();
        let point = if decimals.is_some() { "." } else { "" };
        Ok(Cow::Owned(format!("{whole}{point}{}{exponent}", decimals.unwrap_or_default())))
    }
}

/// Returns what an invalid value is with the options for numbers, or an empty text if it is invalid with each of them.
pub(crate) fn number_format_hint(text: &str) -> String {
    let mut hints: Vec<String> = Vec::new();
    for has_decimal_comma in [false, true] {
        for thousands in THOUSANDS.map(|(name, _)| name) {
            let Ok(Some(format)) = NumberFormat::new(has_decimal_comma, Some(thousands)) else { continue };
            let Ok(number) = format.normalize(text) else { continue };
            // The same number by fewer options is enough.
            let is_new = !hints.iter().any(|hint| hint.starts_with(&format!("{number} ")));
            if number != text && is_new && staste::Value::parse(&number).is_ok() {
                hints.push(format!("{number} with {}", format.options()));
            }
        }
    }
    if hints.is_empty() { String::new() } else { format!("; it is {}", hints.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalize(comma: bool, thousands: Option<&str>, text: &str) -> Result<String, String> {
        let format = NumberFormat::new(comma, thousands).unwrap().unwrap();
        format.normalize(text).map(Cow::into_owned)
    }

    #[test]
    fn number_gets_a_decimal_point_and_no_separators() {
        for (comma, thousands, text, expected) in [
            (true, None, "12,5", "12.5"),
            (true, None, "-1.234.567,89", "-1234567.89"),
            (true, None, "1.234", "1234"),
            (true, None, "7", "7"),
            (true, None, ",5", ".5"),
            (true, None, "1,5e3", "1.5e3"),
            (true, Some("blank"), "1 234,56", "1234.56"),
            (true, Some(" "), "1\u{a0}234\u{202f}567,5", "1234567.5"),
            (true, Some("'"), "1'234,5", "1234.5"),
            (false, Some(","), "1,234.56", "1234.56"),
            (false, Some(","), "+12,345", "+12345"),
            (false, Some("'"), "1'234.50", "1234.50"),
            (false, Some("'"), "1\u{2019}234", "1234"),
            (false, Some("blank"), "1 234", "1234"),
            (false, Some(","), "12.5", "12.5"),
            (true, None, "NA", "NA"),
        ] {
            assert_eq!(normalize(comma, thousands, text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn ambiguous_number_is_rejected_with_the_reason() {
        for (comma, thousands, text, reason) in [
            (false, Some(","), "1,23,4", "three digits"),
            (false, Some(","), "1234,567", "three digits"),
            (false, Some(","), ",123", "three digits"),
            (false, Some(","), "1,234,", "three digits"),
            (false, Some(","), "1.234,567", "not digits"),
            (true, None, "12.5", "three digits"),
            (true, None, "1,234,567", "not digits"),
            (true, Some("blank"), "1 23,5", "three digits"),
        ] {
            let error = normalize(comma, thousands, text).unwrap_err();
            assert!(error.contains(reason) && error.contains(text), "{text}: {error}");
        }
        // The point of another format is left for the parser of values, which rejects it.
        assert_eq!(normalize(true, Some("blank"), "1.234,5").as_deref(), Ok("1.234.5"));
    }

    #[test]
    fn hint_names_the_options_that_make_a_value_valid() {
        for (text, hint) in [
            ("12,5", "; it is 12.5 with --decimal-comma"),
            ("1.234,56", "; it is 1234.56 with --decimal-comma"),
            ("1,234.56", "; it is 1234.56 with --thousands ,"),
            ("1,234", "; it is 1234 with --thousands , or 1.234 with --decimal-comma"),
            ("1 234,56", "; it is 1234.56 with --decimal-comma --thousands blank"),
            ("1'234.50", "; it is 1234.50 with --thousands \"'\""),
            ("1'234", "; it is 1234 with --thousands \"'\""),
            ("1,23,4", ""),
            ("much", ""),
            ("12.5", ""),
        ] {
            assert_eq!(number_format_hint(text), hint, "{text}");
        }
    }

    #[test]
    fn unknown_or_contradictory_separator_is_an_error() {
        assert_eq!(NumberFormat::new(false, None), Ok(None));
        for (comma, thousands, words) in [
            (false, "_", "expected one of"),
            (true, ",", "the comma separates"),
            (false, ".", "give --decimal-comma"),
        ] {
            let error = NumberFormat::new(comma, Some(thousands)).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
