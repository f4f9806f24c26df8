//! The two words of the original's keys that its users could rename.

use crate::define;

/// What the generation of a Metrica in the seed layout begins with; the own layout's are digits.
const MARK: &str = "seed:";

/// The words in keys and fields that the original's setting `STASTE_KEY_NAMING` renames.
///
/// ```
/// use staste_redis::KeyNaming;
/// let naming = KeyNaming::default();
/// assert_eq!((naming.all.as_str(), naming.choices.as_str()), ("__all__", "__choices__"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyNaming {
    /// The word for all time and for any choice.
    pub all: String,
    /// The word before the choices of an axis.
    pub choices: String,
}

impl Default for KeyNaming {
    fn default() -> KeyNaming {
        KeyNaming { all: "__all__".to_owned(), choices: "__choices__".to_owned() }
    }
}

impl KeyNaming {
    /// Checks that no key and no field can be taken for another; the advice when one could.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, word) in [("all", &self.all), ("choices", &self.choices)] {
            let is_fine =
                |letter: char| !letter.is_control() && !letter.is_whitespace() && !":/".contains(letter);
            if word.is_empty() || word.len() > 100 || !word.chars().all(is_fine) {
                return Err(format!(
                    "{word:?} is no word for {name}: give letters, digits and signs without : and /"
                ));
            }
            if ["year", "years", "__len__"].contains(&word.as_str()) {
                return Err(format!("{word:?} is no word for {name}: other keys are called so"));
            }
        }
        if ["True", "False"].contains(&self.all.as_str()) {
            return Err(format!("{:?} is no word for all: booleans are written so", self.all));
        }
        if self.all == self.choices {
            return Err(format!("all and choices cannot both be {:?}", self.all));
        }
        Ok(())
    }
}

/// A generation of a Metrica in the seed layout: it carries the words, so that whoever learns of the Metrica
/// knows where its cells are.
pub(crate) fn fresh_generation(naming: &KeyNaming) -> String {
    format!("{MARK}{}:{}:{}", naming.all, naming.choices, define::fresh_generation())
}

/// The words of a Metrica in the seed layout; none for one in the own.
pub(crate) fn naming_of(generation: &str) -> Option<KeyNaming> {
    let mut words = generation.strip_prefix(MARK)?.split(':');
    Some(KeyNaming { all: words.next()?.to_owned(), choices: words.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_carry_the_words() {
        let naming = KeyNaming { all: "*".into(), choices: "c".into() };
        assert_eq!(naming_of(&fresh_generation(&naming)), Some(naming));
        assert_eq!(naming_of(&define::fresh_generation()), None);
    }

    #[test]
    fn words_that_would_collide_are_refused() {
        assert_eq!(KeyNaming::default().check(), Ok(()));
        for (all, choices) in
            [("", "c"), ("a", "a"), ("a:b", "c"), ("a", "year"), ("True", "c"), ("a/b", "c"), ("\u{1b}", "c")]
        {
            assert!(
                KeyNaming { all: all.into(), choices: choices.into() }.check().is_err(),
                "{all} {choices}"
            );
        }
    }
}
