//! `Utf16Reader`: reads UTF-16 as UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

const BUFFER_BYTES: usize = 16 << 10;
/// Stands for what is not UTF-16. It is not UTF-8 either, so that the row is rejected or the byte escaped, as in files of
/// UTF-8, and never becomes another text.
const MALFORMED: u8 = 0xff;

/// Reads a stream that starts with a byte order mark of UTF-16. The mark is removed.
pub(super) struct Utf16Reader<R> {
    inner: R,
    decoder: Decoder,
    buffer: Vec<u8>,
    text: Vec<u8>,
    /// Number of bytes of the text that are read.
    read: usize,
    is_at_end: bool,
}

/// Returns true if a stream starts with a byte order mark of UTF-16.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

impl<R: Read> Utf16Reader<R> {
    /// Returns a reader of a stream whose first bytes are known.
    pub(super) fn new(inner: R, head: &[u8]) -> Utf16Reader<R> {
        let encoding = if head.starts_with(b"\xfe\xff") { UTF_16BE } else { UTF_16LE };
        Utf16Reader {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            buffer: vec![0; BUFFER_BYTES],
            text: Vec::new(),
            read: 0,
            is_at_end: false,
        }
    }

    /// Decodes the next bytes of the stream.
    fn fill(&mut self) -> io::Result<()> {
        let length = self.inner.read(&mut self.buffer)?;
        self.is_at_end = length == 0;
        let mut bytes = self.buffer.get(..length).unwrap_or_default();
        loop {
            let start = self.text.len();
            let room =
                self.decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(usize::MAX);
            self.text.resize(start.saturating_add(room), 0);
            let text = self.text.get_mut(start..).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, text, self.is_at_end);
            self.text.truncate(start + written);
            bytes = bytes.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.text.push(MALFORMED),
            }
        }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() && !self.is_at_end {
            self.text.clear();
            self.read = 0;
            self.fill()?;
        }
        let read = self.text.get(self.read..).unwrap_or_default().read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(units: &[u16], tail: &[u8], is_big: bool) -> Vec<u8> {
        let bytes = |unit: &u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let file: Vec<u8> =
            [&0xfeff].into_iter().chain(units).flat_map(bytes).chain(tail.iter().copied()).collect();
        let mut text = Vec::new();
        // Pieces of 3 bytes split each unit somewhere.
        let pieces = file
            .chunks(3)
            .fold(Box::new(io::empty()) as Box<dyn Read>, |before, piece| Box::new(before.chain(piece)));
        Utf16Reader::new(pieces, &file).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn text_of_either_byte_order_is_the_same_in_utf8() {
        let units: Vec<u16> = "a,é\r\n\u{fffd}😀,\u{feff}".encode_utf16().collect();
        for is_big in [false, true] {
            assert_eq!(decode(&units, &[], is_big), "a,é\r\n\u{fffd}😀,\u{feff}".as_bytes());
            assert_eq!(decode(&[], &[], is_big), b"");
        }
    }

    #[test]
    fn unpaired_surrogate_and_half_a_unit_are_not_utf8() {
        for is_big in [false, true] {
            assert_eq!(decode(&[0x61, 0xd83d, 0x62, 0xde00], &[], is_big), b"a\xffb\xff");
            assert_eq!(decode(&[0xd83d, 0xd83d, 0xde00], &[], is_big), [b"\xff", "😀".as_bytes()].concat());
            assert_eq!(decode(&[0x61, 0xd83d], &[], is_big), b"a\xff");
            assert_eq!(decode(&[0x61], &[0x62], is_big), b"a\xff");
        }
    }
}
