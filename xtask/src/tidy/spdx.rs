//! SPDX licence expressions, as far as packages use them.

/// Whether the expression can be satisfied with licences that `allowed` accepts, or what is wrong with it.
///
/// The old `MIT/Apache-2.0` means `OR`. A licence with an exception is asked for as one: `Apache-2.0 WITH LLVM-exception`.
pub(super) fn is_satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut parser = Parser { words: spaced.split_whitespace().collect(), allowed };
    parser.words.reverse();
    let satisfied = parser.alternatives()?;
    match parser.words.pop() {
        None => Ok(satisfied),
        Some(word) => Err(format!("`{word}` is not expected there")),
    }
}

struct Parser<'a> {
    /// Those still to come; the next one is last.
    words: Vec<&'a str>,
    allowed: &'a dyn Fn(&str) -> bool,
}

impl<'a> Parser<'a> {
    fn alternatives(&mut self) -> Result<bool, String> {
        let mut satisfied = self.conjunction()?;
        while self.takes("OR") {
            satisfied |= self.conjunction()?;
        }
        Ok(satisfied)
    }

    fn conjunction(&mut self) -> Result<bool, String> {
        let mut satisfied = self.term()?;
        while self.takes("AND") {
            satisfied &= self.term()?;
        }
        Ok(satisfied)
    }

    fn term(&mut self) -> Result<bool, String> {
        if self.takes("(") {
            let satisfied = self.alternatives()?;
            return if self.takes(")") { Ok(satisfied) } else { Err("a `)` is missing".to_owned()) };
        }
        let licence = self.name()?;
        if self.takes("WITH") {
            let exception = self.name()?;
            return Ok((self.allowed)(&format!("{licence} WITH {exception}")));
        }
        Ok((self.allowed)(licence))
    }

    fn name(&mut self) -> Result<&'a str, String> {
        match self.words.pop() {
            Some(word) if !matches!(word, "OR" | "AND" | "WITH" | "(" | ")") => Ok(word),
            Some(word) => Err(format!("`{word}` stands where a licence should")),
            None => Err("it ends where a licence should stand".to_owned()),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        self.words.pop_if(|next| *next == word).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfied(expression: &str) -> Result<bool, String> {
        is_satisfied(expression, &|licence| {
            matches!(licence, "MIT" | "ISC" | "Apache-2.0 WITH LLVM-exception")
        })
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert_eq!(satisfied("MIT"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only"), Ok(false));
        assert_eq!(satisfied("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(satisfied("MIT AND GPL-3.0-only"), Ok(false));
        assert_eq!(satisfied("MIT OR GPL-3.0-only AND GPL-2.0-only"), Ok(true));
        assert_eq!(satisfied("(MIT OR GPL-3.0-only) AND GPL-2.0-only"), Ok(false));
        assert_eq!(satisfied("(MIT OR GPL-3.0-only) AND ISC"), Ok(true));
        assert_eq!(satisfied("GPL-3.0-only/MIT"), Ok(true));
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert_eq!(satisfied("Apache-2.0"), Ok(false));
        assert_eq!(satisfied("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(satisfied("MIT WITH LLVM-exception"), Ok(false));
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "OR MIT", "MIT WITH"] {
            assert!(satisfied(expression).is_err(), "{expression}");
        }
    }
}
