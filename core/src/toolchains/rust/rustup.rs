//! `rustup target add`: another target's standard library.

use super::measured_sizes::facts;
use super::target_triple::library_of;
use crate::measure::Size;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

pub(crate) fn rustup(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('+')).collect();
    let ["target", "add", targets @ ..] = words.as_slice() else {
        return run_language_manager(shell, argv);
    };
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    for target in targets.iter().filter(|word| !word.starts_with('-')) {
        let place = library_of(shell, target);
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
