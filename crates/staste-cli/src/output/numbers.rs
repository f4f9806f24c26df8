//! Numbers for people: digits in groups of three, aligned decimals, sizes in bytes.

/// Groups the digits of a decimal number: `1234567.5` becomes `1,234,567.5`.
pub(crate) fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut shown = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// Groups the digits of decimal numbers and pads them to the same number of decimals.
pub(crate) fn aligned<T: AsRef<str>>(texts: &[T]) -> Vec<String> {
    aligned_to(texts, most_decimals(texts))
}

/// Returns the largest number of decimals.
pub(crate) fn most_decimals<T: AsRef<str>>(texts: &[T]) -> usize {
    texts.iter().map(|text| decimals(text.as_ref())).max().unwrap_or(0)
}

/// Groups the digits of decimal numbers and pads them to at least `min_decimals`.
pub(crate) fn aligned_to<T: AsRef<str>>(texts: &[T], min_decimals: usize) -> Vec<String> {
    let all = texts.iter().map(|text| {
        let text = text.as_ref();
        let missing = min_decimals.saturating_sub(decimals(text));
        let is_number = text.contains(|character: char| character.is_ascii_digit());
        let point = if decimals(text) == 0 { "." } else { "" };
        match is_number && missing > 0 {
            true => grouped(&format!("{text}{point}{:0<missing$}", "")),
            false => grouped(text),
        }
    });
    all.collect()
}

fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// Formats an average with as many decimals as the multiplier implies, and at least two.
pub(crate) fn average_text(average: f64, multiplier: u32) -> String {
    let decimals = usize::try_from(multiplier.max(1).ilog10()).unwrap_or(0).max(2);
    format!("{average:.decimals$}")
}

/// Formats a share, 0 to 1, in percent. Only 0 is formatted as 0 %, and only 1 as 100 %.
pub(crate) fn share_text(share: f64) -> String {
    let percent = share * 100.0;
    for decimals in 1..=6 {
        let text = format!("{percent:.decimals$}");
        let rounded: f64 = text.parse().unwrap_or(percent);
        if (share <= 0.0 || rounded > 0.0) && (share >= 1.0 || rounded < 100.0) {
            return format!("{text} %");
        }
    }
    if share < 0.5 { "< 0.000001 %".to_owned() } else { "> 99.999999 %".to_owned() }
}

/// Formats a number of bytes, such as `1.50 MiB`.
pub(crate) fn bytes_text(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_in_threes() {
        for (text, shown) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.25", "-1,234,567.25"), ("-12", "-12")]
        {
            assert_eq!(grouped(text), shown);
        }
    }

    #[test]
    fn share_is_rounded_but_not_to_none_or_all() {
        for (share, text) in [
            (0.0, "0.0 %"),
            (0.5, "50.0 %"),
            (1.0, "100.0 %"),
            (0.999_9, "99.99 %"),
            (0.000_04, "0.004 %"),
            (1e-12, "< 0.000001 %"),
        ] {
            assert_eq!(share_text(share), text);
        }
    }

    #[test]
    fn decimals_are_padded_to_line_up() {
        assert_eq!(aligned(&["1", "19.66", "-", "1000.5"]), ["1.00", "19.66", "-", "1,000.50"]);
        assert_eq!(aligned(&["1", "1000"]), ["1", "1,000"]);
        assert_eq!(aligned_to(&["1.5", "-"], 2), ["1.50", "-"]);
    }
}
