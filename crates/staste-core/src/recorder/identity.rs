//! The bytes that identify a point in the Recorder's maps: injective, whatever the choices hold.
//!
//! Each axis is a tag, and for a value or a path the length of each text before it, so that no
//! text can be taken for a separator or a variant.

use std::hash::Hasher;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::schema::Choice;

/// A point as bytes; short ones live on the stack.
pub(crate) type Key = SmallVec<[u8; 112]>;

const UNSET: u8 = 0;
const VALUE: u8 = 1;
const PATH: u8 = 2;
const OTHER: u8 = 3;
/// Added to the tag of a path that ends in *other*.
const ENDS_IN_OTHER: u8 = 4;

/// Appends *unset*.
#[inline]
pub(crate) fn push_unset(key: &mut Key) {
    key.push(UNSET);
}

/// Appends a value, at most [`crate::MAX_CHOICE_BYTES`] bytes long.
#[inline]
pub(crate) fn push_value(key: &mut Key, text: &str) {
    key.push(VALUE);
    push_text(key, text);
}

/// Appends the components of a path.
pub(crate) fn push_path<'a>(key: &mut Key, components: impl ExactSizeIterator<Item = &'a str>, other: bool) {
    key.push(PATH + if other { ENDS_IN_OTHER } else { 0 });
    // A path has at most sixteen components.
    key.push(u8::try_from(components.len()).unwrap_or(u8::MAX));
    components.for_each(|text| push_text(key, text));
}

/// Appends a choice. ALL cannot be kicked and is written as *other*.
pub(crate) fn push_choice(key: &mut Key, choice: &Choice) {
    match choice {
        Choice::Value(text) => push_value(key, text),
        Choice::Path(path) => push_path(key, path.components().iter().map(|text| &**text), path.is_other()),
        Choice::Unset => push_unset(key),
        Choice::Other | Choice::All => key.push(OTHER),
    }
}

#[inline]
fn push_text(key: &mut Key, text: &str) {
    // Texts are at most MAX_CHOICE_BYTES bytes, which two bytes hold.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    key.extend_from_slice(&length.to_le_bytes());
    key.extend_from_slice(text.as_bytes());
}

/// Splits the bytes of a point into those of its axes, each still encoded.
pub(crate) fn split(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = key;
    std::iter::from_fn(move || {
        let length = encoded_length(rest)?;
        let (axis, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(axis)
    })
}

/// With more axes than this a kick takes the longer way.
const FEW_AXES: usize = 6;

/// Room for the digits of two integers.
pub(crate) type Digits = [u8; 40];

pub(crate) const NO_DIGITS: Digits = [0; 40];

/// A point that is texts only, as they were given: what most kicks are, and nothing is copied.
#[derive(Debug)]
pub(crate) struct Texts<'t> {
    /// Per axis a text, or none for unset.
    texts: [Option<&'t [u8]>; FEW_AXES],
    axes: usize,
    /// The axes that were given as unset, a bit each.
    unset: u8,
    digits: &'t mut [u8],
}

impl<'t> Texts<'t> {
    /// All axes unset.
    #[inline]
    pub(crate) fn unset(axes: usize, digits: &'t mut Digits) -> Texts<'t> {
        Texts { texts: [None; FEW_AXES], axes, unset: 0, digits }
    }

    /// Gives an axis its text; false where there is no room.
    #[inline]
    pub(crate) fn set(&mut self, axis: usize, text: &'t str) -> bool {
        match self.texts.get_mut(axis) {
            Some(slot) => {
                *slot = Some(text.as_bytes());
                true
            }
            None => false,
        }
    }

    /// Leaves an axis out; false where there is no room.
    #[inline]
    pub(crate) fn set_unset(&mut self, axis: usize) -> bool {
        self.unset |= 1 << axis.min(7);
        axis < FEW_AXES
    }

    /// True when the axis was left out in so many words.
    pub(crate) fn is_unset(&self, axis: usize) -> bool {
        axis < FEW_AXES && self.unset & 1 << axis != 0
    }

    /// Gives an axis the digits of a number; false where there is no room.
    #[inline]
    pub(crate) fn set_digits(&mut self, axis: usize, number: &str) -> bool {
        let free = std::mem::take(&mut self.digits);
        match (free.split_at_mut_checked(number.len()), self.texts.get_mut(axis)) {
            (Some((digits, rest)), Some(slot)) => {
                digits.iter_mut().zip(number.bytes()).for_each(|(digit, byte)| *digit = byte);
                *slot = Some(digits);
                self.digits = rest;
                true
            }
            _ => false,
        }
    }

    /// The text of each axis.
    #[inline]
    pub(crate) fn given(&self) -> impl Iterator<Item = Option<&'t str>> {
        // The bytes came from texts and digits, so all of them are; axes past the few have none.
        let texts = self.texts.iter().take(self.axes).map(|text| std::str::from_utf8((*text)?).ok());
        texts.chain(std::iter::repeat_n(None, self.axes.saturating_sub(FEW_AXES)))
    }

    #[inline]
    fn bytes(&self) -> impl Iterator<Item = Option<&'t [u8]>> {
        let more = self.axes.saturating_sub(FEW_AXES);
        self.texts.iter().take(self.axes).copied().chain(std::iter::repeat_n(None, more))
    }

    /// Feeds a hasher as [`hash`] does with the bytes.
    #[inline]
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        for text in self.bytes() {
            match text {
                Some(text) => hasher.write(text),
                None => hasher.write_u8(UNSET),
            }
        }
    }

    /// True when these are the bytes of this point.
    #[inline]
    pub(crate) fn is(&self, key: &[u8]) -> bool {
        let mut rest = key;
        for text in self.bytes() {
            rest = match (text, rest) {
                (Some(text), [VALUE, low, high, after @ ..]) => {
                    let length = usize::from(u16::from_le_bytes([*low, *high]));
                    match after.split_at_checked(length) {
                        Some((bytes, after)) if same(bytes, text) => after,
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

/// Feeds a hasher with the bytes of a point.
pub(crate) fn hash(key: &[u8], hasher: &mut impl Hasher) {
    for axis in split(key) {
        match axis {
            [VALUE, _, _, text @ ..] => hasher.write(text),
            [UNSET] => hasher.write_u8(UNSET),
            other => hasher.write(other),
        }
    }
}

/// Equality of short texts without a call: most names and choices are shorter than a cache line.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
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

/// The choice that one axis' bytes stand for.
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

    fn encode(point: &[Choice]) -> Key {
        let mut key = Key::new();
        point.iter().for_each(|choice| push_choice(&mut key, choice));
        key
    }

    proptest! {
        #[test]
        fn short_texts_are_the_same_when_they_are(one in "[ab]{0,20}", other in "[ab]{0,20}") {
            prop_assert_eq!(same(one.as_bytes(), other.as_bytes()), one == other);
            prop_assert!(same(one.as_bytes(), one.clone().as_bytes()));
        }

        #[test]
        fn every_point_comes_back_from_its_bytes(point in prop::collection::vec(choices(), 0..6)) {
            let key = encode(&point);
            let back: Vec<Choice> = split(&key).map(|axis| choice(axis).unwrap()).collect();
            prop_assert_eq!(back, point);
        }

        #[test]
        fn different_points_have_different_bytes(
            one in prop::collection::vec(choices(), 2),
            other in prop::collection::vec(choices(), 2),
        ) {
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
        }
    }
}
