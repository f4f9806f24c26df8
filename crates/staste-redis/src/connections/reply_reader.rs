//! Reading replies within a limit: the bytes of a reply are gathered until it is complete, and then parsed.
//!
//! The parser of the library has no limit, so an endless reply would fill memory. The headers of each reply are therefore
//! read here, and a reply that announces or sends too much ends the connection.

use std::io::{self, Read};

use redis::{Value, parse_redis_value};

/// Bytes of memory that each part of a reply takes besides its text.
const PART_OVERHEAD: usize = 64;
/// Maximum length of a line; errors of scripts are the longest.
const MAX_LINE: usize = 64 << 10;
/// Maximum nesting of lists; cells of buckets in the reply to a transaction need five.
const MAX_DEPTH: usize = 16;
/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// A larger buffer is freed after a reply.
const MAX_IDLE_BUFFER: usize = 1 << 20;

/// Why a reply could not be read.
#[derive(Debug)]
pub(crate) enum ReplyError {
    Io(io::Error),
    /// The reply is larger than the limit.
    TooLarge,
    /// The bytes are not a reply; the text says why.
    NotAReply(String),
}

impl ReplyError {
    /// Returns what the server sent, and what to do.
    pub(crate) fn explain(self) -> String {
        match self {
            ReplyError::Io(error) => error.to_string(),
            ReplyError::TooLarge => {
                "a reply that is larger than allowed; read less at a time, or allow more with \
                 reply-limit=MEBIBYTES in the address"
                    .to_owned()
            }
            ReplyError::NotAReply(what) => {
                format!("what is not a reply of Redis: {what}; check host, port and any proxy in between")
            }
        }
    }
}

impl From<io::Error> for ReplyError {
    fn from(error: io::Error) -> ReplyError {
        ReplyError::Io(error)
    }
}

/// Reads the replies of a connection.
#[derive(Debug)]
pub(crate) struct ReplyReader {
    /// Bytes that are not parsed yet, from the start of a reply.
    buffer: Vec<u8>,
    chunk: Box<[u8]>,
    /// Maximum size of one reply.
    limit: usize,
}

/// How much of a reply was read.
#[derive(Debug)]
struct Progress {
    /// Where the next part starts.
    at: usize,
    /// Number of parts that each open list still has.
    open: Vec<usize>,
    /// Number of parts that were read or announced.
    parts: usize,
}

impl ReplyReader {
    pub(crate) fn new(limit: usize) -> ReplyReader {
        ReplyReader { buffer: Vec::new(), chunk: vec![0; CHUNK].into(), limit }
    }

    /// Reads the next reply.
    pub(crate) fn next(&mut self, stream: &mut impl Read) -> Result<Value, ReplyError> {
        let mut progress = Progress { at: 0, open: vec![1], parts: 1 };
        while let Some(left) = progress.open.last_mut() {
            match left.checked_sub(1) {
                Some(fewer) => {
                    *left = fewer;
                    self.part(stream, &mut progress)?;
                }
                None => {
                    progress.open.pop();
                }
            }
        }
        let reply = self.buffer.get(..progress.at).unwrap_or_default();
        let value = parse_redis_value(reply).map_err(|error| ReplyError::NotAReply(error.to_string()));
        self.buffer.drain(..progress.at);
        if self.buffer.capacity() > MAX_IDLE_BUFFER {
            self.buffer.shrink_to(CHUNK);
        }
        value
    }

    /// Reads one part: a line, a text, or the header of a list.
    fn part(&mut self, stream: &mut impl Read, progress: &mut Progress) -> Result<(), ReplyError> {
        let end = self.line(stream, progress)?;
        let line = self.buffer.get(progress.at..end).unwrap_or_default();
        let Some((kind, rest)) = line.strip_suffix(b"\r\n").and_then(<[u8]>::split_first) else {
            return Err(not_a_reply(line));
        };
        let number = || std::str::from_utf8(rest).ok()?.parse::<i64>().ok();
        match kind {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => progress.at = end,
            b'$' | b'=' | b'!' => {
                let Some(length) = number() else { return Err(not_a_reply(line)) };
                progress.at = match usize::try_from(length) {
                    Ok(length) => end.saturating_add(length).saturating_add(2),
                    Err(_) => end,
                };
                self.check(progress)?;
                self.fill(stream, progress.at)?;
            }
            b'*' | b'~' | b'>' | b'%' | b'|' => {
                let Some(length) = number() else { return Err(not_a_reply(line)) };
                let length = usize::try_from(length).unwrap_or(0);
                let length = match kind {
                    b'%' => length.saturating_mul(2),
                    // The value that the attribute belongs to follows.
                    b'|' => length.saturating_mul(2).saturating_add(1),
                    _ => length,
                };
                (progress.at, progress.parts) = (end, progress.parts.saturating_add(length));
                progress.open.push(length);
                if progress.open.len() > MAX_DEPTH {
                    return Err(ReplyError::NotAReply(format!(
                        "lists within lists, more than {MAX_DEPTH} deep"
                    )));
                }
                self.check(progress)?;
            }
            _ => return Err(not_a_reply(line)),
        }
        Ok(())
    }

    /// Reads until a line is complete; returns where it ends.
    fn line(&mut self, stream: &mut impl Read, progress: &Progress) -> Result<usize, ReplyError> {
        let mut from = progress.at;
        loop {
            let unseen = self.buffer.get(from..).unwrap_or_default();
            if let Some(length) = unseen.iter().position(|byte| *byte == b'\n') {
                return Ok(from + length + 1);
            }
            from = self.buffer.len().max(from);
            if from - progress.at > MAX_LINE {
                return Err(ReplyError::NotAReply(format!("a line of more than {MAX_LINE} bytes")));
            }
            self.fill(stream, from + 1)?;
        }
    }

