//! All data of a store in a server, in a form that can be compared.

use std::collections::BTreeMap;
use std::sync::Mutex;

use redis::Connection;

use super::query;

/// Type, expiry and sorted contents of each key.
pub(crate) type Contents = BTreeMap<String, (String, bool, Vec<Vec<String>>)>;

/// Returns the data of stores, without the names of metricas, which stay when a definition fails.
pub(crate) fn contents(connection: &Mutex<Connection>) -> Contents {
    let mut keys: Vec<String> = query(connection, &["KEYS", "staste:*"]);
    keys.retain(|key| key != "staste:names");
    keys.into_iter().map(|key| (key.clone(), content(connection, &key))).collect()
}

fn content(connection: &Mutex<Connection>, key: &str) -> (String, bool, Vec<Vec<String>>) {
    let kind: String = query(connection, &["TYPE", key]);
    let (command, width): (&[&str], usize) = match kind.as_str() {
        "hash" => (&["HGETALL", key], 2),
        "zset" => (&["ZRANGE", key, "0", "-1", "WITHSCORES"], 2),
        "set" => (&["SMEMBERS", key], 1),
        "list" => (&["LRANGE", key, "0", "-1"], 1),
        _ => (&["MGET", key], 1),
    };
    let items: Vec<Vec<u8>> = query(connection, command);
    let items: Vec<String> = items.iter().map(|item| String::from_utf8_lossy(item).into_owned()).collect();
    let mut rows: Vec<Vec<String>> = items.chunks(width).map(<[String]>::to_vec).collect();
    rows.sort();
    let expires: i64 = query(connection, &["TTL", key]);
    (kind, expires >= 0, rows)
}

/// Removes generations, which differ in every run.
pub(crate) fn without_generation(mut contents: Contents) -> Contents {
    for (_, _, rows) in contents.values_mut() {
        rows.retain(|row| row.first().is_none_or(|field| field != "generation"));
    }
    contents
}
