//! Which node of a cluster serves which slots.

use redis::Value;
use staste_core::Error;

use super::Node;
use crate::failure::Outcome;
use crate::reply;
use crate::slot::SLOTS;

/// The primaries of a cluster, by their slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(Vec<Range>);

#[derive(Clone, Debug)]
struct Range {
    first: u16,
    last: u16,
    node: Node,
}

impl Slots {
    /// Reads the answer to CLUSTER SLOTS of a node.
    pub(crate) fn parse(answer: Value, asked: &Node) -> Outcome<Slots> {
        let ranges = reply::list(answer)?.into_iter().map(|range| {
            let mut items = reply::list(range)?.into_iter();
            let mut number = || -> Outcome<u16> {
                let slot = reply::integer(&reply::next(&mut items)?)?;
                let slot = u16::try_from(slot).ok().filter(|slot| *slot < SLOTS);
                slot.ok_or_else(|| Error::damaged("the cluster tells of slots that there are not").into())
            };
            let (first, last) = (number()?, number()?);
            let mut primary = reply::list(reply::next(&mut items)?)?.into_iter();
            let host = match reply::next(&mut primary)? {
                // A node that does not know its own address is reached by the one it was asked at.
                Value::Nil => asked.host.clone(),
                host => Some(reply::text(host)?).filter(|host| !host.is_empty() && host != "?"),
            };
            let port = u16::try_from(reply::integer(&reply::next(&mut primary)?)?).unwrap_or(asked.port);
            Ok(Range { first, last, node: Node { host: host.or_else(|| asked.host.clone()), port } })
        });
        Ok(Slots(ranges.collect::<Outcome<Vec<Range>>>()?))
    }

    /// The node that serves a slot.
    pub(crate) fn node(&self, slot: u16) -> Option<&Node> {
        self.0.iter().find(|range| (range.first..=range.last).contains(&slot)).map(|range| &range.node)
    }

    /// All nodes, each once.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.0.iter().map(|range| range.node.clone()).collect();
        nodes.sort();
        nodes.dedup();
        nodes
    }
}
