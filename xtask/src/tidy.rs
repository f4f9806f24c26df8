//! The step `tidy`: rules of the project that no other tool checks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;

use anyhow::{Result, bail};

use crate::process::Program;
use crate::steps::{Job, Mode};
use crate::workspace::Workspace;

const MAX_LINES: usize = 600;

/// pthread_atfork and the coarse clock; the system calls of SQLite that Stores replace.
const MAY_BE_UNSAFE: [&str; 2] =
    ["crates/staste-core/src/fork/mod.rs", "crates/staste-sqlite/src/descriptors/system_calls.rs"];

/// Names that only files below these paths may use. Remove a path when it uses the name no longer.
const NAMES: [(&str, &str, &[&str]); 2] = [
    ("AxisKind", "use the methods of the axis", &AXIS_KIND),
    ("KickOutcome", "`plan` decides what becomes of a kick", &["crates/staste-core/src/"]),
];
const AXIS_KIND: [&str; 4] = [
    "crates/staste-core/src/schema/",
    "crates/staste-core/src/recorder/encoder.rs",
    "crates/staste-cli/src/copy_suggestion.rs",
    "crates/staste-core/src/lib.rs",
];

/// The folders of staste-core. A file uses files of its own layer and of those further down the list.
const LAYERS: [&str; 9] =
    ["jobs", "api", "recorder", "memory", "plan", "store", "schema", "time", "amount error fork"];

/// Files that still use a higher layer.
const POINT_UP: [&str; 0] = [];

/// Crates that still have modules which use each other in a circle, and how many circles. The numbers may only fall.
const CIRCLES: [(&str, usize); 0] = [];

/// One file of the project, as git lists it.
struct File {
    /// From the root of the project.
    path: String,
    /// Empty where the file is not text.
    text: String,
}

/// A word, a sign or `::`, and its line.
type Token<'a> = (&'a str, usize);

/// A place that breaks a rule: file, line, and what to do about it.
type Violation = (String, usize, String);

pub(crate) fn run(workspace: &Workspace, _: Mode) -> Result<Vec<Job>> {
    let list = "ls-files -z --cached --others --exclude-standard";
    let list = Program::new("git").words(list).within(&workspace.root).read()?;
    let paths: BTreeSet<&str> = list.split_terminator('\0').collect();
    // git also lists deleted files.
    let present = paths.into_iter().filter(|path| workspace.root.join(path).is_file());
    let read = |path| {
        Ok(File::new(path, String::from_utf8(fs::read(workspace.root.join(path))?).unwrap_or_default()))
    };
    let files = present.map(read).collect::<Result<Vec<File>>>()?;
    let mut violations: BTreeSet<Violation> = files.iter().flat_map(file_rules).collect();
    violations.extend([links(&files), names(&files), modules(&files)].into_iter().flatten());
    if violations.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<String> =
        violations.iter().map(|(path, line, message)| format!("{path}:{line}: {message}")).collect();
    bail!("these places break rules of the project:\n{}", lines.join("\n"))
}

impl File {
    fn new(path: &str, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), text: text.into() }
    }

    fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.contains("staste-testkit/")
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    fn violation(&self, line: usize, message: impl Into<String>) -> Violation {
        (self.path.clone(), line, message.into())
    }
}

