//! Which node of a cluster serves which hash slots.

use redis::Value;
use staste_core::Error;

use super::failure::Outcome;
use super::hash_slot::SLOTS;
use super::reply;
use crate::address::topology::Node;

/// The primaries of a cluster, by their hash slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterSlots(Vec<SlotRange>);

#[derive(Clone, Debug)]
struct SlotRange {
    first: u16,
    last: u16,
    node: Node,
}

impl ClusterSlots {
    /// Reads the reply of a node to CLUSTER SLOTS.
    pub(crate) fn parse(reply: Value, sender: &Node) -> Outcome<ClusterSlots> {
        let ranges = reply::list(reply)?.into_iter().map(|range| {
            let mut items = reply::list(range)?.into_iter();
            let mut number = || -> Outcome<u16> {
                let slot = reply::integer(&reply::next(&mut items)?)?;
                let slot = u16::try_from(slot).ok().filter(|slot| *slot < SLOTS);
                slot.ok_or_else(|| Error::corrupt("the cluster names a hash slot that does not exist").into())
            };
            let (first, last) = (number()?, number()?);
            let mut primary = reply::list(reply::next(&mut items)?)?.into_iter();
            let host = match reply::next(&mut primary)? {
                // A node that does not know its own address is reached at the one it was queried at.
                Value::Nil => sender.host.clone(),
                host => Some(reply::text(host)?).filter(|host| !host.is_empty() && host != "?"),
            };
            let port = u16::try_from(reply::integer(&reply::next(&mut primary)?)?).unwrap_or(sender.port);
            let node = Node { host: host.or_else(|| sender.host.clone()), port };
            Ok(SlotRange { first, last, node })
        });
        Ok(ClusterSlots(ranges.collect::<Outcome<Vec<SlotRange>>>()?))
    }

    /// Returns the node that serves a hash slot.
    pub(crate) fn node(&self, slot: u16) -> Option<&Node> {
        self.0.iter().find(|range| (range.first..=range.last).contains(&slot)).map(|range| &range.node)
    }

    /// Returns all nodes, each once.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.0.iter().map(|range| range.node.clone()).collect();
        nodes.sort();
        nodes.dedup();
        nodes
    }
}
