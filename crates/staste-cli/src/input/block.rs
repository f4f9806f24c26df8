//! `Blocks`: a stream cut into blocks of complete records, with their places in it.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use super::boundary::Boundary;

/// How large blocks and records may get.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The bytes of a block; it is larger only to hold one record.
    pub(crate) block: usize,
    /// The bytes of a record, its newline included; a longer one is an error row.
    pub(crate) record: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { block: 4 << 20, record: 1 << 20 }
    }
}

/// Complete records, as they stand in the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    /// The records, newlines included; the end of each is a place to stop at.
    pub(crate) bytes: &'a [u8],
    /// The number of the line the block starts in, from 1.
    pub(crate) first_line: u64,
    /// The block starts inside a line that was too long; up to its newline there is no record.
    pub(crate) inside_line: bool,
}

impl Block<'_> {
    /// Where the first record starts, and the number of its line.
    pub(crate) fn first_record(&self) -> (usize, u64) {
        if !self.inside_line {
            return (0, self.first_line);
        }
        let start = memchr(b'\n', self.bytes).map_or(self.bytes.len(), |newline| newline + 1);
        (start, self.first_line + 1)
    }
}

/// The blocks of a stream, one at a time: look at one with [`Blocks::block`], then [`Blocks::consume`].
///
/// When the stream fails, the complete records before the failure come first and the error after them.
pub(crate) struct Blocks<R> {
    source: R,
    boundary: Boundary,
    limits: Limits,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    line: u64,
    inside_line: bool,
    end: End,
}

enum End {
    NotYet,
    Reached,
    Failed(io::Error),
}

impl<R: Read> Blocks<R> {
    /// The blocks of `source` from its current place, which counts as 0.
    pub(crate) fn new(source: R, boundary: Boundary, limits: Limits) -> Blocks<R> {
        Blocks {
            source,
            boundary,
            limits,
            buffer: Vec::new(),
            from: 0,
            to: 0,
            line: 1,
            inside_line: false,
            end: End::NotYet,
        }
    }

