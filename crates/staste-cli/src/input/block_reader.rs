//! `BlockReader`: splits a stream into blocks of complete records.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use super::record_boundary::RecordBoundary;

/// Maximum sizes of blocks and records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeLimits {
    /// Bytes of a block. A block is larger only if its first record is.
    pub(crate) block: usize,
    /// Bytes of a record with its newline. A longer record is an error.
    pub(crate) record: usize,
}

impl Default for SizeLimits {
    fn default() -> SizeLimits {
        SizeLimits { block: 4 << 20, record: 1 << 20 }
    }
}

/// Complete records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    /// The bytes of the records, with newlines. A caller may consume up to the end of any record.
    pub(crate) bytes: &'a [u8],
    /// The number of the line in which the block starts, from 1.
    pub(crate) first_line: u64,
    /// True if the block starts inside a line that is too long. There is no record before its newline.
    pub(crate) is_inside_line: bool,
}

impl Block<'_> {
    /// Returns the offset of the first record and the number of its line.
    pub(crate) fn first_record(&self) -> (usize, u64) {
        if !self.is_inside_line {
            return (0, self.first_line);
        }
        let start = memchr(b'\n', self.bytes).map_or(self.bytes.len(), |newline| newline + 1);
        (start, self.first_line + 1)
    }
}

/// Reads a stream block by block: read one with [`BlockReader::peek_block`], then move on with
/// [`BlockReader::consume`].
///
/// If the stream fails, the complete records before the failure are returned first, then the error.
pub(crate) struct BlockReader<R> {
    source: R,
    boundary: RecordBoundary,
    limits: SizeLimits,
    buffer: Vec<u8>,
    /// Start of the unconsumed bytes in the buffer.
    from: usize,
    /// End of the unconsumed bytes in the buffer.
    to: usize,
    /// Number of bytes before them.
    offset: u64,
    line: u64,
    is_inside_line: bool,
    end: StreamEnd,
    /// True while the stream can grow after its end was reached.
    is_live: bool,
}

enum StreamEnd {
    NotReached,
    Reached,
    Failed(io::Error),
}

impl<R: Read> BlockReader<R> {
    /// Returns a reader that starts at the current position of `source`.
    pub(crate) fn new(source: R, boundary: RecordBoundary, limits: SizeLimits) -> BlockReader<R> {
        BlockReader {
            source,
            boundary,
            limits,
            buffer: Vec::new(),
            from: 0,
            to: 0,
            offset: 0,
            line: 1,
            is_inside_line: false,
            end: StreamEnd::NotReached,
            is_live: false,
        }
    }

