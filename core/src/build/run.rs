//! RUN: a command on the stage's file system.

use super::stage::{Bench, Effect};
use super::{BuildError, Work, words};
use crate::dockerfile::{self, Command, Instruction, Variables};
use crate::elf::Machine;
use crate::exec::{Credentials, Root};
use crate::fs::{Content, Kind, Tree, path};
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

/// What the engine puts into a container while a command runs, and that never reaches a layer.
struct Mounted {
    path: &'static str,
    kind: MountedKind,
}

enum MountedKind {
    /// What the engine writes: its words, or why they are not known, with the length where that is.
    File(Result<&'static str, Option<u64>>),
    Directory,
    Link(&'static str),
}

/// Observed with Docker 20.10.24: the classic builder's container has a layer of its own with these in
/// it, BuildKit mounts two files, the first of which is always the same.
fn mounted(classic: bool) -> &'static [Mounted] {
    use MountedKind::{Directory, File, Link};
    const CLASSIC: &[Mounted] = &[
        Mounted { path: "/.dockerenv", kind: File(Ok("")) },
        Mounted { path: "/dev", kind: Directory },
        Mounted { path: "/proc", kind: Directory },
        Mounted { path: "/sys", kind: Directory },
        Mounted { path: "/etc/hosts", kind: File(Err(None)) },
        // Twelve digits of the container's id.
        Mounted { path: "/etc/hostname", kind: File(Err(Some(13))) },
        Mounted { path: "/etc/resolv.conf", kind: File(Err(None)) },
        Mounted { path: "/etc/mtab", kind: Link("/proc/mounts") },
    ];
    const HOSTS: &str = "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const BUILDKIT: &[Mounted] = &[
        Mounted { path: "/etc/hosts", kind: File(Ok(HOSTS)) },
        Mounted { path: "/etc/resolv.conf", kind: File(Err(None)) },
    ];
    if classic { CLASSIC } else { BUILDKIT }
}

/// Whom a name that passwd does not list may stand for, in an image that is not listed in full.
///
/// Root is root everywhere; for anybody else the first id that `useradd` gives stands in.
pub(super) fn doubtful_credentials(tree: &Tree, user: &str) -> Option<Credentials> {
    let is_root = user.split(':').next() == Some("root");
    let id = if is_root { 0 } else { 1000 };
    (!Root::is_listed_in_full(tree)).then_some(Credentials::new(id, id))
}

/// One `--mount`.
pub(super) struct Mount {
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) from: Option<String>,
    pub(super) source: String,
    read_only: Option<bool>,
}

pub(super) fn mounts(bench: &Bench, instruction: &Instruction) -> Result<Vec<Mount>, BuildError> {
    let mut all = Vec::new();
    for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
        let mut mount =
            Mount { kind: "bind".into(), target: String::new(), from: None, source: "/".into(), read_only: None };
        for field in flag.value.as_deref().unwrap_or("").split(',') {
            let (name, value) = field.trim().split_once('=').unwrap_or((field.trim(), ""));
            let value = bench.expand(value, instruction.line)?;
            match name {
                "type" => mount.kind = value,
                "target" | "dst" | "destination" => mount.target = value,
                "from" => mount.from = Some(value),
                "source" | "src" => mount.source = value,
                "readonly" | "ro" => mount.read_only = Some(value != "false"),
                "readwrite" | "rw" => mount.read_only = Some(value == "false"),
                _ => {}
            }
        }
        if mount.target.is_empty() {
            mount.target = match mount.kind.as_str() {
                "secret" => format!("/run/secrets/{}", mount.source.trim_start_matches('/')),
                _ => continue,
            };
        }
        mount.target = path::join(&bench.image.config.working_dir, &mount.target);
        all.push(mount);
    }
    Ok(all)
}

