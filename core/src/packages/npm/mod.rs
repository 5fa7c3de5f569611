//! npm, and yarn and pnpm as far as they do the same: packages of Node.js into `node_modules`.
//!
//! What the registry has was measured once; which versions are chosen may differ a little. A package that the
//! table does not have is told, and its size is not known.

mod corepack;
mod locks;
mod manifest;
mod registry;
mod scripts;
mod store;

pub(crate) use corepack::corepack;

use crate::commands::coreutils::realpath::relative;
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::index::{Row, Table};
use crate::packages::language_managers::manager;
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
    /// The lock file is to be kept to.
    frozen: bool,
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
            "--frozen-lockfile" | "--immutable" => request.frozen = true,
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

/// Under which name it is called: `yarnpkg` is yarn.
fn tool(argv: &[String]) -> String {
    path::file_name(argv.first().map_or("npm", String::as_str)).trim_end_matches("pkg").to_string()
}

/// The command model of npm, yarn and pnpm.
pub(crate) fn npm(shell: &mut Shell, argv: &[String]) -> i32 {
    let tool = tool(argv);
    let elsewhere = argv.iter().any(|word| {
        ["--prefix", "--cwd", "-C", "-w", "--workspace", "--workspaces"].contains(&word.as_str())
            || word.starts_with("--prefix=")
    });
    let request = read(shell, argv);
    if tool != "npm" {
        corepack::before(shell, &tool);
    }
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
            store::forget(shell, &tool);
            0
        }
        ("init", _) => scripts::init(shell, argv),
        (verb, "yarn" | "pnpm") if scripts::is_script(shell, verb) => scripts::run(shell, argv, verb),
        _ => manager(shell, argv),
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
            chosen.add(registry, &one.name, &one.version);
        }
        chosen
    }

    /// A package in this version, as far as the table knows one of its name.
    fn add(&mut self, registry: &Registry<'t>, name: &str, version: &str) {
        match registry.find(name, version) {
            Some(row) => self.rows.push((row, version.to_string())),
            None => {
                self.missing.insert(name.to_string());
            }
        }
    }

    /// What the lock file of yarn or pnpm has, and of what it lacks the table's.
    fn by_pins(
        registry: &Registry<'t>,
        pinned: &locks::Pinned,
        manifest: &Manifest,
        dev: bool,
        added: &[Wanted],
    ) -> Chosen<'t> {
        let lacking = |one: &Wanted| pinned.lacking.contains(&one.name);
        let wanted: Vec<Wanted> =
            manifest.wanted(dev).into_iter().filter(lacking).chain(added.iter().cloned()).collect();
        let mut chosen = Chosen::by_names(registry, &wanted);
        for (name, version) in &pinned.packages {
            chosen.add(registry, name, version);
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
    let Some(table) = crate::packages::release::table(shell, "npm") else { return manager(shell, argv) };
    let registry = Registry::read(&table, crate::commands::c_library::is_musl(shell));
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
    let musl = registry.is_ours("musl");
    let lock = if tool == "npm" { manifest::lock(shell, musl) } else { None };
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
    let dev = !request.omits_dev;
    let pinned = match pinned(shell, tool, &manifest, dev, musl) {
        // yarn's newer versions keep packages in forms of their own.
        Err(()) => return manager(shell, argv),
        Ok(pinned) => pinned,
    };
    if let Some(pinned) = &pinned
        && request.frozen
        && !pinned.lacking.is_empty()
    {
        return refused(shell, tool, pinned);
    }
    let chosen = match (&lock, &pinned) {
        (Some(lock), _) => Chosen::by_lock(&registry, lock, request.omits_dev),
        (None, Some(pinned)) => Chosen::by_pins(&registry, pinned, &manifest, dev, &added),
        (None, None) if request.frozen && tool == "pnpm" => return no_pins(shell),
        (None, None) => {
            let mut wanted = manifest.wanted(dev);
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
        let names = manifest.wanted(dev).into_iter().chain(added.iter().cloned()).map(|one| one.name).collect();
        bring(shell, &Place { table: &table, tool, modules: &modules, direct: names }, rows, prunes, clean);
        let asks = lock.as_ref().is_none_or(|lock| lock.iter().any(|one| !one.resolved)) && pinned.is_none();
        if !prunes {
            // yarn fetches what is for development in any case, and other systems' builds.
            let all = match &pinned {
                Some(_) if tool == "yarn" && !dev => self::pinned(shell, tool, &manifest, true, musl).ok().flatten(),
                _ => None,
            };
            let fetched = all.as_ref().map(|all| Chosen::by_pins(&registry, all, &manifest, true, &added).rows);
            let builds = all.as_ref().or(pinned.as_ref()).filter(|_| tool == "yarn");
            let foreign = builds.is_some_and(|all| !all.foreign.is_empty());
            if foreign {
                shell.gap("unknown-files", "yarn's cache: builds for other systems");
            }
            store::keep(shell, tool, fetched.as_ref().unwrap_or(rows), asks, missing.is_empty() && !foreign);
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
        if !request.frozen {
            write_modelled(shell, name, store::lock_bytes(tool, rows.len()), true);
        }
        if !request.lock_only && !rows.is_empty() {
            for (name, bytes) in store::beside(tool, rows.len()) {
                write_modelled(shell, name, bytes, false);
            }
        }
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

/// What the lock file of yarn or pnpm pins; `None` without one.
///
/// # Errors
/// One that is not read here.
fn pinned(shell: &Shell, tool: &str, manifest: &Manifest, dev: bool, musl: bool) -> Result<Option<locks::Pinned>, ()> {
    let name = match tool {
        "yarn" => "yarn.lock",
        "pnpm" => "pnpm-lock.yaml",
        _ => return Ok(None),
    };
    let text = match shell.read(name) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => return Err(()),
        Err(_) => return Ok(None),
    };
    let pinned = match tool {
        "yarn" => locks::yarn(&text, manifest, dev),
        _ => locks::pnpm(&text, manifest, dev, musl),
    };
    pinned.map(Some).ok_or(())
}

/// The lock file does not have what package.json asks for (words of yarn 1.22 and pnpm 9).
fn refused(shell: &mut Shell, tool: &str, pinned: &locks::Pinned) -> i32 {
    if tool == "yarn" {
        shell.err("error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.\n");
        return 1;
    }
    let lacking = pinned.lacking.join(", ");
    shell.out(format!(
        "\u{2009}ERR_PNPM_OUTDATED_LOCKFILE\u{2009} Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is not up to date with package.json\n\n    Failure reason:\n    the lockfile lacks {lacking}\n"
    ));
    1
}

/// `pnpm install --frozen-lockfile` without a lock file.
fn no_pins(shell: &mut Shell) -> i32 {
    shell.out("\u{2009}ERR_PNPM_NO_LOCKFILE\u{2009} Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is absent\n");
    1
}

/// Where packages go, and how.
struct Place<'p> {
    table: &'p Table,
    tool: &'p str,
    modules: &'p str,
    /// What package.json asks for itself: pnpm shows nothing else.
    direct: BTreeSet<String>,
}

/// Puts packages into `node_modules`. `only`: what else is there goes.
fn bring(shell: &mut Shell, place: &Place<'_>, rows: &[(Row<'_>, String)], only: bool, always: bool) {
    if rows.is_empty() && !always && shell.fs.get(place.modules).is_none() {
        return;
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let Ok(modules) = shell.fs.mkdir_all(place.modules, mode, uid, gid) else { return };
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
        let basis = basis(place.table, row, version);
        let times = times.entry(id(row, version)).or_default();
        *times += 1;
        shell.fs.weigh_whole(&modules, &id(row, version), Size::modelled(row.bytes.saturating_mul(*times), basis));
        let own = store::folder(place.tool, &modules, name_of(row.name), version);
        if shell.fs.mkdir_all(&own, mode, uid, gid).is_ok() {
            shell.fs.hold_weighed(&own);
        }
        if place.tool == "pnpm" {
            if !place.direct.contains(name_of(row.name)) {
                continue;
            }
            let link = path::join(&modules, name_of(row.name));
            let leads_to = relative(&own, path::parent(&link));
            let _ = shell.fs.mkdir_all(path::parent(&link), mode, uid, gid);
            let _ = shell.fs.symlink(&leads_to, &link, uid, gid);
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
    store::keep(shell, tool, &all, true, missing.is_empty());
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
