//! `JsonListReader`: reads the elements of a JSON list as lines, one element each.

use std::io::{self, Read};

/// Reads a JSON list as lines. What is not a list passes through, so that the reader of lines reports it.
pub(super) struct JsonListReader<R> {
    inner: R,
    state: ListState,
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListState {
    /// Before the bracket that opens the list.
    Before,
    /// Before an element.
    Between,
    Element,
    /// After the bracket that closes the list.
    After,
}

impl<R: Read> JsonListReader<R> {
    pub(super) fn new(inner: R) -> JsonListReader<R> {
        JsonListReader { inner, state: ListState::Before, depth: 0, is_in_string: false, is_escaped: false }
    }

    /// Returns the byte to write in place of a byte, if any.
    fn convert(&mut self, byte: u8) -> Option<u8> {
        let is_space = byte.is_ascii_whitespace();
        match self.state {
            ListState::Before => {
                if byte == b'[' {
                    self.state = ListState::Between;
                    return None;
                }
                Some(byte)
            }
            ListState::Between if is_space || byte == b',' => None,
            ListState::Between if byte == b']' => {
                self.state = ListState::After;
                None
            }
            ListState::Between => {
                self.state = ListState::Element;
                self.element(byte)
            }
            ListState::Element => self.element(byte),
            ListState::After => (!is_space).then_some(byte),
        }
    }

    fn element(&mut self, byte: u8) -> Option<u8> {
        if self.is_in_string {
            let ends = byte == b'"' && !self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            self.is_in_string = !ends;
            return Some(byte);
        }
        match byte {
            b'"' => self.is_in_string = true,
            b'{' | b'[' => self.depth += 1,
            b']' if self.depth == 0 => {
                self.state = ListState::After;
                return Some(b'\n');
            }
            b',' if self.depth == 0 => {
                self.state = ListState::Between;
                return Some(b'\n');
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            // An element is one line.
            b'\n' | b'\r' => return Some(b' '),
            _ => {}
        }
        Some(byte)
    }
}

impl<R: Read> Read for JsonListReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.inner.read(buffer)?;
            let mut written = 0;
            for at in 0..read {
                let Some(converted) = buffer.get(at).copied().and_then(|byte| self.convert(byte)) else {
                    continue;
                };
                if let Some(slot) = buffer.get_mut(written) {
                    *slot = converted;
                    written += 1;
                }
            }
            // Nothing is the end of the stream.
            if written > 0 || read == 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(list: &str) -> String {
        let mut text = String::new();
        JsonListReader::new(list.as_bytes()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn elements_are_lines() {
        assert_eq!(lines("[{\"a\":1},{\"a\":2}]"), "{\"a\":1}\n{\"a\":2}\n");
        assert_eq!(
            lines(" [\n  {\n    \"a\": [1, 2],\n    \"b\": \"],\\\"{\"\n  },\n  7\n]\n"),
            " {     \"a\": [1, 2],     \"b\": \"],\\\"{\"   }\n7 \n"
        );
        assert_eq!(lines("[]"), "");
        assert_eq!(lines("[1] garbage"), "1\ngarbage");
        assert_eq!(lines("[{\"a\":1}, {\"a\""), "{\"a\":1}\n{\"a\"", "it ends early");
    }
}
