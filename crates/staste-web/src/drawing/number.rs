//! `Number`: a number of a chart, for drawing and as text.

use std::fmt::Write;

use staste_core::{Measure, Measurement, Reading, Total, Unit};

/// A number of a chart: its place, and all its digits.
///
/// ```
/// use staste_web::drawing::Number;
/// let spent = Number::from(staste_core::Total::new(123_456_789, 100));
/// assert_eq!(spent.short(), "1.23M");
/// assert_eq!(spent.full(), "1,234,567.89");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    value: f64,
    digits: String,
    /// The least number of decimals for people, so that the numbers of a column line up.
    decimals: usize,
    /// The text for people where there are too many digits.
    rounded: Option<String>,
    /// The unit of the value; none for counts and for values without one.
    unit: Option<Unit>,
}

/// Number of digits of a value in a unit: in short, and in full.
const SHORT_DIGITS: usize = 3;
const FULL_DIGITS: usize = 4;
/// The length of a number that has room in a heading on a narrow page.
const MAX_HEADING: usize = 11;

impl Number {
    /// The value of a measure of a reading, without the unit of the Metrica; none where it has none.
    pub fn of(measure: Measure, reading: &Reading) -> Option<Number> {
        Some(match measure.of(reading)? {
            Measurement::Total(total) => Number::from(total),
            Measurement::Count(count) => Number::count(count),
            Measurement::Share(share) => Number::share(share),
            value => Number::average(value.as_f64(), reading.total.multiplier()),
        })
    }

    /// A count of kicks.
    #[expect(clippy::cast_precision_loss, reason = "its place is not exact")]
    pub fn count(count: i128) -> Number {
        Number { value: count as f64, digits: count.to_string(), decimals: 0, rounded: None, unit: None }
    }

    /// An average of values that come in parts of `multiplier`. For people it has a decimal more than the values, at least
    /// two, and a small one has three digits that are not zero.
    pub fn average(average: f64, multiplier: u32) -> Number {
        let decimals = (digits_of(multiplier) + 1).max(2);
        let small =
            if average == 0.0 || average.abs() >= 1.0 { 0.0 } else { 2.0 - average.abs().log10().floor() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 12")]
        let enough = decimals.max(small.clamp(0.0, 12.0) as usize);
        let text = format!("{average:.enough$}");
        let rounded = if text.contains('.') { trimmed(&text) } else { &text };
        let rounded = Some(if rounded == "-0" { "0" } else { rounded }.to_owned());
        Number { value: average, digits: average.to_string(), decimals, rounded, unit: None }
    }

    /// A share, 0 to 1: in percent for people, as it is for programs.
    pub fn share(share: f64) -> Number {
        let percent = Number::average(share * 100.0, 10).in_unit(Unit::parse("%").ok().as_ref());
        // Only all is 100 %.
        let is_rounded_up = share < 1.0 && percent.rounded.as_deref() == Some("100");
        let rounded = if is_rounded_up { Some("99.99".to_owned()) } else { percent.rounded };
        Number { digits: share.to_string(), rounded, ..percent }
    }

    /// The same number of a unit, if there is one.
    #[must_use]
    pub fn in_unit(self, unit: Option<&Unit>) -> Number {
        Number { unit: unit.cloned(), ..self }
    }

    /// The unit of the number.
    pub fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }

    /// The value to draw; always finite.
    pub fn value(&self) -> f64 {
        if self.value.is_finite() { self.value } else { 0.0 }
    }

    /// All its digits for programs: `-1234567.5`.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// All its digits for people, an average rounded: `−1,234,567.5`.
    pub fn full(&self) -> String {
        match &self.unit {
            Some(unit) if unit.has_multiples() => signed(&unit.text(self.value(), FULL_DIGITS)),
            Some(unit) => format!("{} {unit}", self.full_number()),
            None => self.full_number(),
        }
    }

    /// All its digits for people, in the unit of the Metrica: `11.254 s`.
    pub fn exact(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} {unit}", self.full_number()),
            None => self.full_number(),
        }
    }

    fn full_number(&self) -> String {
        let digits = self.rounded.as_ref().unwrap_or(&self.digits);
        let (sign, digits) =
            digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("\u{2212}", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut shown = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                shown.push(',');
            }
            shown.push(digit);
        }
        if !fraction.is_empty() || self.decimals > 0 {
            let missing = self.decimals.saturating_sub(fraction.len());
            // Writing to a String cannot fail.
            let _ = write!(shown, ".{fraction}{:0<missing$}", "");
        }
        shown
    }

    /// All its digits where they have room in a heading, otherwise about three.
    ///
    /// ```
    /// use staste_web::drawing::Number;
    /// assert_eq!(Number::count(40_000).heading(), "40,000");
    /// assert_eq!(Number::count(1_234_567_890).heading(), "1.23B");
    /// ```
    pub fn heading(&self) -> String {
        let full = self.full();
        if full.chars().count() <= MAX_HEADING { full } else { self.short() }
    }

    /// About three digits: `1.23M`.
    pub fn short(&self) -> String {
        short_in_unit(self.value(), self.unit.as_ref())
    }
}

/// The label of a value on an axis, without a unit that all labels share.
pub(super) fn axis_label(value: f64, unit: Option<&Unit>) -> String {
    short_in_unit(value, unit.filter(|unit| unit.has_multiples()))
}

/// The unit that all labels of an axis share; none where each has its own.
pub(super) fn axis_unit(unit: Option<&Unit>) -> Option<&str> {
    unit.filter(|unit| !unit.has_multiples()).map(Unit::name)
}

