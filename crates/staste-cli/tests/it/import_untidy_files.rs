//! `import` of files as they are: compressed, in other encodings, padded, with prefixes and garbage.

use crate::support::program::Program;

/// One line of an access log, after the host.
const REST: &str = "- - [01/Nov/2023:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"";

/// Imports lines of an access log that start with these hosts. Returns the counts by host and standard error.
fn hosts(starts: &[&str], code: i32) -> (String, String) {
    let staste = Program::new();
    let lines: String = starts.iter().map(|start| format!("{start} {REST}\n")).collect();
    staste.write("a.log", lines);
    let run = staste.run("import a.log --metrica v --axis host --axis user");
    assert_eq!(run.code, Some(code), "{run:?}");
    (csv(&staste, "query v --by host"), run.err)
}

fn csv(staste: &Program, query: &str) -> String {
    staste.ok(&format!("{query} --format csv"))
}

#[test]
fn host_is_an_address_or_a_host_name() {
    let (counts, notes) = hosts(
        &[
            "Nov  1 10:00:00 web1 nginx: 203.0.113.1",
            "\u{0}\u{0}\u{0}\u{0}203.0.113.1",
            "203.0.113.1 ",
            "203.0.113.1:50000",
            "203.0.113.1, 10.20.0.9, 10.20.0.10",
        ],
        0,
    );
    assert!(counts.ends_with("203.0.113.1,,5\n"), "{counts}");
    for (words, lines) in [("NUL bytes", 1), ("with a prefix", 1), ("forwarded addresses", 1)] {
        assert!(
            notes.lines().any(|line| line.contains(words) && line.ends_with(&format!(": {lines}"))),
            "{notes}"
        );
    }
}

#[test]
fn line_without_a_host_is_rejected_with_the_reason() {
    let (counts, errors) =
        hosts(&["203.0.113.1", "a/b", "\"203.0.113.2", "example.com:443 203.0.113.3", "203.\x01"], 3);
    assert!(counts.ends_with("variant,total\n203.0.113.1,,1\n"), "{counts}");
    for (line, words) in [
        (2, "expected an address"),
        (3, "sed 's/"),
        (4, "--log-format vhost_combined"),
        (5, "expected an address"),
    ] {
        assert!(
            errors
                .lines()
                .any(|error| error.starts_with(&format!("a.log:{line}: ")) && error.contains(words))
        );
    }
}

#[test]
fn nul_bytes_are_never_a_choice() {
    let staste = Program::new();
    staste.write("a.csv", "what,n\nte\0a,1\ncoffee,1\n");
    let run = staste.run("import a.csv --metrica v --axis what");
    assert!(
        run.code == Some(3) && run.err.contains("a.csv:2: axis what: the text contains NUL bytes"),
        "{run:?}"
    );
}

#[test]
fn byte_that_is_not_utf8_is_escaped_in_logs() {
    let staste = Program::new();
    let line = format!("203.0.113.1 {REST}\n");
    let mut log = line.replace("GET / ", "GET /caf? ").into_bytes();
    let at = log.iter().position(|byte| *byte == b'?').unwrap();
    log[at] = 0xe9;
    staste.write("a.log", &log);
    staste.ok("import a.log --metrica v --path-axis page=path");
    assert_eq!(csv(&staste, "query v --by page"), "page,page:variant,total\ncaf\\\\xe9,,1\n");
}

#[test]
fn compressed_and_utf16_files_are_read() {
    let staste = Program::new();
    let text = "what,n\ntea,1\ncoffee,1\n";
    staste.write("a.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    staste.write("b.csv", units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    for file in ["a.csv.zst", "b.csv"] {
        assert_eq!(staste.json(&format!("import {file} --metrica v --axis what"))["counted"], 2, "{file}");
    }
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    staste.write("logs.tar.gz", crate::support::fixtures::gzip(&tar));
    assert!(staste.fails(2, "import logs.tar.gz --metrica v").contains("logs.tar.gz: it is a tar archive"));
}

#[test]
fn row_with_malformed_utf16_is_rejected() {
    let staste = Program::new();
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let rows = [units("\u{feff}what,n\ntea,1\nco"), vec![0xd83d], units("ffee,2\ntea,3\n")].concat();
    staste.write("a.csv", rows.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let run = staste.run("import a.csv --metrica v --axis what --value n");
    assert!(run.code == Some(3) && run.err.contains("a.csv:3: axis what: the text is not UTF-8"), "{run:?}");
    assert_eq!(staste.total("v --filter what=tea --total"), 4);
    assert_eq!(csv(&staste, "query v --by what").lines().count(), 2, "no other choice");
}

#[test]
fn json_list_is_read() {
    let staste = Program::new();
    staste.write("a.json", "[{\"a\":\"x\",\"n\":1},{\"a\":\"y\",\"n\":2}]\n");
    staste.ok("import a.json --metrica v --axis a --value n");
    assert_eq!(csv(&staste, "query v --by a"), "a,a:variant,total,count,average\nx,,1,1,1\ny,,2,1,2\n");
    staste.write("b.json", "[\n  {\"a\": \"x\"},\n  7\n]\n");
    let run = staste.run("import b.json --metrica w --axis a");
    assert!(run.code == Some(3) && run.err.contains("b.json:2: not a JSON object"), "{run:?}");
}

#[test]
fn blanks_around_headers_values_and_dates_are_ignored() {
    let staste = Program::new();
    staste
        .write("a.csv", "date, product, amount \n2023-11-01, tea, 3\n 2023-11-02,tea,5\n2023-11-03,tea,7\n");
    let run = staste.run("import a.csv --metrica v --axis product --value amount --date date");
    assert!(run.code == Some(0) && run.err.contains("a.csv: blanks around the names of columns"), "{run:?}");
    assert!(run.out.contains("2  of these have blanks around the value or the date"), "{run:?}");
    assert_eq!(staste.total("v --total"), 15);
}
