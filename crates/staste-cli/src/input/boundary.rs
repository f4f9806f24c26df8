//! `Boundary`: where one record ends and the next begins, told from the bytes alone.
//!
//! A record longer than the limit, and one whose quotes are not closed within the limit or before the
//! end, is *broken*: it ends at its first newline, so that one stray quote costs one line. What a block
//! holds after a broken record never changes that verdict, so the splitter, which sees more, and the
//! reader, which sees the block, agree.

use memchr::{memchr, memchr2, memrchr};

/// How the records of a format are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boundary {
    /// A newline outside quotes; fields are separated by this byte.
    Csv(u8),
    /// A newline; a last line without one counts.
    Lines,
    /// A newline; a last line without one is still being written and is left alone.
    FinishedLines,
    /// A newline; a last line without one counts when it is whole JSON.
    Objects,
}

/// What was found from the start of a CSV record on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The record has this many bytes, its newline included.
    Complete(usize),
    /// The bytes end outside quotes.
    Unended,
    /// The bytes end inside quotes.
    Unclosed,
}

impl Boundary {
    /// The end of the last record in `bytes`, which start a record; 0 when none is complete.
    ///
    /// Where the first record is longer than `longest` and its newline is not in sight, all of `bytes`.
    pub(crate) fn last(self, bytes: &[u8], longest: usize, ended: bool) -> usize {
        match self {
            Boundary::Csv(delimiter) if memchr(b'"', bytes).is_some() => {
                last_quoted(bytes, delimiter, longest, ended)
            }
            Boundary::Csv(_) | Boundary::Lines if ended => bytes.len(),
            Boundary::Objects if ended && is_json(last_line(bytes)) => bytes.len(),
            _ => match memrchr(b'\n', bytes) {
                Some(newline) => newline + 1,
                None if bytes.len() >= longest => bytes.len(),
                None => 0,
            },
        }
    }
}

fn last_line(bytes: &[u8]) -> &[u8] {
    bytes.get(memrchr(b'\n', bytes).map_or(0, |newline| newline + 1)..).unwrap_or_default()
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// The extent of the CSV record at the start of `bytes`. A quote opens a quoted field only as its first byte.
pub(crate) fn extent(bytes: &[u8], delimiter: u8) -> Extent {
    let mut at = 0;
    while let Some(found) = memchr2(b'"', b'\n', bytes.get(at..).unwrap_or_default()) {
        let found = at + found;
        if bytes.get(found) == Some(&b'\n') {
            return Extent::Complete(found + 1);
        }
        let opens = found.checked_sub(1).is_none_or(|before| bytes.get(before) == Some(&delimiter));
        at = found + 1;
        if opens {
            match closing_quote(bytes, at) {
                Some(close) => at = close + 1,
                None => return Extent::Unclosed,
            }
        }
    }
    Extent::Unended
}

/// The quote that closes a field whose text starts at `from`; a doubled quote is text.
pub(crate) fn closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

fn last_quoted(bytes: &[u8], delimiter: u8, longest: usize, ended: bool) -> usize {
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let view = rest.get(..longest).unwrap_or(rest);
        let cut_off = rest.len() >= longest;
        match extent(view, delimiter) {
            Extent::Complete(length) => start += length,
            Extent::Unended if ended && !cut_off => return bytes.len(),
            Extent::Unended | Extent::Unclosed if ended || cut_off => match memchr(b'\n', rest) {
                Some(newline) => start += newline + 1,
                None if ended || start == 0 => return bytes.len(),
                None => break,
            },
            Extent::Unended | Extent::Unclosed => break,
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_ends_at_the_first_newline_outside_quotes() {
        let check = |text: &str, expected| assert_eq!(extent(text.as_bytes(), b','), expected, "{text:?}");
        check("a,b\nc", Extent::Complete(4));
        check("\n", Extent::Complete(1));
        check("\"a\nb\",c\nd", Extent::Complete(8));
        check("x,\"a\"\"\n\"\n", Extent::Complete(9));
        check("5\",b\nc\"\n", Extent::Complete(5));
        check("\"a\"b\"\n", Extent::Complete(6));
        check("a,b", Extent::Unended);
        check("\"a\"", Extent::Unended);
        check("", Extent::Unended);
        check("a,\"b\n", Extent::Unclosed);
        check("\"a\"\"\n", Extent::Unclosed);
    }

    #[test]
    fn the_last_record_that_is_complete_ends_the_block() {
        let csv = |text: &str, ended| Boundary::Csv(b',').last(text.as_bytes(), 10, ended);
        assert_eq!(csv("a\nb\nc", false), 4);
        assert_eq!(csv("a\nb\nc", true), 5);
        assert_eq!(csv("a\n\"b\nc", false), 2);
        assert_eq!(csv("a\n\"b\nc", true), 6, "broken: ends at its newline, and c follows");
        assert_eq!(csv("\"b\nc", false), 0);
        assert_eq!(csv("\"b\n4567890", false), 3, "not closed within the limit");
        assert_eq!(csv("0123456789", false), 10, "the head of a line that is too long");
        assert_eq!(csv("012345678", false), 0);
        let log = |text: &str, ended| Boundary::FinishedLines.last(text.as_bytes(), 10, ended);
        assert_eq!(log("a\nb", true), 2);
        assert_eq!(log("b", true), 0);
    }
}