/// About three digits of a value in a unit, if there is one: `4 ms`, `1.2 MB`, `3.49k EUR`.
pub(super) fn short_in_unit(value: f64, unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) if unit.has_multiples() => {
            let text = unit.text(value, SHORT_DIGITS);
            let (number, name) = text.split_once(' ').unwrap_or((&text, ""));
            let number = if number.contains('.') { trimmed(number) } else { number };
            signed(format!("{number} {name}").trim_end())
        }
        Some(unit) => format!("{} {unit}", short(value)),
        None => short(value),
    }
}

/// A text with the sign that people write.
fn signed(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |rest| format!("\u{2212}{rest}"))
}

impl From<Total> for Number {
    fn from(total: Total) -> Number {
        Number {
            value: total.as_f64(),
            digits: total.to_string(),
            decimals: digits_of(total.multiplier()),
            rounded: None,
            unit: None,
        }
    }
}

/// The number of decimals of parts of one: two of 100.
fn digits_of(multiplier: u32) -> usize {
    usize::try_from(multiplier.max(1).ilog10()).unwrap_or(0)
}

/// A share in words: `12.3%`, and never 0% of something.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.05 => "<0.1%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

/// Units, each a thousand times the previous one.
const UNITS: [&str; 5] = ["", "k", "M", "B", "T"];

/// About three digits of a number: `987`, `1.2k`, `3.45M`, `−0.05`, `1.2e18`.
pub(super) fn short(value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    let mut size = value.abs();
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let text = match size {
        size if size >= 999.5 => {
            // Larger than the units.
            let exponent = value.abs().log10().floor();
            return format!(
                "{sign}{}e{exponent}",
                trimmed(&format!("{:.1}", value.abs() / 10f64.powf(exponent)))
            );
        }
        size if size >= 99.95 => format!("{size:.0}"),
        size if size >= 9.995 => format!("{size:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{size:.2}"),
        // Less than one: two digits that are not zero.
        size => {
            let decimals = (1.0 - size.log10().floor()).clamp(2.0, 9.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 9")]
            let decimals = decimals as usize;
            format!("{size:.decimals$}")
        }
    };
    let text = if text.contains('.') { trimmed(&text).to_owned() } else { text };
    if text == "0" { text } else { format!("{sign}{text}{}", UNITS.get(unit).copied().unwrap_or_default()) }
}

/// A decimal text without the zeros at its end.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_has_about_three_digits() {
        for (value, shown) in [
            (0.0, "0"),
            (-0.0, "0"),
            (7.0, "7"),
            (999.0, "999"),
            (999.6, "1k"),
            (1234.0, "1.23k"),
            (12_345.0, "12.3k"),
            (123_456.0, "123k"),
            (999_949.0, "1M"),
            (2_500_000.0, "2.5M"),
            (-3_400_000_000.0, "\u{2212}3.4B"),
            (9.9e14, "990T"),
            (1.2e18, "1.2e18"),
            (1.7e38, "1.7e38"),
            (0.5, "0.5"),
            (0.0213, "0.021"),
            (-0.000_12, "\u{2212}0.00012"),
            (1e-12, "0"),
        ] {
            assert_eq!(short(value), shown, "{value}");
        }
    }

    #[test]
    fn full_text_has_all_digits_and_averages_are_rounded() {
        assert_eq!(Number::count(i128::MAX).digits(), i128::MAX.to_string());
        assert_eq!(Number::count(-1_234_567).full(), "\u{2212}1,234,567");
        assert_eq!(Number::from(Total::new(-5, 100)).full(), "\u{2212}0.05");
        assert_eq!(Number::average(1.0 / 3.0, 1).full(), "0.333");
        assert_eq!(Number::average(2.0, 100).full(), "2.000");
        assert_eq!(Number::share(0.99996).full(), "99.99 %");
        assert_eq!(
            (Number::share(1.0).full(), Number::share(0.25).full()),
            ("100.00 %".to_owned(), "25.00 %".to_owned())
        );
        let seconds = Number::from(Total::new(1_234_567_800, 1000)).in_unit(Unit::parse("s").ok().as_ref());
        assert_eq!((seconds.full(), seconds.exact()), ("342.9 h".to_owned(), "1,234,567.800 s".to_owned()));
        assert_eq!(Number::average(2.0, 100).digits(), "2");
        assert_eq!(Number::from(Total::new(770_240, 100)).full(), "7,702.40");
        assert_eq!(Number::average(0.012_345_6, 10_000).full(), "0.01235");
        assert_eq!(Number::average(0.012_345_6, 10_000).digits(), "0.0123456");
        assert_eq!(Number::average(-1e-9, 1).full(), "\u{2212}0.000000001");
        assert_eq!(Number::average(f64::INFINITY, 1).value().to_bits(), 0);
    }

    #[test]
    fn number_of_a_unit_is_written_in_the_one_that_suits_it() {
        let of =
            |unit: &str, value: f64| Number::average(value, 100).in_unit(Unit::parse(unit).ok().as_ref());
        let texts = |number: Number| (number.short(), number.full());
        let expected = |short: &str, full: &str| (short.to_owned(), full.to_owned());
        assert_eq!(texts(of("s", 0.004)), expected("4 ms", "4.000 ms"));
        assert_eq!(texts(of("s", -0.25)), expected("\u{2212}250 ms", "\u{2212}250.0 ms"));
        assert_eq!(texts(of("s", 0.0)), expected("0", "0"));
        assert_eq!(texts(of("bytes", 1_234_567.0)), expected("1.23 MB", "1.235 MB"));
        assert_eq!(
            texts(Number::from(Total::new(349_310, 100)).in_unit(Unit::parse("EUR").ok().as_ref())),
            expected("3.49k EUR", "3,493.10 EUR")
        );
    }

    #[test]
    fn percentage_of_something_is_never_zero() {
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!(percent(0.000_01), "<0.1%");
        assert_eq!(percent(1.0), "100.0%");
    }
}
