//! The command line of the `docker` client, read as its library pflag reads it.

use super::command_specs::{CommandSpec, OptionSpec};

/// A parsed command line: options by their long names with their values, and the operands.
#[derive(Clone, Debug, Default)]
pub(super) struct CommandLine {
    flags: Vec<(String, String)>,
    pub(super) operands: Vec<String>,
    /// The options that docker has and the simulated host does not, as they were written.
    pub(super) ignored: Vec<String>,
    /// Whether the help is asked for.
    pub(super) asks_help: bool,
}

/// The options that may be given to `docker` itself, before the command: letter, name, whether it takes a value.
pub(super) const GLOBAL: [(char, &str, bool); 11] = [
    ('\0', "config", true),
    ('c', "context", true),
    ('D', "debug", false),
    ('H', "host", true),
    ('l', "log-level", true),
    ('\0', "tls", false),
    ('\0', "tlscacert", true),
    ('\0', "tlscert", true),
    ('\0', "tlskey", true),
    ('\0', "tlsverify", false),
    ('v', "version", false),
];

impl CommandLine {
    /// Parses the words behind the command.
    ///
    /// # Errors
    /// The client's message for an unknown option, a missing value, or a value of the wrong type.
    pub(super) fn parse(argv: &[String], spec: &CommandSpec) -> Result<CommandLine, String> {
        let mut parsed = CommandLine::default();
        let mut words = argv.iter();
        let find = |wanted: &dyn Fn(&OptionSpec) -> bool| {
            let known = spec.options.iter().find(|option| wanted(option)).map(|option| (option, false));
            known.or_else(|| spec.ignored.iter().find(|option| wanted(option)).map(|option| (option, true)))
        };
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.operands.extend(words.by_ref().cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_string())),
                    None => (long, None),
                };
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {word}"));
                }
                if name == "help" && find(&|option| option.name() == "help").is_none() {
                    parsed.asks_help = true;
                    continue;
                }
                let Some((option, is_ignored)) = find(&|option| option.name() == name) else {
                    return Err(format!("unknown flag: --{name}"));
                };
                let value = match value {
                    Some(value) => value,
                    None if option.is_switch() => "true".into(),
                    None => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                parsed.take(option, value, is_ignored)?;
                continue;
            }
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                parsed.operands.push(word.clone());
                if spec.stops_at_operand {
                    parsed.operands.extend(words.by_ref().cloned());
                }
                continue;
            };
            let mut rest = letters;
            while let Some(letter) = rest.chars().next() {
                rest = rest.get(letter.len_utf8()..).unwrap_or("");
                let Some((option, is_ignored)) = find(&|option| option.short() == Some(letter)) else {
                    if letter == 'h' {
                        parsed.asks_help = true;
                        break;
                    }
                    return Err(format!("unknown shorthand flag: '{letter}' in -{letter}{rest}"));
                };
                let value = if let Some(value) = rest.strip_prefix('=') {
                    rest = "";
                    value.to_string()
                } else if option.is_switch() {
                    "true".into()
                } else if !rest.is_empty() {
                    std::mem::take(&mut rest).to_string()
                } else {
                    let next = words.next().cloned();
                    next.ok_or_else(|| format!("flag needs an argument: '{letter}' in -{letter}"))?
                };
                parsed.take(option, value, is_ignored)?;
            }
        }
        Ok(parsed)
    }

    fn take(&mut self, option: &OptionSpec, value: String, is_ignored: bool) -> Result<(), String> {
        let shown = match option.short() {
            Some(letter) => format!("-{letter}, --{}", option.name()),
            None => format!("--{}", option.name()),
        };
        let invalid = |why: String| format!("invalid argument \"{value}\" for \"{shown}\" flag: {why}");
        match option.value_type() {
            "" if parse_bool(&value).is_none() => {
                return Err(invalid(format!("strconv.ParseBool: parsing \"{value}\": invalid syntax")));
            }
            "int" if value.parse::<i64>().is_err() => {
                return Err(invalid(format!("strconv.ParseInt: parsing \"{value}\": invalid syntax")));
            }
            "filter" if !value.contains('=') && !value.is_empty() => {
                return Err(invalid("bad format of filter (expected name=value)".into()));
            }
            _ => {}
        }
        if is_ignored {
            self.ignored.push(format!("--{}", option.name()));
        } else {
            self.flags.push((option.name().to_string(), value));
        }
        Ok(())
    }

    /// Whether a switch is on, or an option with a value is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.last(name).is_some_and(|value| parse_bool(value) != Some(false))
    }

    /// The values of an option, in order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of an option that was given last.
    pub(super) fn last<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).last()
    }

    /// The first operand.
    pub(super) fn operand(&self) -> &str {
        self.operands.first().map_or("", String::as_str)
    }
}

/// `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
