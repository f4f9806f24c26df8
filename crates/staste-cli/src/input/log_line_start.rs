//! `LineStart`: the start of an access log line, up to the time: host, ident and user.

use std::net::IpAddr;

use memchr::memmem;

/// Number of words in which a prefix ends, such as `Nov 21 10:00:00 web1 nginx[8]:`.
const MAX_PREFIX_WORDS: usize = 8;
const MAX_HOST_BYTES: usize = 253;

/// The start of a line. The ranges are those of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineStart {
    pub(super) host: (usize, usize),
    pub(super) ident: (usize, usize),
    pub(super) user: (usize, usize),
    /// The offset after the bracket that opens the time.
    pub(super) time: usize,
    pub(super) extras: Extras,
}

/// Parts of a line besides the fields of its format. They are ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// NUL bytes before the line, as in a log that was truncated while it was written.
    pub(super) nuls: bool,
    /// A prefix of syslog or a container.
    pub(super) prefix: bool,
    /// Several forwarded addresses. The first one, which is that of the client, is the host.
    pub(super) forwarded: bool,
}

impl LineStart {
    /// Parses the start of a line.
    ///
    /// # Errors
    /// When the line has no such start; the error says why, with a remedy if there is one.
    pub(super) fn parse(line: &[u8]) -> Result<LineStart, &'static str> {
        let start = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
        let mut extras = Extras { nuls: start > 0, ..Extras::default() };
        let text = |(from, to): (usize, usize)| line.get(from..to).unwrap_or_default();
        if text((start, line.len())).starts_with(b"\"") {
            return Err(if memmem::find(line, b"\\\"").is_some() {
                "the line is quoted; remove the quotes with: sed 's/^\"//; s/\"$//; s/\\\\\"/\"/g'"
            } else {
                "the line is quoted; remove the quotes with: sed 's/^\"//; s/\"$//; s/\"\"/\"/g'"
            });
        }
        let first = (start, next_space(line, start));
        if first.1 == line.len() {
            return Err("expected fields separated by spaces");
        }
        let mut host = first;
        // Nearly all lines start with a host and ` - `.
        let is_plain = is_plain_start(line, first);
        if !is_plain && let Some(word) = word_after_prefix(line, start) {
            (host, extras.prefix) = (word, true);
        }
        let mut end = host.1;
        if text(host).ends_with(b",") {
            extras.forwarded = true;
            host.1 -= 1;
            let mut word = host;
            while line.get(word.1) == Some(&b',') || text(word).ends_with(b",") {
                let from = skip_spaces(line, end);
                word = (from, next_space(line, from));
                end = word.1;
                if !is_host(trim_comma(text(word))) {
                    return Err("expected an address or a host name at the start of the line");
                }
            }
        }
        let from = skip_spaces(line, end);
        let ident = (from, next_space(line, from));
        if text(ident) != b"-" && parse_address(text(ident)).is_some() {
            return Err(
                "two names before the user; if the log is vhost_combined, give --log-format vhost_combined",
            );
        }
        let host = without_port(line, host);
        if !is_plain && !is_host(text(host)) {
            return Err("expected an address or a host name at the start of the line");
        }
        if ident.0 == ident.1 {
            return Err("nothing after the host");
        }
        let rest = line.get(ident.1..).unwrap_or_default();
        let is_after_space =
            |at: &usize| at.checked_sub(1).is_some_and(|before| rest.get(before) == Some(&b' '));
        let bracket = memchr::memchr_iter(b'[', rest).find(is_after_space).ok_or("missing [time]")?;
        let bracket = bracket - 1 + ident.1;
        let from = skip_spaces(line, ident.1).min(bracket);
        let to = line.get(from..bracket).unwrap_or_default().trim_ascii_end().len() + from;
        if text((from, to)).starts_with(b"- ") {
            return Err(
                "two names before the user; if the log is vhost_combined, give --log-format vhost_combined",
            );
        }
        Ok(LineStart { host, ident, user: (from, to), time: bracket + 2, extras })
    }
}

/// Returns true if the line starts with a host and has no prefix: the second word is `-`.
fn is_plain_start(line: &[u8], first: (usize, usize)) -> bool {
    let rest = line.get(first.1..).unwrap_or_default();
    rest.starts_with(b" - ") && is_host(line.get(first.0..first.1).unwrap_or_default())
}

/// Returns the first word after a prefix that ends with a colon, if this word is an address.
fn word_after_prefix(line: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut word = (start, next_space(line, start));
    for _ in 0..MAX_PREFIX_WORDS {
        let ends_prefix = line.get(word.0..word.1)?.ends_with(b":");
        let from = skip_spaces(line, word.1);
        word = (from, next_space(line, from));
        let text = trim_comma(line.get(word.0..word.1)?);
        if ends_prefix && parse_address(text).is_some() {
            return Some(word);
        }
    }
    None
}

fn next_space(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    memchr::memchr(b' ', rest).map_or(line.len(), |length| from + length)
}

fn skip_spaces(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len())
}

fn trim_comma(text: &[u8]) -> &[u8] {
    text.strip_suffix(b",").unwrap_or(text)
}

