//! The Lua scripts that run on the server. All of them begin with the same prelude.

use std::sync::OnceLock;

/// The start of every script: arguments, commands, and the state of a Metrica.
const PRELUDE: &str = include_str!("prelude.lua");
/// The second part of scripts that write: writes that can be undone.
const PRELUDE_OF_WRITES: &str = include_str!("prelude_of_writes.lua");
/// Calls the body of a script, which is the function `run`.
const POSTLUDE: &str = include_str!("postlude.lua");

pub(crate) static STATE: Script = Script::reads(include_str!("state.lua"));
pub(crate) static APPLY: Script = Script::writes(include_str!("apply.lua"));
pub(crate) static CELLS: Script = Script::reads(include_str!("batch_cells.lua"));
pub(crate) static DEFINE: Script = Script::writes(include_str!("define.lua"));
pub(crate) static FAULTS: Script = Script::reads(include_str!("faults.lua"));
pub(crate) static KEYS: Script = Script::reads(include_str!("metrica_keys.lua"));
pub(crate) static RECORD: Script = Script::writes(include_str!("put_record.lua"));
pub(crate) static HOLD: Script = Script::writes(include_str!("hold_kicks.lua"));
pub(crate) static WATERMARKS: Script = Script::writes(include_str!("set_watermarks.lua"));

/// Scripts on the own layout.
pub(crate) mod own {
    use super::Script;

    pub(crate) static READ: Script = Script::reads(include_str!("own/read.lua"));
    pub(crate) static LIST: Script = Script::reads(include_str!("own/list_buckets.lua"));
    pub(crate) static ERASE: Script = Script::writes(include_str!("own/erase.lua"));
    pub(crate) static DELETE: Script = Script::writes(include_str!("own/delete.lua"));
}

/// Scripts on the legacy layout.
pub(crate) mod legacy {
    use super::Script;

    /// A script that finds buckets, for which the legacy layout has no index.
    macro_rules! with_each_bucket {
        ($file:literal) => {
            concat!(include_str!("legacy/each_bucket.lua"), "\n", include_str!($file))
        };
    }

    pub(crate) static READ: Script = Script::reads(with_each_bucket!("legacy/read.lua"));
    pub(crate) static LIST: Script = Script::reads(with_each_bucket!("legacy/list_buckets.lua"));
    pub(crate) static DELETE: Script = Script::writes(with_each_bucket!("legacy/delete.lua"));
    pub(crate) static ERASE: Script = Script::writes(include_str!("legacy/erase.lua"));
}

/// A script of the server.
#[derive(Debug)]
pub(crate) struct Script {
    body: &'static str,
    /// False for a script whose lost reply leaves nothing in doubt.
    pub(crate) writes: bool,
    prepared: OnceLock<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    text: String,
    hash: String,
}

impl Script {
    const fn reads(body: &'static str) -> Script {
        Script { body, writes: false, prepared: OnceLock::new() }
    }

    const fn writes(body: &'static str) -> Script {
        Script { body, writes: true, prepared: OnceLock::new() }
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> &str {
        &self.prepared().text
    }

    /// Returns the hash of the text, by which the server knows the script.
    pub(crate) fn hash(&self) -> &str {
        &self.prepared().hash
    }

    fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let write = if self.writes { PRELUDE_OF_WRITES } else { "local roll_back" };
            let text = format!("{PRELUDE}\n{write}\nlocal function run()\n{}\nend\n{POSTLUDE}", self.body);
            let hash = redis::Script::new(&text).get_hash().to_owned();
            Prepared { text, hash }
        })
    }
}
