//! Fixes for a build that a RUN ends: the wrong package manager, package lists that were never fetched, a Python that the
//! distribution manages, a program that the image lacks, a script with Windows line ends.

use super::missing_packages::install_instruction;
use super::{Candidate, FixContext};
use crate::base_images::Catalogue;
use crate::build::Step;
use crate::dockerfile::{Command, Instruction, Kind};
use crate::exec::Cause;
use crate::fs::path;
use crate::image::{Day, Image};
use crate::packages::index::IndexError;
use crate::plan::{Base, Plan};
use crate::text::TextEdit;
use std::sync::Arc;

/// What is said of a failed build beside the engine's message: an id of `data/words` below `build-hint.`, and its values.
pub type BuildHint = (&'static str, Vec<(&'static str, String)>);

/// The package managers, with the distributions that they are of.
const MANAGERS: [(&str, &str); 6] = [
    ("apk", "Alpine"),
    ("apt", "Debian"),
    ("apt-get", "Debian"),
    ("dnf", "Fedora"),
    ("microdnf", "Fedora"),
    ("yum", "Fedora"),
];

/// Words of package managers that find no release on the mirrors.
const GONE_RELEASE: [&str; 3] =
    ["does not have a Release file.", "Some index files failed to download.", "mirrorlist.centos.org"];

/// Packages that Alpine and Debian name differently.
const NAMES: [(&str, &str); 6] = [
    ("build-base", "build-essential"),
    ("py3-pip", "python3-pip"),
    ("openssl-dev", "libssl-dev"),
    ("postgresql-dev", "libpq-dev"),
    ("musl-dev", "libc6-dev"),
    ("zlib-dev", "zlib1g-dev"),
];

/// The step that ended the build, if it is a RUN.
pub(super) fn failed_run(steps: &[Step]) -> Option<&Step> {
    steps.iter().rev().find(|step| step.failed && step.keyword == "RUN")
}

/// The base image of a stage, by the catalogue.
pub(super) fn base_image(plan: &Plan, stage: usize, catalogue: &Catalogue, day: Day) -> Option<Arc<Image>> {
    match &plan.root_stage(stage)?.base {
        Base::Image(reference) => catalogue.image(reference, day).ok(),
        _ => None,
    }
}

/// What is said of a RUN that fails: on an image without a shell, with another distribution's package manager, on a release
/// that has left the mirrors, or for a package that the release does not have.
pub(super) fn hint(plan: &Plan, step: &Step, distribution: Option<&str>) -> Option<BuildHint> {
    let output = text_of(step);
    let instructions = plan.stages.get(step.stage).map(|stage| stage.instructions.as_slice()).unwrap_or_default();
    let in_shell = |one: &Instruction| one.line == step.line && matches!(one.kind, Kind::Run(Command::Shell(_)));
    let is_scratch = plan.root_stage(step.stage).is_some_and(|root| root.base == Base::Scratch);
    if is_scratch && output.trim().is_empty() && instructions.iter().any(in_shell) {
        return Some(("no-shell", Vec::new()));
    }
    if GONE_RELEASE.iter().any(|words| output.contains(words)) {
        return Some(("gone-release", Vec::new()));
    }
    if let Some(package) = refused_package(&output).filter(|_| instructions.iter().any(|one| fetches_lists(one, step)))
    {
        return Some(("no-such-package", vec![("package", package)]));
    }
    if step.exit_code != Some(127) {
        return None;
    }
    let program = missing_program(&output)?;
    let (_, of) = MANAGERS.iter().find(|(name, _)| *name == program)?;
    let own = match distribution? {
        "alpine" => "apk add",
        "debian" | "ubuntu" => "apt-get install",
        _ => return None,
    };
    let params = vec![("program", program), ("distribution", (*of).to_string()), ("own", own.to_string())];
    Some(("other-manager", params))
}

/// Whether an instruction is the failed one and fetches package lists itself.
fn fetches_lists(one: &Instruction, step: &Step) -> bool {
    let Kind::Run(Command::Shell(script)) = &one.kind else { return false };
    one.line == step.line && script.split_whitespace().any(|word| word == "update")
}

/// The package of which apt says that it does not exist, or has no candidate.
fn refused_package(output: &str) -> Option<String> {
    output.lines().find_map(|line| {
        let absent = || line.strip_prefix("E: Unable to locate package ");
        let without = || line.strip_prefix("E: Package '")?.strip_suffix("' has no installation candidate");
        absent().or_else(without).map(str::to_string)
    })
}