pub(super) fn run(
    work: &mut Work,
    bench: &mut Bench,
    instruction: &Instruction,
    command: &Command,
) -> Result<Effect, BuildError> {
    let line = instruction.line;
    let config = bench.image.config.clone();
    let argv: Vec<String> = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => {
            let script = match instruction.heredocs.as_slice() {
                [] => text.clone(),
                // `RUN <<EOF`: the document is the script.
                [first, ..] if dockerfile::is_heredoc(text) => match first.chomp {
                    true => dockerfile::chomp(&first.content),
                    false => first.content.to_string(),
                },
                docs => docs.iter().fold(text.clone(), |all, doc| format!("{all}\n{}{}", doc.content, doc.name)),
            };
            config.shell().into_iter().chain([script]).collect()
        }
    };
    let shown: Vec<String> = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => config.shell().into_iter().chain([text.clone()]).collect(),
    };
    let created_by = created_by(work, bench, &shown);
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
    let cwd = if config.working_dir.is_empty() { "/".to_string() } else { config.working_dir.clone() };
    let mut tree = bench.image.tree.clone();
    let mounts = mounts(bench, instruction)?;
    mount(work, bench, &mut tree, &mounts, line)?;
    if !work.is_classic() {
        runtime_directories(&mut tree);
    }
    mount_engine_files(&mut tree, work.is_classic());
    // The runtime makes a working directory that is gone, in the layer.
    if tree.stat("/", &cwd).is_err() && !tree.may_hide("/", &cwd) {
        let _ = tree.mkdir_all(&cwd, 0o755, 0, 0);
    }
    let mounted = tree.clone();
    hold_mounts(&mut tree, &mounts, work.is_classic());

    let mut shell = Shell::new(tree, &cwd, &env, who, Machine::X86_64);
    // The classic builder makes a name up.
    shell.hostname = (!work.is_classic()).then(|| "buildkitsandbox".to_string());
    shell.answers = work.answers.clone();
    shell.packages = work.catalogue.packages.clone();
    shell.steps_left = shell.steps_left.min(work.shell_steps);
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
    let packaged = shell.packaged_files();
    let mut tree = shell.fs;
    tree.groups_from_folders(false);
    tree.release_mounts();
    for mount in &mounts {
        unmount(&mut tree, &mounted, &bench.image.tree, &mount.target);
    }
    for one in self::mounted(work.is_classic()) {
        // A link that changed hands was copied up, for it is no mount.
        let kept = matches!(one.kind, MountedKind::Link(_)) && tree.get(one.path) != mounted.get(one.path);
        if !kept {
            tree.restore(one.path, &bench.image.tree);
        }
    }
    // Under BuildKit the mount points stay, and nothing of what is in them.
    for folder in ["/dev", "/proc", "/sys"].into_iter().filter(|_| !work.is_classic()) {
        tree.restore(folder, &mounted);
    }
    if work.is_classic() {
        for volume in &config.volumes {
            let volume = path::join("/", volume);
            unmount(&mut tree, &mounted, &bench.image.tree, &volume);
        }
    }
    Ok(Effect { tree: Some(tree), created_by, output, commands: shell.called, packaged, gaps, unknown })
}

/// The engine's own files are there while a command runs; that they are touches nothing.
fn mount_engine_files(tree: &mut Tree, classic: bool) {
    for one in mounted(classic) {
        let folder = path::parent(one.path);
        // The engine makes /etc where an image has none, in a layer that is not the image's.
        if tree.stat("/", folder).is_err() {
            continue;
        }
        let kind = match &one.kind {
            MountedKind::Directory => Kind::Dir { partial: true },
            MountedKind::Link(target) => Kind::Symlink((*target).into()),
            MountedKind::File(Ok(text)) => Kind::File(Content::inline(text.as_bytes())),
            MountedKind::File(Err(len)) => Kind::File(match len {
                Some(len) => Content::partial([], *len),
                None => Content::unknown("the engine writes it, for this machine's network"),
            }),
        };
        // What an image has at a mount's place is hidden; its folders and links stay as they are.
        let hides = matches!(one.kind, MountedKind::File(_));
        tree.mount(one.path, kind, hides);
    }
}