/// What a file alone can break.
fn file_rules(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut broken = |line, message: &str| violations.push(file.violation(line, message));
    let extension = file.extension();
    let first = file.text.lines().find(|line| !line.starts_with("#!/")).unwrap_or_default();
    let opens = match extension {
        "rs" => first.starts_with("//! "),
        "py" | "pyi" => first.starts_with(['#', '"']),
        "sh" => first.starts_with('#'),
        _ => !file.text.starts_with("#!/") || first.starts_with('#'),
    };
    if !opens {
        broken(1, "open the file with a comment that says what the file is");
    }
    if !["rs", "py", "pyi", "sh", "js", "css", "html", "toml", "yml"].contains(&extension) {
        return violations;
    }
    // A stub lists what one extension module has, and has to be one file like the module.
    if extension != "pyi" && file.text.lines().count() > MAX_LINES {
        broken(MAX_LINES + 1, &format!("more than {MAX_LINES} lines: split the file by what it is about"));
    }
    let is_crate = file.path.starts_with("crates/")
        || ["xtask/", "python/"].iter().any(|folder| file.path.starts_with(folder));
    if is_crate && file.path.ends_with("/Cargo.toml") && !file.text.contains("[lints]\nworkspace = true\n") {
        broken(1, "add `[lints]` with `workspace = true`");
    }
    if file.text.contains("unsafe")
        && let Some((_, line)) = tokens(file).into_iter().find(|(token, _)| *token == "unsafe")
        && !MAY_BE_UNSAFE.contains(&file.path.as_str())
    {
        broken(line, "`unsafe` outside of the audited files: find a safe way");
    }
    // The tests of a file are its last part.
    let mut in_tests = file.is_test();
    for (number, line) in file.lines() {
        in_tests |= line == "mod tests {";
        let start = line.trim_start_matches(['/', '!', ' ']);
        if line.split(|char| !is_word(char)).any(|word| POSTPONED.contains(&word)) {
            broken(number, "do it now, or write it into DESIGN.md as not yet done");
        }
        if start.starts_with(concat!("#[", "ignore")) || start.starts_with(concat!("```", "ignore")) {
            broken(number, "a test that nobody runs proves nothing: make it run, or remove it");
        }
        if in_tests && SLEEPS.iter().any(|sleep| start.contains(sleep)) {
            broken(number, "a test sleeps: wait for the event, or inject a clock");
        }
        let port =
            line.split_once("::bind(\"").and_then(|(_, rest)| rest.split('"').next()?.rsplit(':').next());
        if in_tests && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port != 0)) {
            broken(number, "a fixed port in a test: bind to port 0, then read its number");
        }
    }
    violations
}

/// Comments with these words postpone work. They are put together here, as this file is checked, too.
const POSTPONED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const SLEEPS: [&str; 2] = [concat!("thread::", "sleep("), concat!("time.", "sleep(")];

/// Links in Markdown pages to files of the project find them.
fn links(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for page in files.iter().filter(|file| file.extension() == "md") {
        let mut in_code = false;
        for (number, line) in page.lines() {
            in_code ^= line.trim_start().starts_with("```");
            // Every second piece between backticks is code.
            let prose = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
            let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
            for target in targets.filter(|target| !in_code && !target.is_empty() && !target.contains(':')) {
                let mut parts: Vec<&str> = page.path.split('/').collect();
                parts.pop();
                for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
                    match part {
                        ".." if parts.pop().is_some() => {}
                        part => parts.push(part),
                    }
                }
                let path = parts.join("/");
                let is_there = |file: &File| file.path == path || file.path.starts_with(&format!("{path}/"));
                if !path.is_empty() && !files.iter().any(is_there) {
                    let message = format!("broken link to `{target}`: there is no {path}");
                    violations.push(page.violation(number, message));
                }
            }
        }
    }
    violations
}

/// Names are used only where `NAMES` allows it, and are used there.
fn names(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, advice, allowed) in NAMES {
        let mut unused: BTreeSet<&str> = allowed.iter().copied().collect();
        for file in files.iter().filter(|file| file.text.contains(name)) {
            let Some((_, line)) = tokens(file).into_iter().find(|(token, _)| *token == name) else {
                continue;
            };
            if let Some(path) = allowed.iter().find(|path| file.path.starts_with(**path)) {
                unused.remove(path);
            } else {
                violations.push(file.violation(line, format!("`{name}` is not for this file: {advice}")));
            }
        }
        let message = |path| format!("{path} no longer uses `{name}`: remove it from the list");
        violations.extend(unused.into_iter().map(|path| ("xtask/src/tidy.rs".to_owned(), 1, message(path))));
    }
    violations
}

