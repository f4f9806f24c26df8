//! `Value`: the value of a kick, a decimal that is multiplied and rounded half away from zero to an integer.

use crate::error::{Error, Result};

/// The largest absolute value of a kick, times the multiplier: 2^53.
pub const MAX_VALUE: i64 = 1 << 53;

/// Maximum number of significant digits of a decimal: with the nine of the largest multiplier they fit 128 bits.
const MAX_DIGITS: u32 = 28;

/// The value of a kick: an integer or a decimal. A float stands for its shortest decimal text: `0.285` is 0.285, not
/// the nearest binary fraction.
///
/// ```
/// use staste::Value;
/// assert_eq!(Value::from(0.285).times(100)?, 29);
/// assert_eq!(Value::parse("-2.5")?.times(10)?, -25);
/// assert!(Value::from(2.5).times(1).unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value(Number);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i64),
    Float(f64),
    /// `digits` times ten to the power of `exponent`.
    Decimal {
        digits: i128,
        exponent: i32,
    },
}

impl Value {
    /// The value one, the default of a kick.
    pub const ONE: Value = Value(Number::Integer(1));

    /// Parses a decimal: digits with an optional sign, point and exponent.
    ///
    /// # Errors
    /// When the text is not a decimal, or has more than 28 significant digits.
    pub fn parse(text: &str) -> Result<Value> {
        let (digits, exponent) = parse_decimal(text.as_bytes()).ok_or_else(|| {
            Error::invalid_input(format!("invalid value {text:?}: expected a decimal number of at most {MAX_DIGITS} digits, such as 12, -3 or 7.25"))
        })?;
        Ok(Value(Number::Decimal { digits, exponent }))
    }

    /// Returns the value times the multiplier, as it is added to cells.
    ///
    /// # Errors
    /// For NaN, infinity, a fraction when the multiplier is 1, and absolute values over 2^53.
    #[inline]
    pub fn times(self, multiplier: u32) -> Result<i64> {
        match self.0 {
            Number::Integer(integer) => match integer.checked_mul(i64::from(multiplier)) {
                Some(scaled) if (-MAX_VALUE..=MAX_VALUE).contains(&scaled) => Ok(scaled),
                _ => Err(too_large(&integer.to_string(), multiplier)),
            },
            Number::Float(float) => times_float(float, multiplier),
            Number::Decimal { digits, exponent } => times_decimal(digits, exponent, multiplier),
        }
    }
}

#[inline]
fn times_float(float: f64, multiplier: u32) -> Result<i64> {
    match rounded_product(float, multiplier) {
        Some(product) => Ok(product),
        None => times_text_of_float(float, multiplier),
    }
}

/// Returns the product without formatting the float, if it is certain. The decimal that the float stands for and the product
/// of the floats differ from the exact product by less than 2^-51 of it, which decides its rounding unless it is close to a
/// half.
#[inline]
fn rounded_product(float: f64, multiplier: u32) -> Option<i64> {
    const MAX_CERTAIN: f64 = (1_u64 << 48) as f64;
    const MAX_ERROR: f64 = 1.0 / (1_u64 << 51) as f64;
    let product = float * f64::from(multiplier);
    let whole = product.trunc();
    let fraction = (product - whole).abs();
    let error = product.abs() * MAX_ERROR;
    // A fraction without a multiplier is an error, and NaN is not less than anything.
    let is_certain = product.abs() < MAX_CERTAIN
        && if multiplier == 1 { fraction == 0.0 } else { (fraction - 0.5).abs() > error + f64::MIN_POSITIVE };
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^48")]
    is_certain.then(|| whole as i64 + if fraction > 0.5 { product.signum() as i64 } else { 0 })
}

