//! The caps of axes: which choices an axis registers, and which kicks count as *other*.

use super::choice::ModelChoice;
use super::event_list::{ModelAxis, ModelAxisKind};

impl ModelAxis {
    /// Returns the choice that a kick counts at: its own, or *other* where the cap is reached.
    pub(super) fn admit(&mut self, choice: &ModelChoice) -> ModelChoice {
        match choice {
            ModelChoice::Value(_) if self.kind == ModelAxisKind::Stored => {
                if self.register(choice) {
                    choice.clone()
                } else {
                    ModelChoice::Other
                }
            }
            ModelChoice::Path(components, _) => {
                for (depth, level) in choice.levels().into_iter().enumerate() {
                    if matches!(level, ModelChoice::Path(_, false)) && !self.register(&level) {
                        let kept = components[..depth].to_vec();
                        return if depth == 0 { ModelChoice::Other } else { ModelChoice::Path(kept, true) };
                    }
                }
                choice.clone()
            }
            _ => choice.clone(),
        }
    }

    /// Registers a choice; returns false if it is new and the cap is reached.
    fn register(&mut self, choice: &ModelChoice) -> bool {
        if self.known.contains(choice) {
            return true;
        }
        let same_depth = self.known.iter().filter(|known| depth(known) == depth(choice)).count();
        if same_depth < self.cap {
            self.known.push(choice.clone());
        }
        same_depth < self.cap
    }

    /// Returns the known choices directly below a path, or all choices of the first level.
    pub(super) fn known_below(&self, above: Option<&ModelChoice>) -> Vec<ModelChoice> {
        let below = self.known.iter().filter(|known| match (above, known) {
            (Some(above), known) => depth(known) == depth(above) + 1 && known.matches(above),
            (None, known) => depth(known) <= 1,
        });
        below.cloned().collect()
    }
}

fn depth(choice: &ModelChoice) -> usize {
    match choice {
        ModelChoice::Path(components, _) => components.len(),
        _ => 0,
    }
}
