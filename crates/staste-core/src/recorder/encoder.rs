//! `Encoder`: validates the choices of a kick and encodes them as the key of its point.

use std::collections::HashSet;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::recorder::identity;
use crate::recorder::identity::{Digits, PointKey, Texts};
use crate::schema::{
    AxisDefinition, AxisKind, Choice, ChoiceInput, MAX_CHOICE_BYTES, too_long, unknown_axis,
};

/// With more declared choices than this, a hash set is faster than a linear search.
const MAX_LINEAR_SEARCH: usize = 8;

/// The axes of a Metrica, prepared for encoding kicks.
#[derive(Debug)]
pub(crate) struct Encoder {
    metrica: String,
    axes: Vec<AxisDefinition>,
    declared: Vec<Option<HashSet<Arc<str>, foldhash::fast::RandomState>>>,
}

impl Encoder {
    pub(crate) fn new(metrica: &str, axes: &[AxisDefinition]) -> Encoder {
        let declared = axes.iter().map(|axis| match &axis.kind {
            AxisKind::Declared(choices) if choices.len() > MAX_LINEAR_SEARCH => {
                Some(choices.iter().cloned().collect())
            }
            _ => None,
        });
        Encoder { metrica: metrica.to_owned(), axes: axes.to_vec(), declared: declared.collect() }
    }

    /// Reads the point that the choices name; omitted axes are unset.
    ///
    /// Most kicks give texts and integers in the order of the axes. Those are stored in `texts` without checks: a point
    /// that is in a map already was checked when it was inserted. For other kicks the checked key of the point is
    /// returned.
    #[inline]
    pub(crate) fn read_choices<'t, 'a: 't, N, V>(
        &self,
        choices: impl IntoIterator<Item = (N, V)>,
        texts: &mut Texts<'t>,
    ) -> Result<Option<Box<[u8]>>>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut axes = self.axes.iter().enumerate();
        let mut choices = choices.into_iter();
        while let Some((name, given)) = choices.next() {
            let (name, given) = (name.as_ref(), given.into());
            let index = axes.find(|(_, axis)| identity::is_equal(axis.name.as_bytes(), name.as_bytes()));
            let index = index.map(|(index, _)| index);
            let set = index.is_some_and(|index| match &given {
                ChoiceInput::Text(text) => texts.set(index, text),
                ChoiceInput::Integer(number) => texts.set_digits(index, itoa::Buffer::new().format(*number)),
                ChoiceInput::Unsigned(number) => texts.set_digits(index, itoa::Buffer::new().format(*number)),
                ChoiceInput::Unset => texts.set_unset(index),
                _ => false,
            });
            if !set {
                let rest = choices.map(|(name, given)| (name.as_ref().to_owned(), given.into()));
                return self.encode_rest(texts, name, given, rest.collect()).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns the texts of a point with every axis unset.
    #[inline]
    pub(crate) fn texts<'t>(&self, digits: &'t mut Digits) -> Texts<'t> {
        Texts::unset(self.axes.len(), digits)
    }

    /// Encodes a point when a choice is not text, or its axis is not after the axes before it.
    #[cold]
    fn encode_rest<'a>(
        &self,
        texts: &Texts<'_>,
        name: &str,
        given: ChoiceInput<'a>,
        rest: Vec<(String, ChoiceInput<'a>)>,
    ) -> Result<Box<[u8]>> {
        let done = texts.texts().zip(&self.axes).enumerate().filter_map(|(index, (text, axis))| match text {
            Some(text) => Some((axis.name.as_str(), ChoiceInput::Text(text))),
            None => texts.is_unset(index).then_some((axis.name.as_str(), ChoiceInput::Unset)),
        });
        let rest = rest.iter().map(|(name, given)| (name.as_str(), given.clone()));
        let key = self.encode(done.chain(std::iter::once((name, given))).chain(rest))?;
        Ok(key.as_slice().into())
    }

    /// Checks the texts of a point and encodes them.
    #[cold]
    pub(crate) fn encode_texts(&self, texts: &Texts<'_>) -> Result<PointKey> {
        let mut key = PointKey::new();
        for (index, text) in texts.texts().enumerate() {
            match text {
                Some(text) => self.push(&mut key, index, &ChoiceInput::Text(text))?,
                None => self.push(&mut key, index, &ChoiceInput::Unset)?,
            }
        }
        Ok(key)
    }

    /// Checks and encodes the point that the choices name, in any order.
    pub(crate) fn encode<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<PointKey>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut parts: SmallVec<[Option<PointKey>; 2]> = SmallVec::from_elem(None, self.axes.len());
        for (name, given) in choices {
            let name = name.as_ref();
            let index = self.axes.iter().position(|axis| axis.name == name);
            let Some((index, part)) = index.and_then(|index| Some((index, parts.get_mut(index)?))) else {
                return Err(unknown_axis(&self.metrica, name, &self.axes));
            };
            if part.is_some() {
                return Err(Error::invalid_input(format!(
                    "axis {name} is given twice in one kick of metrica {}: give it once",
                    self.metrica
                )));
            }
            self.push(part.insert(PointKey::new()), index, &given.into())?;
        }
        let mut key = PointKey::new();
        for part in parts {
            match part {
                Some(bytes) => key.extend_from_slice(&bytes),
                None => identity::push_unset(&mut key),
            }
        }
        Ok(key)
    }

    #[inline]
    fn push(&self, key: &mut PointKey, index: usize, given: &ChoiceInput<'_>) -> Result<()> {
        let Some(axis) = self.axes.get(index) else { return Ok(()) };
        let mut digits = itoa::Buffer::new();
        let text = match given {
            ChoiceInput::Text(text) => text,
            ChoiceInput::Integer(number) => digits.format(*number),
            ChoiceInput::Unsigned(number) => digits.format(*number),
            ChoiceInput::Bool(true) => "true",
            ChoiceInput::Bool(false) => "false",
            ChoiceInput::Unset => {
                identity::push_unset(key);
                return Ok(());
            }
            ChoiceInput::Path(_) | ChoiceInput::Choice(_) => return push_choice_or_path(axis, key, given),
        };
        match &axis.kind {
            AxisKind::Stored if text.len() <= MAX_CHOICE_BYTES => {}
            AxisKind::Stored => return Err(too_long(&axis.name, text, text.len())),
            AxisKind::Declared(choices) => {
                let known = match self.declared.get(index) {
                    Some(Some(set)) => set.contains(text),
                    _ => choices.iter().any(|choice| **choice == *text),
                };
                if !known {
                    return Err(axis.undeclared(text));
                }
            }
            AxisKind::Path => {
                axis.check_path(std::iter::once(text))?;
                identity::push_path(key, std::iter::once(text), false);
                return Ok(());
            }
        }
        identity::push_value(key, text);
        Ok(())
    }
}

