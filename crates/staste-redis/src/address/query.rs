//! The settings after the question mark of an address.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::Address;
use super::topology::Topology;
use crate::key_words::KeyWords;
use crate::options::{KeyLayout, RedisOptions};

/// Settings of the layout of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayoutSettings {
    pub(crate) layout: Option<KeyLayout>,
    all: Option<String>,
    choices: Option<String>,
}

impl LayoutSettings {
    /// Returns the words in keys: those of the address, or else those of the options.
    pub(crate) fn key_words(&self, options: &KeyWords) -> KeyWords {
        let mut words = options.clone();
        words.all = self.all.clone().unwrap_or(words.all);
        words.choices = self.choices.clone().unwrap_or(words.choices);
        words
    }

    /// Checks the settings; returns advice when they are invalid.
    pub(crate) fn check(&self, options: &RedisOptions, address: &Address) -> Result<(), String> {
        let layout = self.layout.unwrap_or(options.layout);
        if layout == KeyLayout::Legacy && matches!(address.topology, Topology::Cluster(_)) {
            return Err("the original's keys are on one server, never in a cluster; leave layout=legacy out"
                .to_owned());
        }
        self.key_words(&options.key_words).check()
    }

    /// Returns the settings as an address has them.
    pub(super) fn display(&self) -> Vec<String> {
        let layout = self.layout.map(KeyLayout::name);
        let pairs = [("layout", layout), ("all", self.all.as_deref()), ("choices", self.choices.as_deref())];
        pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect()
    }
}

/// Options that an address sets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overrides {
    connect_timeout: Option<Duration>,
    command_timeout: Option<Duration>,
    reply_limit: Option<usize>,
    allow_evicting: bool,
}

impl Overrides {
    /// Returns the options with the values that the address sets.
    pub(crate) fn apply_to(self, mut options: RedisOptions) -> RedisOptions {
        options.connect_timeout = self.connect_timeout.unwrap_or(options.connect_timeout);
        options.command_timeout = self.command_timeout.unwrap_or(options.command_timeout);
        options.reply_limit = self.reply_limit.unwrap_or(options.reply_limit);
        options.allow_evicting |= self.allow_evicting;
        options
    }
}

/// The longest timeout of an address.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);

/// The settings of an address. Reserved characters in values are percent-encoded, such as `%2F`.
#[derive(Default)]
pub(crate) struct Query {
    pub(super) database: Option<i64>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) layout: LayoutSettings,
    pub(super) overrides: Overrides,
    pub(super) sentinel_user: Option<String>,
    pub(super) sentinel_password: Option<String>,
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// The settings that each kind of address has.
pub(super) const OF_SOCKET: &[&str] = &["db", "user", "pass"];
pub(super) const OF_SERVER: &[&str] = &[];
pub(super) const OF_SENTINELS: &[&str] = &["sentinel-user", "sentinel-pass"];
const OF_ALL: &[&str] =
    &["prefix", "layout", "all", "choices", "timeout", "connect-timeout", "reply-limit", "evicting"];
const OF_TLS: &[&str] = &["ca", "cert", "key"];

impl Query {
    /// Parses the text after the question mark; returns advice when it is invalid.
    pub(super) fn parse(text: &str, allowed: &[&str], tls: bool) -> Result<Query, String> {
        let mut query = Query::default();
        let allowed = allowed.iter().chain(OF_ALL).chain(OF_TLS.iter().filter(|_| tls));
        let allowed: Vec<&str> = allowed.copied().collect();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !allowed.contains(&name) {
                return Err(unknown(name, &allowed));
            }
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| format!("the value of {name} is not UTF-8"))?
                .into_owned();
            match name {
                "db" => {
                    let database = value
                        .parse()
                        .map_err(|_| format!("invalid database {value:?}: expected a number"))?;
                    query.database = Some(database);
                }
                "layout" => query.layout.layout = Some(KeyLayout::parse(&value)?),
                "timeout" => query.overrides.command_timeout = Some(seconds(name, &value)?),
                "connect-timeout" => query.overrides.connect_timeout = Some(seconds(name, &value)?),
                "reply-limit" => query.overrides.reply_limit = Some(mebibytes(name, &value)?),
                "evicting" if value == "allow" => query.overrides.allow_evicting = true,
                "evicting" => {
                    return Err(format!("invalid evicting {value:?}: expected evicting=allow, or nothing"));
                }
                "all" => query.layout.all = Some(value),
                "choices" => query.layout.choices = Some(value),
                "user" => query.user = Some(value),
                "pass" => query.password = Some(value),
                "sentinel-user" => query.sentinel_user = Some(value),
                "sentinel-pass" => query.sentinel_password = Some(value),
                "ca" => query.authority = Some(value.into()),
                "cert" => query.certificate = Some(value.into()),
                "key" => query.key = Some(value.into()),
                _ => query.prefix = Some(value),
            }
        }
        if query.certificate.is_some() != query.key.is_some() {
            return Err("a certificate needs its key; give both cert=PATH and key=PATH".to_owned());
        }
        Ok(query)
    }
}

/// Parses a number of seconds.
fn seconds(name: &str, value: &str) -> Result<Duration, String> {
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| (Duration::from_millis(1)..=MAX_TIMEOUT).contains(time)).ok_or_else(|| {
        format!(
            "invalid {name} {value:?}: expected a number of seconds from 0.001 to 3600, such as {name}=0.5"
        )
    })
}

/// Parses a number of mebibytes; returns bytes.
fn mebibytes(name: &str, value: &str) -> Result<usize, String> {
    let bytes = value
        .parse::<usize>()
        .ok()
        .filter(|number| *number > 0)
        .and_then(|number| number.checked_mul(1 << 20));
    bytes.ok_or_else(|| {
        format!("invalid {name} {value:?}: expected a number of mebibytes, such as {name}=2048")
    })
}

fn unknown(name: &str, allowed: &[&str]) -> String {
    match name {
        "db" => "the database is part of the path, as in redis://HOST/2".to_owned(),
        "user" | "pass" => {
            "user and password go before the host, as in redis://USER:PASSWORD@HOST".to_owned()
        }
        "ca" | "cert" | "key" => format!("{name} is a setting of TLS; write rediss:// instead of redis://"),
        _ => format!("unknown setting {name:?}: expected one of {}", allowed.join(", ")),
    }
}
