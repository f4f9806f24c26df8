//! The key of a point in the maps of the Recorder: bytes that are different for different points.
//!
//! Each axis is encoded as a tag, followed by the length and the bytes of each text of a value or a path, so that no
//! text can be confused with a separator or a variant.

use std::hash::Hasher;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Bin;
use crate::schema::Choice;

/// The key of a point; short keys are stored on the stack.
pub(crate) type PointKey = SmallVec<[u8; 112]>;

const UNSET: u8 = 0;
const VALUE: u8 = 1;
const PATH: u8 = 2;
const OTHER: u8 = 3;
/// Added to the tag of a path that ends in *other*.
const ENDS_IN_OTHER: u8 = 4;

/// Appends *unset*.
#[inline]
pub(crate) fn push_unset(key: &mut PointKey) {
    key.push(UNSET);
}

/// Appends a value, at most [`crate::MAX_CHOICE_BYTES`] bytes long.
#[inline]
pub(crate) fn push_value(key: &mut PointKey, text: &str) {
    key.push(VALUE);
    push_text(key, text);
}

/// Appends the components of a path.
pub(crate) fn push_path<'a>(
    key: &mut PointKey,
    components: impl ExactSizeIterator<Item = &'a str>,
    other: bool,
) {
    key.push(PATH + if other { ENDS_IN_OTHER } else { 0 });
    // A path has at most sixteen components.
    key.push(u8::try_from(components.len()).unwrap_or(u8::MAX));
    components.for_each(|text| push_text(key, text));
}

/// Appends a choice. ALL cannot be kicked and is written as *other*.
pub(crate) fn push_choice(key: &mut PointKey, choice: &Choice) {
    match choice {
        Choice::Value(text) => push_value(key, text),
        Choice::Path(path) => push_path(key, path.components().iter().map(|text| &**text), path.is_other()),
        Choice::Unset => push_unset(key),
        Choice::Other | Choice::All => key.push(OTHER),
    }
}

#[inline]
fn push_text(key: &mut PointKey, text: &str) {
    // Texts are at most MAX_CHOICE_BYTES bytes, which two bytes hold.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    key.extend_from_slice(&length.to_le_bytes());
    key.extend_from_slice(text.as_bytes());
}

/// Returns the key of a point with a bin after its axes.
pub(crate) fn with_bin(key: &[u8], bin: Bin) -> Box<[u8]> {
    let mut with_bin = PointKey::from_slice(key);
    push_value(&mut with_bin, itoa::Buffer::new().format(bin.code()));
    with_bin.as_slice().into()
}

/// Returns the length that a bin adds to the key of a point.
pub(crate) fn bin_length(bin: Bin) -> usize {
    3 + itoa::Buffer::new().format(bin.code()).len()
}

/// Splits the key of a point into the encoded choices of its axes.
pub(crate) fn split(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = key;
    std::iter::from_fn(move || {
        let length = encoded_length(rest)?;
        let (axis, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(axis)
    })
}

/// Maximum number of axes of [`Texts`]; with more axes, a kick is encoded first.
const MAX_TEXT_AXES: usize = 6;

/// A buffer for the digits of two integers.
pub(crate) type Digits = [u8; 40];

pub(crate) const NO_DIGITS: Digits = [0; 40];

/// A point of texts only, which are borrowed from the kick. Most kicks have such a point.
#[derive(Debug)]
pub(crate) struct Texts<'t> {
    /// Per axis a text, none for unset.
    texts: [Option<&'t [u8]>; MAX_TEXT_AXES],
    axes: usize,
    /// A bit per axis that was given as unset.
    unset: u8,
    digits: &'t mut [u8],
}

impl<'t> Texts<'t> {
    /// Creates a point with every axis unset.
    #[inline]
    pub(crate) fn unset(axes: usize, digits: &'t mut Digits) -> Texts<'t> {
        Texts { texts: [None; MAX_TEXT_AXES], axes, unset: 0, digits }
    }

    /// Sets the text of an axis; returns false for an axis beyond the maximum.
    #[inline]
    pub(crate) fn set(&mut self, axis: usize, text: &'t str) -> bool {
        match self.texts.get_mut(axis) {
            Some(own) => {
                *own = Some(text.as_bytes());
                true
            }
            None => false,
        }
    }

    /// Marks an axis as given as unset; returns false for an axis beyond the maximum.
    #[inline]
    pub(crate) fn set_unset(&mut self, axis: usize) -> bool {
        self.unset |= 1 << axis.min(7);
        axis < MAX_TEXT_AXES
    }

    /// Returns true when the axis was given as unset, rather than omitted.
    pub(crate) fn is_unset(&self, axis: usize) -> bool {
        axis < MAX_TEXT_AXES && self.unset & 1 << axis != 0
    }

    /// Sets the text of an axis to the digits of a number; returns false when the buffer is full or the axis is beyond
    /// the maximum.
    #[inline]
    pub(crate) fn set_digits(&mut self, axis: usize, number: &str) -> bool {
        let free = std::mem::take(&mut self.digits);
        match (free.split_at_mut_checked(number.len()), self.texts.get_mut(axis)) {
            (Some((digits, rest)), Some(own)) => {
                digits.iter_mut().zip(number.bytes()).for_each(|(digit, byte)| *digit = byte);
                *own = Some(digits);
                self.digits = rest;
                true
            }
            _ => false,
        }
    }

    /// Returns the text of each axis.
    #[inline]
    pub(crate) fn texts(&self) -> impl Iterator<Item = Option<&'t str>> {
        // The bytes came from texts and digits, so that they are valid UTF-8; axes beyond the maximum have none.
        let texts = self.texts.iter().take(self.axes).map(|text| std::str::from_utf8((*text)?).ok());
        texts.chain(std::iter::repeat_n(None, self.axes.saturating_sub(MAX_TEXT_AXES)))
    }

    #[inline]
    fn bytes(&self) -> impl Iterator<Item = Option<&'t [u8]>> {
        let more = self.axes.saturating_sub(MAX_TEXT_AXES);
        self.texts.iter().take(self.axes).copied().chain(std::iter::repeat_n(None, more))
    }

    /// Feeds a hasher in the same way as [`hash`] does with the key.
    #[inline]
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        for text in self.bytes() {
            match text {
                Some(text) => hasher.write(text),
                None => hasher.write_u8(UNSET),
            }
        }
    }

    /// Returns true when this is the key of the point.
    #[inline]
    pub(crate) fn matches(&self, key: &[u8]) -> bool {
        let mut rest = key;
        for text in self.bytes() {
            rest = match (text, rest) {
                (Some(text), [VALUE, low, high, after @ ..]) => {
                    let length = usize::from(u16::from_le_bytes([*low, *high]));
                    match after.split_at_checked(length) {
                        Some((bytes, after)) if is_equal(bytes, text) => after,
                        _ => return false,
                    }
                }
                (None, [UNSET, after @ ..]) => after,
                _ => return false,
            };
        }
        rest.is_empty()
    }
}

