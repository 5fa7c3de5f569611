//! RUN: runs a command on the stage's file system.

use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{
    BuildError, Request, engine_files, engine_messages, history_text, run_mounts, uncertain_failures, unknown_parts,
};
use crate::dockerfile::{self, Command, Instruction};
use crate::elf::Machine;
use crate::exec::{self, Credentials, Verdict, lists_accounts};
use crate::fs::{Content, Doubt, Errno, Tree};
use crate::measure::{MAX_PARTS, Part};
use crate::packages;
use crate::shell::{GAPS_WITHOUT_EXIT_CODE, Gap, Shell};
use std::sync::Arc;

/// Whether the supplementary groups of a process list its primary group. BuildKit lists it since the fix of
/// CVE-2022-36109, the classic builder always (both seen with Docker 20.10.24).
fn has_primary_group(state: &BuildState) -> bool {
    state.is_classic() || state.request.engine.major() >= 23
}

/// Assumed credentials of a user name that passwd lacks, in an image whose files are not all listed.
///
/// Root has id 0; any other user is assumed to have 1000, the first id that `useradd` assigns.
fn assumed_credentials(tree: &Tree, user: &str) -> Option<Credentials> {
    let is_root = user.split(':').next() == Some("root");
    let id = if is_root { 0 } else { 1000 };
    (!lists_accounts(tree)).then_some(Credentials::new(id, id))
}

/// Where BuildKit mounts a here-document that is a program.
const INLINE_DOCUMENTS: &str = "/dev/pipes";

/// The here-document of a RUN that names an interpreter of its own with `#!`: its path in the container, and its text.
/// BuildKit makes it an executable file and gives the shell its path (dispatchRun of dockerfile2llb).
fn inline_program(state: &BuildState, instruction: &Instruction, command: &Command) -> Option<(String, String)> {
    let Command::Shell(text) = command else { return None };
    let first = instruction.heredocs.first().filter(|first| !state.is_classic() && !first.name.contains('/'))?;
    let program = dockerfile::run_script(text, &instruction.heredocs);
    let is_program = dockerfile::is_heredoc(text) && program.starts_with("#!");
    is_program.then(|| (format!("{INLINE_DOCUMENTS}/{}", first.name), program))
}