/// Encodes paths and choices that Staste returned, which few kicks give.
fn push_choice_or_path(axis: &AxisDefinition, key: &mut PointKey, given: &ChoiceInput<'_>) -> Result<()> {
    match given {
        ChoiceInput::Path(components) => {
            axis.check_path(components.iter().copied())?;
            identity::push_path(key, components.iter().copied(), false);
        }
        other => match axis.choice(other)? {
            Choice::All => {
                return Err(Error::invalid_input(format!(
                    "invalid choice ALL on axis {}: it is for queries only",
                    axis.name
                )));
            }
            choice => identity::push_choice(key, &choice),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::identity::NO_DIGITS;
    use crate::schema::Axis;

    fn encoder() -> Encoder {
        let axes = [("a", Axis::stored()), ("b", Axis::declared(["x", "y"])), ("c", Axis::path())];
        let axes: Vec<AxisDefinition> = axes.iter().map(|(name, axis)| axis.named(name).unwrap()).collect();
        Encoder::new("m", &axes)
    }

    fn choices(given: &[(&str, ChoiceInput<'_>)]) -> Result<Vec<Choice>> {
        let encoder = encoder();
        let mut digits = NO_DIGITS;
        let mut texts = encoder.texts(&mut digits);
        let read =
            encoder.read_choices(given.iter().map(|(name, given)| (*name, given.clone())), &mut texts)?;
        let key = match read {
            Some(key) => key,
            None => encoder.encode_texts(&texts)?.as_slice().into(),
        };
        Ok(identity::split(&key).map(|axis| identity::choice(axis).unwrap()).collect())
    }

    #[test]
    fn choices_in_any_order_encode_the_same_point() {
        let path: &[&str] = &["p", "q"];
        let expected = [Choice::value("1"), Choice::value("y"), Choice::path(["p", "q"])];
        let (a, b, c) =
            (("a", ChoiceInput::from(1)), ("b", ChoiceInput::from("y")), ("c", ChoiceInput::from(path)));
        for order in [[&a, &b, &c], [&c, &b, &a], [&b, &c, &a], [&a, &c, &b]] {
            let given: Vec<_> = order.into_iter().cloned().collect();
            assert_eq!(choices(&given).unwrap(), expected);
        }
        assert_eq!(choices(&[c]).unwrap()[0], Choice::Unset);
        assert_eq!(choices(&[]).unwrap(), [Choice::Unset, Choice::Unset, Choice::Unset]);
    }

    #[test]
    fn invalid_choices_are_errors_with_the_value() {
        let long = "l".repeat(10_240);
        for (given, word) in [
            (vec![("z", ChoiceInput::from("1"))], "no axis \"z\""),
            (vec![("b", ChoiceInput::from("z"))], "no choice \"z\""),
            (vec![("a", ChoiceInput::from(&long))], "10240 bytes"),
            (vec![("a", ChoiceInput::from("1")), ("a", ChoiceInput::from("2"))], "twice"),
            (
                vec![
                    ("b", ChoiceInput::from("x")),
                    ("a", ChoiceInput::from("2")),
                    ("a", ChoiceInput::from("2")),
                ],
                "twice",
            ),
            (vec![("a", ChoiceInput::Path(&["1", "2"]))], "not a path"),
            (vec![("c", ChoiceInput::Path(&[]))], "1 to 16 components"),
            (vec![("a", ChoiceInput::Choice(Choice::All))], "it is for queries only"),
        ] {
            let error = choices(&given).unwrap_err();
            assert!(error.is_invalid_input() && error.to_string().contains(word), "{error}");
        }
    }
}
