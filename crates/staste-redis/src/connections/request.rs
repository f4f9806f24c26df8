//! Requests as they are sent: lists of byte strings.

use std::fmt::Display;
use std::io::Write as _;

use super::hash_slot::slot_of;

/// Byte strings in the form of the protocol.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    bytes: Vec<u8>,
    count: usize,
}

impl Arguments {
    /// Number of byte strings.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, argument: impl AsRef<[u8]>) -> &mut Arguments {
        let argument = argument.as_ref();
        // Writing into memory does not fail.
        let _ = write!(self.bytes, "${}\r\n", argument.len());
        self.bytes.extend_from_slice(argument);
        self.bytes.extend_from_slice(b"\r\n");
        self.count += 1;
        self
    }

    /// Appends the text of a value.
    pub(crate) fn push_display(&mut self, value: impl Display) -> &mut Arguments {
        self.push(value.to_string())
    }

    /// Appends the text of a value, or an empty one for none.
    pub(crate) fn push_option(&mut self, value: Option<impl Display>) -> &mut Arguments {
        match value {
            Some(value) => self.push_display(value),
            None => self.push(""),
        }
    }

    /// Appends all byte strings of another list.
    pub(crate) fn append(&mut self, other: &Arguments) -> &mut Arguments {
        self.bytes.extend_from_slice(&other.bytes);
        self.count += other.count;
        self
    }

    /// Returns the bytes of a request made of these.
    fn pack(&self) -> Vec<u8> {
        let mut packed = format!("*{}\r\n", self.count).into_bytes();
        packed.extend_from_slice(&self.bytes);
        packed
    }
}

/// The bytes of a request, and the hash slot of its keys.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) slot: u16,
}

/// The keys and arguments of a script.
#[derive(Clone, Debug)]
pub(crate) struct ScriptCall {
    pub(crate) keys: Arguments,
    pub(crate) arguments: Arguments,
    slot: u16,
    last: String,
}

impl ScriptCall {
    /// Returns a call on keys that begin with `base`, and so share a hash slot.
    ///
    /// The last key of every call never exists. While a cluster moves the slot to another node, neither node runs a
    /// script with a key that it does not have (TRYAGAIN), so that none reads half of a Metrica, or writes to one half of it.
    pub(crate) fn on(base: &str) -> ScriptCall {
        let last = format!("{base}nothing");
        ScriptCall {
            keys: Arguments::default(),
            arguments: Arguments::default(),
            slot: slot_of(last.as_bytes()),
            last,
        }
    }

    /// Returns the request that runs a script: by EVALSHA and its hash, or by EVAL and its text.
    pub(crate) fn request(&self, command: &str, script: &str) -> Request {
        let mut parts = Arguments::default();
        parts.push(command).push(script).push_display(self.keys.count() + 1);
        parts.append(&self.keys).push(&self.last).append(&self.arguments);
        Request { bytes: parts.pack(), slot: self.slot }
    }
}

/// Returns the request of a command whose first argument is its key.
pub(crate) fn command<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Request {
    let mut arguments = Arguments::default();
    let mut slot = 0;
    for part in parts {
        if arguments.count == 1 {
            slot = slot_of(part.as_ref());
        }
        arguments.push(part);
    }
    Request { bytes: arguments.pack(), slot }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_has_the_form_of_the_protocol() {
        let request = command(["GET", "k{a}"]);
        assert_eq!(request.bytes, b"*2\r\n$3\r\nGET\r\n$4\r\nk{a}\r\n");
        assert_eq!(request.slot, slot_of(b"a"));
        let mut call = ScriptCall::on("{a}:");
        call.keys.push("k");
        call.arguments.push_display(-5).push(b"\r\n").push_option(None::<u8>);
        let request = call.request("EVAL", "s");
        assert_eq!(
            request.bytes,
            b"*8\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n2\r\n$1\r\nk\r\n$11\r\n{a}:nothing\r\n$2\r\n-5\r\n$2\r\n\r\n\r\n$0\r\n\r\n"
        );
        assert_eq!(request.slot, slot_of(b"a"));
    }
}
