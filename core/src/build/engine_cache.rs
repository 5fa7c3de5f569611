//! What an engine's build cache goes by, for each builder. It is not what the simulation reuses
//! ([`super::cache`]): an engine may take a step from its cache after something changed that
//! changes the image, and may run one anew that comes out the same.
//!
//! Observed with Docker 20.10.24; `tests/fidelity/cache.rs` asks a real one.

use super::stage::Bench;
use super::{Work, cache, run};
use crate::dockerfile::{Instruction, Kind};
use crate::image::Hasher;

/// What the engine's cache knows a step by; `None` for what it does not keep.
///
/// The classic builder keeps each instruction behind its parent, with the words it has once
/// variables are expanded. BuildKit keeps what touches files: RUN with its whole environment, COPY and
/// ADD with what they take, WORKDIR; a label or a port in between makes no difference to it.
pub(super) fn key(work: &mut Work, bench: &Bench, instruction: &Instruction, copied: Option<&str>) -> Option<String> {
    let line = instruction.line;
    let chain = Hasher::default().part(&bench.engine_key).part(instruction.keyword.to_ascii_uppercase());
    let expanded = |text: &str| bench.expand(text, line).unwrap_or_else(|_| text.to_string());
    let documents = |hasher: Hasher| {
        instruction.heredocs.iter().fold(hasher, |hasher, document| hasher.part(document.content.as_bytes()))
    };
    match &instruction.kind {
        Kind::Run(_) => {
            let mut hasher = documents(chain).part(&instruction.arguments).part(run::arguments(work, bench));
            for flag in instruction.flags.iter().filter(|flag| flag.name != "mount") {
                hasher = hasher.part(&flag.name).part(flag.value.as_deref().unwrap_or(""));
            }
            for mount in run::mounts(bench, instruction).unwrap_or_default() {
                hasher = hasher.part(&mount.kind).part(&mount.target).part(&mount.source);
                // What a mount brings counts by its content.
                if mount.kind == "bind"
                    && let Ok(tree) = work.source_tree(bench.index, mount.from.as_deref(), line, false)
                {
                    hasher = cache::digest(&tree, &crate::fs::path::join("/", &mount.source), hasher);
                }
            }
            if !work.is_classic() {
                let config = &bench.image.config;
                hasher = config.shell().iter().fold(hasher, |hasher, word| hasher.part(word));
                hasher = bench.environment().iter().fold(hasher, |hasher, pair| hasher.part(pair));
                hasher = hasher.part(&config.user).part(&config.working_dir);
            }
            Some(hasher.finish())
        }
        Kind::Copy { .. } | Kind::Add { .. } => {
            let mut hasher = chain.part(copied.unwrap_or(""));
            for flag in instruction.flags.iter().filter(|flag| flag.name != "from") {
                hasher = hasher.part(expanded(flag.value.as_deref().unwrap_or("")));
            }
            Some(hasher.finish())
        }
        Kind::Workdir(_) => {
            let whose = if work.is_classic() { "" } else { bench.image.config.user.as_str() };
            Some(chain.part(expanded(&instruction.arguments)).part(whose).finish())
        }
        _ if !work.is_classic() => None,
        Kind::Env(_) | Kind::Label(_) | Kind::Arg(_) | Kind::User(_) | Kind::Expose(_) | Kind::Volume(_) => {
            Some(chain.part(expanded(&instruction.arguments)).finish())
        }
        _ => Some(documents(chain).part(&instruction.arguments).finish()),
    }
}
