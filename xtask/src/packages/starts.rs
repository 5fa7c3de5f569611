//! How programs and libraries of packages start: what ELF files need, what scripts are read by. Asked of the
//! packages themselves, which are fetched for it.

use super::{debian, text};
use crate::run::{Done, command, output, root, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Oldest glibc minor version that is kept: all images of the catalogue have what is older.
const OLDEST: u32 = 15;

/// Largest package that is fetched, in bytes: browsers are known to start.
const MAX_DEB: u64 = 80 << 20;

/// The column of a table's row, from 0 on.
const COLUMN: usize = 7;

/// Adds the column of a table, or renews it.
pub(super) fn add(name: &str) -> Done {
    let file = root().join(format!("core/data/packages/{name}.tsv"));
    let suite = debian::suite(name).ok_or("only Debian's packages can be asked how they start")?;
    let index = debian::fetch(suite, false)?;
    let places = debs(&index.packages);
    let stageplay = program()?;
    let work = root().join("target/packages").join(format!("{suite}-starts"));
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let mut table = String::new();
    for line in text(&file)?.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let is_row = !line.starts_with(['#', '=']) && fields.len() > 5;
        let name = fields.first().copied().unwrap_or("").trim_start_matches('*');
        let listed = if is_row { listed(fields.get(5).copied().unwrap_or("")) } else { Vec::new() };
        let found = match places.get(name).filter(|_| !listed.is_empty()) {
            Some((place, size)) if *size <= MAX_DEB => {
                let starts = deb(&index.uri, place, &listed, &work, &stageplay)?;
                println!("{name}: {} of {} files", starts.values().map(BTreeSet::len).sum::<usize>(), listed.len());
                written(&starts)
            }
            _ => String::new(),
        };
        let mut fields: Vec<&str> = fields;
        if is_row {
            fields.resize(fields.len().max(COLUMN + 1), "");
            if let Some(field) = fields.get_mut(COLUMN) {
                *field = &found;
            }
        }
        table.push_str(fields.join("\t").trim_end());
        table.push('\n');
    }
    fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))
}

/// The command line that reads ELF files.
pub(super) fn program() -> Done<PathBuf> {
    run(command("cargo").current_dir(root()).args(["build", "--quiet", "-p", "stageplay"]))?;
    Ok(root().join("target/debug/stageplay"))
}

/// Where packages are, and how large.
pub(super) fn debs(packages: &str) -> BTreeMap<String, (String, u64)> {
    let field = |stanza: &str, name: &str| {
        stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("").to_string()
    };
    let place = |stanza| (field(stanza, "Filename"), field(stanza, "Size").parse().unwrap_or(0));
    packages.split("\n\n").map(|stanza| (field(stanza, "Package"), place(stanza))).collect()
}

/// Programs and shared libraries of the column of files.
fn listed(files: &str) -> Vec<String> {
    let mut folder = "";
    let mut all = Vec::new();
    for word in files.split(' ').filter(|word| !word.starts_with('+') && !word.is_empty()) {
        if word.starts_with('/') {
            folder = word;
        } else if folder.ends_with("bin") || folder.ends_with("games") || word.contains(".so") {
            all.push(format!("{folder}/{word}"));
        }
    }
    all
}

/// The ways to start, each with the names of files and their bytes.
pub(super) type Starts = BTreeMap<String, BTreeSet<String>>;

pub(super) fn written(starts: &Starts) -> String {
    let names = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    starts.iter().map(|(start, of)| format!("{start} {}", names(of))).collect::<Vec<_>>().join(";")
}

/// Fetches a package into a folder; the last one is written over.
pub(super) fn download(uri: &str, place: &str, work: &Path) -> Done<PathBuf> {
    let file = work.join("package.deb");
    let _ = fs::remove_file(&file);
    let from = format!("{}/{place}", uri.trim_end_matches('/'));
    run(command("/usr/lib/apt/apt-helper").arg("-q").arg("download-file").arg(from).arg(&file))?;
    Ok(file)
}

fn deb(uri: &str, place: &str, listed: &[String], work: &Path, stageplay: &Path) -> Done<Starts> {
    let file = download(uri, place, work)?;
    let out = work.join("files");
    let _ = fs::remove_dir_all(&out);
    run(command("dpkg-deb").arg("-x").arg(&file).arg(&out))?;
    let mut starts = Starts::new();
    for path in listed {
        let at = out.join(path.trim_start_matches('/'));
        if let Some(start) = start(&at, stageplay) {
            let name = path.rsplit('/').next().unwrap_or(path);
            starts.entry(start).or_default().insert(sized(name, &at));
        }
    }
    let _ = fs::remove_dir_all(&out);
    Ok(starts)
}

/// A name with its file's bytes.
pub(super) fn sized(name: &str, file: &Path) -> String {
    fs::metadata(file).map_or_else(|_| name.to_string(), |about| format!("{name}:{}", about.len()))
}

/// `#INTERPRETER`, `!` for a static program, else `SONAME^MINOR…,…@RUNPATH`, `c` for libc.so.6.
pub(super) fn start(file: &Path, stageplay: &Path) -> Option<String> {
    let about = fs::symlink_metadata(file).ok()?;
    if !about.is_file() {
        return None;
    }
    let head = fs::read(file).ok()?;
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
        let line = String::from_utf8_lossy(line).trim().to_string();
        let words: Vec<&str> = line.split_whitespace().collect();
        return (about.permissions().mode() & 0o111 != 0).then(|| format!("#{}", words.join("~")));
    }
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let text = output(command(&stageplay.to_string_lossy()).args(["elf", "--format", "json"]).arg(file))?;
    let list = |name: &str| strings(&text, name);
    if text.contains("\"linking\": \"static\"") {
        return Some("!".into());
    }
    let versions = |library: &str| -> String {
        let mark = format!("\"library\": \"{library}\"");
        let part = text.split(&mark).nth(1).unwrap_or("");
        let minors = strings(part, "versions").into_iter().filter_map(|version| {
            let minor: u32 = version.strip_prefix("GLIBC_2.")?.split('.').next()?.parse().ok()?;
            (minor >= OLDEST).then_some(format!("^{minor}"))
        });
        minors.collect()
    };
    let short = |library: &String| if library == "libc.so.6" { "c".to_string() } else { library.clone() };
    let needed: Vec<String> = list("needed").iter().map(|library| short(library) + &versions(library)).collect();
    let path = [list("runpath"), list("rpath")].concat();
    let path = if path.is_empty() { String::new() } else { format!("@{}", path.join(":")) };
    Some(format!("{}{path}", needed.join(",")))
}

/// The strings of the first list of a name in pretty JSON.
fn strings(text: &str, name: &str) -> Vec<String> {
    let mark = format!("\"{name}\": [");
    let part = text.split(&mark).nth(1).and_then(|part| part.split(']').next()).unwrap_or("");
    part.split('"').skip(1).step_by(2).map(str::to_string).collect()
}