    /// Reads until the buffer has so many bytes.
    fn fill(&mut self, stream: &mut impl Read, wanted: usize) -> Result<(), ReplyError> {
        while self.buffer.len() < wanted {
            match stream.read(&mut self.chunk) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.buffer.extend_from_slice(self.chunk.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Checks the size of what was read and of what was announced.
    fn check(&self, progress: &Progress) -> Result<(), ReplyError> {
        let size = progress.parts.saturating_mul(PART_OVERHEAD).saturating_add(progress.at);
        if size > self.limit { Err(ReplyError::TooLarge) } else { Ok(()) }
    }
}

/// Returns the error for a line that no server sends.
fn not_a_reply(line: &[u8]) -> ReplyError {
    let shown = line.get(..40).unwrap_or(line);
    ReplyError::NotAReply(format!("\"{}\"", shown.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives bytes a few at a time, and then the same ones for ever.
    struct Dripping<'a> {
        once: &'a [u8],
        for_ever: &'a [u8],
        at_a_time: usize,
        given: usize,
    }

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.once.is_empty() {
                self.once = self.for_ever;
            }
            let length = self.at_a_time.min(buffer.len()).min(self.once.len());
            let (given, rest) = self.once.split_at(length);
            buffer.get_mut(..length).unwrap().copy_from_slice(given);
            self.once = rest;
            self.given += length;
            Ok(length)
        }
    }

    fn dripping<'a>(once: &'a [u8], for_ever: &'a [u8]) -> Dripping<'a> {
        Dripping { once, for_ever, at_a_time: 7, given: 0 }
    }

    #[test]
    fn reply_equals_that_of_the_library_parser() {
        let replies: [&[u8]; 18] = [
            b"+OK\r\n",
            b"+\r\n",
            b"-ERR no\r\n",
            b":-7\r\n",
            b"$0\r\n\r\n",
            b"$5\r\na\r\nb\n\r\n",
            b"$-1\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"*3\r\n*0\r\n*2\r\n$1\r\na\r\n:1\r\n$-1\r\n",
            b"*1\r\n-ERR within\r\n",
            b"%1\r\n+a\r\n:1\r\n",
            b"~1\r\n#t\r\n",
            b"|1\r\n+a\r\n:1\r\n+about\r\n",
            b"=7\r\ntxt:abc\r\n",
            b"_\r\n",
            b",1.5\r\n",
            b"!5\r\nERR x\r\n",
        ];
        let all = replies.concat();
        for at_a_time in [1, 2, 7, 1 << 20] {
            let (mut stream, mut own) =
                (Dripping { at_a_time, ..dripping(&all, b"") }, ReplyReader::new(1 << 20));
            for reply in replies {
                let shown = reply.escape_ascii().to_string();
                assert_eq!(own.next(&mut stream).unwrap(), parse_redis_value(reply).unwrap(), "{shown}");
            }
            assert!(matches!(own.next(&mut stream), Err(ReplyError::Io(_))));
        }
    }

    #[test]
    fn reply_over_the_limit_fails_before_it_is_read() {
        for (once, for_ever) in [
            ("$5000000000\r\n", "x"),
            ("$9223372036854775807\r\n", "x"),
            ("*2000000000\r\n", ":1\r\n"),
            ("*9223372036854775807\r\n", ":1\r\n"),
            ("%9223372036854775807\r\n", ":1\r\n"),
            ("|4611686018427387904\r\n", ":1\r\n"),
            ("*3\r\n*1000000\r\n", ":1\r\n"),
        ] {
            let mut stream = dripping(once.as_bytes(), for_ever.as_bytes());
            let next = ReplyReader::new(1 << 20).next(&mut stream);
            assert!(matches!(next, Err(ReplyError::TooLarge)), "{once:?} {next:?}");
            assert!(stream.given < once.len() + 7, "{once:?} {}", stream.given);
        }
    }

    #[test]
    fn reply_of_many_parts_fails_at_the_limit() {
        let mut stream = dripping(b"*1000\r\n", b"*100\r\n$900\r\n");
        let next = ReplyReader::new(1 << 20).next(&mut stream);
        assert!(!matches!(next, Ok(_) | Err(ReplyError::Io(_))), "{next:?}");
        let text = [b"$900\r\n".as_slice(), &[b'x'; 900], b"\r\n"].concat();
        let mut stream = dripping(b"*10000\r\n", &text);
        let next = ReplyReader::new(1 << 20).next(&mut stream);
        assert!(matches!(next, Err(ReplyError::TooLarge)), "{next:?}");
        assert!(stream.given < 1 << 20, "{}", stream.given);
    }

    #[test]
    fn endless_line_or_nesting_is_not_a_reply() {
        for (once, for_ever, why) in [
            ("+", "x", "a line of more than"),
            (":", "1", "a line of more than"),
            ("$", "0", "a line of more than"),
            ("", "*1\r\n", "16 deep"),
            ("HTTP/1.1 400 Bad Request\r\n", "x", "HTTP/1.1 400"),
            ("$x\r\n", "x", "$x"),
            ("*1.5\r\n", "x", "*1.5"),
            ("+a\n", "x", "+a"),
            ("\r\n", "x", "\\r\\n"),
            ("$1\r\nabc\r\n", "x", ""),
        ] {
            let mut stream = dripping(once.as_bytes(), for_ever.as_bytes());
            match ReplyReader::new(1 << 30).next(&mut stream) {
                Err(ReplyError::NotAReply(words)) => assert!(words.contains(why), "{once:?} {words}"),
                other => panic!("{once:?} {other:?}"),
            }
            assert!(stream.given < 2 * CHUNK, "{once:?}");
        }
    }
}
