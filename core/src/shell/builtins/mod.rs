//! The builtins of the shells, which need no file. To add one: add a file here and a row to the table.

pub(crate) mod alias;
pub(crate) mod cd;
pub(crate) mod command;
pub(crate) mod echo;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod getopts;
pub(crate) mod let_;
pub(crate) mod local;
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
pub(crate) mod umask;
pub(crate) mod unset;
pub(crate) mod wait;

use super::Model;

/// The builtins by name.
const BUILTINS: &[(&str, Model)] = &[
    (":", true_false::succeed),
    (".", source::source),
    ("[", test::test),
    ("alias", alias::alias),
    ("cd", cd::cd),
    ("command", command::command),
    ("declare", local::local),
    ("dirs", pushd::dirs),
    ("echo", echo::echo),
    ("eval", eval::eval),
    ("exec", true_false::succeed),
    ("export", export::export),
    ("false", true_false::fail),
    ("getopts", getopts::getopts),
    ("hash", true_false::succeed),
    ("jobs", true_false::succeed),
    ("kill", trap::kill),
    ("let", let_::let_),
    ("local", local::local),
    ("mapfile", mapfile::mapfile),
    ("popd", pushd::popd),
    ("printf", printf::printf),
    ("pushd", pushd::pushd),
    ("pwd", pwd::pwd),
    ("read", read::read),
    ("readarray", mapfile::mapfile),
    ("readonly", export::export),
    ("set", set::set),
    ("shift", shift::shift),
    ("shopt", shopt::shopt),
    ("source", source::source),
    ("test", test::test),
    ("times", times::times),
    ("trap", trap::trap),
    ("true", true_false::succeed),
    ("type", command::type_),
    ("typeset", local::local),
    ("ulimit", true_false::succeed),
    ("umask", umask::umask),
    ("unalias", alias::unalias),
    ("unset", unset::unset),
    ("wait", wait::wait),
];

/// The model of a builtin.
pub(crate) fn builtin(name: &str) -> Option<Model> {
    // A few rows stand out of order for their reading; the table is short.
    BUILTINS.iter().find(|(known, _)| *known == name).map(|(_, model)| *model)
}

/// The names of all builtins.
pub(crate) fn names() -> Vec<&'static str> {
    BUILTINS.iter().map(|(name, _)| *name).collect()
}