/// Modules of a crate do not use each other in a circle, and the layers of staste-core point one way.
///
/// A use counts for the file that defines the name, whichever module exports it, and for the two siblings that the
/// using and the defining module are or are inside of. So parents and children may use each other.
fn modules(files: &[File]) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, Modules<'_>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.extension() == "rs" && !file.path.ends_with("/tests.rs")) {
        let Some((name, path)) = file.path.split_once("/src/") else { continue };
        if name.starts_with("crates/") && path != "main.rs" && !path.starts_with("bin/") {
            let path = format!("crate::{}", path.trim_end_matches(".rs").replace('/', "::"));
            let path = path.trim_end_matches("::lib").trim_end_matches("::mod");
            crates.entry(name).or_default().0.insert(path.to_owned(), Module::new(file));
        }
    }
    crates.iter().flat_map(|(name, modules)| modules.violations(name)).collect()
}

/// The modules of a crate by their paths, such as `crate::plan`.
#[derive(Default)]
struct Modules<'a>(BTreeMap<String, Module<'a>>);

struct Module<'a> {
    file: &'a File,
    /// Paths that the file uses, the name that it gives to each by `use`, and their lines.
    uses: Vec<(String, String, usize)>,
    defines: BTreeSet<&'a str>,
}

impl Modules<'_> {
    fn violations(&self, name: &str) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut uses: BTreeMap<&str, BTreeMap<String, Violation>> = BTreeMap::new();
        for (from, module) in &self.0 {
            for (path, _, line) in &module.uses {
                let Some(to) = self.resolve(from, path, 16) else { continue };
                let Some((user, used)) = siblings(from, &to) else { continue };
                let layer = |module: &str| {
                    LAYERS.iter().position(|layer| layer.split(' ').any(|name| name == module))
                };
                let points_up = layer(user).zip(layer(&used)).is_some_and(|(user, used)| user > used);
                if name == "crates/staste-core" && points_up && !POINT_UP.contains(&module.file.path.as_str())
                {
                    violations.push(
                        module.file.violation(*line, format!("{user} uses {used}, which is a higher layer")),
                    );
                }
                let place = || module.file.violation(*line, "");
                uses.entry(user).or_default().entry(used).or_insert_with(place);
            }
        }
        let (mut circles, mut reported) = (Vec::new(), BTreeSet::new());
        for start in uses.keys() {
            let Some(circle) = circle(&uses, start).filter(|_| !reported.contains(*start)) else { continue };
            let pairs = circle.iter().zip(circle.iter().skip(1));
            let places = pairs.filter_map(|(user, used)| uses.get(*user)?.get(*used));
            let places: Vec<String> = places.map(|(path, line, _)| format!("{path}:{line}")).collect();
            let message =
                format!("{name}: modules in a circle: {} ({})", circle.join(" -> "), places.join(", "));
            circles.push((format!("{name}/src"), 1, message));
            reported.extend(circle);
        }
        let allowed = CIRCLES.iter().find(|(of, _)| *of == name).map_or(0, |(_, allowed)| *allowed);
        if circles.len() > allowed {
            violations.extend(circles);
        } else if circles.len() < allowed {
            let message = format!("{name} has only {} circles: change its number in CIRCLES", circles.len());
            violations.push(("xtask/src/tidy.rs".to_owned(), 1, message));
        }
        violations
    }

    /// The module that defines what a path means in another module; none for other crates.
    fn resolve(&self, from: &str, path: &str, fuel: u32) -> Option<String> {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let base = match first {
            _ if fuel == 0 => return None,
            "crate" => "crate",
            "self" => from,
            "super" => from.rsplit_once("::")?.0,
            name => {
                let is_import =
                    |(target, alias, _): &(String, String, usize)| alias == name && target != path;
                let is_known = self.0.contains_key(&format!("{from}::{name}"))
                    || self.0.get(from)?.uses.iter().any(is_import);
                return if is_known { self.find(from, path, fuel) } else { None };
            }
        };
        if rest.starts_with("super") { self.resolve(base, rest, fuel) } else { self.find(base, rest, fuel) }
    }

    /// The same for a path that starts inside of a module.
    fn find(&self, module: &str, path: &str, fuel: u32) -> Option<String> {
        let (name, rest) = path.split_once("::").unwrap_or((path, ""));
        let child = format!("{module}::{name}");
        let Module { uses, defines, .. } = self.0.get(module)?;
        if name.is_empty() {
            return Some(module.to_owned());
        }
        if self.0.contains_key(&child) {
            return self.find(&child, rest, fuel);
        }
        if let Some((target, ..)) = uses.iter().find(|(_, alias, _)| alias == name && !defines.contains(name))
        {
            return self.resolve(module, format!("{target}::{rest}").trim_end_matches("::"), fuel - 1);
        }
        let globs = uses.iter().filter(|(_, alias, _)| alias == "*" && !defines.contains(name));
        let mut found =
            globs.filter_map(|(target, ..)| self.resolve(module, &format!("{target}::{name}"), fuel - 1));
        let defines = |found: &String| self.0.get(found).is_some_and(|module| module.defines.contains(name));
        found.find(defines).or_else(|| Some(module.to_owned()))
    }
}