fn text_of(step: &Step) -> String {
    step.output.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect()
}

/// The program that the shell did not find: the last word before `not found` in the last line that says so.
fn missing_program(output: &str) -> Option<String> {
    let line = output.lines().rev().find(|line| line.trim_end().ends_with("not found"))?;
    let before = line.trim_end().trim_end_matches("not found").trim_end().trim_end_matches("command").trim_end();
    let name = before.trim_end_matches(':').rsplit(": ").next()?.trim();
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_string())
}

impl FixContext<'_> {
    /// Candidates for the RUN that failed. The image is the base image of its stage, the plan's target that stage.
    pub(super) fn build_candidates(&self, step: &Step, missing_index: &mut Option<&'static str>) -> Vec<Candidate> {
        let find = |stage: &&crate::plan::Stage| stage.instructions.iter().any(|one| one.line == step.line);
        let Some(stage) = self.target().filter(find) else { return Vec::new() };
        let Some(run) = stage.instructions.iter().find(|one| one.line == step.line) else { return Vec::new() };
        let output = text_of(step);
        let mut all = Vec::new();
        if output.contains("externally-managed-environment") {
            all.extend(self.virtual_environment(run));
        }
        if output.contains("Unable to locate package") {
            all.extend(self.update_first(run));
        }
        match missing_program(&output).filter(|_| step.exit_code == Some(127)) {
            Some(name) if MANAGERS.iter().any(|(manager, _)| *manager == name) => {
                all.extend(self.own_manager(run, missing_index));
            }
            Some(name) if name.contains('/') => all.extend(self.strip_carriage_returns_before(run, &name)),
            Some(name) => {
                all.extend(self.install_packages(&Cause::NotFound { path: name, in_path: true }, missing_index))
            }
            None => {}
        }
        all
    }

    /// Installs into a virtual environment, which comes first in PATH.
    fn virtual_environment(&self, run: &Instruction) -> Option<Candidate> {
        const MAKE: &str = "python3 -m venv /opt/venv && ";
        let text = self.text(run);
        let mut edits: Vec<TextEdit> = Vec::new();
        for (at, _) in text.match_indices("pip") {
            let start = ["python3 -m ", "python -m "]
                .iter()
                .find(|with| text.get(..at).is_some_and(|left| left.ends_with(*with)));
            let start = at - start.map_or(0, |with| with.len());
            let name = if text.get(at..)?.starts_with("pip3") { "pip3" } else { "pip" };
            let is_word = text.get(..start)?.ends_with([' ', '\t', '\n']);
            if !is_word || !text.get(at + name.len()..)?.starts_with(" install") {
                continue;
            }
            let make = if edits.is_empty() { MAKE } else { "" };
            let span = run.span.start + start..run.span.start + at + name.len();
            edits.push(TextEdit { span, insert: format!("{make}/opt/venv/bin/pip") });
        }
        if edits.is_empty() {
            return None;
        }
        // Debian keeps what makes an environment in a package of its own.
        let debian = matches!(self.os_release("ID").as_deref(), Some("debian" | "ubuntu"));
        for one in self.target()?.instructions.iter().filter(|_| debian) {
            let is_word = |at: usize, own: &str| {
                own.get(at + "python3-pip".len()..)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
            };
            let own = self.text(one);
            if let Some((at, word)) = own.match_indices("python3-pip").find(|(at, _)| is_word(*at, own)) {
                let end = one.span.start + at + word.len();
                edits.push(TextEdit { span: end..end, insert: " python3-venv".into() });
                break;
            }
        }
        edits.push(self.line_behind(run, "ENV PATH=\"/opt/venv/bin:$PATH\""));
        edits.sort_by_key(|edit| edit.span.start);
        Some(Candidate::new("virtual-environment", Vec::new(), edits))
    }

    /// Fetches the package lists in the same step.
    fn update_first(&self, run: &Instruction) -> Option<Candidate> {
        if self.text(run).split_whitespace().any(|word| word == "update") {
            return None;
        }
        let install = ["apt-get install", "apt-get -y install", "apt-get -qq install", "apt install", "apt -y install"];
        let edit =
            install.iter().find_map(|install| self.edit(run, install, &format!("apt-get update && {install}")))?;
        Some(Candidate::new("apt-update", Vec::new(), vec![edit]))
    }

    /// Installs the same packages with the package manager that the image has.
    fn own_manager(&self, run: &Instruction, missing_index: &mut Option<&'static str>) -> Option<Candidate> {
        let id = self.os_release("ID")?;
        let install = install_instruction(&id)?;
        let version = self.os_release("VERSION_ID").unwrap_or_default();
        if let Err(IndexError::NotLoaded(name)) = self.catalogue.packages.release(&id, &version) {
            *missing_index = Some(name);
            return None;
        }
        let Kind::Run(Command::Shell(script)) = &run.kind else { return None };
        if !run.flags.is_empty() || !run.heredocs.is_empty() {
            return None;
        }
        let own = install.trim_start_matches("RUN ");
        let mut commands = Vec::new();
        for command in script.replace(['\\', '\n'], " ").split("&&") {
            if command.contains(['"', '\'', ';', '|', '(', '<', '>', '#', '`', '$']) {
                return None;
            }
            let words: Vec<&str> = command.split_whitespace().collect();
            let is_manager = words.first().is_some_and(|first| MANAGERS.iter().any(|(name, _)| name == first));
            let installs = words.iter().position(|word| ["add", "install"].contains(word)).filter(|_| is_manager);
            match installs {
                Some(at) => {
                    if words.iter().any(|word| ["-t", "--virtual"].contains(word)) {
                        return None;
                    }
                    let names = words.get(at + 1..)?.iter().filter(|word| !word.starts_with('-'));
                    let names: Vec<&str> = names.map(|name| own_name(name, &id)).collect();
                    commands.push(own.replace("{}", &names.join(" ")));
                }
                // Lists and caches of the other package manager.
                None if is_manager => {}
                None if words.first() == Some(&"rm") && words.iter().any(|word| word.starts_with("/var/")) => {}
                None => commands.push(words.join(" ")),
            }
        }
        let edit = TextEdit { span: run.span.clone(), insert: format!("RUN {}", commands.join(" && ")) };
        let name = own.split_whitespace().next().unwrap_or_default().to_string();
        Some(Candidate::new("own-manager", vec![("program", name)], vec![edit]))
    }

    /// Takes the carriage returns out of a script before it runs.
    fn strip_carriage_returns_before(&self, run: &Instruction, script: &str) -> Option<Candidate> {
        let mut names = vec![path::file_name(script)];
        if let Some(Kind::Copy { sources, .. } | Kind::Add { sources, .. }) =
            self.copy_of(script).map(|copy| &copy.kind)
        {
            names.extend(sources.iter().map(|source| path::file_name(source)));
        }
        let has_returns = |content: &crate::fs::Content| {
            let head = content.head();
            head.starts_with(b"#!")
                && head.split(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r"))
        };
        let mut files = self.request.context.walk("/");
        files.find(|(path, node)| names.contains(&path::file_name(path)) && node.content().is_some_and(has_returns))?;
        let edit = self.line_before(run, &format!("RUN sed -i 's/\\r$//' {script}"));
        Some(Candidate::new("strip-cr", vec![("path", script.to_string())], vec![edit]))
    }
}

