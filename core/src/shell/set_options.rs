//! The options that `set` and `shopt` turn on and off.

/// The options of `set` and `shopt`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SetOptions {
    /// `-e`: exit on the first failure.
    pub(super) errexit: bool,
    /// `-u`: an unset variable is an error.
    pub(super) nounset: bool,
    /// `-x`: commands are traced.
    pub(super) xtrace: bool,
    /// `-n`: commands are parsed and not run.
    pub(super) noexec: bool,
    /// `-C`: existing files are not overwritten.
    pub(super) noclobber: bool,
    /// `-f`: no pathname expansion.
    pub(super) noglob: bool,
    /// `-a`: assigned variables are exported.
    pub(super) allexport: bool,
    pub(super) pipefail: bool,
    /// bash's `-E`: functions and subshells inherit the ERR trap.
    pub(super) errtrace: bool,
    /// bash's `nullglob`: a pattern without matches expands to nothing.
    pub(super) nullglob: bool,
    /// bash's `dotglob`: `*` also matches names that begin with a dot.
    pub(super) dotglob: bool,
    /// bash's `globstar`: `**` matches nested folders.
    pub(super) globstar: bool,
}
