//! Variants of an exercise: variables whose values are chosen for each student.

use super::files::{Files, PackFile, hex};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The most variables of a pack.
pub(super) const MAX_VARIABLES: usize = 20;
/// The most values of a variable.
pub(super) const MAX_VALUES: usize = 50;

/// The values of variables, by name.
pub type Values = BTreeMap<String, String>;

/// The seed of a student's variant: 16 hexadecimal digits of the SHA-256 digest of the pack's name and the student's id.
/// Blanks around the id and the case of its letters do not count.
pub fn seed(pack: &str, student: &str) -> String {
    let student = student.trim().to_lowercase();
    let digest = Sha256::digest(format!("{}\n{pack}\n{student}", "stageplay variant").as_bytes());
    hex(digest.get(..8).unwrap_or_default())
}

/// The value of each variable that a seed chooses. Without a seed it is the first one.
pub(super) fn choose(variables: &BTreeMap<String, Vec<String>>, seed: Option<&str>) -> Values {
    let chosen = variables.iter().filter_map(|(name, values)| {
        let index = seed.map_or(0, |seed| index(seed, name, values.len()));
        Some((name.clone(), values.get(index)?.clone()))
    });
    chosen.collect()
}

fn index(seed: &str, name: &str, count: usize) -> usize {
    let digest = Sha256::digest(format!("{seed}\n{name}").as_bytes());
    let number = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    (number % count.max(1) as u64) as usize
}

/// Values in which each value of each variable occurs: as many as the longest list has.
pub(super) fn covering(variables: &BTreeMap<String, Vec<String>>) -> Vec<Values> {
    let count = variables.values().map(Vec::len).max().unwrap_or(1).max(1);
    let nth = |round: usize| {
        let value = |values: &Vec<String>| values.get(round % values.len().max(1)).cloned();
        variables.iter().filter_map(|(name, values)| Some((name.clone(), value(values)?))).collect()
    };
    (0..count).map(nth).collect()
}

#[derive(Deserialize)]
struct OnlyVariables {
    #[serde(default)]
    variables: BTreeMap<String, Vec<String>>,
}

/// The variables of a definition. Empty if the text is not valid, which reading the definition tells.
pub(super) fn variables(definition: &str) -> BTreeMap<String, Vec<String>> {
    toml::from_str::<OnlyVariables>(definition).map(|only| only.variables).unwrap_or_default()
}

/// Whether a text may be the value of a variable: it must not end a text of the definition.
pub(super) fn is_value(text: &str) -> bool {
    !text.is_empty() && text.len() <= 100 && !text.contains(|c: char| c.is_control() || "\"'\\{}".contains(c))
}

/// Whether a text may be the name of a variable.
pub(super) fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 40
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The files with each `{{name}}` in a text replaced.
pub(super) fn replace(files: &Files, values: &Values) -> Files {
    let replaced = |file: &PackFile| match file.as_text() {
        Some(text) if text.contains("{{") => {
            let text = values
                .iter()
                .fold(text.to_string(), |text, (name, value)| text.replace(&format!("{}{name}{}", "{{", "}}"), value));
            PackFile { mode: file.mode, bytes: text.into_bytes() }
        }
        _ => file.clone(),
    };
    files.iter().map(|(path, file)| (path.clone(), replaced(file))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_chooses_the_same_values() {
        let text = "[variables]\nport = [\"8080\", \"9090\", \"7070\"]\nuser = [\"ada\", \"bob\"]\n";
        let variables = variables(text);
        let ada = seed("one", " Ada@Example.org ");
        assert_eq!(ada, seed("one", "ada@example.org"));
        assert_ne!(ada, seed("two", "ada@example.org"));
        assert_eq!(choose(&variables, Some(&ada)), choose(&variables, Some(&ada)));
        assert_eq!(choose(&variables, None)["port"], "8080");
        let seeds = (0..50).map(|student| choose(&variables, Some(&seed("one", &student.to_string()))));
        let different: std::collections::BTreeSet<Values> = seeds.collect();
        assert_eq!(different.len(), 6, "all combinations occur");
        assert_eq!(covering(&variables).len(), 3);
    }

    #[test]
    fn only_declared_variables_are_replaced() {
        let files = Files::from([("a".into(), PackFile::text("EXPOSE {{port}}\n# {{.ID}} {{other}}\n"))]);
        let values = Values::from([("port".into(), "80".into())]);
        assert_eq!(replace(&files, &values)["a"].as_text(), Some("EXPOSE 80\n# {{.ID}} {{other}}\n"));
        assert!(!is_value("a\"b") && !is_value("a\nb") && is_value("node:22-alpine"));
    }
}
