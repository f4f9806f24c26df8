//! A request in the form it is sent: a list of byte strings.

use std::fmt::Display;
use std::io::Write as _;

/// Byte strings as the protocol writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    bytes: Vec<u8>,
    count: usize,
}

impl Words {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Appends bytes as they are.
    pub(crate) fn push(&mut self, word: impl AsRef<[u8]>) -> &mut Words {
        let word = word.as_ref();
        // Writing into memory does not fail.
        let _ = write!(self.bytes, "${}\r\n", word.len());
        self.bytes.extend_from_slice(word);
        self.bytes.extend_from_slice(b"\r\n");
        self.count += 1;
        self
    }

    /// Appends what is shown of a number.
    pub(crate) fn show(&mut self, word: impl Display) -> &mut Words {
        self.push(word.to_string())
    }

    /// Appends nothing for none.
    pub(crate) fn option(&mut self, word: Option<impl Display>) -> &mut Words {
        match word {
            Some(word) => self.show(word),
            None => self.push(""),
        }
    }

    pub(crate) fn append(&mut self, other: &Words) -> &mut Words {
        self.bytes.extend_from_slice(&other.bytes);
        self.count += other.count;
        self
    }

    fn packed(&self) -> Vec<u8> {
        let mut packed = format!("*{}\r\n", self.count).into_bytes();
        packed.extend_from_slice(&self.bytes);
        packed
    }
}

/// The keys and arguments of a script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) keys: Words,
    pub(crate) arguments: Words,
}

impl Call {
    /// The request that runs a script by `verb` (EVALSHA or EVAL), named by its hash or given whole.
    pub(crate) fn packed(&self, verb: &str, script: &str) -> Vec<u8> {
        let mut words = Words::default();
        words.push(verb).push(script).show(self.keys.count()).append(&self.keys).append(&self.arguments);
        words.packed()
    }
}

/// The request of a plain command.
pub(crate) fn command<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut words = Words::default();
    for part in parts {
        words.push(part);
    }
    words.packed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_by_the_protocol() {
        assert_eq!(command(["GET", "k"]), b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        let mut call = Call::default();
        call.keys.push("k");
        call.arguments.show(-5).push(b"\r\n").option(None::<u8>);
        assert_eq!(
            call.packed("EVAL", "s"),
            b"*7\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n1\r\n$1\r\nk\r\n$2\r\n-5\r\n$2\r\n\r\n\r\n$0\r\n\r\n"
        );
    }
}
