//! `cargo xtask packages`: renews the package indexes of `core/data/packages`.
//!
//! A distribution's own index goes in, a table of what Dockerfiles install goes out: the packages of
//! `names.txt`, all that they need, and where their programs and libraries are.

mod alpine;
mod compiled;
mod debian;
mod debian_sizes;
mod npm;
mod pypi;
mod root;
mod starts;

use crate::run::{Done, command, root, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const USAGE: &str = "\
usage: cargo xtask packages debian-11|debian-12|debian-13            asks this machine's apt for the index
       cargo xtask packages NAME --packages FILE [--contents FILE]… from a Packages file, such as Ubuntu's
       cargo xtask packages NAME --apkindex FILE… [--bytes LATER]    from Alpine's APKINDEX.tar.gz of main, and of community
       cargo xtask packages debian-sizes                             sizes of more packages, to estimate missing ones
       cargo xtask packages names NAME DAY PACKAGES…                 which packages a release has, from its unpacked indexes
       cargo xtask packages alpine-sizes LIST DAY                    the same of Alpine 3.22, from packages-alpine-3.22-main.jsonl
       cargo xtask packages pypi                                     installs the packages of pypi-names.txt, and measures
       cargo xtask packages npm                                      installs the packages of npm-names.txt, and measures
       cargo xtask packages NAME --starts                            fetches a table's packages, and how their programs start
       cargo xtask packages NAME --compiled DIR                      compiles its Python modules in a root that has Python
       cargo xtask packages NAME --root DIR                          what a root of debootstrap has, to core/data/rootfs
       --whole takes all of an index, not only what names.txt asks for";

/// One row of a table.
#[derive(Default)]
struct Package {
    version: String,
    /// In the index's own unit: KiB for Debian, bytes for Alpine.
    installed: u64,
    /// Groups of alternatives.
    depends: Vec<Vec<String>>,
    recommends: Vec<Vec<String>>,
    provides: Vec<String>,
    /// It comes by itself where all of these are: Alpine's.
    install_if: Vec<String>,
    in_base: bool,
    files: Files,
    /// The column of ways to start, where the index itself tells it.
    starts: String,
}

/// What is listed of a package's files, as the table writes it.
#[derive(Default)]
struct Files {
    /// Folder to names: all programs and libraries.
    listed: BTreeMap<String, BTreeSet<String>>,
    /// Folders that hold more.
    partly: BTreeSet<String>,
    /// What the package manager keeps about them, in bytes.
    records: u64,
    /// What the index's size has too much: it rounds each file up to a KiB and gives one to each folder and link.
    rounding: u64,
    last: String,
}

impl Files {
    fn add(&mut self, path: &str) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.listed.entry(folder.to_string()).or_default().insert(name.to_string());
    }

    fn written(&self) -> String {
        let mut words: Vec<String> = self.partly.iter().map(|folder| format!("+{folder}")).collect();
        for (folder, names) in &self.listed {
            words.push(folder.clone());
            words.extend(names.iter().cloned());
        }
        words.join(" ")
    }
}

type Packages = BTreeMap<String, Package>;

