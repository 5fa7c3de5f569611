//! The commands of the `docker` client with their options, as `data/docker_commands.json` lists them.

use super::help::Form;
use serde::Deserialize;
use std::sync::LazyLock;

/// An option: its letter or nothing, its name, the type of its value or nothing for a switch, and what it is for.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::host) struct OptionSpec(
    pub(in crate::host) String,
    pub(in crate::host) String,
    pub(in crate::host) String,
    #[serde(default)] pub(in crate::host) String,
);

impl OptionSpec {
    pub(super) fn short(&self) -> Option<char> {
        self.0.chars().next()
    }

    pub(in crate::host) fn name(&self) -> &str {
        &self.1
    }

    pub(super) fn value_type(&self) -> &str {
        &self.2
    }

    pub(super) fn is_switch(&self) -> bool {
        self.2.is_empty()
    }

    pub(super) fn description(&self) -> &str {
        &self.3
    }
}

/// A command.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::host) struct CommandSpec {
    /// Its names behind `docker`, the usual one first: `ps`, `container ls` …
    pub(in crate::host) names: Vec<String>,
    /// The name that its usage shows, if that is always one.
    #[serde(default)]
    shown_as: Option<String>,
    /// The usage behind the name.
    pub(super) usage: String,
    /// A second line of the usage.
    #[serde(default)]
    pub(super) more_usage: Option<String>,
    about: String,
    /// What it said of itself before 23.0.
    #[serde(default)]
    old_about: Option<String>,
    #[serde(default)]
    pub(super) aliases: String,
    /// The fewest and the most operands that it takes.
    pub(super) min: usize,
    #[serde(default)]
    pub(super) max: Option<usize>,
    /// Whether options end at the first operand.
    #[serde(default)]
    pub(super) stops_at_operand: bool,
    #[serde(default)]
    pub(in crate::host) options: Vec<OptionSpec>,
    /// The options that docker has and the simulated host does not.
    #[serde(default)]
    pub(super) ignored: Vec<OptionSpec>,
}

impl CommandSpec {
    /// The usual name, by which the host runs it.
    pub(super) fn id(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The name that the client uses for itself when it is called by `called`: of several names in one group the first.
    pub(super) fn shown(&self, called: &str, form: Form) -> String {
        let group = |name: &str| name.split_once(' ').map(|(group, _)| group.to_string());
        let same = self.names.iter().find(|name| group(name) == group(called));
        let fixed = self.shown_as.as_ref().filter(|_| form == Form::Since28);
        fixed.or(same).cloned().unwrap_or_else(|| called.to_string())
    }

    /// Whether another program than the client itself answers: buildx.
    pub(super) fn is_plugin(&self) -> bool {
        self.shown_as.is_some()
    }

    /// Whether a word is an option of which the value is the next word.
    pub(in crate::host) fn takes_value(&self, word: &str) -> bool {
        let Some(option) = word.strip_prefix('-') else { return false };
        let fits = |known: &&OptionSpec| match option.strip_prefix('-') {
            Some(long) => known.name() == long,
            None => known.short().is_some_and(|letter| option == letter.to_string()),
        };
        self.options.iter().chain(&self.ignored).find(fits).is_some_and(|known| !known.is_switch())
    }

    /// The first line of the usage without `Usage:  `.
    pub(super) fn use_line(&self, called: &str, form: Form) -> String {
        let line = format!("docker {} {}", self.shown(called, form), self.usage);
        let line = line.trim_end();
        self.more_usage.as_ref().map_or(line.to_string(), |more| format!("{line}\n\t{more}"))
    }

    /// What it does, in the words of a release.
    pub(super) fn about_in(&self, form: Form) -> &str {
        self.old_about.as_ref().filter(|_| form == Form::Before23).unwrap_or(&self.about)
    }

    /// The text that says what it does, in one line.
    pub(super) fn summary(&self) -> &str {
        self.about.lines().next().unwrap_or("").trim_end_matches('.')
    }
}

/// All that `data/docker_commands.json` has.
#[derive(Debug, Default, Deserialize)]
pub(in crate::host) struct Client {
    pub(super) about: String,
    /// The commands that `docker --help` lists first.
    pub(super) common: Vec<String>,
    /// The groups and what they are for.
    pub(in crate::host) groups: Vec<(String, String)>,
    /// The commands that docker has and the simulated host does not.
    pub(super) absent: Vec<String>,
    pub(in crate::host) commands: Vec<CommandSpec>,
}

impl Client {
    /// The commands; none if the data cannot be read, and a test proves that it can.
    pub(in crate::host) fn get() -> &'static Client {
        static CLIENT: LazyLock<Client> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../../../data/docker_commands.json")).unwrap_or_default()
        });
        &CLIENT
    }

    pub(in crate::host) fn find(&self, name: &str) -> Option<&CommandSpec> {
        self.commands.iter().find(|spec| spec.names.iter().any(|known| known == name))
    }

    pub(in crate::host) fn is_group(&self, name: &str) -> bool {
        self.groups.iter().any(|(group, _)| group == name)
    }

    pub(super) fn is_absent(&self, name: &str) -> bool {
        self.absent.iter().any(|known| known == name)
    }

    /// The commands of a group, or those without a group: their names in it, in order.
    pub(in crate::host) fn names_in(&self, group: &str) -> Vec<(&str, &CommandSpec)> {
        let mut all: Vec<(&str, &CommandSpec)> = Vec::new();
        for spec in &self.commands {
            let mut inside = spec.names.iter().filter_map(|name| match name.split_once(' ') {
                Some((of, name)) => (of == group).then_some(name),
                None => group.is_empty().then_some(name.as_str()),
            });
            // Further names in the same group are aliases.
            all.extend(inside.next().map(|name| (name, spec)));
        }
        all.sort_by_key(|(name, _)| *name);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_commands_can_be_read() {
        let client = Client::get();
        assert!(client.commands.len() > 35 && client.find("image ls").is_some());
        for spec in &client.commands {
            assert!(spec.max.is_none_or(|max| max >= spec.min) && !spec.about.is_empty(), "{:?}", spec.names);
            for option in spec.options.iter() {
                assert!(!option.description().is_empty(), "{:?} --{}", spec.names, option.name());
            }
            let mut all: Vec<&str> = spec.options.iter().chain(&spec.ignored).map(OptionSpec::name).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "an option of {:?} stands twice", spec.names);
            for name in &spec.names {
                assert!(!client.is_absent(name), "{name}");
            }
        }
    }
}
