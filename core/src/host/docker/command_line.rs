//! The command line of the `docker` client.

/// A parsed command line: flags with their values, and the operands.
pub(super) struct CommandLine {
    pub(super) flags: Vec<(String, String)>,
    pub(super) operands: Vec<String>,
}

impl CommandLine {
    /// Parses the words behind the subcommand. `booleans` are flags without, `known` flags with a value; with `stop` the
    /// flags end at the first operand.
    ///
    /// # Errors
    /// Docker's message for an unknown flag or a missing value.
    pub(super) fn parse(argv: &[String], booleans: &[&str], known: &[&str], stop: bool) -> Result<CommandLine, String> {
        let mut parsed = CommandLine { flags: Vec::new(), operands: Vec::new() };
        let mut all = argv.iter();
        while let Some(word) = all.next() {
            let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                parsed.operands.push(word.clone());
                if stop {
                    parsed.operands.extend(all.by_ref().cloned());
                }
                continue;
            };
            let long = flag.strip_prefix('-');
            let names: Vec<String> = match long {
                Some(name) => vec![name.to_string()],
                // `-it`: flags of one letter without a value may be combined.
                None if flag.chars().all(|c| booleans.contains(&c.to_string().as_str())) => {
                    flag.chars().map(|c| c.to_string()).collect()
                }
                None => vec![flag.to_string()],
            };
            for name in names {
                let (name, mut value) = match name.split_once('=') {
                    Some((name, value)) => (name.to_string(), Some(value.to_string())),
                    None => (name, None),
                };
                if booleans.contains(&name.as_str()) {
                    parsed.flags.push((name, value.unwrap_or_default()));
                } else if known.contains(&name.as_str()) {
                    if value.is_none() {
                        value = all.next().cloned();
                    }
                    let Some(value) = value else {
                        return Err(format!("flag needs an argument: --{name}"));
                    };
                    parsed.flags.push((name, value));
                } else if long.is_some() {
                    return Err(format!("unknown flag: --{name}"));
                } else {
                    return Err(format!("unknown shorthand flag: '{}' in -{name}", name.chars().next().unwrap_or(' ')));
                }
            }
        }
        Ok(parsed)
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    pub(super) fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    pub(super) fn last<'a>(&'a self, names: &'a [&str]) -> Option<&'a str> {
        self.all(names).last()
    }
}
