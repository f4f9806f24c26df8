//! The options of a Store.

use std::time::Duration;

use crate::key_words::KeyWords;

/// Under which keys the cells of metricas are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyLayout {
    /// A Metrica that the original has counted continues under the original's keys; all others get own keys.
    #[default]
    Auto,
    /// Own keys; data of the original is not touched.
    Own,
    /// The original's keys, so that the original reads the same data and counts as well; on one server only.
    ///
    /// The original's sets have no order, so choices are listed with numbers first. Retention and the order of axes are
    /// the original's. An axis that the original called `id`, `value` or another reserved word is called `id_` here.
    /// Values of the original that contain a colon are reported by
    /// [`warnings`](staste_core::store::Store::warnings).
    Legacy,
}

impl KeyLayout {
    /// Returns the value of `layout` in an address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            KeyLayout::Auto => "auto",
            KeyLayout::Own => "own",
            KeyLayout::Legacy => "legacy",
        }
    }

    /// Parses the value of `layout` in an address. `seed` was the name of the legacy layout.
    pub(crate) fn parse(name: &str) -> Result<KeyLayout, String> {
        match name {
            "auto" => Ok(KeyLayout::Auto),
            "own" => Ok(KeyLayout::Own),
            "legacy" | "seed" => Ok(KeyLayout::Legacy),
            _ => Err(format!("invalid layout {name:?}: expected own, legacy or auto")),
        }
    }
}

/// Options of a [`RedisStore`](crate::RedisStore).
///
/// ```
/// use staste_redis::{RedisOptions, RedisStore};
/// let mut options = RedisOptions::default();
/// options.command_timeout = std::time::Duration::from_secs(2);
/// let store = RedisStore::with("redis://localhost", options)?;
/// # let _ = store;
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RedisOptions {
    /// Prefix of every key. `prefix=PREFIX` in an address overrides it.
    pub prefix: String,
    /// Time limit of connecting. `connect-timeout=SECONDS` in an address overrides it.
    pub connect_timeout: Duration,
    /// Time limit of one request, and of its reply from the first byte to the last. `timeout=SECONDS` in an address
    /// overrides it. A query also ends with its [`TimeLimit`](staste_core::store::TimeLimit).
    pub command_timeout: Duration,
    /// Maximum number of cells that one script changes: 4,000 take the server 2 to 4 ms, during which it does nothing
    /// else.
    pub cells_per_batch: usize,
    /// Maximum size of one reply in bytes, where each number, text and list counts 64 more. The default of 1 GiB is as
    /// much as a server accepts in one request. A larger reply closes the connection before it is read; reading a reply
    /// can take up to three times as much memory. `reply-limit=MEBIBYTES` in an address overrides it.
    pub reply_limit: usize,
    /// Also write to a server that evicts keys when its memory is full (`evicting=allow` in an address). Whole buckets can
    /// disappear there, and so can the marks that prevent a batch from being counted twice, so that by default such a
    /// server is only read. A server whose `maxmemory` is 0 evicts nothing.
    pub allow_evicting: bool,
    /// Layout of metricas that are defined for the first time; a defined Metrica keeps its layout. `layout=LAYOUT` in an
    /// address overrides it.
    pub layout: KeyLayout,
    /// The words that the original's setting `STASTE_KEY_NAMING` renames. `all=WORD` and `choices=WORD` in an address
    /// override them.
    pub key_words: KeyWords,
}

impl Default for RedisOptions {
    fn default() -> RedisOptions {
        RedisOptions {
            prefix: "staste".to_owned(),
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(10),
            cells_per_batch: 4_000,
            reply_limit: 1 << 30,
            allow_evicting: false,
            layout: KeyLayout::default(),
            key_words: KeyWords::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_name_round_trips_and_seed_is_legacy() {
        for layout in [KeyLayout::Auto, KeyLayout::Own, KeyLayout::Legacy] {
            assert_eq!(KeyLayout::parse(layout.name()), Ok(layout));
        }
        assert_eq!(KeyLayout::parse("seed"), Ok(KeyLayout::Legacy));
        assert!(KeyLayout::parse("new").unwrap_err().contains("expected own, legacy or auto"));
    }
}
