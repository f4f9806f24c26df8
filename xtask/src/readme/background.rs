//! What a command leaves running, and how it is ended.

use std::process::{Command, Stdio};

/// Only such commands: the number of a group that is gone may already be another's.
pub(super) fn leaves_background(command: &str) -> bool {
    let command = command.trim_end();
    command.ends_with('&') && !command.ends_with("&&")
}

pub(super) fn kill_group(leader: u32) {
    let script = format!("kill -s KILL -- -{leader}");
    // Nothing to do when it has ended by itself.
    let _ = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).stderr(Stdio::null()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_background_is_known_by_its_sign() {
        assert!(leaves_background("a & ") && !leaves_background("a && b") && !leaves_background("a &&"));
    }
}
