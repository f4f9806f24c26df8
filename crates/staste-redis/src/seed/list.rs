//! The buckets there are under the original's keys.

use staste_core::Scale;

use super::label::Label;
use super::read::push_seed;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::scripts;
use crate::size::Listed;
use crate::state::State;

/// What became of listing.
pub(crate) enum List {
    Buckets(Box<State>, Vec<Listed>),
    Gone,
    /// Something was learnt.
    Again,
}

/// The buckets of a Metrica, finest scale first.
pub(crate) fn list(client: &mut Client, metrica: &str, bytes: bool) -> Outcome<List> {
    let known = client.catalog.get(metrica);
    let Some(keys) = known.and_then(|known| known.seed_keys(&client.session.prefix)) else {
        return Ok(List::Again);
    };
    let mut call = client.session.call(metrica);
    push_seed(&mut call.arguments, &keys);
    client.catalog.push_known(metrica, &mut call.arguments);
    call.arguments.push(if bytes { "bytes" } else { "" });
    let (head, mut items) = reply::with_status(client.session.run(&scripts::legacy::LIST, &call)?)?;
    match head.as_str() {
        "gone" => Ok(List::Gone),
        "behind" => {
            client.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
            Ok(List::Again)
        }
        "buckets" => {
            let state = State::parse(reply::next(&mut items)?)?;
            let mut listed = Vec::new();
            for bucket in reply::list(reply::next(&mut items)?)? {
                let mut items = reply::list(bucket)?.into_iter();
                let period = reply::text(reply::next(&mut items)?)?;
                let mut number = || -> Outcome<u64> {
                    Ok(u64::try_from(reply::integer(&reply::next(&mut items)?)?).unwrap_or(0))
                };
                let (cells, bytes) = (number()?, number()?);
                if period.is_empty() {
                    listed.push(Listed { scale: Scale::Ever, start: i64::MIN, cells, bytes });
                } else if let Some(label) = Label::parse(&period)
                    && let Some(bucket) = label.bucket(&keys.calendar)
                {
                    listed.push(Listed { scale: label.scale, start: bucket.start, cells, bytes });
                }
            }
            Ok(List::Buckets(Box::new(state), listed))
        }
        other => reply::unknown_status(other),
    }
}
