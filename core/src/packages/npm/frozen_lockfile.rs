//! `--frozen-lockfile` of yarn and pnpm: they refuse to change the lockfile.

use super::lockfile::LockedVersions;
use crate::shell::Shell;

/// Reports that the lockfile lacks dependencies of package.json (messages of yarn 1.22 and pnpm 9).
pub(crate) fn outdated_lockfile(shell: &mut Shell, tool: &str, pinned: &LockedVersions) -> i32 {
    if tool == "yarn" {
        shell.err("error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.\n");
        return 1;
    }
    let unlocked = pinned.unlocked.join(", ");
    shell.out(format!(
        "\u{2009}ERR_PNPM_OUTDATED_LOCKFILE\u{2009} Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is not up to date with package.json\n\n    Failure reason:\n    the lockfile lacks {unlocked}\n"
    ));
    1
}

/// Reports that `pnpm install --frozen-lockfile` has no lockfile.
pub(crate) fn absent_lockfile(shell: &mut Shell) -> i32 {
    shell.out("\u{2009}ERR_PNPM_NO_LOCKFILE\u{2009} Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is absent\n");
    1
}
