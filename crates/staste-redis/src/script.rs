//! The scripts: their text, the hash the server knows them by, and whether they write.

use std::sync::OnceLock;

/// A script of the server.
#[derive(Debug)]
pub(crate) struct Script {
    body: &'static str,
    /// A lost reply of one that only reads leaves nothing in doubt.
    pub(crate) writes: bool,
    prepared: OnceLock<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    text: String,
    hash: String,
}

const HEAD: &str = include_str!("scripts/head.lua");
const WRITE: &str = include_str!("scripts/write.lua");
/// Calls the body of a script, which stands in the function `run`.
const TAIL: &str = include_str!("scripts/tail.lua");

pub(crate) static LOOK: Script = Script::reads(include_str!("scripts/look.lua"));
pub(crate) static APPLY: Script = Script::writes(include_str!("scripts/apply.lua"));
pub(crate) static READ: Script = Script::reads(include_str!("scripts/read.lua"));
pub(crate) static CELLS: Script = Script::reads(include_str!("scripts/cells.lua"));
pub(crate) static LIST: Script = Script::reads(include_str!("scripts/list.lua"));
pub(crate) static DEFINE: Script = Script::writes(include_str!("scripts/define.lua"));
pub(crate) static ERASE: Script = Script::writes(include_str!("scripts/erase.lua"));
pub(crate) static FAULTS: Script = Script::reads(include_str!("scripts/faults.lua"));
pub(crate) static KEYS: Script = Script::reads(include_str!("scripts/keys.lua"));
pub(crate) static RECORD: Script = Script::writes(include_str!("scripts/record.lua"));
pub(crate) static HOLD: Script = Script::writes(include_str!("scripts/hold.lua"));
pub(crate) static WATERMARKS: Script = Script::writes(include_str!("scripts/watermarks.lua"));
pub(crate) static DROP: Script = Script::writes(include_str!("scripts/drop.lua"));

/// A script on the original's keys: it begins with how buckets are found there.
macro_rules! on_seed {
    ($file:literal) => {
        concat!(include_str!("scripts/seed/walk.lua"), "\n", include_str!($file))
    };
}

pub(crate) static SEED_READ: Script = Script::reads(on_seed!("scripts/seed/read.lua"));
pub(crate) static SEED_LIST: Script = Script::reads(on_seed!("scripts/seed/list.lua"));
pub(crate) static SEED_DROP: Script = Script::writes(on_seed!("scripts/seed/drop.lua"));
pub(crate) static SEED_ERASE: Script = Script::writes(include_str!("scripts/seed/erase.lua"));

impl Script {
    const fn reads(body: &'static str) -> Script {
        Script { body, writes: false, prepared: OnceLock::new() }
    }

    const fn writes(body: &'static str) -> Script {
        Script { body, writes: true, prepared: OnceLock::new() }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.prepared().text
    }

    /// The hash of the text.
    pub(crate) fn hash(&self) -> &str {
        &self.prepared().hash
    }

    fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let write = if self.writes { WRITE } else { "local roll_back" };
            let text = format!("{HEAD}\n{write}\nlocal function run()\n{}\nend\n{TAIL}", self.body);
            let hash = redis::Script::new(&text).get_hash().to_owned();
            Prepared { text, hash }
        })
    }
}
