//! `Format`: what the records of an input are written in, and how to tell.

use memchr::memchr;

use super::access_log::is_access_log;
use super::boundary::Boundary;

/// The formats that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values, or separated by another byte.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// A web server's access log, common or combined.
    AccessLog,
}

impl Format {
    /// The names for `--input-format`.
    pub(crate) const NAMES: [(&'static str, Format); 3] =
        [("csv", Format::Csv), ("ndjson", Format::Ndjson), ("access-log", Format::AccessLog)];

    /// The name for `--input-format`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::AccessLog => "access-log",
        }
    }

    /// The format of a file, by its name and, where that leaves it open, by its first bytes.
    pub(crate) fn detect(name: &str, head: &[u8]) -> Option<Format> {
        match extension(name).as_str() {
            "csv" | "tsv" | "tab" => return Some(Format::Csv),
            "ndjson" | "jsonl" => return Some(Format::Ndjson),
            _ => {}
        }
        let line = head.get(..memchr(b'\n', head).unwrap_or(head.len())).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_start().starts_with(b"{") {
            return Some(Format::Ndjson);
        }
        if is_access_log(line) || says_log(name) {
            return Some(Format::AccessLog);
        }
        memchr::memchr3(b',', b';', b'\t', line).is_some().then_some(Format::Csv)
    }

    /// The byte between fields that the name of a CSV file tells.
    pub(crate) fn delimiter(name: &str) -> u8 {
        if matches!(extension(name).as_str(), "tsv" | "tab") { b'\t' } else { b',' }
    }

    /// How its records are told apart.
    pub(crate) fn boundary(self, delimiter: u8) -> Boundary {
        match self {
            Format::Csv => Boundary::Csv(delimiter),
            Format::Ndjson => Boundary::Objects,
            Format::AccessLog => Boundary::FinishedLines,
        }
    }
}

/// The delimiter that `text` stands for: one ASCII character, or `\t` or `tab`.
///
/// # Errors
/// It is none of these, or a quote or a line end.
pub(crate) fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(format!("{text:?} cannot be a delimiter; give one ASCII character, or tab")),
    }
}

/// The last extension that tells something, in lower case: `CSV` of `a.csv.gz`.
fn extension(name: &str) -> String {
    let name = file_name(name);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

/// True for `x.log`, `access_log` and their rotated copies, like `access.log.2.gz`.
fn says_log(name: &str) -> bool {
    let name = file_name(name);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    stem.ends_with(".log") || stem.ends_with("access_log") || stem.ends_with("access-log")
}

fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_format() {
        let check = |name, expected| assert_eq!(Format::detect(name, b""), expected, "{name}");
        check("a/b.csv", Some(Format::Csv));
        check("B.CSV.GZ", Some(Format::Csv));
        check("b.tsv", Some(Format::Csv));
        check("x.ndjson", Some(Format::Ndjson));
        check("x.jsonl.gz", Some(Format::Ndjson));
        check("/var/log/nginx/access.log", Some(Format::AccessLog));
        check("access.log.12.gz", Some(Format::AccessLog));
        check("access_log-20240101", Some(Format::AccessLog));
        check("-", None);
        check("csv", None);
        check("a.csv/b", None);
        assert_eq!(Format::delimiter("a.TSV.gz"), b'\t');
        assert_eq!(Format::delimiter("-"), b',');
        for (name, format) in Format::NAMES {
            assert_eq!(name, format.name());
        }
    }

    #[test]
    fn the_first_line_tells_what_the_name_does_not() {
        let check = |name, head: &str, expected| assert_eq!(Format::detect(name, head.as_bytes()), expected);
        check("-", " {\"a\":1}\n", Some(Format::Ndjson));
        check("app.log", "{\"a\":1}\n", Some(Format::Ndjson));
        check("-", "h - - [t] \"GET /a,b HTTP/1.1\" 200 1\nx", Some(Format::AccessLog));
        check("-", "a,b\n1,2\n", Some(Format::Csv));
        check("-", "a;b", Some(Format::Csv));
        check("-", "one\ntwo,three\n", None);
    }

    #[test]
    fn delimiters_are_one_byte() {
        assert_eq!(parse_delimiter(";"), Ok(b';'));
        assert_eq!(parse_delimiter("\\t"), Ok(b'\t'));
        assert_eq!(parse_delimiter("tab"), Ok(b'\t'));
        for text in ["", "ab", "é", "\"", "\n", "\r"] {
            assert!(parse_delimiter(text).is_err(), "{text:?}");
        }
    }
}
