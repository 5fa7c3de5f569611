//! RUN: a command on the stage's file system.

use super::stage::{Bench, Effect, names};
use super::{BuildError, Work, mounts, words};
use crate::dockerfile::{self, Command, Instruction, Variables};
use crate::elf::Machine;
use crate::exec::{Credentials, Root};
use crate::fs::Tree;
use crate::packages;
use crate::shell::{Gap, Shell};

/// Gaps that change nothing about what the layer weighs.
const HARMLESS: [&str; 8] = [
    "partial-listing",
    "unlisted-removal",
    "unlisted-user",
    "unlisted-program",
    "ignored-failure",
    "taken-for-fresh",
    "no-clock",
    "unknown-log",
];

/// Whether a process's groups list its own group once more: BuildKit does it since it was a hole in
/// security (CVE-2022-36109), the classic builder always did (both seen with Docker 20.10.24).
fn has_primary_group(work: &Work) -> bool {
    work.is_classic() || work.request.engine.major() >= 23
}

/// Whom a name that passwd does not list may stand for, in an image that is not listed in full.
///
/// Root is root everywhere; for anybody else the first id that `useradd` gives stands in.
pub(super) fn doubtful_credentials(tree: &Tree, user: &str) -> Option<Credentials> {
    let is_root = user.split(':').next() == Some("root");
    let id = if is_root { 0 } else { 1000 };
    (!Root::is_listed_in_full(tree)).then_some(Credentials::new(id, id))
}

pub(super) fn run(
    work: &mut Work,
    bench: &mut Bench,
    instruction: &Instruction,
    command: &Command,
) -> Result<Effect, BuildError> {
    let line = instruction.line;
    if work.is_classic() && instruction.flag("mount").is_some() {
        let message = words::needs_buildkit("mount");
        return Err(BuildError { code: "needs-buildkit", message, line: Some(line), exit_code: 1 });
    }
    let config = bench.image.config.clone();
    let argv: Vec<String> = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => {
            let script = dockerfile::run_script(text, &instruction.heredocs);
            config.shell().into_iter().chain([script]).collect()
        }
    };
    let shown: Vec<String> = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => config.shell().into_iter().chain([text.clone()]).collect(),
    };
    let created_by = created_by(work, bench, &shown);
    bench.make(created_by.len(), line)?;
    let mut unlisted_user = None;
    let who = Credentials::of(&bench.image.tree, &config.user).or_else(|user| {
        unlisted_user = Some(Gap { code: "unlisted-user", what: user.clone() });
        doubtful_credentials(&bench.image.tree, &user).ok_or(user)
    });
    let who = who.map_err(|user| BuildError {
        code: "unknown-user",
        message: format!(
            "{}unable to find user {user}: no matching entries in passwd file",
            words::solve_prefix(work.request)
        ),
        line: Some(line),
        exit_code: 1,
    })?;
    let who = if has_primary_group(work) { who.with_primary_group() } else { who };
    let mut env = bench.environment();
    if config.env_value("HOME").is_none() {
        env.push(format!("HOME={}", who.home(&bench.image.tree)));
    }
    let cwd = config.directory();
    let mut tree = bench.image.tree.clone();
    let mounts = mounts::read(bench, instruction)?;
    mounts::mount(work, bench, &mut tree, &mounts, line)?;
    if !work.is_classic() {
        mounts::runtime_directories(&mut tree);
    }
    mounts::mount_engine_files(&mut tree, work.is_classic());
    // The runtime makes a working directory that is gone, in the layer.
    if tree.stat("/", &cwd).is_err() && !tree.may_hide("/", &cwd) {
        let _ = tree.mkdir_all(&cwd, 0o755, 0, 0);
    }
    let mounted = tree.clone();
    mounts::hold(&mut tree, &mounts, work.is_classic());

    let mut shell = crate::command_table::new_shell(tree, &cwd, &env, who, Machine::X86_64);
    // The classic builder makes a name up.
    shell.hostname = (!work.is_classic()).then(|| "buildkitsandbox".to_string());
    shell.answers = work.answers.clone();
    packages::use_indexes(&mut shell, work.catalogue.packages.clone());
    shell.steps_left = shell.steps_left.min(work.shell_steps);
    shell.effort = work.effort.clone();
    if let Some(reason) = not_startable(&shell, &argv, &cwd) {
        return Err(words::run_not_started(&argv, &reason, work.request, line));
    }
    let before = shell.steps_left;
    let status = shell.run_argv(&argv);
    work.shell_steps = work.shell_steps.saturating_sub(before - shell.steps_left);
    let mut gaps = std::mem::take(&mut shell.gaps);
    gaps.extend(unlisted_user);
    let weighty: Vec<&Gap> = gaps.iter().filter(|gap| !HARMLESS.contains(&gap.code)).collect();
    let unknown = weighty.first().map(|gap| format!("{}: not modelled", gap.what));
    let output = std::mem::take(&mut shell.output);
    if status != 0 {
        if unknown.is_none() && !work.request.passes_failures {
            work.failed_output = output;
            return Err(words::run_failed(&shown, status, work.request, line));
        }
        // What is not modelled may be what would have made it succeed.
        gaps.push(Gap { code: "failure-after-gap", what: status.to_string() });
    }
    let packaged = packages::packaged_files(&shell);
    let mut tree = shell.fs;
    tree.groups_from_folders(false);
    mounts::take_away(&mut tree, &mounted, bench, &mounts, work.is_classic());
    Ok(Effect { tree: Some(tree), created_by, output, commands: shell.called, packaged, gaps, unknown })
}

/// Why the container would not even start: the runtime looks the first word up itself.
fn not_startable(shell: &Shell, argv: &[String], cwd: &str) -> Option<String> {
    let program = argv.first()?;
    if program.contains('/') {
        let missing = shell.fs.stat(cwd, program).is_err() && !shell.fs.may_hide(cwd, program);
        return missing.then(|| format!("stat {program}: no such file or directory"));
    }
    let (found, hidden) = crate::shell::find_program(shell, program);
    (!found && !hidden).then(|| "executable file not found in $PATH".to_string())
}

/// Build arguments as both builders write them in front of a command: the classic builder those with
/// a value, by name; BuildKit all that the stage declares, in order, with what they are now.
pub(super) fn arguments(work: &Work, bench: &Bench) -> String {
    let set = names(&bench.image.config.env);
    let mut args: Vec<String> = bench
        .args
        .iter()
        .filter(|(name, _)| !set.contains(name.as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !work.is_classic() {
        let value = |name: &String| bench.get(name).unwrap_or("").to_string();
        args = bench.declared.iter().map(|name| format!("{name}={}", value(name))).collect();
    }
    if args.is_empty() { String::new() } else { format!("|{} {} ", args.len(), args.join(" ")) }
}

/// The history entry.
fn created_by(work: &Work, bench: &Bench, argv: &[String]) -> String {
    let prefix = arguments(work, bench);
    let command = argv.join(" ");
    if work.is_classic() { format!("{prefix}{command}") } else { format!("RUN {prefix}{command} # buildkit") }
}
