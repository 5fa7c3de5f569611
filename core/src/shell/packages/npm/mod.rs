//! npm, and yarn and pnpm as far as they do the same: packages of Node.js into `node_modules`.
//!
//! What the registry has was measured once; which versions are chosen may differ a little. A package that the
//! table does not have is told, and its size is not known.

mod manifest;
mod registry;
mod scripts;

use super::managers::manager;
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::{Row, Table};
use crate::shell::Shell;
use manifest::{Manifest, Wanted};
use registry::{Registry, has_script, name_of, note, programs};
use std::collections::{BTreeMap, BTreeSet};

/// Missing packages that are named, of one installation.
const MAX_NAMED: usize = 20;

/// What a command line asks for.
#[derive(Debug, Default)]
struct Request {
    verb: String,
    names: Vec<String>,
    global: bool,
    dev: bool,
    saves: bool,
    omits_dev: bool,
    runs_scripts: bool,
    lock_only: bool,
}

fn read(shell: &Shell, argv: &[String]) -> Request {
    let tool = path::file_name(argv.first().map_or("", String::as_str));
    let mut request = Request { saves: true, runs_scripts: true, ..Request::default() };
    let is_set = |name: &str, value: &str| shell.var(name).is_some_and(|have| have.eq_ignore_ascii_case(value));
    request.omits_dev =
        is_set("NODE_ENV", "production") || is_set("NPM_CONFIG_OMIT", "dev") || is_set("NPM_CONFIG_PRODUCTION", "true");
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-g" | "--global" => request.global = true,
            "global" if tool != "npm" && request.verb.is_empty() => request.global = true,
            "-D" | "--save-dev" | "--dev" => request.dev = true,
            "--no-save" => request.saves = false,
            "--production" | "--omit=dev" | "--only=production" | "--only=prod" | "--prod" | "-P"
            | "--production=true" => {
                request.omits_dev = true;
            }
            "--include=dev" | "--production=false" => request.omits_dev = false,
            "--ignore-scripts" => request.runs_scripts = false,
            "--package-lock-only" | "--lockfile-only" => request.lock_only = true,
            "--omit" | "--only" => {
                request.omits_dev |= words.next().is_some_and(|what| what == "dev" || what.starts_with("prod"))
            }
            "--prefix" | "--registry" | "--cache" | "--loglevel" | "--fetch-retries" | "--network-timeout"
            | "--cache-folder" | "--workspace" | "-w" | "--filter" | "-F" | "--tag" | "--cwd" | "-C" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word if request.verb.is_empty() => request.verb = word.to_string(),
            word => request.names.push(word.to_string()),
        }
    }
    if request.verb.is_empty()
        && tool == "yarn"
        && !argv.iter().skip(1).any(|word| word.starts_with("-v") || word == "--version")
    {
        request.verb = "install".into();
    }
    request
}

/// The command model of npm, yarn and pnpm.
pub(in crate::shell) fn npm(shell: &mut Shell, argv: &[String]) -> i32 {
    let tool = path::file_name(argv.first().map_or("", String::as_str)).trim_end_matches("pkg").to_string();
    let elsewhere = argv.iter().any(|word| {
        ["--prefix", "--cwd", "-C", "-w", "--workspace", "--workspaces"].contains(&word.as_str())
            || word.starts_with("--prefix=")
    });
    let request = read(shell, argv);
    if elsewhere {
        return manager(shell, argv);
    }
    match (request.verb.as_str(), tool.as_str()) {
        ("install" | "i" | "add" | "ci" | "clean-install" | "prune", _) => install(shell, argv, &tool, &request),
        ("run" | "run-script", _) => match request.names.first() {
            Some(name) => scripts::run(shell, argv, name),
            None => manager(shell, argv),
        },
        ("start" | "stop" | "test" | "restart", _) => scripts::run(shell, argv, &request.verb),
        ("cache", _) if request.names.first().is_some_and(|word| word == "clean" || word == "clear") => {
            forget_cache(shell, &tool);
            0
        }
        ("init", _) => scripts::init(shell, argv),
        (verb, "yarn" | "pnpm") if scripts::is_script(shell, verb) => scripts::run(shell, argv, verb),
        _ => manager(shell, argv),
    }
}

