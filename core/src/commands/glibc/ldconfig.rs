//! ldconfig: links by the libraries' own names, and the list that glibc's loader reads.

use crate::elf::{self, FileKind, Machine};
use crate::exec::write_cache;
use crate::fs::{Content, Kind, path, shell_matches};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};
use std::collections::BTreeMap;

const CACHE: &str = "/etc/ld.so.cache";
/// What ldconfig remembers of files, so that it need not read them again.
const AUX: &str = "/var/cache/ldconfig";
/// Files that include each other.
const MAX_INCLUDES: u32 = 8;

pub(crate) fn ldconfig(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "fCr");
    only(shell, "ldconfig", &flags, &["v", "X", "N", "p", "print-cache", "verbose"]);
    if crate::commands::c_library::is_musl(shell) {
        // musl-utils' is a script that does nothing but with a folder.
        return 0;
    }
    if has(&flags, &["p", "print-cache"]) {
        shell.gap("unknown-output", "ldconfig -p");
        return 0;
    }
    let mut folders = Vec::new();
    configured(shell, "/etc/ld.so.conf", 0, &mut folders);
    folders.extend(["/lib", "/usr/lib"].map(str::to_string));
    let mut seen: Vec<String> = Vec::new();
    let mut libraries: Vec<(String, String)> = Vec::new();
    let mut listed = true;
    for folder in folders {
        // Folders that are one by a link are looked at once.
        let Ok(real) = shell.fs.resolve("/", &folder, true) else { continue };
        if seen.contains(&real) || !shell.fs.get(&real).is_some_and(|node| node.is_dir()) {
            continue;
        }
        listed &= shell.fs.is_listed(&real);
        let found = libraries_of(shell, &real);
        seen.push(real.clone());
        for (soname, file) in found {
            let link = format!("{real}/{soname}");
            if file != soname && !has(&flags, &["X"]) {
                let right = shell.fs.stat("/", &link).ok().map(|(place, _)| place)
                    == shell.fs.stat("/", &format!("{real}/{file}")).ok().map(|(place, _)| place);
                let is_link = matches!(shell.fs.get(&link).map(|node| &node.kind), None | Some(Kind::Symlink(_)));
                if !right && is_link {
                    let _ = shell.fs.remove(&link);
                    let _ = shell.fs.symlink(&file, &link, 0, 0);
                }
            }
            libraries.push((soname.clone(), format!("{folder}/{soname}")));
        }
    }
    if has(&flags, &["N"]) {
        return 0;
    }
    write(shell, &libraries, listed);
    0
}

/// Folders of ld.so.conf and the files that it includes.
fn configured(shell: &mut Shell, file: &str, depth: u32, folders: &mut Vec<String>) {
    let Ok(Some(bytes)) = shell.read(file) else { return };
    for line in String::from_utf8_lossy(&bytes).lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        let Some(pattern) = line.strip_prefix("include ").map(str::trim) else {
            if line.starts_with('/') {
                folders.push(line.trim_end_matches('/').to_string());
            }
            continue;
        };
        if depth >= MAX_INCLUDES {
            continue;
        }
        let pattern = path::join(path::parent(file), pattern);
        let folder = path::parent(&pattern).to_string();
        let Ok(real) = shell.fs.resolve("/", &folder, true) else { continue };
        let names: Vec<String> = shell.fs.children(&real).into_iter().map(|(name, _)| name.to_string()).collect();
        for name in names.iter().filter(|name| shell_matches(path::file_name(&pattern), name)) {
            configured(shell, &format!("{folder}/{name}"), depth + 1, folders);
        }
    }
}

/// Libraries of a folder: their own names, and the file that each stands for.
fn libraries_of(shell: &Shell, folder: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, node) in shell.fs.children(folder) {
        let is_library = (name.starts_with("lib") || name.starts_with("ld-")) && name.contains(".so");
        if !is_library {
            continue;
        }
        let Ok((_, target)) = shell.fs.stat("/", &format!("{folder}/{name}")) else { continue };
        let Some(elf) = target.content().and_then(|content| elf::read(content).ok()) else { continue };
        if elf.kind != FileKind::Dyn || elf.machine != shell.machine || elf.flags.pie {
            continue;
        }
        let is_link = matches!(node.kind, Kind::Symlink(_));
        let soname = elf.soname.clone().unwrap_or_else(|| name.to_string());
        // A link for the linker, `libx.so` to `libx.so.1`, is listed under its own name.
        if is_link && name.ends_with(".so") && soname.starts_with(name) && soname != name {
            found.insert(name.to_string(), name.to_string());
            continue;
        }
        let best =
            found.get(&soname).is_none_or(|known| !is_link && (*known == soname || version(name) > version(known)));
        if best {
            found.insert(soname, name.to_string());
        }
    }
    found
}

/// The numbers of a name, for the newest of several files.
fn version(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

fn write(shell: &mut Shell, libraries: &[(String, String)], listed: bool) {
    let machine = if shell.machine == Machine::Aarch64 { Machine::Aarch64 } else { Machine::X86_64 };
    let known = generator(shell);
    let bytes = write_cache(libraries, machine, known.as_deref().unwrap_or("ldconfig"));
    let len = bytes.len() as u64;
    let content = match (listed, known) {
        (true, Some(_)) => Content::inline(bytes),
        (true, None) => {
            Content::modelled(bytes, len, "the list of libraries, without the name of the C library's release")
        }
        (false, _) => Content::started(bytes, "the list of libraries: not all of the image's are known"),
    };
    let _ = shell.fs.write(CACHE, content, 0o644, 0, 0);
    if shell.fs.mkdir_all("/var/cache", 0o755, 0, 0).is_ok() {
        if shell.fs.get(AUX).is_none() {
            let _ = shell.fs.mkdir(AUX, 0o700, 0, 0);
        }
        let content = Content::unknown("what ldconfig remembers of the files that it read");
        let _ = shell.fs.write(&format!("{AUX}/aux-cache"), content, 0o600, 0, 0);
    }
}

/// How ldconfig calls itself: the words are those of its C library.
fn generator(shell: &Shell) -> Option<String> {
    let bytes = crate::commands::c_library::glibc(shell)?.bytes()?;
    let start = memchr::memmem::find(bytes, b"GNU C Library (")? + "GNU C Library ".len();
    let text = bytes.get(start..)?;
    let end = memchr::memmem::find(text, b".\n")?;
    Some(format!("ldconfig {}", std::str::from_utf8(text.get(..end)?).ok()?))
}
