//! `DockerLogReader`: reads the lines of a container from the file of Docker's logging driver json-file.
//!
//! A record of the file is `{"log":"...\n","stream":"stdout","time":"..."}`. Docker splits lines over 16 KiB: all parts but
//! the last one have no newline in `log`. See <https://docs.docker.com/engine/logging/drivers/json-file/>.

use std::borrow::Cow;
use std::io::{self, Read};

use serde::Deserialize;

/// Maximum number of bytes of a record, and of a line that is put together. A longer one passes through in pieces, which the
/// reader of lines rejects.
const MAX_BYTES: usize = 4 << 20;
const BUFFER_BYTES: usize = 64 << 10;

/// Reads the lines in the records. What is not a record passes through, so that the reader of lines reports it.
pub(super) struct DockerLogReader<R> {
    inner: R,
    buffer: Vec<u8>,
    /// The start of a record.
    record: Vec<u8>,
    /// The start of a line of each stream.
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// The lines, of which the bytes before `written` are read.
    lines: Vec<u8>,
    written: usize,
    /// True if the file can grow. Then a record or line without an end waits for it.
    is_live: bool,
    is_at_end: bool,
}

/// A record of the file.
#[derive(Deserialize)]
struct DockerRecord<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    stream: DockerStream,
    #[serde(borrow, rename = "time")]
    _time: Cow<'a, str>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DockerStream {
    Stdout,
    Stderr,
}

/// Returns true if the first line of a file is a record of Docker.
pub(super) fn is_docker_log(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<DockerRecord<'_>>(line).is_ok()
}

impl<R: Read> DockerLogReader<R> {
    pub(super) fn new(inner: R, is_live: bool) -> DockerLogReader<R> {
        DockerLogReader {
            inner,
            buffer: vec![0; BUFFER_BYTES],
            record: Vec::new(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            lines: Vec::new(),
            written: 0,
            is_live,
            is_at_end: false,
        }
    }

    /// Adds a record to the lines.
    fn add_record(&mut self) {
        let Ok(DockerRecord { log, stream, .. }) = serde_json::from_slice(&self.record) else {
            self.lines.append(&mut self.record);
            return;
        };
        let line = match stream {
            DockerStream::Stdout => &mut self.stdout,
            DockerStream::Stderr => &mut self.stderr,
        };
        line.extend_from_slice(log.as_bytes());
        if log.ends_with('\n') || line.len() > MAX_BYTES {
            self.lines.append(line);
        }
        self.record.clear();
    }

    /// Reads more bytes of the file.
    fn fill(&mut self) -> io::Result<()> {
        let read = self.inner.read(&mut self.buffer)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        for piece in buffer.get(..read).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
            self.record.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.record.len() > MAX_BYTES {
                self.add_record();
            }
        }
        std::mem::swap(&mut self.buffer, &mut buffer);
        self.is_at_end = read == 0;
        if read == 0 && !self.is_live {
            // The last record can be without a newline, and a line be in the making.
            self.add_record();
            self.lines.append(&mut self.stdout);
            self.lines.append(&mut self.stderr);
        }
        Ok(())
    }
}

impl<R: Read> Read for DockerLogReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_live {
            self.is_at_end = false;
        }
        while self.written == self.lines.len() && !self.is_at_end {
            self.lines.clear();
            self.written = 0;
            self.fill()?;
        }
        let read = self.lines.get(self.written..).unwrap_or_default().read(buffer)?;
        self.written += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file in pieces of a few bytes.
    fn lines(file: &str) -> String {
        let mut text = String::new();
        let pieces = file
            .as_bytes()
            .chunks(7)
            .fold(Box::new(io::empty()) as Box<dyn Read>, |before, piece| Box::new(before.chain(piece)));
        DockerLogReader::new(pieces, false).read_to_string(&mut text).unwrap();
        text
    }

    fn record(log: &str, stream: &str) -> String {
        let log = serde_json::to_string(log).unwrap();
        format!("{{\"log\":{log},\"stream\":\"{stream}\",\"time\":\"2023-11-14T10:00:00.1Z\"}}\n")
    }

    #[test]
    fn lines_are_those_of_the_records() {
        let file = record("GET \"/é\"\n", "stdout") + &record("\n", "stderr") + &record("b\r\n", "stdout");
        assert_eq!(lines(&file), "GET \"/é\"\n\nb\r\n");
        assert_eq!(lines(file.trim_end()), "GET \"/é\"\n\nb\r\n", "the last record has no newline yet");
        assert_eq!(lines(""), "");
    }

    #[test]
    fn parts_of_a_line_are_put_together_by_stream() {
        let file = record("a1", "stdout")
            + &record("b1", "stderr")
            + &record("a2\n", "stdout")
            + &record("b2\n", "stderr");
        assert_eq!(lines(&file), "a1a2\nb1b2\n");
        assert_eq!(
            lines(&(record("a\n", "stdout") + &record("b", "stdout"))),
            "a\nb",
            "the line is in the making"
        );
    }

    #[test]
    fn other_text_passes_through() {
        let file =
            record("a\n", "stdout") + "garbage\n{\"log\":1}\n" + &record("b\n", "stdout") + "{\"log\":\"c";
        assert_eq!(lines(&file), "a\ngarbage\n{\"log\":1}\nb\n{\"log\":\"c");
    }

    #[test]
    fn log_is_recognized_by_its_first_record() {
        assert!(is_docker_log(record("x\n", "stdout").as_bytes()));
        assert!(is_docker_log(
            b"{\"log\":\"x\\n\",\"stream\":\"stderr\",\"attrs\":{\"a\":\"b\"},\"time\":\"t\"}\n"
        ));
        for other in [
            &b"{\"log\":\"x\",\"stream\":\"stdout\"}\n"[..],
            b"{\"log\":\"x\",\"stream\":\"s\",\"time\":\"t\"}\n",
            b"{}\n",
            b"a,b\n",
            b"",
        ] {
            assert!(!is_docker_log(other));
        }
    }
}
