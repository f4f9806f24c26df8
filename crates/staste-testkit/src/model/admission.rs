//! Caps: which choices an axis remembers, and what becomes of the rest.

use super::Pick;
use super::events::{ModelAxis, Shape};

impl ModelAxis {
    /// The choice that a kick counts at: itself while there is a place for it, else *other*.
    pub(super) fn admit(&mut self, pick: &Pick) -> Pick {
        match pick {
            Pick::Value(_) if self.shape == Shape::Stored => {
                if self.remember(pick) {
                    pick.clone()
                } else {
                    Pick::Other
                }
            }
            Pick::Path(components, _) => {
                for (depth, level) in pick.levels().into_iter().enumerate() {
                    if matches!(level, Pick::Path(_, false)) && !self.remember(&level) {
                        let kept = components[..depth].to_vec();
                        return if depth == 0 { Pick::Other } else { Pick::Path(kept, true) };
                    }
                }
                pick.clone()
            }
            _ => pick.clone(),
        }
    }

    /// True when the choice is known or a place was free.
    fn remember(&mut self, pick: &Pick) -> bool {
        if self.known.contains(pick) {
            return true;
        }
        let beside = self.known.iter().filter(|known| depth(known) == depth(pick)).count();
        if beside < self.cap {
            self.known.push(pick.clone());
        }
        beside < self.cap
    }

    /// The known choices directly below a path, or at the root.
    pub(super) fn known_below(&self, above: Option<&Pick>) -> Vec<Pick> {
        let below = self.known.iter().filter(|known| match (above, known) {
            (Some(above), known) => depth(known) == depth(above) + 1 && known.matches(above),
            (None, known) => depth(known) <= 1,
        });
        below.cloned().collect()
    }
}

fn depth(pick: &Pick) -> usize {
    match pick {
        Pick::Path(components, _) => components.len(),
        _ => 0,
    }
}