fn cache(shell: &Shell, tool: &str) -> String {
    let home = shell.var("HOME").unwrap_or("/root");
    match tool {
        "npm" => shell.var("NPM_CONFIG_CACHE").map_or_else(|| format!("{home}/.npm"), str::to_string),
        "yarn" => "/usr/local/share/.cache/yarn".into(),
        _ => format!("{home}/.local/share/pnpm"),
    }
}

fn forget_cache(shell: &mut Shell, tool: &str) {
    let place = cache(shell, tool);
    let inner = if tool == "npm" { format!("{place}/_cacache") } else { place };
    if let Ok(real) = shell.fs.resolve("/", &inner, true) {
        let _ = shell.fs.remove(&real);
    }
}

/// What an installation brings.
#[derive(Default)]
struct Chosen<'t> {
    /// Rows of the table, each with the version that it stands for.
    rows: Vec<(Row<'t>, String)>,
    /// Names that the table does not have.
    missing: BTreeSet<String>,
    /// What is not from the registry.
    elsewhere: BTreeSet<String>,
}

impl<'t> Chosen<'t> {
    fn by_lock(registry: &Registry<'t>, lock: &[manifest::Locked], omits_dev: bool) -> Chosen<'t> {
        let mut chosen = Chosen::default();
        for one in lock.iter().filter(|one| !(one.dev && omits_dev)) {
            match registry.find(&one.name, &one.version) {
                Some(row) => chosen.rows.push((row, one.version.clone())),
                None => {
                    chosen.missing.insert(one.name.clone());
                }
            }
        }
        chosen
    }

    fn by_names(registry: &Registry<'t>, wanted: &[Wanted]) -> Chosen<'t> {
        let mut chosen = Chosen::default();
        let mut tops = Vec::new();
        for one in wanted {
            match registry.find(&one.name, &one.range) {
                _ if one.is_elsewhere() => {
                    chosen.elsewhere.insert(one.name.clone());
                }
                Some(row) => tops.push(row),
                None => {
                    chosen.missing.insert(one.name.clone());
                }
            }
        }
        chosen.rows.extend(registry.closure(tops).into_iter().map(|row| (row, row.version.to_string())));
        chosen
    }
}

fn install(shell: &mut Shell, argv: &[String], tool: &str, request: &Request) -> i32 {
    let Some(table) = super::table(shell, "npm") else { return manager(shell, argv) };
    let registry = Registry::read(&table, crate::shell::toolchain::is_musl(shell));
    if request.global {
        return global(shell, tool, &table, &registry, request);
    }
    let clean = request.verb == "ci" || request.verb == "clean-install";
    let manifest = match Manifest::read(shell) {
        Ok(Some(manifest)) => manifest,
        Ok(None) if shell.fs.may_hide(&shell.cwd, "package.json") => return manager(shell, argv),
        Ok(None) if clean && tool == "npm" => return no_lock(shell),
        // yarn and pnpm, and npm with a name, begin a package of their own.
        Ok(None) if !request.names.is_empty() || tool != "npm" => Manifest::default(),
        Ok(None) => return no_manifest(shell),
        Err(words) => {
            shell.err(format!("npm error code EJSONPARSE\nnpm error path {}/package.json\nnpm error JSON.parse Invalid package.json: {words}\n", shell.cwd));
            return 1;
        }
    };
    if manifest.has_workspaces() {
        return manager(shell, argv);
    }
    let lock = if tool == "npm" { manifest::lock(shell, registry.is_ours("musl")) } else { None };
    let lock = lock.filter(|_| request.names.is_empty());
    if clean && tool == "npm" {
        match &lock {
            None if shell.fs.may_hide(&shell.cwd, "package-lock.json") || shell.read("package-lock.json").is_ok() => {
                return manager(shell, argv);
            }
            None => return no_lock(shell),
            Some(lock) => {
                if let Some(status) = out_of_sync(shell, &registry, &manifest, lock) {
                    return status;
                }
            }
        }
    }
    let added: Vec<Wanted> = request.names.iter().map(|word| Wanted::read(word)).collect();
    let chosen = match &lock {
        Some(lock) => Chosen::by_lock(&registry, lock, request.omits_dev),
        None => {
            let mut wanted = manifest.wanted(!request.omits_dev);
            wanted.extend(added.iter().cloned());
            Chosen::by_names(&registry, &wanted)
        }
    };
    let Chosen { rows, missing, elsewhere } = &chosen;
    let modules = path::join(&shell.cwd, "node_modules");
    if clean && shell.fs.get(&modules).is_some() {
        let _ = shell.fs.remove(&modules);
    }
    if !request.lock_only {
        let prunes = request.verb == "prune";
        bring(shell, &table, &modules, rows, prunes, clean);
        let asks = lock.as_ref().is_none_or(|lock| lock.iter().any(|one| !one.resolved));
        if !prunes {
            keep(shell, tool, rows, asks, missing.is_empty());
        }
        tell(shell, rows, missing, request);
        if !missing.is_empty() || !elsewhere.is_empty() {
            let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
            if let Ok(modules) = shell.fs.mkdir_all(&modules, mode, uid, gid) {
                shell.fs.set_partial(&modules);
            }
        }
        for what in elsewhere {
            shell.gap("unknown-files", format!("{tool} install {what}"));
        }
    }
    if tool == "npm" && request.saves {
        let copies = !request.lock_only && (clean || !rows.is_empty());
        write_lock(shell, rows, copies, lock.is_none() && request.verb != "prune");
    } else if tool != "npm" && request.verb != "prune" {
        let name = if tool == "yarn" { "yarn.lock" } else { "pnpm-lock.yaml" };
        write_modelled(shell, name, rows.iter().map(|(row, _)| note(row, "lock")).sum::<u64>() / 2, true);
    }
    if !added.is_empty() && request.saves {
        manifest::save(shell, &manifest, &added, request.dev, |one| {
            registry.find(&one.name, &one.range).map(|row| row.version.to_string())
        });
    }
    match request.runs_scripts && request.names.is_empty() && request.verb != "prune" && !request.lock_only {
        true => scripts::lifecycle(shell, argv),
        false => 0,
    }
}

/// Puts packages into `node_modules`. `only`: what else is there goes.
fn bring(shell: &mut Shell, table: &Table, modules: &str, rows: &[(Row<'_>, String)], only: bool, always: bool) {
    if rows.is_empty() && !always && shell.fs.get(modules).is_none() {
        return;
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let Ok(modules) = shell.fs.mkdir_all(modules, mode, uid, gid) else { return };
    let parts = |shell: &Shell| -> BTreeSet<String> {
        let node = shell.fs.get(&modules);
        let unlisted = node.and_then(|node| node.unlisted());
        unlisted.into_iter().flat_map(|unlisted| unlisted.parts()).map(|(what, _)| what.to_string()).collect()
    };
    let have = parts(shell);
    let id = |row: &Row<'_>, version: &str| format!("{}@{version}", name_of(row.name));
    let tops: BTreeSet<&str> = rows.iter().map(|(row, _)| name_of(row.name)).collect();
    if only {
        let wanted: BTreeSet<String> = rows.iter().map(|(row, version)| id(row, version)).collect();
        for gone in have.difference(&wanted) {
            shell.fs.unweigh(&modules, gone);
            if !tops.contains(name_of(gone)) {
                let _ = shell.fs.remove(&path::join(&modules, name_of(gone)));
            }
        }
    }
    // The same may be there several times, below others that need it.
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for (row, version) in rows.iter().filter(|(row, version)| !have.contains(&id(row, version))) {
        let basis = basis(table, row, version);
        let times = times.entry(id(row, version)).or_default();
        *times += 1;
        shell.fs.weigh_whole(&modules, &id(row, version), Size::modelled(row.bytes.saturating_mul(*times), basis));
        let own = path::join(&modules, name_of(row.name));
        if shell.fs.mkdir_all(&own, mode, uid, gid).is_ok() {
            shell.fs.hold_weighed(&own);
        }
        for (word, file) in programs(row) {
            let bin = path::join(&modules, ".bin");
            if shell.fs.mkdir_all(&bin, mode, uid, gid).is_ok() {
                let _ =
                    shell.fs.symlink(&format!("../{}/{file}", name_of(row.name)), &format!("{bin}/{word}"), uid, gid);
            }
        }
    }
}

fn basis(table: &Table, row: &Row<'_>, version: &str) -> String {
    let taken = if row.version == version { String::new() } else { format!(", taken for {version}") };
    format!("{} {} as npm unpacks it{taken} ({})", name_of(row.name), row.version, table.source())
}

/// What the tool keeps of what it fetched: the archives and, where it had to choose, what the registry tells.
///
/// `whole`: it fetched nothing else.
fn keep(shell: &mut Shell, tool: &str, rows: &[(Row<'_>, String)], chooses: bool, whole: bool) {
    /// An entry of npm's cache, in bytes.
    const ENTRY: u64 = 1_300;
    if rows.is_empty() && whole {
        return;
    }
    let place = cache(shell, tool);
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let inner = if tool == "npm" { format!("{place}/_cacache") } else { place };
    let Ok(inner) = shell.fs.mkdir_all(&inner, mode, uid, gid) else { return };
    if tool != "npm" {
        shell.fs.set_partial(&inner);
        return shell.gap("unknown-files", format!("{tool}'s cache"));
    }
    if !whole {
        shell.fs.set_partial(&inner);
    }
    let names: BTreeSet<&str> = rows.iter().map(|(row, _)| name_of(row.name)).collect();
    let indexes: u64 = if chooses {
        let of = |name: &&str| {
            rows.iter().find(|(row, _)| name_of(row.name) == *name).map_or(0, |(row, _)| note(row, "index"))
        };
        names.iter().map(of).sum::<u64>() + names.len() as u64 * ENTRY
    } else {
        0
    };
    let archives: u64 = rows.iter().map(|(row, _)| row.records + ENTRY).sum();
    let size = Size::modelled(
        archives + indexes,
        "the archives of these packages, and what the registry tells of them, as npm 11 keeps them",
    );
    shell.fs.weigh_whole(&inner, &format!("npm's cache of {} packages", rows.len()), size);
}

/// Packages that are not known, and scripts that may bring more.
fn tell(shell: &mut Shell, rows: &[(Row<'_>, String)], missing: &BTreeSet<String>, request: &Request) {
    for what in missing.iter().take(MAX_NAMED) {
        shell.gap("unlisted-package", what.as_str());
    }
    if missing.len() > MAX_NAMED {
        shell.gap("unlisted-package", format!("and {} packages more", missing.len() - MAX_NAMED));
    }
    if request.runs_scripts {
        for (row, _) in rows.iter().filter(|(row, _)| has_script(row)) {
            shell.gap("unknown-files", format!("the install script of {}", name_of(row.name)));
        }
    }
}

/// package-lock.json, where there is none, and its copy in `node_modules`.
fn write_lock(shell: &mut Shell, rows: &[(Row<'_>, String)], copies: bool, is_new: bool) {
    // The address of each archive, which the table leaves out: it was measured where npm was told to.
    let address = |row: &Row<'_>| {
        let name = name_of(row.name);
        "      \"resolved\": \"https://registry.npmjs.org//-/-.tgz\",\n".len()
            + name.len()
            + path::file_name(name).len()
            + row.version.len()
    };
    let bytes = 83 + rows.iter().map(|(row, _)| note(row, "lock") + address(row) as u64).sum::<u64>();
    if is_new {
        write_modelled(shell, "package-lock.json", bytes, false);
    }
    if copies {
        write_modelled(shell, "node_modules/.package-lock.json", bytes, false);
    }
}

fn write_modelled(shell: &mut Shell, name: &str, bytes: u64, only_new: bool) {
    let place = path::join(&shell.cwd, name);
    if only_new && shell.fs.stat("/", &place).is_ok() {
        return;
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let content = Content::modelled([], bytes, "the lines that a lock file has of each package");
    let _ = shell.fs.write(&place, content, mode, uid, gid);
}

/// `npm install -g`: each package in a folder of its own, with all that it needs below it.
fn global(shell: &mut Shell, tool: &str, table: &Table, registry: &Registry<'_>, request: &Request) -> i32 {
    let prefix = shell.var("NPM_CONFIG_PREFIX").unwrap_or("/usr/local").to_string();
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let mut all = Vec::new();
    let mut missing = BTreeSet::new();
    for word in &request.names {
        let one = Wanted::read(word);
        let Some(top) = registry.find(&one.name, &one.range).filter(|_| !one.is_elsewhere()) else {
            missing.insert(one.name.clone());
            if let Ok(real) = shell.fs.mkdir_all(&format!("{prefix}/lib/node_modules/{}", one.name), mode, uid, gid) {
                shell.fs.set_partial(&real);
            }
            continue;
        };
        let place = format!("{prefix}/lib/node_modules/{}", one.name);
        if let Ok(real) = shell.fs.resolve("/", &place, true) {
            let _ = shell.fs.remove(&real);
        }
        let Ok(folder) = shell.fs.mkdir_all(&place, mode, uid, gid) else { continue };
        for row in registry.closure([top]) {
            let id = format!("{}@{}", name_of(row.name), row.version);
            shell.fs.weigh_whole(&folder, &id, Size::modelled(row.bytes, basis(table, &row, row.version)));
            all.push((row, row.version.to_string()));
        }
        for (word, file) in programs(&top) {
            if shell.fs.mkdir_all(&format!("{prefix}/bin"), mode, uid, gid).is_ok() {
                let link = format!("{prefix}/bin/{word}");
                let _ = shell.fs.remove(&link);
                let _ = shell.fs.symlink(&format!("../lib/node_modules/{}/{file}", one.name), &link, uid, gid);
            }
        }
    }
    keep(shell, tool, &all, true, missing.is_empty());
    tell(shell, &all, &missing, request);
    0
}

const NO_LOCK: &str = "npm error code EUSAGE
npm error
npm error The `npm ci` command can only install with an existing package-lock.json or
npm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or
npm error later to generate a package-lock.json file, then try again.
";

fn no_lock(shell: &mut Shell) -> i32 {
    shell.err(NO_LOCK);
    1
}

fn no_manifest(shell: &mut Shell) -> i32 {
    let place = path::join(&shell.cwd, "package.json");
    shell.err(format!("npm error code ENOENT\nnpm error syscall open\nnpm error path {place}\nnpm error errno -2\nnpm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{place}'\nnpm error enoent This is related to npm not being able to find a file.\nnpm error enoent\n"));
    254
}

/// `npm ci` refuses where the lock file lacks what package.json asks for.
fn out_of_sync(
    shell: &mut Shell,
    registry: &Registry<'_>,
    manifest: &Manifest,
    lock: &[manifest::Locked],
) -> Option<i32> {
    let is_there = |name: &str| lock.iter().any(|one| one.top && one.name == name);
    let lacking: Vec<Wanted> =
        manifest.wanted(true).into_iter().filter(|one| !one.optional && !is_there(&one.name)).collect();
    if lacking.is_empty() {
        return None;
    }
    let mut words = String::from(
        "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\nnpm error\n",
    );
    for one in lacking {
        let version = registry.find(&one.name, &one.range).map_or(one.range.clone(), |row| row.version.to_string());
        words += &format!("npm error Missing: {}@{version} from lock file\n", one.name);
    }
    shell.err(words);
    Some(1)
}
