//! unzip: what a zip archive holds goes into a folder, within bounds and inside it.

use crate::commands::estimated_files::unpack_unknown_archive;
use crate::fs::{Content, FsError, glob_matches, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, value};
use std::io::Read;

/// Entries that one archive may have.
const MAX_ENTRIES: u64 = 200_000;
/// Bytes that it may unpack to.
const MAX_BYTES: u64 = 512 << 20;

struct Entry {
    name: String,
    mode: Option<u32>,
    is_dir: bool,
    is_packed: bool,
    bytes: Vec<u8>,
    /// Its checksum fits.
    is_whole: bool,
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
        let is_whole = rawzip::crc32(&bytes) == local.claim_verifier().crc;
        let is_packed = entry.compression_method() != rawzip::CompressionMethod::STORE;
        all.push(Entry {
            is_dir: name.ends_with('/'),
            mode: (mode != 0).then_some(mode),
            name,
            is_packed,
            bytes,
            is_whole,
        });
    }
    Ok(all)
}

/// Unpacks an archive of which nothing is known but its origin; one that is only read has an unknown content.
fn unpack_unknown(shell: &mut Shell, flags: &[(String, Option<String>)], name: &str, origin: &str, members: bool) {
    if has(flags, &["p", "l", "t"]) {
        return shell.gap("unknown-content", name);
    }
    let folder = path::join(&shell.cwd, value(flags, &["d"]).unwrap_or("."));
    let place = shell.fs.resolve("/", &folder, true).unwrap_or(folder);
    unpack_unknown_archive(shell, &place, origin, members);
}

pub(crate) fn unzip(shell: &mut Shell, argv: &[String]) -> i32 {
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
    only(shell, "unzip", &flags, &["d", "o", "q", "n", "j", "p", "l", "t", "a", "C", "X", "K"]);
    let Some((name, members)) = operands.split_first() else { return 10 };
    let known = [name.clone(), format!("{name}.zip")].into_iter().find(|name| shell.fs.stat(&shell.cwd, name).is_ok());
    let Some(name) = known else {
        if shell.fs.may_hide(&shell.cwd, name) {
            shell.gap("unlisted-file", name);
            unpack_unknown(shell, &flags, name, name, !members.is_empty());
            return 0;
        }
        if shell.dialect() == "ash" {
            shell.err(format!("unzip: can't open {name}[.zip]\n"));
            return 1;
        }
        shell.err(format!("unzip:  cannot find or open {name}, {name}.zip or {name}.ZIP.\n"));
        return 9;
    };
    let Ok(Some(bytes)) = shell.read(&name) else {
        let content = shell.fs.stat(&shell.cwd, &name).ok().and_then(|(_, node)| node.content());
        let origin = content.and_then(Content::address).unwrap_or(&name).to_string();
        unpack_unknown(shell, &flags, &name, &origin, !members.is_empty());
        return 0;
    };
    let entries = match read(&bytes) {
        Ok(entries) => entries,
        Err(error) => {
            shell.err(format!("unzip: {name}: {error}\n"));
            return 9;
        }
    };
    let is_busybox = shell.dialect() == "ash";
    let folder = value(&flags, &["d"]).unwrap_or("").to_string();
    let root = path::join(&shell.cwd, if folder.is_empty() { "." } else { &folder });
    // Of a folder to make only the last part may be missing.
    let above = folder.trim_end_matches('/').rsplit_once('/').map_or("", |(above, _)| above);
    let has_above =
        above.is_empty() || shell.fs.stat(&shell.cwd, above).is_ok() || shell.fs.may_hide(&shell.cwd, above);
    if is_busybox && !has_above {
        shell.err(format!("unzip: can't change directory to '{folder}': No such file or directory\n"));
        return 1;
    }
    let told = !has(&flags, &["q", "p"]);
    if told {
        shell.out(format!("Archive:  {name}\n"));
    }
    if !has_above && !has(&flags, &["l", "t", "p"]) {
        shell.err(format!(
            "checkdir:  cannot create extraction directory: {folder}\n           No such file or directory\n"
        ));
        return 2;
    }
    if has(&flags, &["l"]) {
        shell.gap("unknown-output", "unzip -l");
        return 0;
    }
    let (mut status, mut found) = (0, vec![false; members.len()]);
    for entry in entries {
        for (pattern, found) in members.iter().zip(&mut found) {
            *found |= fits(pattern, &entry.name);
        }
        let wanted = members.is_empty() || members.iter().any(|pattern| fits(pattern, &entry.name));
        if !wanted || left_out.iter().any(|pattern| fits(pattern, &entry.name)) {
            continue;
        }
        if has(&flags, &["t"]) {
            match is_busybox {
                true => shell.out(format!("    testing: {:<22}   OK\n", entry.name)),
                false if entry.is_whole => shell.out(format!("    testing: {:<22}   OK\n", entry.name)),
                false => status = 2,
            }
            continue;
        }
        if has(&flags, &["p"]) {
            shell.out(&entry.bytes);
            continue;
        }
        // The name stays inside the folder, whatever it says.
        let inner = path::join("/", entry.name.trim_start_matches('/'));
        let inner = if has(&flags, &["j"]) { format!("/{}", path::file_name(&inner)) } else { inner };
        let place = format!("{}{}", root.trim_end_matches('/'), inner.trim_end_matches('/'));
        if entry.is_dir && has(&flags, &["j"]) || place.is_empty() {
            continue;
        }
        // Info-ZIP tells where a file goes, busybox what it is called.
        let shown = match folder.is_empty() || is_busybox {
            true => inner.trim_start_matches('/').to_string(),
            false => format!("{}{inner}", folder.trim_end_matches('/')),
        };
        match extract(shell, &entry, &place, &flags, &shown) {
            Ok(ExtractResult::Written) if told => {
                let line = match (entry.is_dir, is_busybox, entry.is_packed) {
                    (true, ..) => format!("   creating: {}/\n", shown.trim_end_matches('/')),
                    (false, true, _) => format!("  inflating: {shown}\n"),
                    (false, false, true) => format!("  inflating: {shown:<22}  \n"),
                    (false, false, false) => format!(" extracting: {shown:<22}  \n"),
                };
                shell.out(line);
            }
            Ok(ExtractResult::Written | ExtractResult::Kept) => {}
            // Nobody answers: the first question is the last.
            Ok(ExtractResult::NeedsAnswer) if is_busybox => {
                shell.out(format!("replace {shown}? [y]es, [n]o, [A]ll, [N]one, [r]ename: "));
                shell.err("unzip: can't read standard input\n");
                return 1;
            }
            Ok(ExtractResult::NeedsAnswer) => {
                shell.err(format!(
                    "replace {shown}? [y]es, [n]o, [A]ll, [N]one, [r]ename:  NULL\n(EOF or read error, treating as \
                     \"[N]one\" ...)\n"
                ));
                flags.push(("n".to_string(), None));
                status = 1;
            }
            Err(error) => status = shell.complain("unzip", &shown, &error),
        }
    }
    for (pattern, _) in members.iter().zip(found).filter(|(_, found)| !found) {
        if !is_busybox {
            shell.err(format!("caution: filename not matched:  {pattern}\n"));
            status = 11;
        }
    }
    if has(&flags, &["t"]) && told && status == 0 {
        shell.out(format!("No errors detected in compressed data of {name}.\n"));
    }
    status
}