/// Feeds a hasher with the key of a point.
pub(crate) fn hash(key: &[u8], hasher: &mut impl Hasher) {
    for axis in split(key) {
        match axis {
            [VALUE, _, _, text @ ..] => hasher.write(text),
            [UNSET] => hasher.write_u8(UNSET),
            other => hasher.write(other),
        }
    }
}

/// Compares short texts without a function call: most names and choices are shorter than a cache line.
#[inline]
pub(crate) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let half = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u32::from_le_bytes(*bytes));
    match one.len() {
        // The first and the last word may overlap.
        8..=16 => {
            word(one.first_chunk()) == word(other.first_chunk())
                && word(one.last_chunk()) == word(other.last_chunk())
        }
        4..=7 => {
            half(one.first_chunk()) == half(other.first_chunk())
                && half(one.last_chunk()) == half(other.last_chunk())
        }
        0..=3 => one.iter().zip(other).all(|(one, other)| one == other),
        _ => one == other,
    }
}

fn encoded_length(rest: &[u8]) -> Option<usize> {
    let text = |at: usize| -> Option<usize> {
        Some(2 + usize::from(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?])))
    };
    match *rest.first()? {
        UNSET | OTHER => Some(1),
        VALUE => Some(1 + text(1)?),
        _ => {
            let mut at = 2;
            for _ in 0..*rest.get(1)? {
                at += text(at)?;
            }
            Some(at)
        }
    }
}

/// Decodes the choice of one axis.
pub(crate) fn choice(axis: &[u8]) -> Option<Choice> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(Arc::<str>::from);
    match *axis.first()? {
        UNSET => Some(Choice::Unset),
        OTHER => Some(Choice::Other),
        VALUE => text(axis.get(3..)?).map(Choice::Value),
        tag => {
            let (mut components, mut at) = (Vec::new(), 2);
            for _ in 0..*axis.get(1)? {
                let length = usize::from(u16::from_le_bytes([*axis.get(at)?, *axis.get(at + 1)?]));
                components.push(text(axis.get(at + 2..at + 2 + length)?)?);
                at += 2 + length;
            }
            Some(Choice::from_components(components, tag & ENDS_IN_OTHER != 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choices() -> impl Strategy<Value = Choice> {
        let text = prop_oneof![
            Just(String::new()),
            Just("__all__".to_owned()),
            Just("(other)".to_owned()),
            Just("\0\u{1}:".to_owned()),
            ".{0,12}",
        ];
        prop_oneof![
            Just(Choice::Unset),
            Just(Choice::Other),
            text.clone().prop_map(Choice::value),
            (prop::collection::vec(text, 1..4), any::<bool>()).prop_map(|(texts, other)| {
                Choice::from_components(texts.iter().map(|text| Arc::from(text.as_str())).collect(), other)
            }),
        ]
    }

    fn encode(point: &[Choice]) -> PointKey {
        let mut key = PointKey::new();
        point.iter().for_each(|choice| push_choice(&mut key, choice));
        key
    }

    proptest! {
        #[test]
        fn is_equal_agrees_with_equality(one in "[ab]{0,20}", other in "[ab]{0,20}") {
            prop_assert_eq!(is_equal(one.as_bytes(), other.as_bytes()), one == other);
            prop_assert!(is_equal(one.as_bytes(), one.clone().as_bytes()));
        }

        #[test]
        fn point_survives_its_key(point in prop::collection::vec(choices(), 0..6)) {
            let key = encode(&point);
            let back: Vec<Choice> = split(&key).map(|axis| choice(axis).unwrap()).collect();
            prop_assert_eq!(back, point);
        }

        #[test]
        fn different_points_have_different_keys(
            one in prop::collection::vec(choices(), 2),
            other in prop::collection::vec(choices(), 2),
        ) {
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
        }
    }
}
