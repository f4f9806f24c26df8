//! `Workspace`: the folders of the project.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::Program;

/// The folders that every step starts from.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever its configuration puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        let xtask =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&xtask).parent().context("xtask is not inside the project")?.to_owned();
        let metadata = Program::cargo(&root).words("metadata --no-deps --format-version 1").read()?;
        let metadata: Value = serde_json::from_str(&metadata).context("`cargo metadata` printed no JSON")?;
        let target = metadata.get("target_directory").and_then(Value::as_str);
        let target = target.context("`cargo metadata` names no target folder")?.into();
        Ok(Self { root, target })
    }

    /// The folder for what xtask itself downloads and builds.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    pub(crate) fn cargo(&self, words: &str) -> Program {
        Program::cargo(&self.root).words(words)
    }

    /// The Python interpreter of the virtual environment.
    pub(crate) fn python(&self) -> PathBuf {
        self.tool("python")
    }

    /// A program of the virtual environment.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.scratch().join("venv/bin").join(name)
    }
}
