//! The builtins of the shells, which need no file. To add one: add a file here and a row to the table.

pub(crate) mod alias;
pub(crate) mod cd;
pub(crate) mod command;
pub(crate) mod echo;
pub(crate) mod eval;
mod exec;
mod exit_return_break;
pub(crate) mod export_readonly;
pub(crate) mod getopts;
pub(crate) mod kill;
pub(crate) mod let_;
pub(crate) mod local_declare;
pub(crate) mod mapfile;
pub(crate) mod printf;
pub(crate) mod pushd;
pub(crate) mod pwd;
pub(crate) mod read;
pub(crate) mod set;
pub(crate) mod sh;
pub(crate) mod shift;
pub(crate) mod shopt;
pub(crate) mod source;
pub(crate) mod test;
pub(crate) mod times;
pub(crate) mod trap;
pub(crate) mod true_false;
pub(crate) mod type_;
pub(crate) mod umask;
pub(crate) mod unset;
pub(crate) mod wait;

use super::language::Language::{self, Ash, Bash, Dash};
use super::{Model, Shell};
use exit_return_break::FLOW;

/// The shells that have a builtin.
type Shells = &'static [Language];
const ALL: Shells = &[Ash, Bash, Dash];
const BASH: Shells = &[Bash];
const NOT_DASH: Shells = &[Ash, Bash];
const NOT_BASH: Shells = &[Ash, Dash];

/// The builtins by name, with the shells that have them (dash 0.5.12, busybox 1.35, bash 5.2: `command -v` with an
/// empty PATH).
const BUILTINS: &[(&str, Shells, Model)] = &[
    (":", ALL, true_false::succeed),
    (".", ALL, source::source),
    ("[", ALL, test::test),
    ("alias", ALL, alias::alias),
    ("builtin", BASH, command::builtin),
    ("cd", ALL, cd::cd),
    ("chdir", NOT_BASH, cd::cd),
    ("command", ALL, command::command),
    ("declare", BASH, local_declare::local),
    ("dirs", BASH, pushd::dirs),
    ("echo", ALL, echo::echo),
    ("eval", ALL, eval::eval),
    ("exec", ALL, true_false::succeed),
    ("export", ALL, export_readonly::export),
    ("false", ALL, true_false::fail),
    ("getopts", ALL, getopts::getopts),
    ("hash", ALL, true_false::succeed),
    ("jobs", ALL, true_false::succeed),
    ("kill", ALL, kill::kill),
    ("let", NOT_DASH, let_::let_),
    ("local", ALL, local_declare::local),
    ("mapfile", BASH, mapfile::mapfile),
    ("popd", BASH, pushd::popd),
    ("printf", ALL, printf::printf),
    ("pushd", BASH, pushd::pushd),
    ("pwd", ALL, pwd::pwd),
    ("read", ALL, read::read),
    ("readarray", BASH, mapfile::mapfile),
    ("readonly", ALL, export_readonly::export),
    ("set", ALL, set::set),
    ("shift", ALL, shift::shift),
    ("shopt", BASH, shopt::shopt),
    ("source", NOT_DASH, source::source),
    ("test", ALL, test::test),
    ("times", ALL, times::times),
    ("trap", ALL, trap::trap),
    ("true", ALL, true_false::succeed),
    ("type", ALL, type_::type_),
    ("typeset", BASH, local_declare::local),
    ("ulimit", ALL, true_false::succeed),
    ("umask", ALL, umask::umask),
    ("unalias", ALL, alias::unalias),
    ("unset", ALL, unset::unset),
    ("wait", ALL, wait::wait),
];

/// Builtins without a model, with the shells that have them.
const UNMODELLED: &[(&str, Shells)] = &[
    ("bg", ALL),
    ("bind", BASH),
    ("caller", BASH),
    ("compgen", BASH),
    ("complete", BASH),
    ("compopt", BASH),
    ("disown", BASH),
    ("enable", BASH),
    ("fc", BASH),
    ("fg", ALL),
    ("help", NOT_DASH),
    ("history", NOT_DASH),
    ("logout", BASH),
    ("suspend", BASH),
];

/// The model of a builtin.
pub(crate) fn builtin(name: &str) -> Option<Model> {
    // A few rows stand out of order for their reading; the table is short.
    BUILTINS.iter().find(|(known, ..)| *known == name).map(|(.., model)| *model)
}

impl Shell {
    /// The model of a builtin that this shell has.
    pub(crate) fn builtin(&self, name: &str) -> Option<Model> {
        self.programs.builtin(name).filter(|_| self.has_builtin(name))
    }

    /// Whether this shell has a builtin, with a model or without one.
    pub(crate) fn has_builtin(&self, name: &str) -> bool {
        is_builtin(name, self.language())
    }
}

/// Whether a shell has a builtin.
fn is_builtin(name: &str, language: Language) -> bool {
    let modelled = BUILTINS.iter().map(|(name, shells, _)| (*name, *shells));
    let mut all = modelled.chain(UNMODELLED.iter().copied());
    FLOW.contains(&name) || all.any(|(known, shells)| known == name && shells.contains(&language))
}

/// The names of all builtins that have a model.
pub(crate) fn names() -> Vec<&'static str> {
    BUILTINS.iter().map(|(name, ..)| *name).collect()
}
