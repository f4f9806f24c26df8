//! Rule: tests do not sleep and do not claim a fixed port; they wait for what they are about.

use super::rust_text::RustText;
use super::source_file::SourceFile;
use super::violation::Violation;

const SLEEPS: [(&str, &str); 2] = [("rs", "thread::sleep"), ("py", "time.sleep(")];

/// What claims a port, up to where its number stands.
const BIND: &str = "::bind(\"";

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Violation> {
    let Some((_, sleep)) = SLEEPS.iter().find(|(extension, _)| *extension == file.extension()) else {
        return Vec::new();
    };
    let code = if file.is_rust() { RustText::of(&file.text).code } else { file.text.clone() };
    let first_test_line = if file.is_test() { Some(1) } else { test_module(&code) };
    let Some(first_test_line) = first_test_line else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    for (number, (code, line)) in (1..).zip(code.lines().zip(file.text.lines())) {
        if number < first_test_line {
            continue;
        }
        if code.contains(sleep) {
            let message = format!("`{sleep}` in a test: wait for the event itself, or inject a clock");
            violations.push(Violation::new(&file.path, number, message));
        }
        if code.contains("::bind(") && fixed_port(line) {
            let message = "a fixed port in a test: bind to port 0 and ask which it became";
            violations.push(Violation::new(&file.path, number, message));
        }
    }
    violations
}

/// The line on which the file's test module starts; by convention it is the last thing in a file.
fn test_module(code: &str) -> Option<usize> {
    let mut lines = (1..).zip(code.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let opens_module =
            lines.peek().is_some_and(|(_, next)| next.starts_with("mod ") && next.ends_with('{'));
        if line == "#[cfg(test)]" && opens_module {
            return Some(number);
        }
    }
    None
}

fn fixed_port(line: &str) -> bool {
    let address = line.split(BIND).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let port = address.rsplit_once(':').map_or("", |(_, port)| port);
    port.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::places;

    const SLEEPER: &str = "fn wait() {\n    std::thread::sleep(SECOND);\n}\n";

    #[test]
    fn tests_do_not_sleep() {
        let files = [
            SourceFile::new("crates/staste/tests/a.rs", SLEEPER),
            SourceFile::new("crates/staste-testkit/src/a.rs", SLEEPER),
            SourceFile::new("crates/staste/src/a.rs", format!("#[cfg(test)]\nmod tests {{\n{SLEEPER}}}\n")),
            SourceFile::new("python/tests/a.py", "import time\ntime.sleep(1)\n"),
        ];
        assert_eq!(
            places(&check(&files)),
            [
                "crates/staste/tests/a.rs:2",
                "crates/staste-testkit/src/a.rs:2",
                "crates/staste/src/a.rs:4",
                "python/tests/a.py:2"
            ]
        );
    }

    #[test]
    fn production_code_may() {
        let text = format!("{SLEEPER}#[cfg(test)]\nmod tests {{\n    // never thread::sleep\n}}\n");
        assert!(check(&[SourceFile::new("crates/staste/src/a.rs", text)]).is_empty());
    }

    #[test]
    fn tests_bind_to_port_zero() {
        let bind = |port| {
            let text = format!("let a = TcpListener::bind(\"127.0.0.1:{port}\");\n");
            check(&[SourceFile::new("crates/staste-web/tests/a.rs", text)]).len()
        };
        assert_eq!((bind(0), bind(8080)), (0, 1));
    }
}