    /// The records from the current place on, or none at the end; the same again until consumed.
    ///
    /// # Errors
    /// The stream failed and all complete records before the failure are consumed.
    pub(crate) fn block(&mut self) -> io::Result<Option<Block<'_>>> {
        let mut want = self.limits.block.max(1);
        let length = loop {
            self.fill(want.saturating_add(1));
            let window = self.window();
            let view = window.get(..want).unwrap_or(window);
            let all = view.len() == window.len();
            let length = self.cut(view, all && matches!(self.end, End::Reached));
            if length > 0 || (all && !matches!(self.end, End::NotYet)) {
                break length;
            }
            want = want.saturating_mul(2);
        };
        if length == 0 {
            return match &self.end {
                End::Failed(error) => Err(io::Error::new(error.kind(), error.to_string())),
                End::NotYet | End::Reached => Ok(None),
            };
        }
        Ok(Some(Block {
            bytes: self.window().get(..length).unwrap_or_default(),
            first_line: self.line,
            inside_line: self.inside_line,
        }))
    }

    /// At least `n` bytes from the current place on, fewer only where the stream ends or fails.
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        self.fill(n);
        self.window()
    }

    /// Moves past the first `n` bytes: the end of a record of the last block, or of an earlier run's block.
    pub(crate) fn consume(&mut self, n: usize) {
        let passed = self.window().get(..n).unwrap_or_else(|| self.window());
        let length = passed.len();
        let lines = memchr_iter(b'\n', passed).count();
        if let Some(last) = passed.last() {
            self.inside_line = *last != b'\n';
        }
        self.from += length;
        self.line += lines as u64;
    }

    /// Moves past a byte order mark.
    pub(crate) fn consume_byte_order_mark(&mut self) {
        if self.peek(3).starts_with(b"\xef\xbb\xbf") {
            self.consume(3);
            self.inside_line = false;
        }
    }

    /// The bytes that are read and not consumed; once [`Blocks::block`] has given none, those of a line
    /// without newline at the end, which this run leaves alone.
    pub(crate) fn unfinished(&self) -> usize {
        self.window().len()
    }

    /// True inside a line of which an earlier run took the beginning, before the rest was there.
    pub(crate) fn is_inside_line(&mut self) -> bool {
        self.inside_line && !matches!(self.peek(1).first(), None | Some(b'\n' | b'\r'))
    }

    /// From here on records end as `boundary` says.
    pub(crate) fn set_boundary(&mut self, boundary: Boundary) {
        self.boundary = boundary;
    }

    /// What is read.
    pub(crate) fn source(&self) -> &R {
        &self.source
    }

    fn window(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// How much of `view` to give out: up to the end of a record, or a piece of a line that is too long.
    fn cut(&self, view: &[u8], ended: bool) -> usize {
        let mut start = 0;
        if self.inside_line {
            match memchr(b'\n', view) {
                Some(newline) => start = newline + 1,
                None => return view.len(),
            }
        }
        let records = view.get(start..).unwrap_or_default();
        if records.is_empty() {
            start
        } else {
            start + self.boundary.last(records, self.limits.record, ended)
        }
    }

    /// Reads until the window has `n` bytes or the stream ends or fails.
    fn fill(&mut self, n: usize) {
        if self.to - self.from >= n {
            return;
        }
        if self.buffer.len() - self.from < n {
            self.buffer.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        while self.to - self.from < n && matches!(self.end, End::NotYet) {
            self.make_room(n);
            let room = self.buffer.get_mut(self.to..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => self.end = End::Reached,
                Ok(read) => self.to += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end = End::Failed(error),
            }
        }
    }

    /// Grows the buffer as data arrives, so that a wish for many bytes does not cost memory by itself.
    fn make_room(&mut self, n: usize) {
        if self.to == self.buffer.len() {
            let doubled = self.buffer.len().saturating_mul(2).max(64 << 10);
            self.buffer.resize(doubled.min(self.from.saturating_add(n)).max(self.to + 1), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one byte at a time and may fail at the end.
    struct Drip<'a>(&'a [u8], Option<&'static str>);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match (self.0.split_first(), self.1) {
                (Some((first, rest)), _) => {
                    buffer[0] = *first;
                    self.0 = rest;
                    Ok(1)
                }
                (None, Some(error)) => Err(io::Error::other(error)),
                (None, None) => Ok(0),
            }
        }
    }

    fn small(block: usize) -> Limits {
        Limits { block, record: 16 }
    }

    fn pieces(text: &str, boundary: Boundary, block: usize) -> Vec<String> {
        let mut blocks = Blocks::new(Drip(text.as_bytes(), None), boundary, small(block));
        let mut pieces = Vec::new();
        while let Some(block) = blocks.block().unwrap() {
            let n = block.bytes.len();
            pieces.push(String::from_utf8(block.bytes.to_vec()).unwrap());
            blocks.consume(n);
        }
        assert_eq!(pieces.concat().len() + blocks.unfinished(), text.len());
        pieces
    }

    #[test]
    fn blocks_hold_whole_records() {
        assert_eq!(pieces("ab\ncd\nef", Boundary::Lines, 5), ["ab\n", "cd\nef"]);
        assert_eq!(pieces("ab\ncd\nef", Boundary::Lines, 1), ["ab\n", "cd\n", "ef"]);
        assert_eq!(pieces("ab\ncd\nef", Boundary::FinishedLines, 64), ["ab\ncd\n"]);
        assert_eq!(pieces("{}\n{\"a\":{}", Boundary::Objects, 64), ["{}\n"]);
        assert_eq!(pieces("{}\n{\"a\":{}}", Boundary::Objects, 64), ["{}\n{\"a\":{}}"]);
        assert_eq!(pieces("a,\"\n\"\nb\n", Boundary::Csv(b','), 3), ["a,\"\n\"\n", "b\n"]);
        assert_eq!(pieces("", Boundary::Lines, 4), [""; 0]);
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_pieces_and_costs_no_memory() {
        let text = format!("a\n{}\nb\n", "x".repeat(1000));
        let mut blocks = Blocks::new(text.as_bytes(), Boundary::Lines, small(8));
        let mut inside = Vec::new();
        while let Some(block) = blocks.block().unwrap() {
            inside.push(block.inside_line);
            let n = block.bytes.len();
            assert!(n <= 32);
            blocks.consume(n);
        }
        assert!(blocks.buffer.len() <= 64);
        assert_eq!(inside[..3], [false, false, true]);
        assert_eq!(blocks.line, 4);
    }

    #[test]
    fn what_was_not_consumed_comes_again_with_more() {
        let mut blocks = Blocks::new(&b"a\nb\nc\nd\n"[..], Boundary::Lines, small(4));
        assert_eq!(blocks.block().unwrap().unwrap().bytes, b"a\nb\n");
        blocks.consume(2);
        let block = blocks.block().unwrap().unwrap();
        assert_eq!((block.bytes, block.first_line), (&b"b\nc\n"[..], 2));
        assert_eq!(blocks.peek(6), b"b\nc\nd\n");
        assert_eq!(blocks.peek(600), b"b\nc\nd\n");
        blocks.consume(4);
        let block = blocks.block().unwrap().unwrap();
        assert_eq!((block.bytes, block.first_line), (&b"d\n"[..], 4));
    }

    #[test]
    fn a_last_line_that_grew_after_it_was_consumed_is_not_read_again() {
        let mut blocks = Blocks::new(&b"a\nbc\nd\n"[..], Boundary::Lines, small(64));
        assert!(blocks.peek(3).len() >= 3);
        blocks.consume(3);
        assert!(blocks.is_inside_line());
        let block = blocks.block().unwrap().unwrap();
        assert!(block.inside_line);
        assert_eq!(block.bytes, b"c\nd\n");
    }

    #[test]
    fn records_before_a_failure_come_first() {
        for (boundary, text) in [(Boundary::Lines, "ab\ncd\nef"), (Boundary::Csv(b','), "ab\ncd\n\"e")] {
            let mut blocks = Blocks::new(Drip(text.as_bytes(), Some("the wire is cut")), boundary, small(64));
            let block = blocks.block().unwrap().unwrap();
            assert_eq!(block.bytes, b"ab\ncd\n");
            blocks.consume(6);
            assert_eq!(blocks.block().unwrap_err().to_string(), "the wire is cut");
            assert_eq!(blocks.block().unwrap_err().to_string(), "the wire is cut");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let mut blocks = Blocks::new(&b"\xef\xbb\xbfa\n"[..], Boundary::Lines, small(64));
        blocks.consume_byte_order_mark();
        let block = blocks.block().unwrap().unwrap();
        assert_eq!((block.bytes, block.inside_line), (&b"a\n"[..], false));
    }
}