/// The name of a package in a distribution.
fn own_name<'a>(name: &'a str, id: &str) -> &'a str {
    let pair = NAMES.iter().find(|(alpine, debian)| [*alpine, *debian].contains(&name));
    pair.map_or(name, |(alpine, debian)| if id == "alpine" { alpine } else { debian })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_program_is_in_the_shells_message() {
        let name = |output: &str| missing_program(output);
        assert_eq!(name("/bin/sh: 1: apk: not found\n").as_deref(), Some("apk"));
        assert_eq!(name("/bin/sh: curl: not found\n").as_deref(), Some("curl"));
        assert_eq!(name("bash: line 1: wget: command not found\n").as_deref(), Some("wget"));
        assert_eq!(name("/bin/sh: 1: /e.sh: not found\n").as_deref(), Some("/e.sh"));
        assert_eq!(name("E: Package 'x' has no installation candidate\n"), None);
    }

    #[test]
    fn the_refused_package_is_in_apts_message() {
        let name = |output: &str| refused_package(output);
        assert_eq!(name("Reading…\nE: Unable to locate package x\n").as_deref(), Some("x"));
        assert_eq!(name("E: Package 'netcat' has no installation candidate\n").as_deref(), Some("netcat"));
        assert_eq!(name("E: Invalid operation x\n"), None);
    }
}
