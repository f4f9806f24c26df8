//! How much a Metrica takes.

use staste_core::Scale;
use staste_core::store::Size;

use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::state::State;
use crate::{faults, scripts, seed};

/// A bucket and how large it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) scale: Scale,
    pub(crate) start: i64,
    pub(crate) cells: u64,
    pub(crate) bytes: u64,
}

/// The buckets of a Metrica, finest scale first, and its state; none when it is not there.
pub(crate) fn list(client: &mut Client, metrica: &str, bytes: bool) -> Outcome<Option<(State, Vec<Listed>)>> {
    // What is known is told, and what the answer teaches is learnt, until both agree.
    loop {
        if client.catalog.is_seed(metrica) {
            match seed::list(client, metrica, bytes)? {
                seed::List::Buckets(state, listed) => return Ok(Some((*state, listed))),
                seed::List::Gone => {
                    client.catalog.forget(metrica);
                    return Ok(None);
                }
                seed::List::Again => continue,
            }
        }
        let mut call = client.session.call(metrica);
        client.catalog.push_known(metrica, &mut call.arguments);
        call.arguments.push(if bytes { "bytes" } else { "" });
        let (head, mut items) = reply::with_status(client.session.run(&scripts::own::LIST, &call)?)?;
        match head.as_str() {
            "gone" => {
                client.catalog.forget(metrica);
                return Ok(None);
            }
            "behind" => {
                client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
            }
            "buckets" => {
                let state = State::parse(reply::next(&mut items)?)?;
                let buckets = reply::list(reply::next(&mut items)?)?;
                let buckets = buckets.into_iter().map(listed).collect::<Outcome<Vec<_>>>()?;
                return Ok(Some((state, buckets)));
            }
            other => return reply::unknown_status(other),
        }
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

/// Counts buckets, cells and bytes. Everything is walked through once, so it takes a while.
pub(crate) fn size(client: &mut Client, metrica: &str) -> Outcome<Size> {
    let mut size = Size::default();
    let Some((_, buckets)) = list(client, metrica, true)? else {
        faults::check(client, metrica)?;
        return Ok(size);
    };
    let mut bytes = 0;
    for bucket in buckets {
        if let Some(slot) = bucket.scale.kept_index().and_then(|index| size.scales.get_mut(index)) {
            slot.0 += 1;
            slot.1 += bucket.cells;
        }
        if bucket.scale == Scale::Ever {
            size.points = bucket.cells;
        }
        bytes += bucket.bytes;
    }
    // A server that does not tell says nothing of any bucket.
    size.bytes = (bytes > 0).then_some(bytes);
    Ok(size)
}
