//! The text of a step in the image history, which `docker history` shows as CREATED BY.

use super::BuildError;
use super::stage_state::{StageState, env_names};
use super::state::BuildState;
use crate::dockerfile::{Instruction, Variables};

/// The text of a RUN.
pub(super) fn run(state: &BuildState, stage: &StageState, argv: &[String]) -> String {
    let prefix = build_args_prefix(state, stage);
    let command = argv.join(" ");
    if state.is_classic() { format!("{prefix}{command}") } else { format!("RUN {prefix}{command} # buildkit") }
}

/// The build arguments in front of a command, as `docker history` shows them: `|2 A=1 B=2 `. The classic builder lists
/// those with a value, by name; BuildKit all that the stage declares, in order, with their current value.
pub(super) fn build_args_prefix(state: &BuildState, stage: &StageState) -> String {
    let set = env_names(&stage.image.config.env);
    let mut args: Vec<String> = stage
        .args
        .iter()
        .filter(|(name, _)| !set.contains(name.as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !state.is_classic() {
        let value = |name: &String| stage.get(name).unwrap_or("").to_string();
        args = stage.declared.iter().map(|name| format!("{name}={}", value(name))).collect();
    }
    if args.is_empty() { String::new() } else { format!("|{} {} ", args.len(), args.join(" ")) }
}

/// The keyword of a COPY or ADD and its flags. The history shows these flags and no others, with variables expanded.
///
/// # Errors
/// When a word cannot be expanded.
pub(super) fn copy_flags(stage: &StageState, instruction: &Instruction) -> Result<String, BuildError> {
    let mut text = instruction.keyword.to_ascii_uppercase();
    for flag in ["parents", "chown", "chmod"] {
        match instruction.flag(flag) {
            Some("") if instruction.is_set(flag) => text.push_str(&format!(" --{flag}")),
            Some(value) => text.push_str(&format!(" --{flag}={}", stage.expand(value, instruction.line)?)),
            None => {}
        }
    }
    Ok(text)
}

/// The text of a COPY or ADD under BuildKit. `written`: its keyword, flags and sources.
pub(super) fn copy(written: &str, instruction: &Instruction, destination: &str) -> String {
    let documents: String = instruction.heredocs.iter().map(|one| format!(" <<{}", one.name)).collect();
    format!("{written}{documents} {destination} # buildkit")
}

/// The text of a COPY or ADD of the classic builder. `kind`: `file`, `dir` or `multi`; `content`: the digest of the files.
pub(super) fn classic_copy(keyword: &str, kind: &str, content: &str, destination: &str) -> String {
    let digits = content.strip_prefix("sha256:").unwrap_or(content);
    format!("/bin/sh -c #(nop) {keyword} {kind}:{digits} in {destination} ")
}

/// The text of an instruction that changes only the image configuration.
pub(super) fn setting(state: &BuildState, text: &str) -> String {
    if state.is_classic() { format!("/bin/sh -c #(nop)  {text}") } else { text.to_string() }
}
