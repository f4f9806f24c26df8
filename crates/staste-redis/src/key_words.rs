//! The two words of the original's keys that its users could rename.

/// The words in keys and fields that the original's setting `STASTE_KEY_NAMING` renames.
///
/// ```
/// use staste_redis::KeyWords;
/// let words = KeyWords::default();
/// assert_eq!((words.all.as_str(), words.choices.as_str()), ("__all__", "__choices__"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyWords {
    /// The word for all time, and for any choice.
    pub all: String,
    /// The word before the choices of an axis.
    pub choices: String,
}

impl Default for KeyWords {
    fn default() -> KeyWords {
        KeyWords { all: "__all__".to_owned(), choices: "__choices__".to_owned() }
    }
}

impl KeyWords {
    /// Checks that no key and no field can be mistaken for another one; returns advice if it can.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, word) in [("all", &self.all), ("choices", &self.choices)] {
            let is_allowed =
                |letter: char| !letter.is_control() && !letter.is_whitespace() && !":/".contains(letter);
            if word.is_empty() || word.len() > 100 || !word.chars().all(is_allowed) {
                return Err(format!(
                    "invalid {name} {word:?}: expected up to 100 letters, digits and signs without : and /"
                ));
            }
            if ["year", "years", "__len__"].contains(&word.as_str()) {
                return Err(format!("invalid {name} {word:?}: other keys contain this word"));
            }
        }
        if ["True", "False"].contains(&self.all.as_str()) {
            return Err(format!("invalid all {:?}: booleans are stored as this word", self.all));
        }
        if self.all == self.choices {
            return Err(format!("all and choices cannot both be {:?}", self.all));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_collide_with_keys_are_refused() {
        assert_eq!(KeyWords::default().check(), Ok(()));
        for (all, choices) in
            [("", "c"), ("a", "a"), ("a:b", "c"), ("a", "year"), ("True", "c"), ("a/b", "c"), ("\u{1b}", "c")]
        {
            let words = KeyWords { all: all.into(), choices: choices.into() };
            assert!(words.check().is_err(), "{all} {choices}");
        }
    }
}
