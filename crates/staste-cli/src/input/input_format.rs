//! `InputFormat`: the format of a file, and its detection.

use memchr::memchr;

use super::access_log::is_access_log;
use super::csv::separator_line;

/// A format that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputFormat {
    /// Comma-separated values, or separated by another byte.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// The access log of a web server in the common or combined format.
    AccessLog,
}

impl InputFormat {
    /// The values of `--input-format`.
    pub(crate) const NAMES: [(&'static str, InputFormat); 3] =
        [("csv", InputFormat::Csv), ("ndjson", InputFormat::Ndjson), ("access-log", InputFormat::AccessLog)];

    /// Returns the value for `--input-format`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            InputFormat::Csv => "csv",
            InputFormat::Ndjson => "ndjson",
            InputFormat::AccessLog => "access-log",
        }
    }

    /// Detects the format of a file by its name, and otherwise by its first bytes.
    pub(crate) fn detect(name: &str, head: &[u8]) -> Option<InputFormat> {
        match extension(name).as_str() {
            "csv" | "tsv" | "tab" => return Some(InputFormat::Csv),
            "ndjson" | "jsonl" => return Some(InputFormat::Ndjson),
            _ => {}
        }
        let line = head.get(..memchr(b'\n', head).unwrap_or(head.len())).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_start().starts_with(b"{") {
            return Some(InputFormat::Ndjson);
        }
        if is_access_log(line) || is_log_name(name) {
            return Some(InputFormat::AccessLog);
        }
        if separator_line(head).is_some() {
            return Some(InputFormat::Csv);
        }
        // Comments can stand before the header of CSV.
        let mut lines = head.split(|byte| *byte == b'\n');
        let header = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or(line);
        memchr::memchr3(b',', b';', b'\t', header).is_some().then_some(InputFormat::Csv)
    }

    /// Returns the default delimiter for the name of a CSV file.
    pub(crate) fn default_delimiter(name: &str) -> u8 {
        if matches!(extension(name).as_str(), "tsv" | "tab") { b'\t' } else { b',' }
    }
}

/// Parses a delimiter: one ASCII character, or `\t` or `tab`.
///
/// # Errors
/// When the text is none of these, or is a quote or a line end.
pub(crate) fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => ascii_character(text)
            .ok_or_else(|| format!("invalid --delimiter {text:?}: expected one ASCII character, or tab")),
    }
}

/// Parses the character that starts comments.
///
/// # Errors
/// When the text is not one ASCII character, or is a quote or a line end.
pub(crate) fn parse_comment(text: &str) -> Result<u8, String> {
    ascii_character(text)
        .ok_or_else(|| format!("invalid --comment {text:?}: expected one ASCII character, such as #"))
}

fn ascii_character(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

/// Returns a name without the extension of a compression.
fn uncompressed_name(name: &str) -> &str {
    [".gz", ".zst", ".xz", ".bz2"].iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// Returns the extension before that of a compression, in lower case: `csv` for `a.CSV.gz`.
fn extension(name: &str) -> String {
    let name = file_name(name);
    let name = uncompressed_name(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

/// Returns true for `x.log`, `access_log` and rotated copies such as `access.log.2.gz`.
fn is_log_name(name: &str) -> bool {
    let name = file_name(name);
    let name = uncompressed_name(&name);
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
    fn format_is_detected_by_name() {
        let check = |name, expected| assert_eq!(InputFormat::detect(name, b""), expected, "{name}");
        check("a/b.csv", Some(InputFormat::Csv));
        check("B.CSV.GZ", Some(InputFormat::Csv));
        check("b.tsv", Some(InputFormat::Csv));
        check("x.ndjson", Some(InputFormat::Ndjson));
        check("x.jsonl.gz", Some(InputFormat::Ndjson));
        check("x.csv.zst", Some(InputFormat::Csv));
        check("access.log.3.xz", Some(InputFormat::AccessLog));
        check("/var/log/nginx/access.log", Some(InputFormat::AccessLog));
        check("access.log.12.gz", Some(InputFormat::AccessLog));
        check("access_log-20240101", Some(InputFormat::AccessLog));
        check("-", None);
        check("csv", None);
        check("a.csv/b", None);
        assert_eq!(InputFormat::default_delimiter("a.TSV.gz"), b'\t');
        assert_eq!(InputFormat::default_delimiter("-"), b',');
        for (name, format) in InputFormat::NAMES {
            assert_eq!(name, format.name());
        }
    }

    #[test]
    fn format_is_detected_by_first_line_if_the_name_is_unknown() {
        let check =
            |name, head: &str, expected| assert_eq!(InputFormat::detect(name, head.as_bytes()), expected);
        check("-", " {\"a\":1}\n", Some(InputFormat::Ndjson));
        check("app.log", "{\"a\":1}\n", Some(InputFormat::Ndjson));
        check("-", "h - - [t] \"GET /a,b HTTP/1.1\" 200 1\nx", Some(InputFormat::AccessLog));
        check("-", "a,b\n1,2\n", Some(InputFormat::Csv));
        check("-", "a;b", Some(InputFormat::Csv));
        check("-", "sep=|\na|b\n", Some(InputFormat::Csv));
        check("-", "# exported\n#\na,b\n", Some(InputFormat::Csv));
        check("-", "#id,name\n", Some(InputFormat::Csv));
        check("-", "one\ntwo,three\n", None);
    }

    #[test]
    fn delimiter_is_one_ascii_character_or_tab() {
        assert_eq!(parse_delimiter(";"), Ok(b';'));
        assert_eq!(parse_delimiter("\\t"), Ok(b'\t'));
        assert_eq!(parse_delimiter("tab"), Ok(b'\t'));
        for text in ["", "ab", "é", "\"", "\n", "\r"] {
            assert!(parse_delimiter(text).is_err() && parse_comment(text).is_err(), "{text:?}");
        }
    }
}
