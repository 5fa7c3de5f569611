//! cargo: which programs of a package or a workspace are built, and where they are put.

use super::create;
use super::fresh::{self, Notes};
use super::manifest::{self, Profile};
use super::project::{Job, Project, lock, programs, shown, sources};
use super::source::Source;
use super::{Target, can_link, content, facts, put};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;
use crate::toolchains::c::linker;
use crate::toolchains::c::linker::Library;
use std::collections::BTreeSet;

/// The mark that cargo puts on a folder that can be made again.
const CACHE_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by cargo.
# For information about cache directory tags see https://bford.info/cachedir/
";

/// Why a build ends: what is told, and the exit code.
pub(crate) type Refused = (String, i32);

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) profile: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) bins: Vec<String>,
    pub(crate) packages: Vec<String>,
    pub(crate) manifest: Option<String>,
    pub(crate) target_folder: Option<String>,
    /// `--path` of `cargo install`.
    pub(crate) path: Option<String>,
    pub(crate) root: Option<String>,
    pub(crate) locked: bool,
    pub(crate) whole: bool,
    pub(crate) names: Vec<String>,
}

/// A program that was linked.
struct Built {
    name: String,
    place: String,
    content: Content,
}

/// The command model of `cargo`.
pub(crate) fn cargo(shell: &mut Shell, argv: &[String]) -> i32 {
    let request = read(argv);
    let done = match request.verb.as_str() {
        "build" | "b" => build(shell, &request).map(|_| ()),
        "run" | "r" => run(shell, &request),
        "install" if request.path.is_some() => install(shell, &request),
        "install" => return install_named(shell, argv, &request),
        "new" | "init" => create::create(shell, argv, &request),
        "clean" => clean(shell, &request),
        "check" | "c" | "test" | "t" | "bench" | "clippy" | "doc" | "d" | "fetch" | "chef" | "vendor" | "rustc"
        | "fmt" | "add" | "metadata" | "tree" | "--version" | "-V" | "--help" | "" | "help" | "version" | "update"
        | "generate-lockfile" | "audit" | "deny" | "component" | "remove" | "publish" | "package" | "search"
        | "login" | "--list" => return run_language_manager(shell, argv),
        verb => {
            // A program beside cargo is one of its commands.
            if shell.which(&format!("cargo-{verb}")) != (None, false) {
                return run_language_manager(shell, argv);
            }
            Err((
                format!(
                    "error: no such command: `{verb}`\n\nhelp: view all installed commands with `cargo --list`\nhelp: find a package to install `{verb}` with `cargo search cargo-{verb}`\n"
                ),
                101,
            ))
        }
    };
    match done {
        Ok(()) => 0,
        Err((words, status)) => {
            shell.err(words);
            status
        }
    }
}

fn read(argv: &[String]) -> Request {
    let mut request = Request::default();
    let mut words = argv.iter().skip(1).filter(|word| !word.starts_with('+'));
    while let Some(word) = words.next() {
        let (name, glued) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        let mut value = || glued.clone().or_else(|| words.next().cloned());
        match name {
            "--release" | "-r" => request.profile = Some("release".into()),
            "--profile" => request.profile = value(),
            "--target" => request.target = value(),
            "--bin" if !["new", "init"].contains(&request.verb.as_str()) => request.bins.extend(value()),
            "-p" | "--package" => request.packages.extend(value()),
            "--manifest-path" => request.manifest = value(),
            "--target-dir" => request.target_folder = value(),
            "--path" => request.path = value(),
            "--root" => request.root = value(),
            "--locked" | "--frozen" => request.locked = true,
            "--workspace" | "--all" => request.whole = true,
            "--features" | "-F" | "-j" | "--jobs" | "--color" | "--config" | "--version" | "--vers" | "--git"
            | "--branch" | "--tag" | "--rev" | "--index" | "--registry" | "--name" | "--edition" | "--vcs"
            | "--example" | "--exclude" | "--message-format" | "-Z"
                if !request.verb.is_empty() =>
            {
                value();
            }
            // What a program gets that is run.
            "--" => break,
            _ if word.starts_with('-') && !request.verb.is_empty() => {}
            _ if request.verb.is_empty() => request.verb = word.clone(),
            _ => request.names.push(word.clone()),
        }
    }
    request
}

