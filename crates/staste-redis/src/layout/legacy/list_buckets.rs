//! The buckets of a Metrica under the original's keys.

use staste_core::Scale;

use super::keys::LegacyKeys;
use super::period_key::PeriodKey;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::session::Session;
use crate::layout::Found;
use crate::layout::cells::Listed;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::StoredState;
use crate::scripts;

/// Returns the state and the buckets of a Metrica, finest scale first.
pub(crate) fn list(
    keys: &LegacyKeys,
    session: &mut Session,
    known: &KnownMetrica,
    with_bytes: bool,
) -> Outcome<Found<(StoredState, Vec<Listed>)>> {
    let mut call = session.call(&known.definition.name);
    keys.push(&mut call.arguments);
    known.push(&mut call.arguments);
    call.arguments.push(if with_bytes { "bytes" } else { "" });
    let (status, mut items) = reply::with_status(session.run(&scripts::legacy::LIST, &call)?)?;
    match status.as_str() {
        "gone" => return Ok(Found::Gone),
        "behind" => return Ok(Found::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?))),
        "buckets" => {}
        other => return reply::unknown_status(other),
    }
    let state = StoredState::parse(reply::next(&mut items)?)?;
    let mut listed = Vec::new();
    for bucket in reply::list(reply::next(&mut items)?)? {
        let mut items = reply::list(bucket)?.into_iter();
        let period = reply::text(reply::next(&mut items)?)?;
        let mut number =
            || -> Outcome<u64> { Ok(u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0)) };
        let (cells, bytes) = (number()?, number()?);
        if period.is_empty() {
            listed.push(Listed { scale: Scale::Ever, start: i64::MIN, cells, bytes });
        } else if let Some(period) = PeriodKey::parse(&period)
            && let Some(bucket) = period.bucket(&keys.calendar)
        {
            listed.push(Listed { scale: period.scale, start: bucket.start, cells, bytes });
        }
    }
    Ok(Found::Done((state, listed)))
}
