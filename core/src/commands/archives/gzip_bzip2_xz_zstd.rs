//! gzip, bzip2, xz and zstd with their other names: `gunzip`, `bzcat`, `unxz` …

use super::write_output::write_output;
use crate::archive;
use crate::commands::text_inputs::inputs;
use crate::fs::{Content, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// A format: its program, what its files end with, and the tar they stand for.
pub(crate) struct Format {
    program: &'static str,
    end: &'static str,
    tar: &'static str,
}

pub(crate) const FORMATS: [Format; 4] = [
    Format { program: "gzip", end: ".gz", tar: ".tgz" },
    Format { program: "bzip2", end: ".bz2", tar: ".tbz2" },
    Format { program: "xz", end: ".xz", tar: ".txz" },
    Format { program: "zstd", end: ".zst", tar: ".tzst" },
];

/// The format that a program, or one of its other names, is for.
pub(crate) fn format(command: &str) -> &'static Format {
    let of = |part: &str| FORMATS.iter().find(|format| format.end == part);
    let end = match command {
        "bzip2" | "bunzip2" | "bzcat" => ".bz2",
        "xz" | "unxz" | "xzcat" => ".xz",
        "zstd" | "unzstd" | "zstdcat" => ".zst",
        _ => ".gz",
    };
    of(end).unwrap_or(&FORMATS[0])
}

/// Packs bytes as the program of a name would.
pub(crate) fn pack(program: &str, bytes: &[u8]) -> Content {
    if program == "bzip2"
        && let Some(packed) = archive::bzip2(bytes)
    {
        return Content::inline(packed);
    }
    let packed = archive::gzip(bytes);
    let len = packed.len() as u64;
    // How small deflate makes it depends on the program; the others have no packer here.
    let basis = match program {
        "gzip" => "packed by flate2 at level 6".to_string(),
        other => format!("as gzip would pack it; {other} packs more tightly"),
    };
    Content::modelled(packed, len, basis)
}

pub(crate) fn unpack(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = path::file_name(argv.first().map_or("gzip", String::as_str)).to_string();
    let format = format(&command);
    let (flags, names) = options(
        argv,
        if command.contains("xz") {
            "T"
        } else if command.contains("zst") {
            "oT"
        } else {
            ""
        },
    );
    let known = [
        "d",
        "c",
        "k",
        "f",
        "n",
        "q",
        "v",
        "z",
        "t",
        "T",
        "e",
        "decompress",
        "stdout",
        "keep",
        "best",
        "force",
        "fast",
        "quiet",
        "rm",
        "uncompress",
        "threads",
        "test",
        "no-name",
        "extreme",
        "o",
    ];
    let flags: Vec<_> = flags.into_iter().filter(|(name, _)| !name.chars().all(|c| c.is_ascii_digit())).collect();
    only(shell, &command, &flags, &known);
    let unpacks = command != format.program || has(&flags, &["d", "decompress", "uncompress"]);
    let tests = has(&flags, &["t", "test"]);
    let to_stdout = command.ends_with("cat") || has(&flags, &["c", "stdout"]) || names.is_empty();
    // zstd leaves what it read.
    let keeps = has(&flags, &["k", "keep"]) || format.program == "zstd" && !has(&flags, &["rm"]);
    let (all, mut status) = inputs(shell, &command, &names);
    for (name, bytes) in all {
        let content = match unpacks || tests {
            true => match archive::unpack_all(&bytes, shell.effort.unpackable_bytes()) {
                Ok(bytes) => {
                    shell.effort.spend_unpacked(bytes.len() as u64);
                    Content::inline(bytes)
                }
                Err(_) if format.program == "zstd" => {
                    shell.err(format!("zstd: {name}: unsupported format \n"));
                    status = 1;
                    continue;
                }
                Err(error) => {
                    shell.err(format!("{command}: {name}: {error}\n"));
                    status = if format.program == "bzip2" && shell.dialect() != "ash" { 2 } else { 1 };
                    continue;
                }
            },
            false => pack(format.program, &bytes),
        };
        if tests {
            continue;
        }
        if to_stdout {
            write_output(shell, &command, "-", content);
            continue;
        }
        if let Some(target) = value(&flags, &["o"]) {
            if let Err(error) = shell.put_file(target, content) {
                status = shell.complain(&command, target, &error);
            }
            continue;
        }
        let target = match (unpacks, name.strip_suffix(format.end), name.strip_suffix(format.tar)) {
            (false, ..) => format!("{name}{}", format.end),
            (true, Some(stem), _) => stem.to_string(),
            (true, None, Some(stem)) => format!("{stem}.tar"),
            _ => {
                shell.err(format!("{command}: {name}: unknown suffix\n"));
                status = 1;
                continue;
            }
        };
        let Ok((place, node)) = shell.fs.stat(&shell.cwd, &name) else { continue };
        let (mode, uid, gid, modified) = (node.mode, node.uid, node.gid, node.modified);
        if shell.fs.stat(&shell.cwd, &target).is_ok() && !has(&flags, &["f", "force"]) {
            let text = match shell.dialect() == "ash" {
                true => format!("{command}: can't open '{target}': File exists\n"),
                false if format.program == "zstd" => format!("zstd: {target} already exists; not overwritten  \n"),
                false => format!("{command}: {target} already exists; not overwritten\n"),
            };
            shell.err(text);
            status = if format.program == "gzip" && shell.dialect() != "ash" { 2 } else { 1 };
            continue;
        }
        let made = shell.destination(&target).and_then(|to| {
            if shell.fs.get(&to).is_some() {
                shell.fs.remove(&to)?;
            }
            shell.fs.write(&to, content, mode, uid, gid)?;
            // All keep the time of what they read, but busybox.
            if shell.dialect() != "ash" {
                shell.fs.set_modified(&to, modified);
            }
            Ok(())
        });
        if let Err(error) = made {
            status = shell.complain(&command, &target, &error);
            continue;
        }
        if !keeps {
            let _ = shell.fs.remove(&place);
        }
    }
    status
}