fn build(shell: &mut Shell, request: &Request) -> Result<Vec<Built>, Refused> {
    let project = Project::find(shell, request)?;
    let chosen = project.chosen(shell, request)?;
    let usual = if request.verb == "install" { "release" } else { "dev" };
    let name = request.profile.as_deref().unwrap_or(usual);
    let Some(mut profile) = Profile::find(name, &project.manifest) else {
        return Err((format!("error: profile `{name}` is not defined\n"), 101));
    };
    let mut all = Vec::new();
    for member in chosen {
        let programs = programs(shell, member)?;
        let foreign = project.foreign(shell, member)?;
        all.push(Job { member, programs, foreign });
    }
    if let Some(bin) =
        request.bins.iter().find(|bin| !all.iter().any(|job| job.programs.iter().any(|(name, _)| name == *bin)))
    {
        return Err((format!("error: no bin target named `{bin}` in default-run packages\n"), 101));
    }
    let locked = lock(shell, &project, request, &all)?;
    let (of_config, folder_of_config) = manifest::config(shell, &shell.cwd.clone());
    let variable = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    let named = request.target.clone().or_else(|| variable("CARGO_BUILD_TARGET")).or(of_config);
    let flags = variable("RUSTFLAGS").unwrap_or_default();
    flags.replace("-C ", "-C").split_whitespace().for_each(|flag| profile.take_flag(flag.trim_start_matches("-C")));
    let target = Target::decide(shell, named.as_deref(), &flags.replace("-C ", "-C"));
    let folder = request.target_folder.clone().or_else(|| variable("CARGO_TARGET_DIR")).or(folder_of_config);
    let folder = folder.map_or_else(|| path::join(&project.root, "target"), |folder| path::join(&shell.cwd, &folder));
    let out = Folders::make(shell, &folder, &target, name);
    let mut built = Vec::new();
    for Job { member, programs, foreign } in &all {
        let package = shown(&member.manifest, &project.manifest, &member.folder);
        let mut told = false;
        let manifest = shell.read(&path::join(&member.folder, "Cargo.toml")).ok().flatten().unwrap_or_default();
        let lock = shell.read(&path::join(&project.root, "Cargo.lock")).ok().flatten().unwrap_or_default();
        let (manifest, lock) = (String::from_utf8_lossy(&manifest), String::from_utf8_lossy(&lock));
        let fingerprint =
            fresh::fingerprint(&[&manifest, &format!("{profile:?}"), &flags, &target.triple, &list_of(foreign), &lock]);
        let libraries = match foreign.is_empty() {
            true => None,
            false => Some(links(shell, &target, foreign.iter().chain(&locked))?),
        };
        let metadata = fresh::fingerprint(&[&format!("{profile:?}"), &flags, &target.triple]);
        for (name, main) in programs.iter().filter(|(name, _)| request.bins.is_empty() || request.bins.contains(name)) {
            let place =
                format!("{}/{name}{}", out.programs, if target.triple.contains("windows") { ".exe" } else { "" });
            let (notes, files) = (Notes::of(&out.programs, name, &metadata), fresh::files(shell, member, main));
            if notes.is_fresh(shell, &place, &fingerprint, &files) {
                let content = shell.fs.stat("/", &place).ok().and_then(|(_, node)| node.content().cloned());
                built.extend(content.map(|content| Built { name: name.clone(), place, content }));
                continue;
            }
            if !std::mem::replace(&mut told, true) {
                shell.err(format!("   Compiling {package}\n"));
            }
            can_link(shell, &target).map_err(|words| {
                let end = format!("error: could not compile `{name}` (bin \"{name}\") due to 1 previous error\n");
                (words + &end, 101)
            })?;
            let source = sources(shell, member, main);
            let content = match &libraries {
                Some(None) => Content::unknown("which libraries its crates link is not known"),
                libraries => {
                    content(shell, &target, &profile, &source, libraries.as_ref().and_then(|known| known.as_deref()))
                }
            };
            notes.make_room(shell, &place);
            let place = put(shell, &place, content.clone()).map_err(|error| (format!("error: {error}\n"), 101))?;
            notes.write(shell, &place, &fingerprint, &files);
            built.push(Built { name: name.clone(), place, content });
        }
        if !foreign.is_empty() {
            shell.gap("unmodelled-package", format!("cargo build: {}", list_of(foreign)));
        }
    }
    let foreign = all.iter().any(|job| !job.foreign.is_empty());
    out.weigh(shell, name, foreign);
    if foreign {
        let home = cargo_home(shell);
        shell.make_partial_folder(&format!("{home}/registry"));
    }
    Ok(built)
}

