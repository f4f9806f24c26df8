//! Replies as they come in: each is read as bytes until it is whole, as long as it is not too much, and parsed then.
//!
//! The parser of the library takes what it is given: an endless reply would fill memory. So the heads of a reply are
//! read here, and one that announces or sends too much ends the connection.

use std::io::{self, Read};

use redis::{Value, parse_redis_value};

/// Bytes that a part of a reply takes in memory besides its own.
const PART: usize = 64;
/// The longest line: what scripts fail with is the longest there is.
const MAX_LINE: usize = 64 << 10;
/// Lists within lists: cells of buckets of an answer of a transaction need five.
const MAX_DEPTH: usize = 16;
/// So many bytes are read at a time.
const CHUNK: usize = 64 << 10;
/// A larger buffer is given back after a reply.
const KEPT: usize = 1 << 20;

/// Why a reply was not read.
#[derive(Debug)]
pub(crate) enum Trouble {
    Io(io::Error),
    /// It is larger than the limit.
    TooLarge,
    /// It is not a reply; in words.
    Odd(String),
}

impl Trouble {
    /// What is wrong, and what to do.
    pub(crate) fn explain(self) -> String {
        match self {
            Trouble::Io(error) => error.to_string(),
            Trouble::TooLarge => {
                "a reply that is larger than allowed; ask for less at a time, or allow more with \
                                  reply-limit=MEBIBYTES in the address"
                    .to_owned()
            }
            Trouble::Odd(what) => {
                format!("what is not a reply of Redis: {what}; check host and port, and what is in between")
            }
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Io(error)
    }
}

/// The replies of a connection.
#[derive(Debug)]
pub(crate) struct Replies {
    /// What was read and not parsed yet, from the beginning of a reply.
    buffer: Vec<u8>,
    chunk: Box<[u8]>,
    /// How much one reply may weigh.
    limit: usize,
}

/// How far a reply was read.
#[derive(Debug)]
struct Progress {
    /// Where the next part begins.
    at: usize,
    /// How many parts each open list still has.
    open: Vec<usize>,
    /// Parts that were met or announced.
    parts: usize,
}

impl Replies {
    pub(crate) fn new(limit: usize) -> Replies {
        Replies { buffer: Vec::new(), chunk: vec![0; CHUNK].into(), limit }
    }

    /// Reads the next reply.
    pub(crate) fn next(&mut self, stream: &mut impl Read) -> Result<Value, Trouble> {
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
        let value = parse_redis_value(reply).map_err(|error| Trouble::Odd(error.to_string()));
        self.buffer.drain(..progress.at);
        if self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(CHUNK);
        }
        value
    }

    /// Reads one part: a line, a text, or the head of a list.
    fn part(&mut self, stream: &mut impl Read, progress: &mut Progress) -> Result<(), Trouble> {
        let end = self.line(stream, progress)?;
        let line = self.buffer.get(progress.at..end).unwrap_or_default();
        let Some((kind, rest)) = line.strip_suffix(b"\r\n").and_then(<[u8]>::split_first) else {
            return Err(odd(line));
        };
        let number = || std::str::from_utf8(rest).ok()?.parse::<i64>().ok();
        match kind {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => progress.at = end,
            b'$' | b'=' | b'!' => {
                let Some(length) = number() else { return Err(odd(line)) };
                progress.at = match usize::try_from(length) {
                    Ok(length) => end.saturating_add(length).saturating_add(2),
                    Err(_) => end,
                };
                self.check(progress)?;
                self.fill(stream, progress.at)?;
            }
            b'*' | b'~' | b'>' | b'%' | b'|' => {
                let Some(length) = number() else { return Err(odd(line)) };
                let length = usize::try_from(length).unwrap_or(0);
                let length = match kind {
                    b'%' => length.saturating_mul(2),
                    // What it is about follows.
                    b'|' => length.saturating_mul(2).saturating_add(1),
                    _ => length,
                };
                (progress.at, progress.parts) = (end, progress.parts.saturating_add(length));
                progress.open.push(length);
                if progress.open.len() > MAX_DEPTH {
                    return Err(Trouble::Odd(format!("lists within lists, more than {MAX_DEPTH} deep")));
                }
                self.check(progress)?;
            }
            _ => return Err(odd(line)),
        }
        Ok(())
    }

    /// Reads until a line is whole; returns where it ends.
    fn line(&mut self, stream: &mut impl Read, progress: &Progress) -> Result<usize, Trouble> {
        let mut from = progress.at;
        loop {
            let unseen = self.buffer.get(from..).unwrap_or_default();
            if let Some(length) = unseen.iter().position(|byte| *byte == b'\n') {
                return Ok(from + length + 1);
            }
            from = self.buffer.len().max(from);
            if from - progress.at > MAX_LINE {
                return Err(Trouble::Odd(format!("a line of more than {MAX_LINE} bytes")));
            }
            self.fill(stream, from + 1)?;
        }
    }

    /// Reads until there are so many bytes.
    fn fill(&mut self, stream: &mut impl Read, wanted: usize) -> Result<(), Trouble> {
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

    /// Checks what was read and what was announced, before it is read.
    fn check(&self, progress: &Progress) -> Result<(), Trouble> {
        let weight = progress.parts.saturating_mul(PART).saturating_add(progress.at);
        if weight > self.limit { Err(Trouble::TooLarge) } else { Ok(()) }
    }
}

/// What no server sends.
fn odd(line: &[u8]) -> Trouble {
    let shown = line.get(..40).unwrap_or(line);
    Trouble::Odd(format!("\"{}\"", shown.escape_ascii()))
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
    fn replies_are_those_of_the_library() {
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
                (Dripping { at_a_time, ..dripping(&all, b"") }, Replies::new(1 << 20));
            for reply in replies {
                let shown = reply.escape_ascii().to_string();
                assert_eq!(own.next(&mut stream).unwrap(), parse_redis_value(reply).unwrap(), "{shown}");
            }
            assert!(matches!(own.next(&mut stream), Err(Trouble::Io(_))));
        }
    }

    #[test]
    fn reply_larger_than_the_limit_ends_before_it_is_read() {
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
            let next = Replies::new(1 << 20).next(&mut stream);
            assert!(matches!(next, Err(Trouble::TooLarge)), "{once:?} {next:?}");
            assert!(stream.given < once.len() + 7, "{once:?} {}", stream.given);
        }
    }

    #[test]
    fn reply_of_many_parts_ends_at_the_limit() {
        let mut stream = dripping(b"*1000\r\n", b"*100\r\n$900\r\n");
        let next = Replies::new(1 << 20).next(&mut stream);
        assert!(!matches!(next, Ok(_) | Err(Trouble::Io(_))), "{next:?}");
        let text = [b"$900\r\n".as_slice(), &[b'x'; 900], b"\r\n"].concat();
        let mut stream = dripping(b"*10000\r\n", &text);
        let next = Replies::new(1 << 20).next(&mut stream);
        assert!(matches!(next, Err(Trouble::TooLarge)), "{next:?}");
        assert!(stream.given < 1 << 20, "{}", stream.given);
    }

    #[test]
    fn endless_lines_and_lists_within_lists_are_odd() {
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
            match Replies::new(1 << 30).next(&mut stream) {
                Err(Trouble::Odd(words)) => assert!(words.contains(why), "{once:?} {words}"),
                other => panic!("{once:?} {other:?}"),
            }
            assert!(stream.given < 2 * CHUNK, "{once:?}");
        }
    }
}