    /// Returns the next block, or none at the end. Returns the same block until it is consumed.
    ///
    /// # Errors
    /// When the stream has failed and all complete records before the failure are consumed.
    pub(crate) fn peek_block(&mut self) -> io::Result<Option<Block<'_>>> {
        self.peek_block_of(self.limits.block)
    }

    /// Returns a block of at most `size` bytes, or of one record.
    ///
    /// # Errors
    /// As [`peek_block`](Self::peek_block).
    pub(crate) fn peek_block_of(&mut self, size: usize) -> io::Result<Option<Block<'_>>> {
        let mut size = size.min(self.limits.block).max(1);
        let length = loop {
            self.fill(size.saturating_add(1));
            let window = self.window();
            let view = window.get(..size).unwrap_or(window);
            let is_whole = view.len() == window.len();
            let is_end = is_whole && !self.is_live && matches!(self.end, StreamEnd::Reached);
            let length = self.block_length(view, is_end);
            if length > 0 || (is_whole && !matches!(self.end, StreamEnd::NotReached)) {
                break length;
            }
            size = size.saturating_mul(2);
        };
        if length == 0 {
            return match &self.end {
                StreamEnd::Failed(error) => Err(io::Error::new(error.kind(), error.to_string())),
                StreamEnd::NotReached | StreamEnd::Reached => Ok(None),
            };
        }
        Ok(Some(Block {
            bytes: self.window().get(..length).unwrap_or_default(),
            first_line: self.line,
            is_inside_line: self.is_inside_line,
        }))
    }

    /// Returns at least the next `n` bytes, or fewer at the end of the stream or before a failure.
    pub(crate) fn peek_bytes(&mut self, n: usize) -> &[u8] {
        self.fill(n);
        self.window()
    }

    /// Moves past the next `n` bytes, which end at the end of a record of this block or of a block that an earlier run
    /// counted.
    pub(crate) fn consume(&mut self, n: usize) {
        let passed = self.window().get(..n).unwrap_or_else(|| self.window());
        let length = passed.len();
        let lines = memchr_iter(b'\n', passed).count();
        if let Some(last) = passed.last() {
            self.is_inside_line = *last != b'\n';
        }
        self.from += length;
        self.offset += length as u64;
        self.line += lines as u64;
    }

    /// Moves past a byte order mark, if there is one.
    pub(crate) fn consume_byte_order_mark(&mut self) {
        if self.peek_bytes(3).starts_with(b"\xef\xbb\xbf") {
            self.consume(3);
            self.is_inside_line = false;
        }
    }

    /// Returns the number of bytes that are read and not consumed. After the last block this is the length of an incomplete
    /// last line, which this run does not count.
    pub(crate) fn unconsumed_bytes(&self) -> usize {
        self.window().len()
    }

    /// Returns true inside a line whose start an earlier run counted before the rest was written.
    pub(crate) fn is_in_counted_line(&mut self) -> bool {
        self.is_inside_line && !matches!(self.peek_bytes(1).first(), None | Some(b'\n' | b'\r'))
    }

    /// Returns the number of consumed bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Sets whether the stream can grow. If it can, its last record is complete only with a newline.
    pub(crate) fn set_live(&mut self, is_live: bool) {
        self.is_live = is_live;
    }

    /// Reads on after the end of a stream that may have grown since.
    pub(crate) fn resume(&mut self) {
        if matches!(self.end, StreamEnd::Reached) {
            self.end = StreamEnd::NotReached;
        }
    }

    /// Sets how the following records end.
    pub(crate) fn set_boundary(&mut self, boundary: RecordBoundary) {
        self.boundary = boundary;
    }

    /// Returns the stream.
    pub(crate) fn source(&self) -> &R {
        &self.source
    }

    fn window(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// Returns the length of the block at the start of `view`: up to the end of a record, or a piece of a line that is too
    /// long.
    fn block_length(&self, view: &[u8], is_end: bool) -> usize {
        let mut start = 0;
        if self.is_inside_line {
            match memchr(b'\n', view) {
                Some(newline) => start = newline + 1,
                None => return view.len(),
            }
        }
        let records = view.get(start..).unwrap_or_default();
        if records.is_empty() {
            start
        } else {
            start + self.boundary.last_record_end(records, self.limits.record, is_end)
        }
    }

    /// Reads until the window has `n` bytes, or the stream ends or fails.
    fn fill(&mut self, n: usize) {
        if self.to - self.from >= n {
            return;
        }
        if self.buffer.len() - self.from < n {
            self.buffer.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        while self.to - self.from < n && matches!(self.end, StreamEnd::NotReached) {
            self.make_room(n);
            let room = self.buffer.get_mut(self.to..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => self.end = StreamEnd::Reached,
                Ok(read) => self.to += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end = StreamEnd::Failed(error),
            }
        }
    }

    /// Grows the buffer as data arrives, so that a large `n` alone does not allocate memory.
    fn make_room(&mut self, n: usize) {
        if self.to == self.buffer.len() {
            let doubled = self.buffer.len().saturating_mul(2).max(64 << 10);
            self.buffer.resize(doubled.min(self.from.saturating_add(n)).max(self.to + 1), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record_boundary::CsvDialect;
    use super::*;

    /// Reads one byte at a time and fails at the end if there is an error.
    struct SlowReader<'a>(&'a [u8], Option<&'static str>);

    impl Read for SlowReader<'_> {
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

    fn small_limits(block: usize) -> SizeLimits {
        SizeLimits { block, record: 16 }
    }

    fn pieces(text: &str, boundary: RecordBoundary, block: usize) -> Vec<String> {
        let mut blocks = BlockReader::new(SlowReader(text.as_bytes(), None), boundary, small_limits(block));
        let mut pieces = Vec::new();
        while let Some(block) = blocks.peek_block().unwrap() {
            let n = block.bytes.len();
            pieces.push(String::from_utf8(block.bytes.to_vec()).unwrap());
            blocks.consume(n);
        }
        assert_eq!(pieces.concat().len() + blocks.unconsumed_bytes(), text.len());
        pieces
    }

    fn csv() -> RecordBoundary {
        RecordBoundary::Csv(CsvDialect { delimiter: b',', comment: None })
    }

    #[test]
    fn block_has_whole_records() {
        assert_eq!(pieces("ab\ncd\nef", RecordBoundary::Lines, 5), ["ab\n", "cd\nef"]);
        assert_eq!(pieces("ab\ncd\nef", RecordBoundary::Lines, 1), ["ab\n", "cd\n", "ef"]);
        assert_eq!(pieces("ab\ncd\nef", RecordBoundary::TerminatedLines, 64), ["ab\ncd\n"]);
        assert_eq!(pieces("{}\n{\"a\":{}", RecordBoundary::JsonLines, 64), ["{}\n"]);
        assert_eq!(pieces("{}\n{\"a\":{}}", RecordBoundary::JsonLines, 64), ["{}\n{\"a\":{}}"]);
        assert_eq!(pieces("a,\"\n\"\nb\n", csv(), 3), ["a,\"\n\"\n", "b\n"]);
        assert_eq!(pieces("", RecordBoundary::Lines, 4), [""; 0]);
    }

    #[test]
    fn line_over_the_limit_is_read_in_pieces_without_memory_growth() {
        let text = format!("a\n{}\nb\n", "x".repeat(1000));
        let mut blocks = BlockReader::new(text.as_bytes(), RecordBoundary::Lines, small_limits(8));
        let mut inside = Vec::new();
        while let Some(block) = blocks.peek_block().unwrap() {
            inside.push(block.is_inside_line);
            let n = block.bytes.len();
            assert!(n <= 32);
            blocks.consume(n);
        }
        assert!(blocks.buffer.len() <= 64);
        assert_eq!(inside[..3], [false, false, true]);
        assert_eq!(blocks.line, 4);
    }

    #[test]
    fn unconsumed_bytes_are_returned_again_with_more() {
        let mut blocks = BlockReader::new(&b"a\nb\nc\nd\n"[..], RecordBoundary::Lines, small_limits(4));
        assert_eq!(blocks.peek_block().unwrap().unwrap().bytes, b"a\nb\n");
        blocks.consume(2);
        let block = blocks.peek_block().unwrap().unwrap();
        assert_eq!((block.bytes, block.first_line), (&b"b\nc\n"[..], 2));
        assert_eq!(blocks.peek_bytes(6), b"b\nc\nd\n");
        assert_eq!(blocks.peek_bytes(600), b"b\nc\nd\n");
        blocks.consume(4);
        let block = blocks.peek_block().unwrap().unwrap();
        assert_eq!((block.bytes, block.first_line), (&b"d\n"[..], 4));
    }

    #[test]
    fn last_line_that_grew_after_it_was_consumed_is_not_a_record() {
        let mut blocks = BlockReader::new(&b"a\nbc\nd\n"[..], RecordBoundary::Lines, small_limits(64));
        assert!(blocks.peek_bytes(3).len() >= 3);
        blocks.consume(3);
        assert!(blocks.is_in_counted_line());
        let block = blocks.peek_block().unwrap().unwrap();
        assert!(block.is_inside_line);
        assert_eq!(block.bytes, b"c\nd\n");
    }

    #[test]
    fn records_before_a_failure_are_returned_before_the_error() {
        for (boundary, text) in [(RecordBoundary::Lines, "ab\ncd\nef"), (csv(), "ab\ncd\n\"e")] {
            let mut blocks = BlockReader::new(
                SlowReader(text.as_bytes(), Some("the wire is cut")),
                boundary,
                small_limits(64),
            );
            let block = blocks.peek_block().unwrap().unwrap();
            assert_eq!(block.bytes, b"ab\ncd\n");
            blocks.consume(6);
            assert_eq!(blocks.peek_block().unwrap_err().to_string(), "the wire is cut");
            assert_eq!(blocks.peek_block().unwrap_err().to_string(), "the wire is cut");
        }
    }

    #[test]
    fn stream_that_grows_is_read_on_and_its_last_line_waits_for_its_newline() {
        let growing = std::cell::RefCell::new(std::collections::VecDeque::new());
        struct Growing<'a>(&'a std::cell::RefCell<std::collections::VecDeque<u8>>);
        impl Read for Growing<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.borrow_mut().read(buffer)
            }
        }
        let mut blocks = BlockReader::new(Growing(&growing), RecordBoundary::Lines, small_limits(64));
        blocks.set_live(true);
        for (written, expected) in [("", None), ("a\nb", Some("a\n")), ("c", None), ("\n", Some("bc\n"))] {
            growing.borrow_mut().extend(written.bytes());
            blocks.resume();
            let block = blocks.peek_block().unwrap().map(|block| block.bytes.to_vec());
            assert_eq!(block.as_deref(), expected.map(str::as_bytes), "{written:?}");
            blocks.consume(block.map_or(0, |block| block.len()));
        }
        assert_eq!(blocks.offset(), 5);
        growing.borrow_mut().extend(b"d");
        blocks.set_live(false);
        blocks.resume();
        assert_eq!(blocks.peek_block().unwrap().unwrap().bytes, b"d");
    }

    #[test]
    fn byte_order_mark_is_skipped() {
        let mut blocks = BlockReader::new(&b"\xef\xbb\xbfa\n"[..], RecordBoundary::Lines, small_limits(64));
        blocks.consume_byte_order_mark();
        let block = blocks.peek_block().unwrap().unwrap();
        assert_eq!((block.bytes, block.is_inside_line), (&b"a\n"[..], false));
    }
}
