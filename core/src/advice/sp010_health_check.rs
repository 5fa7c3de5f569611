//! SP010, HealthcheckProgram: the image has the program that its HEALTHCHECK calls.
//!
//! It is looked up in PATH as that of CMD is. Of an official image whose files are not all listed, its package database
//! tells whether it has a program that comes with the package of its name.

use super::check_context::CheckContext;
use super::{Advice, Fix, SP010};
use crate::dockerfile::{Command, HealthTest, Instruction, Kind};
use crate::explain;
use crate::fs::{Doubt, path};
use crate::image::{DEFAULT_PATH, Image};

/// Words of the shell, and programs that shells have built in.
const BUILT_IN: [&str; 19] = [
    "!", ".", ":", "[", "case", "cd", "command", "echo", "eval", "exec", "exit", "false", "for", "if", "printf", "set",
    "test", "true", "while",
];

/// Programs that images have by the distribution's package of this name, or not at all.
const PACKAGED: [&str; 2] = ["curl", "wget"];

/// Runs the check on the last HEALTHCHECK of the Dockerfile, if the program is known to be missing.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let Some(image) = check.image else { return Vec::new() };
    let Some((instruction, program)) = last_check(check).and_then(|one| Some((one, program(one)?))) else {
        return Vec::new();
    };
    if !lacks(image, &program) {
        return Vec::new();
    }
    let params = vec![("program", program.clone())];
    let mut advice = check.advice(&SP010, "advice.SP010", instruction.line, params, None);
    let candidates = explain::packages_with(check.request, check.built, check.catalogue, &program);
    advice.fix = candidates.into_iter().find_map(|(id, params, edits)| {
        let new = check.rebuild(&crate::text::apply_edits(check.text(), &edits)?, None)?;
        let has = !lacks(&new, &program);
        has.then(|| Fix { id: format!("fix.{id}").into(), params, edits, safe: false })
    });
    vec![advice]
}

/// The last HEALTHCHECK of the stages that the target consists of.
fn last_check<'a>(check: &CheckContext<'a>) -> Option<&'a Instruction> {
    let stages = check.chain.iter().filter_map(|index| check.plan.stages.get(*index));
    let all: Vec<&Instruction> = stages.flat_map(|stage| &stage.instructions).collect();
    all.into_iter().rev().find(|one| matches!(one.kind, Kind::Healthcheck(_)))
}

/// The program that a health check calls first; `None` if none is told by its text.
fn program(instruction: &Instruction) -> Option<String> {
    let Kind::Healthcheck(HealthTest::Cmd(command)) = &instruction.kind else { return None };
    let program = match command {
        Command::Exec(words) => words.first()?.clone(),
        Command::Shell(text) => {
            let mut words = text.split_whitespace();
            words.find(|word| !word.contains('='))?.to_string()
        }
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._+-/".contains(c);
    (program.chars().all(is_plain) && !BUILT_IN.contains(&program.as_str())).then_some(program)
}

/// Whether it is known that the image lacks a program, by its path or in PATH.
fn lacks(image: &Image, program: &str) -> bool {
    let config = &image.config;
    let places: Vec<String> = if program.contains('/') {
        vec![path::join(&config.directory(), program)]
    } else {
        let search = config.env_value("PATH").unwrap_or(DEFAULT_PATH);
        let folders = search.split(':').filter(|folder| !folder.is_empty());
        folders.map(|folder| format!("{}/{program}", folder.trim_end_matches('/'))).collect()
    };
    let is_absent = places.iter().all(|place| image.tree.stat("/", place).is_err());
    let may_be_hidden = || places.iter().any(|place| image.tree.may_hide("/", place));
    is_absent && (!may_be_hidden() || is_not_installed(image, program))
}

/// Whether the image has a package database without the program's package, and no step may have brought it otherwise.
fn is_not_installed(image: &Image, program: &str) -> bool {
    PACKAGED.contains(&program) && image.tree.doubt() == Doubt::None && explain::lacks_package(image, program)
}
