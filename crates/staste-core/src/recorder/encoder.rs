//! Validates the choices of a kick and writes them as the bytes of its point.

use std::collections::HashSet;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::recorder::identity;
use crate::recorder::identity::{Digits, Key, Texts};
use crate::schema::{
    AxisDefinition, AxisKind, Choice, ChoiceInput, MAX_CHOICE_BYTES, too_long, unknown_axis,
};

/// Past this many declared choices a set is faster than a look at each.
const FEW: usize = 8;

/// The axes of a Metrica, ready for kicks.
#[derive(Debug)]
pub(crate) struct Encoder {
    metrica: String,
    axes: Vec<AxisDefinition>,
    declared: Vec<Option<HashSet<Arc<str>, foldhash::fast::RandomState>>>,
}

impl Encoder {
    pub(crate) fn new(metrica: &str, axes: &[AxisDefinition]) -> Encoder {
        let declared = axes.iter().map(|axis| match &axis.kind {
            AxisKind::Declared(choices) if choices.len() > FEW => Some(choices.iter().cloned().collect()),
            _ => None,
        });
        Encoder { metrica: metrica.to_owned(), axes: axes.to_vec(), declared: declared.collect() }
    }

    /// Gathers the point that the choices name; axes that are left out are unset.
    ///
    /// Texts and integers in the order of the axes are what most kicks give: they end up in `texts`,
    /// unchecked, as a point that is in a map already was checked when it came in. For any other kick
    /// the checked bytes of the point come back.
    #[inline]
    pub(crate) fn gather<'t, 'a: 't, N, V>(
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
            let index = axes.find(|(_, axis)| identity::same(axis.name.as_bytes(), name.as_bytes()));
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
                return self.gather_rest(texts, name, given, rest.collect()).map(Some);
            }
        }
        Ok(None)
    }

    /// No text yet for any axis.
    #[inline]
    pub(crate) fn texts<'t>(&self, digits: &'t mut Digits) -> Texts<'t> {
        Texts::unset(self.axes.len(), digits)
    }

    /// Goes on where a choice is no text, or not on a later axis than the ones before.
    #[cold]
    fn gather_rest<'a>(
        &self,
        texts: &Texts<'_>,
        name: &str,
        given: ChoiceInput<'a>,
        rest: Vec<(String, ChoiceInput<'a>)>,
    ) -> Result<Box<[u8]>> {
        let done = texts.given().zip(&self.axes).enumerate().filter_map(|(index, (text, axis))| match text {
            Some(text) => Some((axis.name.as_str(), ChoiceInput::Text(text))),
            None => texts.is_unset(index).then_some((axis.name.as_str(), ChoiceInput::Unset)),
        });
        let rest = rest.iter().map(|(name, given)| (name.as_str(), given.clone()));
        let key = self.encode(done.chain(std::iter::once((name, given))).chain(rest))?;
        Ok(key.as_slice().into())
    }

    /// The bytes of gathered texts, checked.
    #[cold]
    pub(crate) fn checked(&self, texts: &Texts<'_>) -> Result<Key> {
        let mut key = Key::new();
        for (index, text) in texts.given().enumerate() {
            self.push(&mut key, index, &text.map_or(ChoiceInput::Unset, ChoiceInput::Text))?;
        }
        Ok(key)
    }

    /// The bytes of the point that the choices name, in any order, checked.
    pub(crate) fn encode<'a, N, V>(&self, choices: impl IntoIterator<Item = (N, V)>) -> Result<Key>
    where
        N: AsRef<str>,
        V: Into<ChoiceInput<'a>>,
    {
        let mut parts: SmallVec<[Option<Key>; 2]> = SmallVec::from_elem(None, self.axes.len());
        for (name, given) in choices {
            let name = name.as_ref();
            let index = self.axes.iter().position(|axis| axis.name == name);
            let Some((index, part)) = index.and_then(|index| Some((index, parts.get_mut(index)?))) else {
                return Err(unknown_axis(&self.metrica, name, &self.axes));
            };
            if part.is_some() {
                return Err(Error::input(format!(
                    "axis {name} is given twice in one kick of {}",
                    self.metrica
                )));
            }
            self.push(part.insert(Key::new()), index, &given.into())?;
        }
        let mut key = Key::new();
        for part in parts {
            match part {
                Some(bytes) => key.extend_from_slice(&bytes),
                None => identity::push_unset(&mut key),
            }
        }
        Ok(key)
    }

    #[inline]
    fn push(&self, key: &mut Key, index: usize, given: &ChoiceInput<'_>) -> Result<()> {
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
            ChoiceInput::Path(_) | ChoiceInput::Choice(_) => return push_rare(axis, key, given),
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

fn push_rare(axis: &AxisDefinition, key: &mut Key, given: &ChoiceInput<'_>) -> Result<()> {
    match given {
        ChoiceInput::Path(components) => {
            axis.check_path(components.iter().copied())?;
            identity::push_path(key, components.iter().copied(), false);
        }
        other => match axis.choice(other)? {
            Choice::All => {
                return Err(Error::input(format!(
                    "ALL is for asking only: axis {} cannot be kicked with it",
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
        let gathered =
            encoder.gather(given.iter().map(|(name, given)| (*name, given.clone())), &mut texts)?;
        let key = match gathered {
            Some(key) => key,
            None => encoder.checked(&texts)?.as_slice().into(),
        };
        Ok(identity::split(&key).map(|axis| identity::choice(axis).unwrap()).collect())
    }

    #[test]
    fn any_order_gives_the_same_point() {
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
    fn bad_choices_name_what_is_wrong() {
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
            (vec![("a", ChoiceInput::Choice(Choice::All))], "ALL is for asking"),
        ] {
            let error = choices(&given).unwrap_err();
            assert!(error.is_input() && error.to_string().contains(word), "{error}");
        }
    }
}
