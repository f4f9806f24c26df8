//! Records: small values by key, such as the claims of imports, which are stored with their Metrica.

use redis::Value;
use staste_core::Error;

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Request, command};
use crate::{keys, scripts};

/// Returns the Metrica of a key: keys of imports start with `import/METRICA/`.
fn metrica_of(key: &str) -> Option<&str> {
    let (metrica, _) = key.strip_prefix("import/")?.split_once('/')?;
    Some(metrica)
}

/// The start of the keys of health reports, which belong to no Metrica.
const HEALTH_PREFIX: &str = "health/";

/// Returns the records whose keys start with a prefix, in the order of keys.
pub(crate) fn records(client: &mut Client, prefix: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let hashes = match metrica_of(prefix) {
        Some(metrica) => vec![client.session.keys(metrica).claims()],
        // Every overview reads them, and need not read all claims.
        None if prefix.starts_with(HEALTH_PREFIX) => vec![keys::records(&client.session.prefix)],
        None => all_hashes(client)?,
    };
    let reads: Vec<Request> = hashes.iter().map(|hash| command(["HGETALL", hash])).collect();
    let mut records = Vec::new();
    for hash in client.session.query_all(&reads)? {
        let mut items = reply::list(hash)?.into_iter();
        while let Some(key) = items.next() {
            let key = reply::text(key)?;
            let value = value_of(reply::next(&mut items)?)?;
            if key.starts_with(prefix) {
                records.push((key, value));
            }
        }
    }
    records.sort();
    Ok(records)
}

/// Writes a record, or removes it from every hash.
pub(crate) fn put(client: &mut Client, key: &str, value: Option<&[u8]>) -> Outcome<()> {
    let own = match metrica_of(key) {
        Some(metrica) => client.session.keys(metrica).claims(),
        None => keys::records(&client.session.prefix),
    };
    let Some(value) = value else {
        for hash in all_hashes(client)?.into_iter().chain([own]) {
            client.session.write(["HDEL", &hash, key])?;
        }
        return Ok(());
    };
    let stored = [b":", value].concat();
    let Some(metrica) = metrica_of(key) else {
        client.session.write([b"HSET".as_slice(), own.as_bytes(), key.as_bytes(), &stored])?;
        return Ok(());
    };
    client.session.write(["SADD", &keys::names(&client.session.prefix), metrica])?;
    let mut call = client.session.call(metrica);
    call.keys.push(own).push(client.session.keys(metrica).expiring_claims());
    call.arguments.push(key).push(&stored);
    client.session.run(&scripts::RECORD, &call)?;
    Ok(())
}

/// Returns every hash that can have records.
fn all_hashes(client: &mut Client) -> Outcome<Vec<String>> {
    let metricas = client.session.metrica_names()?;
    let own = metricas.iter().map(|metrica| client.session.keys(metrica).claims());
    Ok(own.chain([keys::records(&client.session.prefix)]).collect())
}

/// Returns the value of a stored record, which follows the expiry and a colon.
fn value_of(stored: Value) -> Outcome<Vec<u8>> {
    let mut stored = reply::bytes(stored)?;
    match stored.iter().position(|byte| *byte == b':') {
        Some(colon) => Ok(stored.split_off(colon + 1)),
        None => Err(Error::corrupt("a stored record has no expiry").into()),
    }
}
