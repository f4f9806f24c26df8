//! Numbers for people: digits in groups of three, decimals under one another.

/// A decimal text with its digits in groups: `1234567.5` is `1,234,567.5`.
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

/// Decimal texts grouped, with as many decimals as the one that has most.
pub(crate) fn aligned<T: AsRef<str>>(texts: &[T]) -> Vec<String> {
    aligned_to(texts, most_decimals(texts))
}

/// The decimals of the text that has most.
pub(crate) fn most_decimals<T: AsRef<str>>(texts: &[T]) -> usize {
    texts.iter().map(|text| decimals(text.as_ref())).max().unwrap_or(0)
}

/// Decimal texts grouped, with at least so many decimals.
pub(crate) fn aligned_to<T: AsRef<str>>(texts: &[T], least: usize) -> Vec<String> {
    let all = texts.iter().map(|text| {
        let text = text.as_ref();
        let missing = least.saturating_sub(decimals(text));
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

/// An average for people: two decimals, or as many as the multiplier has digits.
pub(crate) fn average_text(average: f64, multiplier: u32) -> String {
    let decimals = usize::try_from(multiplier.max(1).ilog10()).unwrap_or(0).max(2);
    format!("{average:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_threes() {
        for (text, shown) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.25", "-1,234,567.25"), ("-12", "-12")]
        {
            assert_eq!(grouped(text), shown);
        }
    }

    #[test]
    fn decimals_line_up() {
        assert_eq!(aligned(&["1", "19.66", "-", "1000.5"]), ["1.00", "19.66", "-", "1,000.50"]);
        assert_eq!(aligned(&["1", "1000"]), ["1", "1,000"]);
        assert_eq!(aligned_to(&["1.5", "-"], 2), ["1.50", "-"]);
    }
}