/// A name fits a pattern, in which a star takes slashes, too.
fn fits(pattern: &str, name: &str) -> bool {
    pattern == name || glob_matches(&pattern.replace('/', "\u{1}"), &name.replace('/', "\u{1}"))
}

enum ExtractResult {
    Written,
    /// It was there.
    Kept,
    /// It was there, and nothing told whether to replace it.
    NeedsAnswer,
}

fn extract(
    shell: &mut Shell,
    entry: &Entry,
    place: &str,
    flags: &[(String, Option<String>)],
    shown: &str,
) -> Result<ExtractResult, FsError> {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let parent = if entry.is_dir { place } else { path::parent(place) };
    let is_new = shell.fs.stat("/", place).is_err();
    let folder = match shell.fs.stat("/", parent) {
        Ok((real, node)) if node.is_dir() => real,
        _ => {
            let mode = shell.folder_mode();
            shell.fs.mkdir_all(parent, mode, uid, gid)?
        }
    };
    if entry.is_dir {
        if let Some(mode) = entry.mode {
            shell.fs.chmod(&folder, mode);
        }
        return Ok(if is_new { ExtractResult::Written } else { ExtractResult::Kept });
    }
    let real = shell.fs.resolve("/", place, true)?;
    if shell.fs.get(&real).is_some() {
        if has(flags, &["n"]) {
            return Ok(ExtractResult::Kept);
        }
        if !has(flags, &["o"]) {
            return Ok(ExtractResult::NeedsAnswer);
        }
        shell.fs.remove(&real)?;
    }
    if !entry.is_whole {
        shell.gap("unmodelled-option", format!("unzip of the damaged {shown}"));
    }
    let mode = entry.mode.unwrap_or(0o644) & !shell.umask;
    shell.fs.write(&real, Content::inline(entry.bytes.clone()), mode, uid, gid)?;
    Ok(ExtractResult::Written)
}