pub(crate) fn packages(words: &[&str]) -> Done {
    // A small index is taken whole.
    let whole = words.contains(&"--whole");
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "--whole").collect();
    if let [name, "--root", directory] = words.as_slice() {
        return root::write(name, Path::new(directory));
    }
    if let ["npm"] = words.as_slice() {
        return npm::write();
    }
    if let ["debian-sizes"] = words.as_slice() {
        return debian_sizes::write();
    }
    if let ["names", rest @ ..] = words.as_slice() {
        let script = root().join("xtask/src/packages/package_names.py");
        return run(command("python3").arg(script).args(rest));
    }
    if let ["alpine-sizes", list, day] = words.as_slice() {
        let script = root().join("xtask/src/packages/alpine_sizes.py");
        return run(command("python3").arg(script).args([list, day]));
    }
    if let ["pypi"] = words.as_slice() {
        return pypi::write();
    }
    if let [name, "--compiled", directory] = words.as_slice() {
        return compiled::add(name, Path::new(directory));
    }
    if let [name, "--starts"] = words.as_slice() {
        return starts::add(name);
    }
    let place: PathBuf = root().join("core/data/packages");
    let (name, unit, mut all, source) = match words.as_slice() {
        [name] => {
            let suite = debian::suite(name).ok_or(USAGE)?;
            let index = debian::fetch(suite, true)?;
            (
                name,
                "KiB",
                debian::read(&index.packages, &index.contents),
                format!("the suite's own Packages and Contents, {}", today()),
            )
        }
        [name, "--packages", file, contents @ ..] => {
            let contents = contents.chunks(2).map(|pair| match pair {
                ["--contents", file] => text(file),
                _ => Err(USAGE.into()),
            });
            (name, "KiB", debian::read(&text(file)?, &contents.collect::<Done<Vec<String>>>()?), source_of(file))
        }
        [name, "--apkindex", files @ ..] => {
            let debian = text(place.join("debian-12.tsv"))?;
            let (files, later) = match files {
                [files @ .., "--bytes", later] => (files, Some(alpine::Repository::read(later)?)),
                files => (files, None),
            };
            let repositories = files.iter().map(|file| alpine::Repository::read(file)).collect::<Done<Vec<_>>>()?;
            let all = alpine::read(name, &repositories, later.as_ref(), &debian);
            (name, "bytes", all, alpine::source(&repositories)?)
        }
        _ => return Err(USAGE.into()),
    };
    let wanted = text(place.join("names.txt"))?;
    let wanted = wanted.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let base: Vec<String> = all.iter().filter(|(_, one)| one.in_base).map(|(name, _)| name.clone()).collect();
    let virtuals = virtuals(&all);
    for name in closure(&all, &virtuals, base, false) {
        if let Some(one) = all.get_mut(&name) {
            one.in_base = true;
        }
    }
    let base = all.iter().filter(|(_, one)| one.in_base || whole).map(|(name, _)| name.clone());
    let chosen = closure(&all, &virtuals, wanted.map(str::to_string).chain(base).collect(), true);
    let table = written(name, unit, &source, &all, &virtuals, &chosen);
    let file = place.join(format!("{name}.tsv"));
    fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}: {} packages", file.display(), chosen.len());
    Ok(())
}

fn text(file: impl AsRef<Path>) -> Done<String> {
    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.as_ref().display()))
}

/// The first line of a file that begins with `# source: `, or the file's name.
fn source_of(file: &str) -> String {
    let first = text(file).ok().and_then(|text| Some(text.lines().next()?.strip_prefix("# source: ")?.to_string()));
    first.unwrap_or_else(|| Path::new(file).file_name().unwrap_or_default().to_string_lossy().into_owned())
}

fn today() -> String {
    crate::run::output(crate::run::command("date").arg("+%Y-%m-%d")).unwrap_or_default().trim().to_string()
}

/// Virtual names, each with the provider that is taken: the smallest that is in the base, else the smallest.
fn virtuals(all: &Packages) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, one) in all {
        for virtual_name in one.provides.iter().filter(|virtual_name| !all.contains_key(*virtual_name)) {
            let key = |name: &String| all.get(name).map(|one| (!one.in_base, one.installed));
            let better = found.get(virtual_name).is_none_or(|old| key(name) < key(old));
            if better {
                found.insert(virtual_name.clone(), name.clone());
            }
        }
    }
    found
}

/// The package that stands for a group of alternatives; `None` where the base has one of them.
fn choice<'a>(all: &'a Packages, virtuals: &'a BTreeMap<String, String>, group: &'a [String]) -> Option<&'a str> {
    let real = |name: &'a String| match all.contains_key(name) {
        true => Some(name.as_str()),
        false => virtuals.get(name).map(String::as_str),
    };
    let known: Vec<&str> = group.iter().filter_map(real).collect();
    let in_base = |name: &&&str| all.get(**name).is_some_and(|one| one.in_base);
    match known.iter().find(in_base) {
        Some(_) => None,
        None => known.first().copied(),
    }
}

