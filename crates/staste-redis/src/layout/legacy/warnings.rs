//! Warnings about cells and keys of the original that cannot be relied on.

use std::collections::BTreeSet;

use redis::Value;
use staste_core::Definition;

use super::choice_sets::ChoiceSets;
use super::keys::LegacyKeys;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;

/// Maximum number of fields of a Metrica, and of keys of a server, that are checked.
const MAX_SCANNED: usize = 1_000_000;
/// Fields or keys that one step of a scan reads.
const PER_SCAN: &str = "1000";
/// Maximum number of metricas that a warning names.
const MAX_NAMED: usize = 10;

/// Returns a warning about fields that are not points: no breakdown contains them.
pub(crate) fn unclear_fields(
    session: &mut Session,
    definition: &Definition,
    keys: &LegacyKeys,
) -> Outcome<Option<String>> {
    let mut sets = ChoiceSets::new(definition, &keys.words);
    let is_open: Vec<bool> = definition.stored_axes.iter().map(|axis| axis.declared().is_none()).collect();
    let (mut cursor, mut seen, mut unclear, mut example) = ("0".to_owned(), 0, 0_u64, None);
    loop {
        let page = session.query(["HSCAN", &keys.ever(), &cursor, "COUNT", PER_SCAN])?;
        let mut items = reply::list(page)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        let flat: Vec<Value> = reply::list(reply::next(&mut items)?)?;
        for field in flat.into_iter().step_by(2) {
            let field = reply::bytes(field)?;
            seen += 1;
            if sets.point(&field, &is_open).is_none() {
                unclear += 1;
                example.get_or_insert(field);
            }
        }
        if cursor == "0" || seen >= MAX_SCANNED {
            break;
        }
    }
    let Some(example) = example else { return Ok(None) };
    let example: String = String::from_utf8_lossy(&example).chars().take(80).collect();
    let fields = if unclear == 1 { "1 field".to_owned() } else { format!("{unclear} fields") };
    Ok(Some(format!(
        "metrica {}: {fields} of {} could mean several choices, or none that is declared, such as {example:?} for {} \
         axes: the original stored values with : and the like unescaped. Their kicks are part of the totals, and unset in \
         breakdowns; count such values with Staste, which escapes them, and declare missing choices",
        definition.name,
        keys.ever(),
        definition.stored_axes.len()
    )))
}

/// Returns a warning about metricas of the original that are not defined here.
pub(crate) fn undefined_metricas(session: &mut Session) -> Outcome<Option<String>> {
    let known = session.metrica_names()?;
    let (start, end) = (format!("{}:", session.prefix), ":years");
    let pattern = format!("{start}*{end}");
    let (mut cursor, mut seen, mut found) = ("0".to_owned(), 0, BTreeSet::new());
    loop {
        let page = session.query(["SCAN", &cursor, "MATCH", &pattern, "COUNT", PER_SCAN])?;
        let mut items = reply::list(page)?.into_iter();
        cursor = reply::text(reply::next(&mut items)?)?;
        for key in reply::list(reply::next(&mut items)?)? {
            let Ok(key) = reply::text(key) else { continue };
            let name = key.strip_prefix(&start).and_then(|rest| rest.strip_suffix(end));
            let is_name = |name: &&str| !name.contains([':', '{', '}']) && !known.contains(*name);
            found.extend(name.filter(is_name).map(str::to_owned));
        }
        seen += 1000;
        if cursor == "0" || seen >= MAX_SCANNED {
            break;
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let names: Vec<&str> = found.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = if found.len() > MAX_NAMED {
        format!(" and {} more", found.len() - MAX_NAMED)
    } else {
        String::new()
    };
    Ok(Some(format!(
        "the original counted metricas that are not defined here: {}{more}; define each with the original's axes, in \
         its order, and it continues to count under the same keys",
        names.join(", ")
    )))
}