#[cold]
fn times_text_of_float(float: f64, multiplier: u32) -> Result<i64> {
    if !float.is_finite() {
        return Err(Error::invalid_input(format!("invalid value {float}: expected a finite number")));
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(float);
    match parse_decimal(text.as_bytes()) {
        Some((digits, exponent)) => times_decimal(digits, exponent, multiplier),
        None => Err(too_large(text, multiplier)),
    }
}

fn times_decimal(digits: i128, exponent: i32, multiplier: u32) -> Result<i64> {
    let formatted = || format!("{digits}e{exponent}");
    let product =
        digits.checked_mul(i128::from(multiplier)).ok_or_else(|| too_large(&formatted(), multiplier))?;
    let scaled = if exponent >= 0 {
        let power = 10_i128.checked_pow(exponent.unsigned_abs());
        match power.and_then(|power| product.checked_mul(power)) {
            Some(scaled) => scaled,
            None if product == 0 => 0,
            None => return Err(too_large(&formatted(), multiplier)),
        }
    } else {
        // Beyond 38 decimals every product is far below one half: it has at most 28 + 9 digits.
        let divisor = 10_i128.checked_pow(exponent.unsigned_abs()).unwrap_or(i128::MAX);
        let (quotient, rest) = (product / divisor, product % divisor);
        if rest != 0 && multiplier == 1 {
            return Err(Error::invalid_input(format!(
                "the value {} has a fraction and the metrica no multiplier; define it with a multiplier such as 100",
                plain(digits, exponent)
            )));
        }
        let half = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
        quotient + if half { rest.signum() } else { 0 }
    };
    match i64::try_from(scaled) {
        Ok(scaled) if (-MAX_VALUE..=MAX_VALUE).contains(&scaled) => Ok(scaled),
        _ => Err(too_large(&plain(digits, exponent), multiplier)),
    }
}

/// Formats a decimal without an exponent.
fn plain(digits: i128, exponent: i32) -> String {
    let places = usize::try_from(-i64::from(exponent)).unwrap_or(0);
    if places == 0 || places > 40 {
        return if exponent == 0 { digits.to_string() } else { format!("{digits}e{exponent}") };
    }
    let sign = if digits < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    format!("{sign}{whole}.{fraction}")
}

#[cold]
fn too_large(formatted: &str, multiplier: u32) -> Error {
    let times = if multiplier == 1 { String::new() } else { format!(" times the multiplier {multiplier}") };
    Error::invalid_input(format!(
        "invalid value {formatted}{times}: larger than 2^53, the maximum of one kick"
    ))
}

/// Returns the digits and the power of ten of a decimal text, without trailing zeros; none for other texts.
fn parse_decimal(text: &[u8]) -> Option<(i128, i32)> {
    let (negative, rest) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mantissa, power) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (rest.get(..at)?, std::str::from_utf8(rest.get(at + 1..)?).ok()?.parse().ok()?),
        None => (rest, 0_i32),
    };
    let (mut digits, mut exponent, mut seen, mut point) = (0_i128, power, false, false);
    // Zeros are added when another digit follows, so that those of 1.500000 take no digits.
    let mut zeros = 0_u32;
    for byte in mantissa {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                exponent = exponent.checked_sub(i32::from(point))?;
                if *byte == b'0' {
                    zeros += u32::from(digits != 0);
                    continue;
                }
                digits = digits.checked_mul(10_i128.checked_pow(zeros + 1)?)?;
                digits = digits.checked_add(i128::from(byte - b'0'))?;
                zeros = 0;
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let exponent = if digits == 0 { 0 } else { exponent.checked_add(i32::try_from(zeros).ok()?)? };
    let small_enough = digits < 10_i128.pow(MAX_DIGITS);
    (seen && small_enough).then_some((if negative { -digits } else { digits }, exponent))
}

impl From<f64> for Value {
    fn from(float: f64) -> Value {
        Value(Number::Float(float))
    }
}

impl From<f32> for Value {
    /// A 32-bit float stands for its own shortest text: `0.1_f32` is 0.1.
    fn from(float: f32) -> Value {
        let mut buffer = zmij::Buffer::new();
        match parse_decimal(buffer.format(float).as_bytes()) {
            Some((digits, exponent)) => Value(Number::Decimal { digits, exponent }),
            None => Value(Number::Float(f64::from(float))),
        }
    }
}

