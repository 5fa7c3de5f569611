//! The commands that were typed, for each workspace.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The commands of a workspace that are kept.
const MAX_COMMANDS: usize = 500;
/// The workspaces whose commands are kept.
const MAX_WORKSPACES: usize = 40;
/// The longest command that is kept, in bytes.
const MAX_BYTES: usize = 4_096;

/// The commands of each workspace, oldest first. A command that is repeated at once counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histories {
    by_workspace: BTreeMap<String, Vec<String>>,
}

impl Histories {
    /// The commands of a workspace.
    pub fn of(&self, workspace: &str) -> &[String] {
        self.by_workspace.get(workspace).map_or(&[], Vec::as_slice)
    }

    /// Adds a command. One of several lines replaces its beginning, which was added when it was typed.
    pub(super) fn add(&mut self, workspace: &str, command: &str) {
        if command.len() > MAX_BYTES {
            return;
        }
        if !self.by_workspace.contains_key(workspace) && self.by_workspace.len() >= MAX_WORKSPACES {
            self.by_workspace.pop_first();
        }
        let commands = self.by_workspace.entry(workspace.to_string()).or_default();
        if commands.last().is_some_and(|last| command == last || command.starts_with(&format!("{last}\n"))) {
            commands.pop();
        }
        commands.push(command.to_string());
        let more = commands.len().saturating_sub(MAX_COMMANDS);
        commands.drain(..more);
    }

    pub(super) fn to_value(&self) -> Value {
        self.by_workspace
            .iter()
            .map(|(name, commands)| (name.clone(), commands.clone().into()))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The valid part of what was kept.
    pub(super) fn from_value(value: &Value) -> Histories {
        let mut all = Histories::default();
        for (name, commands) in value.as_object().into_iter().flatten().take(MAX_WORKSPACES) {
            for command in commands.as_array().into_iter().flatten().filter_map(Value::as_str) {
                all.add(name, command);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workspace_has_its_own_commands() {
        let mut all = Histories::default();
        for (workspace, command) in [("a", "ls"), ("b", "pwd"), ("a", "ls"), ("a", "cat <<E"), ("a", "cat <<E\nE")] {
            all.add(workspace, command);
        }
        assert_eq!(all.of("a"), ["ls", "cat <<E\nE"]);
        assert_eq!(all.of("b"), ["pwd"]);
        assert!(all.of("c").is_empty());
        assert_eq!(Histories::from_value(&all.to_value()), all);
    }

    #[test]
    fn histories_are_bounded() {
        let mut all = Histories::default();
        for number in 0..MAX_COMMANDS + 10 {
            all.add("a", &number.to_string());
        }
        all.add("a", &"x".repeat(MAX_BYTES + 1));
        assert_eq!((all.of("a").len(), all.of("a")[0].as_str()), (MAX_COMMANDS, "10"));
        for number in 0..MAX_WORKSPACES + 10 {
            all.add(&format!("w{number}"), "ls");
        }
        assert_eq!(all.by_workspace.len(), MAX_WORKSPACES);
    }
}