/// The ancestors of two modules, or themselves, that have the same parent, without `crate::`.
fn siblings<'p>(from: &'p str, to: &str) -> Option<(&'p str, String)> {
    let same = from.split("::").zip(to.split("::")).take_while(|(from, to)| from == to).count();
    let end = from.match_indices("::").nth(same).map_or(from.len(), |(index, _)| index);
    let used: Vec<&str> = to.split("::").take(same + 1).skip(1).collect();
    let differ = from.split("::").count() > same && used.len() == same;
    Some((from.get("crate::".len()..end).filter(|_| differ)?, used.join("::")))
}

/// The shortest way from a module back to itself.
fn circle<'u, T>(uses: &'u BTreeMap<&str, BTreeMap<String, T>>, start: &'u str) -> Option<Vec<&'u str>> {
    let (mut ways, mut seen) = (VecDeque::from([vec![start]]), BTreeSet::new());
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| uses.get(last)).into_iter().flat_map(BTreeMap::keys) {
            let longer = [&way[..], &[next]].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

impl<'a> Module<'a> {
    fn new(file: &'a File) -> Self {
        let mut module = Self { file, uses: Vec::new(), defines: BTreeSet::new() };
        let tokens = tokens(file);
        let (mut rest, mut before) = (&tokens[..], "");
        while let [(token, line), after @ ..] = rest {
            rest = after;
            let next = after.first().map_or("", |(next, _)| *next);
            match *token {
                // Not the `use<'a>` of a type.
                "use" if next != "<" => rest = module.read_use(after, String::new()),
                "struct" | "enum" | "union" | "trait" | "fn" | "type" | "const" | "static" => {
                    module.defines.insert(next);
                }
                name if next == "::" && before != "::" => {
                    let mut path = name.to_owned();
                    while let [("::", _), (name, _), after @ ..] = rest
                        && name.starts_with(is_word)
                    {
                        path = format!("{path}::{name}");
                        rest = after;
                    }
                    module.uses.push((path, String::new(), *line));
                }
                _ => {}
            }
            before = token;
        }
        module
    }

    /// Reads `a::{b, c::*, d as e}` and returns what follows.
    fn read_use<'t>(&mut self, mut rest: &'t [Token<'a>], mut path: String) -> &'t [Token<'a>] {
        let line = rest.first().map_or(1, |(_, line)| *line);
        let mut alias = path.rsplit("::").nth(1).unwrap_or_default().to_owned();
        while let [(token, _), after @ ..] = rest
            && !matches!(*token, "," | "}" | ";")
        {
            rest = after;
            match *token {
                "{" => {
                    while let [(token, _), after @ ..] = rest
                        && !matches!(*token, "}" | ";")
                    {
                        rest = if *token == "," { after } else { self.read_use(rest, path.clone()) };
                    }
                    return rest.split_first().map_or(&[], |(_, after)| after);
                }
                "as" => {
                    alias = after.first().map_or("", |(name, _)| *name).to_owned();
                    rest = after.get(1..).unwrap_or_default();
                }
                "*" => alias = "*".to_owned(),
                "self" if !path.is_empty() => {}
                "::" => path.push_str("::"),
                name => {
                    path.push_str(name);
                    alias = name.to_owned();
                }
            }
        }
        let path = path.trim_end_matches("::").to_owned();
        self.uses.push((path, alias, line));
        rest
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The tokens of Rust code with their lines, without comments, text in quotes and what is compiled for tests only.
fn tokens(file: &File) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    // The indent of an item that is for tests only, until its last line.
    let mut test: Option<&str> = None;
    for (number, line) in file.lines().filter(|_| file.extension() == "rs") {
        let indent = line.len() - line.trim_start().len();
        if let Some(indent) = test {
            let is_outer = |line: &str| !line.starts_with([' ', '#', ')']) && line.ends_with([';', ',', '}']);
            test = test.filter(|_| !line.strip_prefix(indent).is_some_and(is_outer));
        } else if line.trim_start().starts_with("#[cfg(test)]")
            || line.trim_start().starts_with("#[cfg(all(test")
        {
            test = line.get(..indent);
        } else {
            // Every second piece between quotes is text.
            let code = line.split("//").next().unwrap_or_default();
            for mut rest in code.split('"').step_by(2) {
                while let Some(first) = rest.chars().next() {
                    let word = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
                    let length = if rest.starts_with("::") { 2 } else { word.max(first.len_utf8()) };
                    let (token, after) = rest.split_at(length);
                    tokens.extend((!first.is_whitespace()).then_some((token, number)));
                    rest = after;
                }
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> Vec<File> {
        files.iter().map(|(path, text)| File::new(path, *text)).collect()
    }

    /// `path:line` of each violation.
    fn places(violations: Vec<Violation>) -> Vec<String> {
        violations.into_iter().map(|(path, line, _)| format!("{path}:{line}")).collect()
    }

    #[test]
    fn each_rule_finds_its_violations() {
        let (long, longer) = ("x\n".repeat(MAX_LINES), "x\n".repeat(MAX_LINES + 1));
        let code = "//! unsafe\n#![forbid(unsafe_code)]\nfn a() {\n    unsafe { b(\"unsafe\") }\n}\n";
        let sleep = concat!("//! A.\nthread::", "sleep(A);\nmod tests {\nthread::", "sleep(A);\n");
        let bind = "//! A.\nbind();\nA::bind(\"[::1]:0\");\nA::bind(\"[::1]:80\");\n";
        // A path, its text, and the lines that break a rule.
        let cases: [(&str, &str, &[usize]); 24] = [
            ("header.rs", "//! A.\n", &[]),
            ("header.py", "#!/bin/python3\n\"\"\"A.\"\"\"\n", &[]),
            (".ci/header", "#!/bin/sh\n# A.\n", &[]),
            ("header.md", "a", &[]),
            ("no_header.rs", "fn a() {}\n", &[1]),
            ("no_header.py", "import os\n", &[1]),
            ("no_header.sh", "set -e\n", &[1]),
            (".ci/no_header", "#!/bin/sh\nset -e\n", &[1]),
            ("long.css", &long, &[]),
            ("longer.css", &longer, &[MAX_LINES + 1]),
            ("postponed.rs", concat!("//! A.\n// TO", "DO: later\n"), &[2]),
            ("postponed.css", concat!("/* FIX", "ME */\n"), &[1]),
            ("a_longer_word.rs", "//! TODOS.\n", &[]),
            ("ignored.rs", concat!("//! A.\n    #[", "ignore = \"slow\"]\n/// ```", "ignore\n"), &[2, 3]),
            ("src/sleep.rs", sleep, &[4]),
            ("a/tests/sleep.py", concat!("# A.\ntime.", "sleep(1)\n"), &[2]),
            ("a/tests/bind.rs", bind, &[4]),
            ("src/bind.rs", bind, &[]),
            ("unsafe.rs", code, &[4]),
            (MAY_BE_UNSAFE[0], code, &[]),
            ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n", &[]),
            ("crates/b/Cargo.toml", "[lints.rust]\n", &[1]),
            ("python/Cargo.toml", "", &[1]),
            ("bench/Cargo.toml", "", &[]),
        ];
        for (path, text, expected) in cases {
            let lines: Vec<usize> =
                file_rules(&File::new(path, text)).into_iter().map(|(_, line, _)| line).collect();
            assert_eq!(lines, expected, "{path}");
        }
    }

    #[test]
    fn broken_links_are_found() {
        let page = "[a](../README.md#top) [b](../docs) `[c](d)` [e](https://e.org) [f](#g)\n```\n[h](i)\n```\n\
                    [j](README.md)\n[k](../../l)\n";
        let files = project(&[("docs/page.md", page), ("README.md", "")]);
        assert_eq!(places(links(&files)), ["docs/page.md:5", "docs/page.md:6"]);
    }

    #[test]
    fn names_in_other_files_and_stale_entries_are_found() {
        let each = |(name, _, paths): &(&'static str, &str, &[&str])| {
            paths
                .iter()
                .map(|path| File::new(&format!("{}/a.rs", path.trim_end_matches('/')), *name))
                .collect::<Vec<_>>()
        };
        let mut files: Vec<File> = NAMES.iter().flat_map(each).collect();
        for file in &mut files {
            file.path = file.path.replace(".rs/a.rs", ".rs");
        }
        assert_eq!(places(names(&files)), [""; 0]);
        files.extend(project(&[(
            "crates/a/src/a.rs",
            "\nuse staste_core::KickOutcome;\n#[cfg(test)]\nuse a::AxisKind;\n",
        )]));
        assert_eq!(places(names(&files)), ["crates/a/src/a.rs:2"]);
        files.remove(1);
        assert_eq!(places(names(&files)), ["xtask/src/tidy.rs:1", "crates/a/src/a.rs:2"]);
    }

    /// The messages about these files of a crate that is in no list.
    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        modules(&project(files)).into_iter().map(|(_, _, message)| message).collect()
    }

    #[test]
    fn circles_of_modules_are_found_through_exports() {
        let files = [
            (
                "crates/a/src/lib.rs",
                "mod b;\npub use c::{d::{self as e, Deep as Named}, self};\npub use b::*;\n",
            ),
            ("crates/a/src/b.rs", "use crate::Named;\npub struct B;\n"),
            ("crates/a/src/c/mod.rs", "mod d;\n"),
            ("crates/a/src/c/d.rs", "pub struct Deep;\nfn f() { crate::B::new(); }\n"),
        ];
        let places = "crates/a/src/b.rs:1, crates/a/src/c/d.rs:2";
        assert_eq!(messages(&files), [format!("crates/a: modules in a circle: b -> c -> b ({places})")]);
    }

    #[test]
    fn parents_children_tests_and_other_crates_are_no_circle() {
        let tests = "use std::b::B;\npub struct C;\n#[cfg(test)]\nuse crate::b::{\n    g, f};\n\
                     #[cfg(test)]\nmod tests {\n    use crate::b::g;\n}\n// crate::b::g\n";
        let files = [
            ("crates/a/src/lib.rs", "mod b;\nmod c;\npub fn f() { b::g(); }\n"),
            ("crates/a/src/b.rs", "use crate::f;\nuse crate::c::C;\npub fn g() -> impl Sized + use<> {}\n"),
            ("crates/a/src/c.rs", tests),
            ("crates/a/src/main.rs", "use crate::b;\n"),
        ];
        assert_eq!(messages(&files), [""; 0]);
    }

    #[test]
    fn upward_use_is_found_in_the_core() {
        let files = [
            ("crates/staste-core/src/lib.rs", ""),
            ("crates/staste-core/src/plan/mod.rs", "pub struct Plan;\n"),
            ("crates/staste-core/src/memory/mod.rs", "use crate::plan::Plan;\n"),
            ("crates/staste-core/src/time/mod.rs", "use super::plan::Plan;\n"),
        ];
        let messages = messages(&files);
        assert!(
            messages.iter().any(|message| message == "time uses plan, which is a higher layer"),
            "{messages:?}"
        );
    }
}