/// Runs the command of a RUN.
///
/// # Errors
/// The builder's message for a user that does not exist, a program that does not start, or a non-zero exit code.
pub(super) fn run(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
    command: &Command,
) -> Result<StepEffect, BuildError> {
    let line = instruction.line;
    if state.is_classic() && instruction.flag("mount").is_some() {
        let message = engine_messages::needs_buildkit("mount");
        return Err(BuildError::on_line("needs-buildkit", message, line));
    }
    let config = stage.image.config.clone();
    let document = inline_program(state, instruction, command);
    let argv: Vec<String> = match (command, &document) {
        (Command::Exec(words), _) => words.clone(),
        (_, Some((place, _))) => config.shell().into_iter().chain([place.clone()]).collect(),
        (Command::Shell(text), None) => {
            let script = dockerfile::run_script(text, &instruction.heredocs);
            config.shell().into_iter().chain([script]).collect()
        }
    };
    let shown: Vec<String> = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(_) if document.is_some() => argv.clone(),
        Command::Shell(text) => config.shell().into_iter().chain([text.clone()]).collect(),
    };
    let created_by = history_text::run(state, stage, &shown);
    stage.charge_text(created_by.len(), line)?;
    let mut unlisted_user = None;
    let who = Credentials::of(&stage.image.tree, &config.user).or_else(|user| {
        unlisted_user = Some(Gap { code: "unlisted-user", what: user.clone() });
        assumed_credentials(&stage.image.tree, &user).ok_or(user)
    });
    let who = who.map_err(|user| engine_messages::unknown_user(&user, state.request, line))?;
    let who = if has_primary_group(state) { who.with_primary_group() } else { who };
    let mut env = stage.environment();
    if config.env_value("HOME").is_none() {
        env.push(format!("HOME={}", who.home(&stage.image.tree)));
    }
    let cwd = config.directory();
    let mut tree = stage.image.tree.clone();
    let mounts = run_mounts::read_mounts(stage, instruction)?;
    if let Some(id) = run_mounts::missing_secret(state, &mounts) {
        return Err(engine_messages::secret_not_found(id, state.request, line));
    }
    if !state.is_classic() {
        engine_files::make_mount_points(&mut tree);
    }
    let unmounted = tree.clone();
    tree.mount_default_filesystems();
    if let Some((place, program)) = document {
        let _ = tree.mkdir_all(INLINE_DOCUMENTS, 0o755, 0, 0);
        let _ = tree.write(&place, Content::inline(program.into_bytes()), 0o755, 0, 0);
    }
    run_mounts::mount(state, stage, &mut tree, &mounts, line)?;
    engine_files::mount_engine_files(&mut tree, state.is_classic());
    // The runtime makes a missing working directory, in the layer.
    if tree.stat("/", &cwd).is_err() && !tree.may_hide("/", &cwd) {
        let _ = tree.mkdir_all(&cwd, 0o755, 0, 0);
    }
    let mounted = tree.clone();
    run_mounts::hold_mount_points(&mut tree, &mounts, state.is_classic());

    let mut shell = crate::command_table::new_shell(tree, &cwd, &env, who, Machine::X86_64);
    // The classic builder's hostname is random.
    shell.hostname = (!state.is_classic()).then(|| "buildkitsandbox".to_string());
    shell.answers = state.answers.clone();
    packages::use_indexes(&mut shell, state.catalogue.packages.clone());
    packages::use_repositories(&mut shell, state.request.day(), stage.image.base.as_deref());
    shell.steps_left = shell.steps_left.min(state.shell_steps);
    shell.effort = state.effort.clone();
    if let Some(reason) = not_startable(&shell, &argv, &cwd) {
        return Err(engine_messages::run_not_started(&argv, &reason, state.request, line));
    }
    let base = stage.image.base.as_ref();
    // Of an image that is not listed some variables are not known.
    if base.is_some_and(|facts| !facts.is_listed()) {
        shell.unset_names = Some(stage.declared.iter().cloned().collect());
    }
    let before = shell.steps_left;
    let status = match refused_by_kernel(&mut shell, command, state.request) {
        Some(status) => status,
        None => shell.run_argv(&argv),
    };
    state.shell_steps = state.shell_steps.saturating_sub(before - shell.steps_left);
    let mut gaps = std::mem::take(&mut shell.gaps);
    gaps.extend(unlisted_user);
    let size_gaps = gaps.iter().filter(|gap| unknown_parts::is_left_open(gap, &shell));
    let mut unknown: Vec<Part> =
        size_gaps.take(MAX_PARTS).map(|gap| unknown_parts::of_gap_in(gap, &shell, &cwd)).collect();
    let output = std::mem::take(&mut shell.output);
    let is_certain = gaps.iter().all(|gap| GAPS_WITHOUT_EXIT_CODE.contains(&gap.code));
    if status != 0 {
        let open = uncertain_failures::open_question(&gaps, shell.fs.doubt(), base.map(Arc::as_ref));
        if open.is_none() && !state.request.continues_after_failure {
            (state.failed_output, state.failed_exit_code) = (output, Some(status));
            return Err(engine_messages::run_failed(&shown, status, state.request, line));
        }
        let told = uncertain_failures::told(status, open);
        // What comes after the failure did not run here.
        unknown.push(unknown_parts::of_gap(&told));
        gaps.push(told);
    }
    let packaged = packages::packaged_files(&shell);
    let mut tree = shell.fs;
    tree.groups_from_folders(false);
    if status != 0 {
        // What comes after the failure did not run here, and may have written anything.
        tree.doubt_more(Doubt::Anything);
    }
    run_mounts::unmount_all(&mut tree, &mounted, stage, &mounts, state.is_classic());
    tree.unmount_default_filesystems(&unmounted);
    Ok(StepEffect {
        tree: Some(tree),
        created_by,
        output,
        exit_code: is_certain.then_some(status),
        commands: shell.called,
        packaged,
        gaps,
        unknown,
    })
}

/// Why the container does not start: the runtime itself looks up the first word.
fn not_startable(shell: &Shell, argv: &[String], cwd: &str) -> Option<String> {
    let program = argv.first()?;
    if program.contains('/') {
        let missing = shell.fs.stat(cwd, program).is_err() && !shell.fs.may_hide(cwd, program);
        return missing.then(|| format!("stat {program}: no such file or directory"));
    }
    let (found, hidden) = crate::shell::find_program(shell, program);
    (!found && !hidden).then(|| "executable file not found in $PATH".to_string())
}

/// The exit code of a container whose program, named in the exec form, the kernel does not execute. The runtime prints why.
fn refused_by_kernel(shell: &mut Shell, command: &Command, request: &Request) -> Option<i32> {
    let Command::Exec(argv) = command else { return None };
    let program = argv.first()?;
    let place = if program.contains('/') { program.clone() } else { shell.which(program).0? };
    let env = shell.environment();
    let outcome = exec::execve(&shell.fs, &shell.cwd, &place, argv, &env, &shell.user, shell.machine);
    // A permission the runtime checks before.
    let errno = outcome.errno.filter(|errno| outcome.verdict == Verdict::Fails && *errno != Errno::Eacces)?;
    let failure = &request.engine.missing_at_exec;
    let reason = errno.message().to_lowercase();
    let text = failure.text.replace("{path}", &place).replace("{reason}", &reason);
    shell.err(format!("{}\n", text.trim_end()));
    Some(failure.exit_code)
}
