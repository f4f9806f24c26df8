//! The buckets there are under the original's keys.

use staste_core::Scale;

use super::label::Label;
use super::read::push_seed;
use crate::failure::Outcome;
use crate::link::Link;
use crate::size::Listed;
use crate::state::State;
use crate::{reply, script};

/// What became of listing.
pub(crate) enum List {
    Buckets(Box<State>, Vec<Listed>),
    Gone,
    /// Something was learnt.
    Again,
}

/// The buckets of a Metrica, finest scale first.
pub(crate) fn list(link: &mut Link, metrica: &str, bytes: bool) -> Outcome<List> {
    let known = link.catalog.get(metrica);
    let Some(keys) = known.and_then(|known| known.seed_keys(&link.prefix)) else { return Ok(List::Again) };
    let mut call = link.call(metrica);
    push_seed(&mut call.arguments, &keys);
    link.catalog.push_known(metrica, &mut call.arguments);
    call.arguments.push(if bytes { "bytes" } else { "" });
    let (head, mut items) = reply::headed(link.run(&script::SEED_LIST, &call)?)?;
    match head.as_str() {
        "gone" => Ok(List::Gone),
        "behind" => {
            link.catalog.learn(metrica, State::parse(reply::next(&mut items)?)?)?;
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
        other => reply::unknown(other),
    }
}
