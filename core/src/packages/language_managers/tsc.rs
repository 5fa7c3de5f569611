//! `tsc`: one JavaScript file for each TypeScript source. How long it is, is estimated by the source.

use crate::commands::estimated_files::write_estimated_files;
use crate::fs::path;
use crate::measure::{TypicalSize, Way};
use crate::shell::Shell;

/// The share of a source's bytes that its JavaScript has, in percent: without types and comments at least, and with
/// helpers, source maps and declarations at most (TypeScript 5 and 6 with the modules of public projects).
const SHARE: [u64; 3] = [40, 85, 400];

/// Bytes that each file has beside its code, at most: the module's prologue and its parts of maps.
const PER_FILE: u64 = 400;

/// The number of files that are looked at, at most.
const MAX_FILES: usize = 20_000;

/// Compiles the sources of the working directory; `None` if what is written, or where, is not known.
pub(crate) fn tsc(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let after = |name: &str| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case(name))?;
        words.get(at + 1).filter(|value| !value.starts_with('-'))
    };
    if words.iter().any(|word| ["-b", "--build", "-v", "--version", "-h", "--help", "--init"].contains(&word.as_str()))
    {
        return None;
    }
    let project = after("-p").or_else(|| after("--project")).map_or("tsconfig.json", String::as_str);
    let text = match shell.read(project) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => return None,
    };
    if words.iter().any(|word| word.eq_ignore_ascii_case("--noemit")) || setting(&text, "noEmit") == Some("true") {
        return Some(0);
    }
    let folder = after("--outDir").cloned().or_else(|| setting(&text, "outDir").map(str::to_string))?;
    let out = path::join(&shell.cwd, &folder);
    let (bytes, files) = sources(shell, &out)?;
    let share = |percent: u64| bytes.saturating_mul(percent) / 100;
    let high = share(SHARE[2]).saturating_add(files.saturating_mul(PER_FILE));
    let shown = "tsc";
    let typical = TypicalSize::by_input(share(SHARE[0]), share(SHARE[1]), high);
    if write_estimated_files(shell, &out, shown, &typical, Way::RealBuild) {
        shell.recorded_sizes.insert(shown.to_string());
    }
    shell.gap("unknown-files", shown);
    Some(0)
}

/// The value of a setting of tsconfig.json, which may have comments.
fn setting<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.split_once(&format!("\"{name}\""))?.1.trim_start().strip_prefix(':')?.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(|c: char| c == ',' || c == '}' || c.is_whitespace()).next(),
    }
}

/// The bytes of all sources and their number; `None` if one of them is not known.
fn sources(shell: &Shell, out: &str) -> Option<(u64, u64)> {
    let is_left_out = |key: &str| path::is_within(key, out) || key.split('/').any(|part| part == "node_modules");
    let is_source =
        |key: &str| (key.ends_with(".ts") || key.ends_with(".tsx") || key.ends_with(".mts")) && !key.ends_with(".d.ts");
    let (mut bytes, mut count) = (0u64, 0);
    for (key, node) in shell.fs.walk(&shell.cwd).filter(|(key, _)| !is_left_out(key)).take(MAX_FILES) {
        if node.is_dir() && !shell.fs.is_listed(key) {
            return None;
        }
        if is_source(key) {
            bytes = bytes.saturating_add(node.content().filter(|content| content.len_known)?.len);
            count += 1;
        }
    }
    (count > 0).then_some((bytes, count))
}
