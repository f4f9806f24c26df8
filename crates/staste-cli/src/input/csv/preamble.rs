//! `Preamble`: the lines before the header of a CSV file: the separator that Excel names, and comments.

use memchr::memchr;

use super::super::line_reader::trim_newline;
use super::super::record_boundary::{CsvDialect, CsvRecordEnd, csv_record_end};
use super::field::CsvField;

/// The byte that starts a comment above the header if no other is given.
const COMMENT: u8 = b'#';

/// The lines before the first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Preamble {
    /// Number of bytes.
    pub(in super::super) length: usize,
    pub(in super::super) dialect: CsvDialect,
    /// Number of lines that are comments.
    pub(in super::super) comments: u64,
}

impl Preamble {
    /// Parses the start of a file. `comment` starts each comment of the file, if it is given.
    ///
    /// Without it, lines that start with `#` are comments, except for the last ones if they have as many fields as the line
    /// after them, and more than one: these are a header such as `#id,name`, or rows.
    pub(in super::super) fn parse(
        head: &[u8],
        delimiter: Option<u8>,
        default: u8,
        comment: Option<u8>,
    ) -> Preamble {
        let (named, start) = match separator_line(head) {
            Some((separator, length)) => (Some(separator), length),
            None => (None, 0),
        };
        let delimiter = delimiter.or(named).unwrap_or(default);
        let dialect = CsvDialect { delimiter, comment };
        // The offsets of the lines that start like comments, and that of the first record after them.
        let mut lines = Vec::new();
        let mut record = start;
        let mut at = start;
        while let Some(line) = head.get(at..).filter(|rest| !rest.is_empty()).map(first_line) {
            let text = trim_newline(line);
            if text.first() == Some(&comment.unwrap_or(COMMENT)) {
                lines.push(at);
                record = at + line.len();
            } else if !text.is_empty() {
                break;
            }
            at += line.len();
        }
        let from = |at: usize| head.get(at..).unwrap_or_default();
        let width = field_count(from(at), delimiter);
        let is_record = |at: &&usize| width > 1 && field_count(first_line(from(**at)), delimiter) == width;
        let records = match comment {
            Some(_) => 0,
            // Without another line nobody knows which ones are comments.
            None if from(at).is_empty() => lines.len(),
            None => lines.iter().rev().take_while(is_record).count(),
        };
        let comments = lines.len() - records;
        let length = lines.get(comments).map_or(record, |first| *first);
        Preamble { length, dialect, comments: comments as u64 }
    }
}

/// Returns the separator that a line such as `sep=;` names at the start of a file, and the length of the line.
pub(in super::super) fn separator_line(head: &[u8]) -> Option<(u8, usize)> {
    let line = first_line(head);
    let text = trim_newline(line);
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    match text {
        [name @ .., separator] if name.eq_ignore_ascii_case(b"sep=") && is_separator(*separator) => {
            Some((*separator, line.len()))
        }
        _ => None,
    }
}

fn is_separator(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n')
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.get(..memchr(b'\n', bytes).map_or(bytes.len(), |newline| newline + 1)).unwrap_or_default()
}

/// Returns the number of fields of the first record.
fn field_count(bytes: &[u8], delimiter: u8) -> usize {
    let length = match csv_record_end(bytes, delimiter) {
        CsvRecordEnd::Complete(length) => length,
        CsvRecordEnd::MissingNewline | CsvRecordEnd::UnclosedQuote => bytes.len(),
    };
    let record = trim_newline(bytes.get(..length).unwrap_or_default());
    let mut count = 1;
    let mut at = 0;
    loop {
        let field = CsvField::parse(record, at, delimiter);
        if field.end >= record.len() {
            return count;
        }
        count += 1;
        at = field.end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the delimiter, the number of comments, and the text after the preamble.
    fn parse(text: &str) -> (char, u64, &str) {
        let Preamble { length, dialect, comments } = Preamble::parse(text.as_bytes(), None, b',', None);
        (char::from(dialect.delimiter), comments, &text[length..])
    }

    #[test]
    fn separator_line_sets_the_delimiter() {
        assert_eq!(parse("sep=;\na;b\n"), (';', 0, "a;b\n"));
        assert_eq!(parse("SEP=\t\r\na\tb\n"), ('\t', 0, "a\tb\n"));
        assert_eq!(parse("\"sep=|\"\na|b\n"), ('|', 0, "a|b\n"));
        for header in ["sep=\na\n", "sep=ab\n", "sep=a\n", "sep,x\n", "a\nsep=;\n", ""] {
            assert_eq!(parse(header), (',', 0, header));
        }
        let given = Preamble::parse(b"sep=;\na,b\n", Some(b','), b'\t', None);
        assert_eq!((given.length, given.dialect.delimiter), (6, b','), "the option wins");
    }

    #[test]
    fn lines_before_the_header_that_start_with_a_hash_are_comments() {
        assert_eq!(parse("# one\n#\n\na,b\n1,2\n"), (',', 2, "\na,b\n1,2\n"));
        assert_eq!(parse("sep=;\n# a;b;c\na;b\n"), (';', 1, "a;b\n"));
        assert_eq!(parse("# \"quoted, and, open\na,b\n"), (',', 1, "a,b\n"));
        assert_eq!(parse("# one\na\n1\n"), (',', 1, "a\n1\n"));
    }

    #[test]
    fn header_that_starts_with_a_hash_is_not_a_comment() {
        for text in [
            "#id,name\n1,tea\n",
            "#,name\n1,\"x,\ny\"\n",
            "#id,name\n",
            "#fff,1\n#000,2\n",
            "#fff,1\n#000,2\nred,3\n",
        ] {
            assert_eq!(parse(text), (',', 0, text));
        }
        assert_eq!(parse("# export\n#id,name\n1,tea\n"), (',', 1, "#id,name\n1,tea\n"));
        let given = Preamble::parse(b"#id,name\n1,tea\n", None, b',', Some(b'#'));
        assert_eq!((given.length, given.comments), (9, 1), "the option makes it a comment");
    }
}
