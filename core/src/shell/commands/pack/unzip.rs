//! unzip: what a zip archive holds goes into a folder, within bounds and inside it.

use super::super::{has, only, value};
use crate::fs::{Content, glob_matches, path};
use crate::shell::Shell;
use std::io::Read;

/// Entries that one archive may have.
const MAX_ENTRIES: u64 = 200_000;
/// Bytes that it may unpack to.
const MAX_BYTES: u64 = 512 << 20;

struct Entry {
    name: String,
    mode: Option<u32>,
    is_dir: bool,
    bytes: Vec<u8>,
}

/// What an archive holds.
///
/// # Errors
/// It is no zip archive, damaged, too large, or packed in a way that is not known here.
fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let archive = rawzip::ZipArchive::from_slice(bytes).map_err(|error| error.to_string())?;
    if archive.entries_hint() > MAX_ENTRIES {
        return Err(format!("more than {MAX_ENTRIES} entries"));
    }
    let mut all = Vec::new();
    let mut left = MAX_BYTES;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(|error| error.to_string())? {
        if all.len() as u64 >= MAX_ENTRIES {
            return Err(format!("more than {MAX_ENTRIES} entries"));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        // Unix programs keep modes in the upper half of the attributes.
        let mode = entry.external_attributes() >> 16 & 0o7777;
        let local = archive.get_entry(entry.wayfinder()).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        let got = match entry.compression_method() {
            rawzip::CompressionMethod::STORE => local.data().take(left + 1).read_to_end(&mut bytes),
            rawzip::CompressionMethod::DEFLATE => {
                flate2::bufread::DeflateDecoder::new(local.data()).take(left + 1).read_to_end(&mut bytes)
            }
            other => return Err(format!("{name}: compression {other:?} is not known here")),
        };
        got.map_err(|error| format!("{name}: {error}"))?;
        left = left.checked_sub(bytes.len() as u64).ok_or("unpacked it is larger than 512 MiB")?;
        all.push(Entry { is_dir: name.ends_with('/'), mode: (mode != 0).then_some(mode), name, bytes });
    }
    Ok(all)
}

pub(in super::super) fn unzip(shell: &mut Shell, argv: &[String]) -> i32 {
    // `-d FOLDER` and `-x NAMES` may stand behind the archive.
    let (mut flags, mut operands, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut words = argv.iter().skip(1);
    let mut excluding = false;
    while let Some(word) = words.next() {
        match word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            Some("x") => excluding = true,
            Some(letters) => {
                excluding = false;
                let mut letters = letters.chars();
                while let Some(letter) = letters.next() {
                    let rest = letters.as_str().to_string();
                    if letter == 'd' {
                        flags.push(("d".to_string(), if rest.is_empty() { words.next().cloned() } else { Some(rest) }));
                        break;
                    }
                    flags.push((letter.to_string(), None));
                }
            }
            None if excluding => left_out.push(word.clone()),
            None => operands.push(word.clone()),
        }
    }
    only(shell, "unzip", &flags, &["d", "o", "q", "n", "j", "p", "l", "t"]);
    let Some((name, members)) = operands.split_first() else { return 10 };
    let known = [name.clone(), format!("{name}.zip")].into_iter().find(|name| shell.fs.stat(&shell.cwd, name).is_ok());
    let Some(name) = known else {
        if shell.fs.may_hide(&shell.cwd, name) {
            shell.gap("unlisted-file", name);
            return 0;
        }
        shell.err(format!("unzip:  cannot find or open {name}, {name}.zip or {name}.ZIP.\n"));
        return 9;
    };
    let Ok(Some(bytes)) = shell.read(&name) else {
        shell.gap("unknown-content", name);
        return 0;
    };
    let entries = match read(&bytes) {
        Ok(entries) => entries,
        Err(error) => {
            shell.err(format!("unzip: {name}: {error}\n"));
            return 9;
        }
    };
    let folder = path::join(&shell.cwd, value(&flags, &["d"]).unwrap_or("."));
    let fits = |patterns: &[String], name: &str| {
        patterns
            .iter()
            .any(|pattern| pattern == name || glob_matches(&pattern.replace('/', "\u{1}"), &name.replace('/', "\u{1}")))
    };
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    if !has(&flags, &["q", "p"]) {
        shell.out(format!("Archive:  {name}\n"));
    }
    let mut status = 0;
    for entry in entries {
        let wanted = members.is_empty() || fits(members, &entry.name);
        if !wanted || fits(&left_out, &entry.name) {
            continue;
        }
        if has(&flags, &["l", "t"]) {
            shell.out(format!("{}\n", entry.name));
            continue;
        }
        if has(&flags, &["p"]) {
            shell.out(&entry.bytes);
            continue;
        }
        // The name stays inside the folder, whatever it says.
        let inner = path::join("/", entry.name.trim_start_matches('/'));
        let inner = if has(&flags, &["j"]) { format!("/{}", path::file_name(&inner)) } else { inner };
        let place = format!("{}{}", folder.trim_end_matches('/'), inner.trim_end_matches('/'));
        if entry.is_dir && has(&flags, &["j"]) || place.is_empty() {
            continue;
        }
        let parent = if entry.is_dir { place.as_str() } else { path::parent(&place) };
        let made = match shell.fs.stat("/", parent) {
            Ok((real, node)) if node.is_dir() => Ok(real),
            _ => {
                let mode = shell.folder_mode();
                shell.fs.mkdir_all(parent, mode, uid, gid)
            }
        };
        if entry.is_dir {
            if let (Ok(real), Some(mode)) = (&made, entry.mode) {
                shell.fs.chmod(real, mode);
            }
            continue;
        }
        let shown = entry.name.clone();
        let written = made.and_then(|_| {
            let real = shell.fs.resolve("/", &place, true)?;
            let there = shell.fs.get(&real).is_some();
            if there && has(&flags, &["n"]) {
                return Ok(());
            }
            if there {
                shell.fs.remove(&real)?;
            }
            let mode = entry.mode.unwrap_or(0o644) & !shell.umask;
            shell.fs.write(&real, Content::inline(entry.bytes), mode, uid, gid)
        });
        match written {
            Ok(()) if !has(&flags, &["q"]) => shell.out(format!("  inflating: {shown}\n")),
            Ok(()) => {}
            Err(error) => status = shell.complain("unzip", &shown, &error),
        }
    }
    status
}