fn list_of(crates: &BTreeSet<String>) -> String {
    crates.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// Where cargo puts what it builds.
struct Folders {
    top: String,
    programs: String,
}

impl Folders {
    fn make(shell: &mut Shell, top: &str, target: &Target, profile: &str) -> Folders {
        let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
        let folder = match profile {
            "dev" | "test" => "debug",
            "bench" => "release",
            name => name,
        };
        let programs =
            if target.named { format!("{top}/{}/{folder}", target.triple) } else { format!("{top}/{folder}") };
        for inner in ["deps", "build", "examples", "incremental", ".fingerprint"] {
            let _ = shell.fs.mkdir_all(&format!("{programs}/{inner}"), mode, uid, gid);
        }
        let tag = format!("{top}/CACHEDIR.TAG");
        if shell.fs.stat("/", &tag).is_err() {
            let _ = shell.fs.write(&tag, Content::inline(CACHE_TAG.as_bytes()), shell.file_mode(), uid, gid);
        }
        Folders { top: top.to_string(), programs }
    }

    /// What cargo leaves beside the programs. The copy of a program in `deps` is a hard link and weighs nothing.
    fn weigh(&self, shell: &mut Shell, profile: &str, foreign: bool) {
        const NOTES: u64 = 1_870;
        let folder = |name: &str| format!("{}/{name}", self.programs);
        if foreign {
            for name in ["deps", "build", ".fingerprint", "incremental"] {
                shell.fs.set_partial(&folder(name));
            }
            return;
        }
        let basis = "what cargo 1.95 leaves of a hello-world beside its program";
        shell.fs.weigh_whole(&folder(".fingerprint"), "cargo's notes", Size::modelled(NOTES, basis));
        shell.fs.hold_weighed(&folder("deps"));
        if let Some(facts) = facts().filter(|_| profile == "dev") {
            let size = Size::modelled(facts.incremental.debug, basis);
            shell.fs.weigh_whole(&folder("incremental"), "incremental compilation", size);
        }
        // .rustc_info.json and files that are empty.
        shell.fs.hold_weighed(&self.top);
    }
}

fn cargo_home(shell: &Shell) -> String {
    shell.var("CARGO_HOME").map_or_else(|| format!("{}/.cargo", shell.var("HOME").unwrap_or("/root")), str::to_string)
}

/// Shared libraries that crates bring into a program, by soname; `None` if that is not known.
///
/// # Errors
/// One that must be there is not.
fn links<'a>(
    shell: &mut Shell,
    target: &Target,
    crates: impl Iterator<Item = &'a String>,
) -> Result<Option<Vec<String>>, Refused> {
    /// Crates that mean another, where there is no lock file to tell.
    const MEAN: [(&str, &str); 3] =
        [("openssl", "openssl-sys"), ("native-tls", "openssl-sys"), ("mysql", "mysqlclient-sys")];
    let Some(facts) = facts().filter(|_| !target.fixed) else { return Ok(Some(Vec::new())) };
    let crates: BTreeSet<&str> = crates.map(String::as_str).collect();
    // A crate that brings its library's own sources links no shared one.
    let own_sources = crates.contains("openssl-src");
    let meant = MEAN.iter().filter(|(name, _)| crates.contains(name)).map(|(_, meant)| *meant);
    let crates: BTreeSet<&str> = crates.iter().copied().chain(meant).collect();
    let (mut needed, mut known) = (Vec::new(), true);
    for (name, libraries) in
        facts.links.must.iter().chain(&facts.links.may).filter(|(name, _)| crates.contains(name.as_str()))
    {
        if own_sources && name == "openssl-sys" {
            continue;
        }
        for library in libraries {
            match linker::library(shell, library, &[]) {
                Library::Shared(soname) => needed.push(soname),
                Library::Archive => {}
                Library::Hidden => {
                    shell.gap("unlisted-file", format!("lib{library}.so"));
                    known = false;
                }
                Library::Missing if facts.links.must.contains_key(name) => {
                    return Err((
                        format!(
                            "error: failed to run custom build command for `{name}`\n\nCaused by:\n  process didn't exit successfully: it found no lib{library}.so: the library's development files are not installed\n"
                        ),
                        101,
                    ));
                }
                Library::Missing => {}
            }
        }
    }
    needed.dedup();
    Ok(known.then_some(needed))
}

