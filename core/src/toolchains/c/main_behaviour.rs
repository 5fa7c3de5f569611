//! What a C program does: follows a `main` that only prints literals, for the note in the program's file.

use crate::elf;
use crate::fs::Content;
use crate::shell::Behaviour;

/// The behaviour note for a source, or the note in an object file.
pub(crate) fn behaviour_note_of(name: &str, content: &Content) -> Option<Vec<u8>> {
    if name.ends_with(".o") {
        return elf::read(content).ok()?.behaviour;
    }
    behaviour_note(&String::from_utf8_lossy(content.bytes()?))
}

/// The behaviour of a source's program, as the note in its file.
pub(crate) fn behaviour_note(source: &str) -> Option<Vec<u8>> {
    source.contains("main").then(|| serde_json::to_vec(&behaviour(source)).ok()).flatten()
}

pub(crate) fn unknown_note() -> Vec<u8> {
    serde_json::to_vec(&Behaviour::default()).unwrap_or_default()
}

/// Follows a `main` that only prints literals and returns a number.
pub(crate) fn behaviour(source: &str) -> Behaviour {
    let unknown = Behaviour::default();
    let Some(body) = source.split_once("main").and_then(|(_, rest)| Some(rest.split_once('{')?.1.rsplit_once('}')?.0))
    else {
        return unknown;
    };
    let mut does = Behaviour { known: true, ..Behaviour::default() };
    for statement in body.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let call = |name: &str| {
            let rest = statement.strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_end().strip_suffix(')')?;
            let literal = rest.trim().strip_prefix('"')?.strip_suffix('"')?;
            (!literal.replace("\\\"", "").contains('"')).then(|| crate::shell::escapes::unescape(literal))
        };
        if let Some(text) = call("printf").filter(|text| !text.contains('%')) {
            does.stdout.push_str(&text);
        } else if let Some(text) = call("puts") {
            does.stdout.push_str(&(text + "\n"));
        } else if let Some(code) = statement.strip_prefix("return").and_then(|code| code.trim().parse::<i32>().ok()) {
            does.exit_code = code & 255;
            return does;
        } else {
            return unknown;
        }
    }
    does
}
