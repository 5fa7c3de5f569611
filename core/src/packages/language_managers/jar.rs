//! `jar`.

use crate::fs::Content;
use crate::shell::Shell;

/// `jar cf NAME …` creates an archive, `jar xf NAME` extracts one, other forms only print.
pub(crate) fn jar(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let long = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let after = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let letters = words.first()?.trim_start_matches('-').to_string();
    let is_long = words.first()?.starts_with("--");
    let is = |letter: char, name: &str| !is_long && letters.contains(letter) || words.iter().any(|word| word == name);
    let file = long("--file").map(str::to_string).or_else(|| after("--file").cloned());
    // The letters for the manifest and the entry point take a word as well, and may come first.
    let place = letters.chars().filter(|letter| "fme".contains(*letter)).position(|letter| letter == 'f');
    let file = file.or_else(|| words.get(1 + place?).cloned());
    if is('c', "--create") || is('u', "--update") {
        let name = file?;
        if let Err(error) = shell.put_file(&name, Content::unknown("what jar packs")) {
            return Some(shell.complain("jar", &name, &error));
        }
        shell.gap("unknown-size", format!("jar {name}"));
        return Some(0);
    }
    if is('x', "--extract") {
        shell.make_partial_folder(".");
        shell.gap("unknown-files", "jar x");
        return Some(0);
    }
    shell.gap("unknown-output", "jar");
    Some(0)
}
