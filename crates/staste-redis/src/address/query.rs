//! What may follow the question mark of an address.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The settings of an address. Their values may have `%2F` and the like for what would end them.
#[derive(Default)]
pub(crate) struct Query {
    pub(super) database: Option<i64>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) sentinel_user: Option<String>,
    pub(super) sentinel_password: Option<String>,
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// The settings that an address of some kind may have.
pub(super) const OF_SOCKET: &[&str] = &["db", "user", "pass", "prefix"];
pub(super) const OF_SERVER: &[&str] = &["prefix"];
pub(super) const OF_SENTINELS: &[&str] = &["prefix", "sentinel-user", "sentinel-pass"];
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
