//! `cargo xtask tidy`: the project's rules that no other tool checks, one file a rule.

mod arrows;
mod comments;
mod duplicates;
mod graph;
mod headers;
mod impatience;
mod inherited_lints;
mod lengths;
mod licences;
mod links;
mod placeholders;
mod rust_text;
mod source_file;
mod spdx;
mod unsafety;
mod violation;

use graph::Graph;
use source_file::SourceFile;
use violation::Violation;

use crate::failure::Failure;
use crate::workspace::Workspace;

type FileRule = fn(&[SourceFile]) -> Vec<Violation>;
type GraphRule = fn(&Graph, &[SourceFile]) -> Vec<Violation>;

/// What the files alone can break.
const FILE_RULES: [FileRule; 8] = [
    headers::check,
    lengths::check,
    placeholders::check,
    comments::check,
    impatience::check,
    unsafety::check,
    inherited_lints::check,
    links::check,
];

/// What the dependencies can break; the files tell where.
const GRAPH_RULES: [GraphRule; 3] = [licences::check, duplicates::check, arrows::check];

/// Prints every violation of every rule.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let files = source_file::all(workspace)?;
    let graph = Graph::of(workspace)?;
    let mut violations: Vec<Violation> = FILE_RULES.iter().flat_map(|check| check(&files)).collect();
    violations.extend(GRAPH_RULES.iter().flat_map(|check| check(&graph, &files)));
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => Err(Failure::new("the line above breaks a rule of the project")),
        count => Err(Failure::new(format!("the {count} lines above break rules of the project"))),
    }
}
