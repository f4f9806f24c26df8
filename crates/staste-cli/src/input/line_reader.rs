//! Lines of a block, for the formats with one record per line.

use std::ops::ControlFlow;

use memchr::memchr;

use super::block_reader::Block;

/// A line with its number and its range in the block.
pub(super) struct NumberedLine<'a> {
    pub(super) number: u64,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The text without its newline.
    pub(super) text: &'a [u8],
    pub(super) is_too_long: bool,
}

/// Calls `each` for the lines that are not blank until it breaks. Returns the end of the last line, or of the block.
pub(super) fn for_each_line<'a>(
    block: &Block<'a>,
    max_bytes: usize,
    mut each: impl FnMut(NumberedLine<'a>) -> ControlFlow<()>,
) -> usize {
    let (mut start, mut number) = block.first_record();
    while let Some(rest) = block.bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let length = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let line = rest.get(..length).unwrap_or_default();
        let end = start + length;
        let text = trim_newline(line);
        if !text.trim_ascii().is_empty()
            && each(NumberedLine { number, start, end, text, is_too_long: is_too_long(line, max_bytes) })
                .is_break()
        {
            return end;
        }
        start = end;
        number += 1;
    }
    block.bytes.len()
}

/// Returns true for a line over the limit. A line that reaches it without a newline is the start of such a line.
pub(super) fn is_too_long(line: &[u8], max_bytes: usize) -> bool {
    line.len() > max_bytes || (line.len() == max_bytes && !line.ends_with(b"\n"))
}

/// Removes the newline at the end of a record.
pub(super) fn trim_newline(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}
