//! The names of the keys.

use staste_core::Scale;
use staste_core::store::Writer;

/// The keys of one Metrica. Its name is their hash tag, so that they share a slot.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// What all of them begin with.
    pub(crate) base: String,
}

/// The set of the names of metricas. Names stay in it when a Metrica is forgotten: taking one out could
/// hide a Metrica that is made anew at that moment.
pub(crate) fn names(prefix: &str) -> String {
    format!("{prefix}:names")
}

/// The hash of small records that belong to no Metrica.
pub(crate) fn records(prefix: &str) -> String {
    format!("{prefix}:records")
}

impl Keys {
    pub(crate) fn new(prefix: &str, metrica: &str) -> Keys {
        Keys { base: format!("{prefix}:{{{metrica}}}:") }
    }

    /// Generation, version, next ids, writes and watermarks.
    pub(crate) fn meta(&self) -> String {
        format!("{}meta", self.base)
    }

    pub(crate) fn definition(&self) -> String {
        format!("{}definition", self.base)
    }

    /// The choices of an axis by their id.
    pub(crate) fn choices(&self, axis: usize) -> String {
        format!("{}choices:{axis}", self.base)
    }

    /// Claims by their key.
    pub(crate) fn claims(&self) -> String {
        format!("{}claims", self.base)
    }

    /// The keys of claims that expire, by when.
    pub(crate) fn expiring(&self) -> String {
        format!("{}expiring", self.base)
    }

    /// The highest sequence of a writer that was applied; a key of its own, so that it expires by itself.
    pub(crate) fn mark(&self, writer: Writer) -> String {
        format!("{}mark:{:032x}", self.base, writer.0)
    }

    /// True for a key of the Metrica that holds cells, or leads to some.
    pub(crate) fn is_of_cells(&self, key: &str) -> bool {
        let is_start = |start: &str| start.parse::<i64>().is_ok();
        let Some(rest) = key.strip_prefix(&self.base) else { return false };
        let rest = rest.strip_suffix(":n").unwrap_or(rest);
        match rest.split_once(':') {
            None => rest == "ever",
            Some(("choices", axis)) => is_start(axis),
            Some((first, last)) => Scale::KEPT.iter().any(|scale| {
                first == scale.name() && is_start(last) || first == "index" && last == scale.name()
            }),
        }
    }

    /// The totals of a bucket.
    pub(crate) fn totals(&self, scale: Scale, start: i64) -> String {
        match scale {
            Scale::Ever => format!("{}ever", self.base),
            _ => format!("{}{}:{start}", self.base, scale.name()),
        }
    }

    /// The counts of a bucket.
    pub(crate) fn counts(&self, scale: Scale, start: i64) -> String {
        format!("{}:n", self.totals(scale, start))
    }
}

/// The start of a bucket as keys and indexes have it: of *ever* nothing.
pub(crate) fn start_text(scale: Scale, start: i64) -> String {
    if scale == Scale::Ever { String::new() } else { start.to_string() }
}