fn closure(
    all: &Packages,
    virtuals: &BTreeMap<String, String>,
    mut open: Vec<String>,
    recommends: bool,
) -> BTreeSet<String> {
    let mut closed = BTreeSet::new();
    loop {
        while let Some(name) = open.pop() {
            let name = if all.contains_key(&name) { Some(name) } else { virtuals.get(&name).cloned() };
            let Some((name, one)) = name.and_then(|name| all.get(&name).map(|one| (name, one))) else { continue };
            if closed.insert(name) {
                let groups = one.depends.iter().chain(one.recommends.iter().filter(|_| recommends));
                open.extend(groups.filter_map(|group| choice(all, virtuals, group)).map(str::to_string));
            }
        }
        let is_there =
            |name: &String| closed.contains(name) || virtuals.get(name).is_some_and(|real| closed.contains(real));
        let come = |(name, one): &(&String, &Package)| {
            !one.install_if.is_empty() && !closed.contains(*name) && one.install_if.iter().all(is_there)
        };
        open.extend(all.iter().filter(come).map(|(name, _)| name.clone()));
        if open.is_empty() {
            return closed;
        }
    }
}

fn written(
    name: &str,
    unit: &str,
    source: &str,
    all: &Packages,
    virtuals: &BTreeMap<String, String>,
    chosen: &BTreeSet<String>,
) -> String {
    let mut table = format!(
        "# {name}: name, version, installed {unit} without the index's rounding, depends, recommends, files, KiB of dpkg's lists, starts, bytes of compiled Python modules. * is in the base image, = is a virtual name, ? comes by itself where all these are.\n\
         # Depends: without what the base image has; of alternatives the first that exists, else the smallest provider.\n\
         # Files: a word with / is a folder, the names behind it are in it; +FOLDER holds more. Programs and libraries are listed in full.\n\
         # Starts: how programs and libraries start, `WAY NAME:BYTES…;…`: #INTERPRETER~ARGUMENT of a script, ! of a static program, else the libraries needed (c is libc.so.6, ^34 its version GLIBC_2.34) and @RUNPATH.\n\
         # source: {source}; the names of names.txt and all that they need.\n"
    );
    let list = |groups: &[Vec<String>]| {
        let names: BTreeSet<&str> = groups.iter().filter_map(|group| choice(all, virtuals, group)).collect();
        names.into_iter().collect::<Vec<_>>().join(" ")
    };
    for name in chosen {
        let Some(one) = all.get(name) else { continue };
        let mark = if one.in_base { "*" } else { "" };
        let (depends, recommends) = (list(&one.depends), list(&one.recommends));
        let records = if one.files.records == 0 { String::new() } else { one.files.records.div_ceil(1024).to_string() };
        // Nothing of a small package's size may be left by it, which then is a matter of few files.
        let installed = one.installed - (one.files.rounding / 1024).min(one.installed / 2);
        let row = format!(
            "{mark}{name}\t{}\t{installed}\t{depends}\t{recommends}\t{}\t{records}\t{}",
            one.version,
            one.files.written(),
            one.starts
        );
        let _ = writeln!(table, "{}", row.trim_end());
    }
    for (name, provider) in virtuals.iter().filter(|(_, provider)| chosen.contains(*provider)) {
        // `so:`, `cmd:` and `pc:` are only asked by other packages.
        if !name.contains([':', '(']) && !name.contains("-abi-") {
            let _ = writeln!(table, "={name}\t{provider}");
        }
    }
    for name in chosen {
        let Some(one) = all.get(name).filter(|one| !one.install_if.is_empty() && !one.in_base) else { continue };
        if !one.install_if.iter().all(|name| all.contains_key(name) || virtuals.contains_key(name)) {
            continue;
        }
        let conditions: Vec<Vec<String>> = one.install_if.iter().map(|name| vec![name.clone()]).collect();
        let _ = writeln!(table, "?{name}\t{}", list(&conditions));
    }
    table
}
