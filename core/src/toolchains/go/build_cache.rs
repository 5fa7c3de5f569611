//! The build cache of Go.

use super::cgo::LinkMode;
use super::go_mod::module_cache;
use super::measured_sizes::facts;
use super::program_size::scale;
use crate::fs::{Content, path};
use crate::shell::Shell;

/// The folder of the build cache; below root's home if no variable tells.
pub(crate) fn cache_folder(shell: &Shell) -> String {
    named_cache_folder(shell).unwrap_or_else(|| "/root/.cache/go-build".into())
}

/// The folder of the build cache: GOCACHE, or else `go-build` below XDG_CACHE_HOME or `~/.cache`. `None` if no variable
/// tells (`cmd/go/internal/cache/default.go`).
fn named_cache_folder(shell: &Shell) -> Option<String> {
    let variable = |name| shell.var(name).filter(|value| !value.is_empty());
    let below_home = || {
        let caches = variable("XDG_CACHE_HOME").map(str::to_string);
        let caches = caches.or_else(|| variable("HOME").map(|home| format!("{home}/.cache")))?;
        Some(format!("{caches}/go-build"))
    };
    variable("GOCACHE").map(str::to_string).or_else(below_home)
}

/// The size of the build cache in bytes after a program of `program` bytes is built: along the line through the two
/// programs that were measured. With the standard library, which is there since Go 1.20.
pub(super) fn cache_bytes(program: u64, release: (u32, u32), cgo: bool) -> Option<u64> {
    let facts = facts()?;
    let cache = &facts.build_cache;
    let newest = facts.releases.last().map_or(1, |entry| if cgo { entry.server_cgo } else { entry.server_static });
    let (server, server_binary) = if cgo { (cache.server_cgo, newest) } else { (cache.server, cache.server_binary) };
    let own = scale(facts, newest, release, cgo).0;
    // In the newest release's terms.
    let program = program.saturating_mul(newest) / own.max(1);
    let above = program.saturating_sub(cache.hello_binary);
    let span = server_binary.saturating_sub(cache.hello_binary).max(1);
    Some((cache.hello + server.saturating_sub(cache.hello) * above / span).min(server * 2))
}

/// Since Go 1.20 the standard library is compiled into the build cache at the first build.
pub(crate) fn fill_cache(shell: &mut Shell, release: (u32, u32), program: u64, link: &LinkMode) {
    let (Some(facts), Some(len)) = (facts().filter(|_| release >= (1, 20)), cache_bytes(program, release, link.cgo))
    else {
        return;
    };
    let Some(directory) = named_cache_folder(shell) else {
        return;
    };
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let place = format!("{directory}/{}", if link.cgo { "std-cgo" } else { "std" });
    let Ok(made) = shell.fs.mkdir_all(&directory, 0o755, uid, gid) else {
        return;
    };
    let place = path::join(&made, path::file_name(&place));
    if shell.fs.get(&place).is_none() {
        let basis = format!(
            "Go's build cache, kept here as one file: measured for a hello-world and a net/http server ({})",
            facts.date
        );
        let _ = shell.fs.write(&place, Content::modelled([], len, basis), 0o644, uid, gid);
    }
}

/// `go clean -modcache -cache`: removes the folders.
pub(crate) fn clean(shell: &mut Shell, argv: &[String]) -> i32 {
    for (flag, place) in [("-modcache", module_cache(shell)), ("-cache", cache_folder(shell))] {
        if argv.iter().any(|word| word == flag)
            && let Ok(real) = shell.fs.resolve(&shell.cwd, &place, true)
        {
            let _ = shell.fs.remove(&real);
        }
    }
    0
}
