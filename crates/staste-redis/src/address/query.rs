//! What may follow the question mark of an address.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::{Address, Servers};
use crate::options::{Layout, Options};
use crate::seed::KeyNaming;

/// What an address says of the original's keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeedSettings {
    pub(crate) layout: Option<Layout>,
    all: Option<String>,
    choices: Option<String>,
}

impl SeedSettings {
    /// The words of the original's keys: those of the address, else those of the options.
    pub(crate) fn naming(&self, options: &KeyNaming) -> KeyNaming {
        let mut naming = options.clone();
        naming.all = self.all.clone().unwrap_or(naming.all);
        naming.choices = self.choices.clone().unwrap_or(naming.choices);
        naming
    }

    /// Checks that they can be meant; the advice when not.
    pub(crate) fn check(&self, options: &Options, address: &Address) -> Result<(), String> {
        let is_seed = self.layout.unwrap_or(options.layout) == Layout::Seed;
        if is_seed && matches!(address.servers, Servers::Cluster(_)) {
            return Err(
                "the original's keys lie on one server, never in a cluster; leave layout=seed out".to_owned()
            );
        }
        self.naming(&options.naming).check()
    }

    /// How they are written in an address.
    pub(super) fn shown(&self) -> Vec<String> {
        let layout = self.layout.map(|layout| match layout {
            Layout::Auto => "auto",
            Layout::Own => "own",
            Layout::Seed => "seed",
        });
        let pairs = [("layout", layout), ("all", self.all.as_deref()), ("choices", self.choices.as_deref())];
        pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect()
    }
}

/// The settings of an address. Their values may have `%2F` and the like for what would end them.
#[derive(Default)]
pub(crate) struct Query {
    pub(super) database: Option<i64>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) seed: SeedSettings,
    pub(super) sentinel_user: Option<String>,
    pub(super) sentinel_password: Option<String>,
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// The settings that an address of some kind may have.
pub(super) const OF_SOCKET: &[&str] = &["db", "user", "pass", "prefix", "layout", "all", "choices"];
pub(super) const OF_SERVER: &[&str] = &["prefix", "layout", "all", "choices"];
pub(super) const OF_SENTINELS: &[&str] =
    &["prefix", "layout", "all", "choices", "sentinel-user", "sentinel-pass"];
const OF_TLS: &[&str] = &["ca", "cert", "key"];

impl Query {
    /// Reads what follows the question mark; the advice when it cannot be.
    pub(super) fn parse(text: &str, allowed: &[&str], tls: bool) -> Result<Query, String> {
        let mut query = Query::default();
        let allowed: Vec<&str> = allowed.iter().chain(OF_TLS.iter().filter(|_| tls)).copied().collect();
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
                    let database =
                        value.parse().map_err(|_| format!("{value:?} is no number of a database"))?;
                    query.database = Some(database);
                }
                "layout" => query.seed.layout = Some(layout(&value)?),
                "all" => query.seed.all = Some(value),
                "choices" => query.seed.choices = Some(value),
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
            return Err("a certificate goes with its key; give both cert=PATH and key=PATH".to_owned());
        }
        Ok(query)
    }
}

fn layout(value: &str) -> Result<Layout, String> {
    match value {
        "auto" => Ok(Layout::Auto),
        "own" => Ok(Layout::Own),
        "seed" => Ok(Layout::Seed),
        _ => Err(format!("{value:?} is no layout; there is own, seed and auto")),
    }
}

fn unknown(name: &str, allowed: &[&str]) -> String {
    match name {
        "db" => "the database stands in the path here, as in redis://HOST/2".to_owned(),
        "user" | "pass" => {
            "user and password stand before the host here, as in redis://USER:PASSWORD@HOST".to_owned()
        }
        "ca" | "cert" | "key" => format!("{name} goes with TLS only; write rediss:// for redis://"),
        _ => format!("there is no setting {name:?} here; there is {}", allowed.join(", ")),
    }
}
