//! A request in the form it is sent: a list of byte strings.

use std::fmt::Display;
use std::io::Write as _;

use crate::slot::slot_of;

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

/// What is sent, and the slot of a cluster that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) slot: u16,
}

/// The keys and arguments of a script.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) keys: Words,
    pub(crate) arguments: Words,
    slot: u16,
    last: String,
}

impl Call {
    /// A call about keys that begin with this, and so share a slot.
    ///
    /// The last key of every call is one that never exists. While a cluster moves the slot to another node,
    /// neither node runs a script that has a key which is not there (TRYAGAIN), so that none sees half of a
    /// Metrica or writes beside the other half.
    pub(crate) fn on(base: &str) -> Call {
        let last = format!("{base}nothing");
        Call { keys: Words::default(), arguments: Words::default(), slot: slot_of(last.as_bytes()), last }
    }

    /// The request that runs a script by `verb` (EVALSHA or EVAL), named by its hash or given whole.
    pub(crate) fn request(&self, verb: &str, script: &str) -> Request {
        let mut words = Words::default();
        words.push(verb).push(script).show(self.keys.count() + 1);
        words.append(&self.keys).push(&self.last).append(&self.arguments);
        Request { bytes: words.packed(), slot: self.slot }
    }
}

/// The request of a plain command, the first argument of which is its key.
pub(crate) fn command<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Request {
    let mut words = Words::default();
    let mut slot = 0;
    for part in parts {
        if words.count == 1 {
            slot = slot_of(part.as_ref());
        }
        words.push(part);
    }
    Request { bytes: words.packed(), slot }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_by_the_protocol() {
        let request = command(["GET", "k{a}"]);
        assert_eq!(request.bytes, b"*2\r\n$3\r\nGET\r\n$4\r\nk{a}\r\n");
        assert_eq!(request.slot, slot_of(b"a"));
        let mut call = Call::on("{a}:");
        call.keys.push("k");
        call.arguments.show(-5).push(b"\r\n").option(None::<u8>);
        let request = call.request("EVAL", "s");
        assert_eq!(
            request.bytes,
            b"*8\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n2\r\n$1\r\nk\r\n$11\r\n{a}:nothing\r\n$2\r\n-5\r\n$2\r\n\r\n\r\n$0\r\n\r\n"
        );
        assert_eq!(request.slot, slot_of(b"a"));
    }
}
