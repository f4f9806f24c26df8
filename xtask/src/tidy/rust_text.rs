//! `RustText`: Rust source taken apart into code and comments.

/// Two views of one source. In each, whatever does not belong there is blank, so that lines keep their numbers;
/// what is inside of string and character literals belongs to neither.
pub(super) struct RustText {
    pub(super) code: String,
    pub(super) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl RustText {
    pub(super) fn of(source: &str) -> Self {
        let mut text = Self { code: String::new(), comments: String::new() };
        let mut rest = source;
        while !rest.is_empty() {
            let (kind, length) = first_piece(rest);
            let (piece, remainder) = rest.split_at(length);
            let blank: String = piece.chars().map(|char| if char == '\n' { '\n' } else { ' ' }).collect();
            text.code.push_str(if kind == Kind::Code { piece } else { &blank });
            text.comments.push_str(if kind == Kind::Comment { piece } else { &blank });
            rest = remainder;
        }
        text
    }
}

/// What the source starts with, and how many bytes of it; at least one character.
fn first_piece(source: &str) -> (Kind, usize) {
    if source.starts_with("//") {
        return (Kind::Comment, source.find('\n').unwrap_or(source.len()));
    }
    if source.starts_with("/*") {
        return (Kind::Comment, block_comment(source));
    }
    if let Some(length) = raw_string(source) {
        return (Kind::Literal, length);
    }
    if source.starts_with('"') {
        return (Kind::Literal, quoted(source, '"'));
    }
    if source.starts_with('\'') && is_char_literal(source) {
        return (Kind::Literal, quoted(source, '\''));
    }
    // A whole word at once, so that the `r` at its end is not taken for the start of a raw string.
    let word = source.find(|char: char| !is_word_char(char)).unwrap_or(source.len());
    (Kind::Code, word.max(source.chars().next().map_or(0, char::len_utf8)))
}

/// Block comments nest.
fn block_comment(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut bytes = source.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        let next = bytes.peek().map(|&(_, byte)| byte);
        match (byte, next) {
            (b'/', Some(b'*')) => depth += 1,
            (b'*', Some(b'/')) => depth -= 1,
            _ => continue,
        }
        bytes.next();
        if depth == 0 {
            return index + 2;
        }
    }
    source.len()
}

fn raw_string(source: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| source.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#'])))?;
    let after_prefix = source.strip_prefix(prefix)?;
    let hashes: String = after_prefix.chars().take_while(|&char| char == '#').collect();
    let opening = prefix.len() + hashes.len() + 1;
    // Otherwise it is a raw identifier such as `r#type`.
    let content = after_prefix.strip_prefix(hashes.as_str())?.strip_prefix('"')?;
    let closing = format!("\"{hashes}");
    Some(content.find(&closing).map_or(source.len(), |end| opening + end + closing.len()))
}

/// The length of a literal that ends at the first `quote` without a backslash.
fn quoted(source: &str, quote: char) -> usize {
    let mut chars = source.char_indices().skip(1);
    while let Some((index, char)) = chars.next() {
        if char == '\\' {
            chars.next();
        } else if char == quote {
            return index + 1;
        }
    }
    source.len()
}

/// `'a'` is a literal, `'a` alone a lifetime.
fn is_char_literal(source: &str) -> bool {
    let mut chars = source.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

pub(super) fn is_word_char(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Whether the line has the word, not merely inside a longer one.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let (before, rest) = line.split_at(start);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.ends_with(is_word_char) && !after.starts_with(is_word_char)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = "a /* b /* c */ d */ e // f\ng(\"h \\\" i\", 'j', '\\'', b\"k\") r#\"l \" m\"# n";
        let text = RustText::of(source);
        assert_eq!(words(&text.code), ["a", "e", "g(", ",", ",", ",", "b", ")", "n"]);
        assert_eq!(words(&text.comments), ["/*", "b", "/*", "c", "*/", "d", "*/", "//", "f"]);
    }

    #[test]
    fn lines_keep_their_numbers() {
        let text = RustText::of("a\n/* b\nc */\n\"d\ne\"\nf");
        assert_eq!(text.code.lines().nth(5), Some("f"));
        assert_eq!(text.comments.lines().nth(2), Some("c */"));
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        let source = "fn r#type<'a>(for_r: &'a str) -> &'static str";
        assert_eq!(RustText::of(source).code, source);
    }

    #[test]
    fn an_unfinished_literal_ends_with_the_source() {
        for source in ["\"a", "r#\"a", "/* a", "'\\"] {
            assert_eq!(RustText::of(source).code.trim(), "", "{source}");
        }
    }

    #[test]
    fn a_word_is_a_whole_word() {
        assert!(has_word("x word y", "word") && has_word("word", "word") && has_word("words word", "word"));
        assert!(!has_word("words sword my_word", "word"));
    }
}
