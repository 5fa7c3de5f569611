//! `upx`: compresses programs into self-extracting ones.
//!
//! A static program still starts anywhere. The packed size is known for Go programs, from measured ones, and unknown
//! for others. The headers of a packed dynamic program no longer list what it needs, so it is not known how it
//! starts.

use super::go;
use crate::elf;
use crate::fs::{Content, path};
use crate::shell::Shell;
use serde::Deserialize;
use std::sync::LazyLock;

/// What `data/toolchains/upx.json` holds: sizes in bytes, those of the same place belong to the same program.
#[derive(Deserialize)]
struct Facts {
    pub(crate) source: String,
    pub(crate) date: String,
    /// Sizes of the programs before packing, linked with and without `-s -w`.
    stripped: Vec<u64>,
    whole: Vec<u64>,
    /// The measured options. The first entry whose flags are given counts; the last one has no flags.
    ways: Vec<PackOptions>,
}

#[derive(Deserialize)]
struct PackOptions {
    flags: Vec<String>,
    stripped: Vec<u64>,
    whole: Vec<u64>,
}

fn facts() -> Option<&'static Facts> {
    static FACTS: LazyLock<Option<Facts>> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../data/toolchains/upx.json")).ok());
    FACTS.as_ref()
}

const PACKED: &str = "packed by upx";

pub(crate) fn upx(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = crate::shell::getopt::options(argv, "o");
    let value = |name: &str| flags.iter().find(|(flag, _)| flag == name).map(|(_, value)| value.clone());
    if ["V", "version", "h", "help", "L", "l", "t", "d"].iter().any(|name| value(name).is_some()) {
        shell.gap("unmodelled-option", "upx");
        return 0;
    }
    // It says much of itself, and of which release it is.
    if flags.iter().filter(|(flag, _)| flag == "q").count() < 3 {
        shell.gap("unknown-output", "upx");
    }
    let output = value("o").flatten();
    let mut status = 0;
    for name in &names {
        let found = shell.fs.stat(&shell.cwd, name).map(|(place, node)| (place, node.clone()));
        let Ok((place, node)) = found else {
            if shell.fs.may_hide(&shell.cwd, name) {
                shell.gap("unlisted-file", name);
            } else {
                shell.err(format!("upx: {name}: FileNotFoundException: {name}: No such file or directory\n"));
                status = 1;
            }
            continue;
        };
        let Some(content) = node.content() else { continue };
        if content.basis.as_ref().is_some_and(|basis| basis.starts_with(PACKED)) {
            shell.err(format!("upx: {name}: AlreadyPackedException\n"));
            status = 2;
            continue;
        }
        let packed = match elf::read(content) {
            Ok(program) if program.interpreter.is_none() => match packed(content, argv) {
                Some((len, basis)) => Content::modelled(content.head().to_vec(), len, basis),
                None => Content::started(content.head().to_vec(), format!("{PACKED}: how small it gets is not known")),
            },
            Err(_) if content.bytes_known() => {
                shell.err(format!("upx: {name}: UnknownExecutableFormatException\n"));
                status = 1;
                continue;
            }
            _ => Content::unknown(format!("{PACKED}: how small it gets is not known")),
        };
        let target = output.as_ref().map_or(place.clone(), |output| path::join(&shell.cwd, output));
        if target == place {
            let _ = shell.fs.remove(&place);
        }
        if let Err(error) = shell.fs.write(&target, packed, node.mode, shell.user.uid, shell.user.gid) {
            status = shell.complain("upx", &target, &error);
        }
    }
    status
}

/// The packed size of a Go program, and the basis of that size.
fn packed(content: &Content, argv: &[String]) -> Option<(u64, String)> {
    let facts = facts()?;
    let is_stripped = go::is_stripped(content.basis.as_deref()?)?;
    let way = facts.ways.iter().find(|way| way.flags.is_empty() || way.flags.iter().any(|flag| argv.contains(flag)))?;
    let (before, after) = if is_stripped { (&facts.stripped, &way.stripped) } else { (&facts.whole, &way.whole) };
    let len = between(before, after, content.len)?;
    Some((len, format!("{PACKED}, in proportion to {} ({})", facts.source, facts.date)))
}

/// Linear interpolation between measured points, from zero to the first one and beyond the last one.
fn between(before: &[u64], after: &[u64], len: u64) -> Option<u64> {
    let points: Vec<(u64, u64)> =
        [(0, 0)].into_iter().chain(before.iter().copied().zip(after.iter().copied())).collect();
    let at = points.iter().position(|(size, _)| *size >= len).unwrap_or(points.len() - 1).max(1);
    let ((low, from), (high, to)) = (*points.get(at - 1)?, *points.get(at)?);
    let part = u128::from(len.saturating_sub(low)) * u128::from(to.saturating_sub(from));
    u64::try_from(part / u128::from(high.saturating_sub(low).max(1))).ok()?.checked_add(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was measured of the program in the middle follows from the two others.
    #[test]
    fn a_size_between_measured_ones_is_foretold() {
        let facts = facts().unwrap();
        for way in &facts.ways {
            for (before, after) in [(&facts.stripped, &way.stripped), (&facts.whole, &way.whole)] {
                let others = |all: &[u64]| [all[0], all[2]];
                let told = between(&others(before), &others(after), before[1]).unwrap() as f64;
                let error = told / after[1] as f64 - 1.0;
                assert!(error.abs() < 0.05, "{:?}: {error:.3}", way.flags);
                assert_eq!(between(before, after, before[1]), Some(after[1]));
                assert!(between(before, after, before[2] * 2).unwrap() > after[2]);
            }
        }
        assert_eq!(between(&facts.stripped, &facts.stripped, 0), Some(0));
    }
}