/// `cargo run`: builds, then runs the only program there is.
fn run(shell: &mut Shell, request: &Request) -> Result<(), Refused> {
    let built = build(shell, request)?;
    let [program] = built.as_slice() else {
        return Err(("error: `cargo run` could not determine which binary to run. Use the `--bin` option to specify a binary, or the `default-run` manifest key.\n".into(), 101));
    };
    let status = shell.call(std::slice::from_ref(&program.place));
    if status == 0 { Ok(()) } else { Err((String::new(), status)) }
}

/// `cargo install --path`: the programs, copied.
fn install(shell: &mut Shell, request: &Request) -> Result<(), Refused> {
    let built = build(shell, request)?;
    let root = request.root.clone().map_or_else(|| cargo_home(shell), |root| path::join(&shell.cwd, &root));
    for program in built {
        let place = format!("{root}/bin/{}", program.name);
        put(shell, &place, program.content).map_err(|error| (format!("error: {error}\n"), 101))?;
    }
    note_installs(shell, &root);
    Ok(())
}

/// The files in which cargo keeps what it installed.
fn note_installs(shell: &mut Shell, root: &str) {
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    for (name, len) in [(".crates.toml", 60), (".crates2.json", 430)] {
        let content = Content::modelled([], len, "as long as cargo 1.95 writes it for one program");
        let _ = shell.fs.write(&format!("{root}/{name}"), content, mode, uid, gid);
    }
}

/// `cargo install NAME`: a program of that name from crates.io.
fn install_named(shell: &mut Shell, argv: &[String], request: &Request) -> i32 {
    if request.names.is_empty() {
        return run_language_manager(shell, argv);
    }
    let target = Target::decide(shell, request.target.as_deref(), "");
    let root = request.root.clone().map_or_else(|| cargo_home(shell), |root| path::join(&shell.cwd, &root));
    for name in &request.names {
        let name = name.split('@').next().unwrap_or(name);
        let content = content(shell, &target, &Profile::default(), &Source::default(), Some(&[]));
        let _ = put(shell, &format!("{root}/bin/{name}"), content);
    }
    note_installs(shell, &root);
    let home = cargo_home(shell);
    shell.make_partial_folder(&format!("{home}/registry"));
    shell.gap("unknown-files", format!("cargo install {}", request.names.join(" ")));
    0
}

/// `cargo clean`: the folder goes.
fn clean(shell: &mut Shell, request: &Request) -> Result<(), Refused> {
    let project = Project::find(shell, request)?;
    let folder = request.target_folder.clone().or_else(|| shell.var("CARGO_TARGET_DIR").map(str::to_string));
    let folder = folder.map_or_else(|| path::join(&project.root, "target"), |folder| path::join(&shell.cwd, &folder));
    let _ = shell.fs.remove(&folder);
    Ok(())
}