/// What is mounted cannot be removed. Files in the context or in other stages, secrets, and the
/// engine's own files under BuildKit are read-only (observed with Docker 20.10.24).
fn hold_mounts(tree: &mut Tree, mounts: &[Mount], classic: bool) {
    for one in
        mounted(classic).iter().filter(|one| one.path.starts_with("/etc/") && matches!(one.kind, MountedKind::File(_)))
    {
        if let Ok(place) = tree.resolve("/", one.path, true) {
            tree.hold_mount(&place, !classic);
        }
    }
    for mount in mounts {
        if let Ok(place) = tree.resolve("/", &mount.target, true) {
            let usual = matches!(mount.kind.as_str(), "bind" | "secret");
            tree.hold_mount(&place, mount.read_only.unwrap_or(usual));
        }
    }
}

/// Mount points that BuildKit's runtime makes where an image lacks them, and that stay in the
/// layer; making the engine's own files in /etc touches it (observed with Docker 20.10.24).
fn runtime_directories(tree: &mut Tree) {
    for directory in ["/proc", "/dev", "/sys", "/etc"] {
        if tree.stat("/", directory).is_err() {
            let _ = tree.mkdir_all(directory, 0o755, 0, 0);
        }
    }
    let Ok((etc, node)) = tree.stat("/", "/etc") else { return };
    let listed = matches!(node.kind, Kind::Dir { partial: false });
    if listed && mounted(false).iter().any(|file| tree.stat("/", file.path).is_err()) {
        tree.touch(&etc);
    }
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
    let mut args: Vec<String> = bench
        .args
        .iter()
        .filter(|(name, _)| bench.image.config.env_value(name).is_none())
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

/// Puts what mounts bring into the tree for the time of the command.
fn mount(work: &mut Work, bench: &Bench, tree: &mut Tree, mounts: &[Mount], line: usize) -> Result<(), BuildError> {
    for mount in mounts {
        if tree.stat("/", &mount.target).is_err() && mount.kind != "secret" && mount.kind != "ssh" {
            let _ = tree.mkdir_all(&mount.target, 0o755, 0, 0);
        }
        if matches!(mount.kind.as_str(), "cache" | "tmpfs") {
            // What the image has there is hidden; a cache is empty, as in the first build.
            for (name, _) in tree.clone().children(&mount.target) {
                let _ = tree.remove(&path::join(&mount.target, name));
            }
        }
        if mount.kind != "bind" {
            continue;
        }
        if mount.from.is_none() {
            work.taken.push(path::join("/", &mount.source));
        }
        let from = work.source_tree(bench.index, mount.from.as_deref(), line, false)?;
        let options = crate::fs::CopyOptions { preserve_owner: true, ..Default::default() };
        let is_file = from.stat("/", &mount.source).is_ok_and(|(_, node)| !node.is_dir());
        if is_file {
            let _ = tree.remove(&mount.target);
        }
        let _ = crate::fs::copy_tree(
            &from,
            &mount.source.as_str().into(),
            tree,
            &mount.target,
            crate::fs::Rename::To,
            options,
        );
    }
    for volume in bench.image.config.volumes.iter().filter(|_| work.is_classic()) {
        let _ = tree.mkdir_all(&path::join("/", volume), 0o755, 0, 0);
    }
    Ok(())
}

/// Takes a mount away: below it the image's own files are back, and a mount point stays behind.
fn unmount(tree: &mut Tree, mounted: &Tree, image: &Tree, target: &str) {
    if image.get(target).is_some() {
        tree.restore(target, image);
        return;
    }
    let point = mounted.get(target).map(|node| (node.is_dir(), node.mode));
    if tree.get(target).is_some() {
        let _ = tree.remove(target);
    }
    if let Some((true, mode)) = point {
        let _ = tree.mkdir(target, mode, 0, 0);
    }
}
