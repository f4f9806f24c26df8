//! The generation of a Metrica in the legacy layout: it contains the words of its keys, so that every client that knows
//! the generation finds the cells.

use crate::key_words::KeyWords;
use crate::metrica::state::fresh_generation;

/// The start of these generations; those of the own layout are digits. Stored data has it, so that it stays `seed`.
const MARK: &str = "seed:";

/// Returns a generation that no other Metrica has.
pub(crate) fn fresh(words: &KeyWords) -> String {
    format!("{MARK}{}:{}:{}", words.all, words.choices, fresh_generation())
}

/// Returns the words of a generation; none if it is of another layout.
pub(crate) fn key_words(generation: &str) -> Option<KeyWords> {
    let mut words = generation.strip_prefix(MARK)?.split(':');
    Some(KeyWords { all: words.next()?.to_owned(), choices: words.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generation_contains_the_key_words() {
        let words = KeyWords { all: "*".into(), choices: "c".into() };
        assert_eq!(key_words(&fresh(&words)), Some(words));
        assert_eq!(key_words(&fresh_generation()), None);
    }
}