macro_rules! value_from_integers {
    ($($narrow:ty),+) => {$(
        impl From<$narrow> for Value {
            fn from(integer: $narrow) -> Value {
                Value(Number::Integer(i64::from(integer)))
            }
        }
    )+};
}
value_from_integers!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Value {
    fn from(integer: u64) -> Value {
        Value(Number::Decimal { digits: i128::from(integer), exponent: 0 })
    }
}

impl From<usize> for Value {
    fn from(integer: usize) -> Value {
        Value::from(integer as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_is_rounded_half_away_from_zero() {
        for (float, multiplier, expected) in [
            (0.29, 100, 29),
            (0.285, 100, 29),
            (-0.285, 100, -29),
            (0.284, 100, 28),
            (7.5, 100, 750),
            (0.16, 100, 16),
            (1e-30, 100, 0),
            (0.5, 1000, 500),
            (9e15, 1, 9_000_000_000_000_000),
            (1e-7, 10_000_000, 1),
            (-0.0, 1, 0),
        ] {
            assert_eq!(Value::from(float).times(multiplier).unwrap(), expected, "{float}");
            assert_eq!(
                Value::parse(&float.to_string()).unwrap().times(multiplier).unwrap(),
                expected,
                "{float}"
            );
        }
        assert_eq!(Value::from(0.1_f32).times(10).unwrap(), 1);
        let tiny = Value::parse("0.0009900000000000000000000000001").unwrap();
        assert_eq!(tiny.times(1_000_000_000).unwrap(), 990_000);
        assert!(Value::parse("0.000990000000000000000000000000000000001").is_err());
        assert_eq!(Value::parse("0.99e-60").unwrap().times(100).unwrap(), 0);
        assert_eq!(Value::from(12_u64).times(10).unwrap(), 120);
        assert!(Value::from(u64::MAX).times(1).is_err());
    }

    proptest::proptest! {
        #[test]
        fn float_is_multiplied_like_its_shortest_decimal(
            digits in -100_000_000_000_000_i64..100_000_000_000_000,
            places in 0..20_i32,
            any in proptest::num::f64::ANY,
            multiplier in proptest::prop_oneof![proptest::strategy::Just(1_u32), proptest::strategy::Just(100), proptest::strategy::Just(1_000_000_000), 1..1_000_000_000_u32],
        ) {
            let short = digits as f64 / 10_f64.powi(places);
            // Halves, of which the decimal decides.
            let half = (digits as f64 + 0.5) / f64::from(multiplier);
            for float in [short, half, half.next_up(), half.next_down(), any] {
                if let Some(product) = rounded_product(float, multiplier) {
                    proptest::prop_assert_eq!(product, times_text_of_float(float, multiplier).unwrap(), "{}", float);
                }
            }
        }
    }

    #[test]
    fn value_that_cannot_be_counted_is_an_error() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, 1e16, -1e300, 5e-324] {
            assert!(Value::from(bad).times(1).unwrap_err().is_invalid_input(), "{bad}");
        }
        assert!(Value::from(i64::MAX).times(1).is_err());
        assert_eq!(Value::from(MAX_VALUE).times(1).unwrap(), MAX_VALUE);
        assert!(Value::from(MAX_VALUE + 1).times(1).is_err());
        assert!(Value::from(MAX_VALUE).times(2).is_err());
        for bad in ["", "-", ".", "1e", "1.2.3", "NaN", "inf", "0x10", "1_000", " 1", "١"] {
            assert!(Value::parse(bad).is_err(), "{bad}");
        }
        let message = Value::parse("2.50").unwrap().times(1).unwrap_err().to_string();
        assert!(message.contains("2.5 has a fraction"), "{message}");
    }

    #[test]
    fn parse_reads_signs_points_and_exponents() {
        for (text, expected) in
            [("12", 12), ("+3", 3), ("1e3", 1000), ("2.000", 2), (".0", 0), ("120e-1", 12)]
        {
            assert_eq!(Value::parse(text).unwrap().times(1).unwrap(), expected, "{text}");
        }
    }
}
