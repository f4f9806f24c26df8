//! `Workspace`: where the project and its build products lie.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::Program;

/// The directories that every step starts from.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever its configuration puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, Failure> {
        // `cargo run` sets it; compiled in, it serves whoever starts the binary by hand.
        let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&xtask)
            .parent()
            .ok_or_else(|| Failure::new("xtask does not lie inside the project"))?
            .to_owned();
        let metadata =
            Program::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).within(&root).read()?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)
            .map_err(|error| Failure::new(format!("`cargo metadata` printed no JSON: {error}")))?;
        let target = metadata.get("target_directory").and_then(serde_json::Value::as_str);
        let target = target.ok_or_else(|| Failure::new("`cargo metadata` named no target directory"))?;
        Ok(Self { root, target: PathBuf::from(target) })
    }

    /// The directory for what xtask itself brings and makes.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    pub(crate) fn cargo(&self) -> Program {
        Program::cargo().within(&self.root)
    }
}
