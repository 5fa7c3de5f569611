//! `rustup target add`: another target's standard library.

use super::facts;
use crate::measure::Size;
use crate::shell::Shell;
use crate::shell::packages::manager;

pub(crate) fn rustup(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('+')).collect();
    let ["target", "add", targets @ ..] = words.as_slice() else {
        return manager(shell, argv);
    };
    let root = shell
        .var("RUSTUP_HOME")
        .map_or_else(|| format!("{}/.rustup", shell.var("HOME").unwrap_or("/root")), str::to_string);
    let toolchains = format!("{root}/toolchains");
    let toolchain = shell.fs.children(&toolchains).first().map(|(name, _)| (*name).to_string());
    let toolchain = toolchain.unwrap_or_else(|| "stable".into());
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    for target in targets.iter().filter(|word| !word.starts_with('-')) {
        let place = format!("{toolchains}/{toolchain}/lib/rustlib/{target}");
        let Ok(place) = shell.fs.mkdir_all(&place, 0o755, uid, gid) else { continue };
        let known = facts().and_then(|facts| facts.standard_library.get(*target)?.as_u64());
        let source = facts().and_then(|facts| facts.standard_library.get("source")?.as_str()).unwrap_or("");
        match known {
            Some(bytes) => shell.fs.weigh_whole(&place, &format!("rust-std {target}"), Size::modelled(bytes, source)),
            None => {
                shell.fs.set_partial(&place);
                shell.gap("unknown-files", format!("rustup target add {target}"));
            }
        }
    }
    0
}