/// Returns the host in a field, without a port; none if it is neither an address nor a host name.
pub(super) fn host_part(line: &[u8], field: (usize, usize)) -> Option<(usize, usize)> {
    let (from, to) = without_port(line, field);
    line.get(from..to).is_some_and(is_host).then_some((from, to))
}

/// Removes the port of an address, which is different for each connection.
fn without_port(line: &[u8], (from, to): (usize, usize)) -> (usize, usize) {
    let text = line.get(from..to).unwrap_or_default();
    let Some(colon) = memchr::memrchr(b':', text) else { return (from, to) };
    let (address, port) = text.split_at(colon);
    let is_port = port.len() > 1 && port.get(1..).is_some_and(|port| port.iter().all(u8::is_ascii_digit));
    let has_port = is_port && (!address.contains(&b':') || address.ends_with(b"]"));
    if has_port && parse_address(address).is_some() { (from, from + colon) } else { (from, to) }
}

fn parse_address(text: &[u8]) -> Option<IpAddr> {
    // Most words are not addresses.
    if !text.iter().any(|byte| matches!(byte, b'.' | b':')) {
        return None;
    }
    let text = str::from_utf8(text).ok()?;
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    let text =
        if text.contains("::ffff:") { text } else { text.split_once(",").map_or(text, |(first, _)| first) };
    text.parse().ok()
}

/// Returns true for an address, a host name, the `-` of a missing one, and `unix:` of nginx.
fn is_host(text: &[u8]) -> bool {
    let is_name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_name = !text.is_empty() && text.len() <= MAX_HOST_BYTES && text.iter().all(is_name_byte);
    is_name || text == b"unix:" || parse_address(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<String, &'static str> {
        LineStart::parse(line.as_bytes()).map(|start| {
            let text = |(from, to): (usize, usize)| &line[from..to];
            let extras = start.extras;
            let extras = [(extras.nuls, "nuls"), (extras.prefix, "prefix"), (extras.forwarded, "forwarded")];
            let extras: Vec<_> = extras.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
            format!(
                "{}|{}|{}|{}{}",
                text(start.host),
                text(start.ident),
                text(start.user),
                &line[start.time..],
                extras.iter().map(|extra| format!(" {extra}")).collect::<String>()
            )
        })
    }

    #[test]
    fn host_ident_and_user_are_found() {
        for (line, expected) in [
            ("203.0.113.1 - - [t]", "203.0.113.1|-|-|t]"),
            ("203.0.113.1 -  -  [t]", "203.0.113.1|-|-|t]"),
            ("2001:db8::1 - anna [t]", "2001:db8::1|-|anna|t]"),
            ("fe80::1%eth0 - - [t]", "fe80::1%eth0|-|-|t]"),
            ("[2001:db8::1]:443 - - [t]", "[2001:db8::1]|-|-|t]"),
            ("203.0.113.1:51234 - - [t]", "203.0.113.1|-|-|t]"),
            ("host_1.example.com ident John Doe [t]", "host_1.example.com|ident|John Doe|t]"),
            ("- - - [t]", "-|-|-|t]"),
            ("unix: - - [t]", "unix:|-|-|t]"),
            ("203.0.113.1 -  [t]", "203.0.113.1|-||t]"),
            ("198.51.100.7, 10.0.0.9, 10.0.0.10 - - [t]", "198.51.100.7|-|-|t] forwarded"),
            ("198.51.100.7, unknown - - [t]", "198.51.100.7|-|-|t] forwarded"),
            ("Nov 21 10:00:00 web1 nginx: 203.0.113.1 - - [t]", "203.0.113.1|-|-|t] prefix"),
            ("<190>Nov  1 10:00:00 web1 nginx[77]: 203.0.113.1 - - [t]", "203.0.113.1|-|-|t] prefix"),
            ("2023-11-01T10:00:00.1Z web1 nginx: 2001:db8::1 - - [t]", "2001:db8::1|-|-|t] prefix"),
            ("web_1: 203.0.113.1 - - [t]", "203.0.113.1|-|-|t] prefix"),
            ("\u{0}\u{0}203.0.113.1 - - [t]", "203.0.113.1|-|-|t] nuls"),
        ] {
            assert_eq!(parse(line).as_deref(), Ok(expected), "{line:?}");
        }
    }

    #[test]
    fn other_start_is_an_error_with_the_reason() {
        for (line, words) in [
            ("hello", "separated by spaces"),
            ("a/b - - [t]", "an address or a host name"),
            ("{\"a\":1} - - [t]", "an address or a host name"),
            ("198.51.100.7, a/b - - [t]", "an address or a host name"),
            ("203.\u{0}.113.1 - - [t]", "an address or a host name"),
            ("example.com:443 203.0.113.1 - - [t]", "--log-format vhost_combined"),
            ("example.com 203.0.113.1 - - [t]", "--log-format vhost_combined"),
            ("203.0.113.1 - - t", "missing [time]"),
            ("\"203.0.113.1 - - [t] \"\"GET\"\"\"", "s/\"\"/\"/g"),
            ("\"203.0.113.1 - - [t] \\\"GET\\\"\"", "s/\\\\\"/\"/g"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(words), "{line:?}: {error}");
        }
    }
}
