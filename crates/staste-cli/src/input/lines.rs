//! `for_each_line`: the lines of a block, for the formats that have one record a line.

use std::ops::ControlFlow;

use memchr::memchr;

use super::block::Block;

/// A line with its place.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Without its newline.
    pub(super) text: &'a [u8],
    pub(super) too_long: bool,
}

/// Calls `each` for the lines that are not blank until it breaks; the end of the last line it was given,
/// or of the block.
pub(super) fn for_each_line<'a>(
    block: &Block<'a>,
    longest: usize,
    mut each: impl FnMut(Line<'a>) -> ControlFlow<()>,
) -> usize {
    let (mut start, mut number) = block.first_record();
    while let Some(rest) = block.bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let length = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let whole = rest.get(..length).unwrap_or_default();
        let end = start + length;
        let text = trim_newline(whole);
        if !text.trim_ascii().is_empty()
            && each(Line { number, start, end, text, too_long: too_long(whole, longest) }).is_break()
        {
            return end;
        }
        start = end;
        number += 1;
    }
    block.bytes.len()
}

/// True for a line over the limit; one that reaches it without a newline is the start of such a line.
pub(super) fn too_long(line: &[u8], longest: usize) -> bool {
    line.len() > longest || (line.len() == longest && !line.ends_with(b"\n"))
}

/// A record without the newline that ends it.
pub(super) fn trim_newline(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}
