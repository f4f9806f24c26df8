//! The buckets of a Metrica, by the index of each scale.

use staste_core::Scale;

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
    session: &mut Session,
    known: &KnownMetrica,
    with_bytes: bool,
) -> Outcome<Found<(StoredState, Vec<Listed>)>> {
    let mut call = session.call(&known.definition.name);
    known.push(&mut call.arguments);
    call.arguments.push(if with_bytes { "bytes" } else { "" });
    let (status, mut items) = reply::with_status(session.run(&scripts::own::LIST, &call)?)?;
    match status.as_str() {
        "gone" => Ok(Found::Gone),
        "behind" => Ok(Found::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?))),
        "buckets" => {
            let state = StoredState::parse(reply::next(&mut items)?)?;
            let buckets = reply::list(reply::next(&mut items)?)?.into_iter().map(listed);
            Ok(Found::Done((state, buckets.collect::<Outcome<Vec<_>>>()?)))
        }
        other => reply::unknown_status(other),
    }
}

fn listed(bucket: redis::Value) -> Outcome<Listed> {
    let mut items = reply::list(bucket)?.into_iter();
    let scale = usize::try_from(reply::integer(&reply::next(&mut items)?)?).ok();
    let scale = scale.and_then(|index| Scale::KEPT.get(index)).copied().unwrap_or(Scale::Ever);
    let start = match reply::bytes(reply::next(&mut items)?)?.as_slice() {
        [] => i64::MIN,
        text => reply::integer(&redis::Value::BulkString(text.to_vec()))?,
    };
    let mut number =
        || -> Outcome<u64> { Ok(u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0)) };
    Ok(Listed { scale, start, cells: number()?, bytes: number()? })
}
