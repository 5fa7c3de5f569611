//! Models of commands: what each does to the file system and what it prints.
//!
//! To add one: a function in a file here, and a row in one of the tables; the README's table is made of them.

mod accounts;
mod alias;
mod apache;
mod awk;
mod base64;
mod bash_builtins;
mod blocks;
mod capabilities;
mod cat;
mod comm;
mod compare;
mod cp;
mod crontab;
mod cut;
mod dates;
mod debian;
mod digest;
mod dumps;
mod echo;
mod envsubst;
mod expand;
mod expr;
mod factor;
mod fetch;
mod file;
mod find;
mod fold;
mod git;
mod gpg;
mod grep;
mod head;
mod iconv;
mod identity;
mod install;
mod join;
mod landing;
mod ldconfig;
mod ldd;
mod line_ends;
mod ln;
mod long;
mod lookup;
mod ls;
mod mkdir;
mod mknod;
mod mktemp;
mod mountpoint;
mod mv;
mod names;
mod nl;
mod orders;
pub(crate) mod ownership;
mod pack;
mod paste;
mod printf;
mod realpath;
mod regex;
mod reverse;
mod rm;
mod secrets;
mod sed;
mod seq;
mod set;
mod shell_builtins;
mod sort;
mod spare;
mod stat;
mod streams;
mod sudo;
mod tee;
mod test;
mod touch;
mod tr;
mod trap;
mod uname;
mod uniq;
mod unreadable;
mod wc;
mod wrappers;
mod xargs;
mod zgrep;

use super::{Effort, Shell};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A model: gets the words with the command's name first, returns the exit code.
pub(super) type Model = fn(&mut Shell, &[String]) -> i32;

/// Commands that belong together.
struct Area {
    title: &'static str,
    commands: &'static [(&'static str, Model)],
}

/// Commands that a shell has built in: they need no file.
const BUILTINS: &[(&str, Model)] = &[
    (":", shell_builtins::succeed),
    (".", shell_builtins::source),
    ("[", test::test),
    ("alias", alias::alias),
    ("cd", shell_builtins::cd),
    ("command", lookup::command),
    ("declare", shell_builtins::local),
    ("dirs", bash_builtins::dirs),
    ("echo", echo::echo),
    ("eval", shell_builtins::eval),
    ("exec", shell_builtins::succeed),
    ("export", shell_builtins::export),
    ("false", shell_builtins::fail),
    ("getopts", shell_builtins::getopts),
    ("hash", shell_builtins::succeed),
    ("jobs", shell_builtins::succeed),
    ("kill", trap::kill),
    ("let", shell_builtins::let_),
    ("local", shell_builtins::local),
    ("mapfile", bash_builtins::mapfile),
    ("popd", bash_builtins::popd),
    ("printf", printf::printf),
    ("pushd", bash_builtins::pushd),
    ("pwd", names::pwd),
    ("read", shell_builtins::read),
    ("readarray", bash_builtins::mapfile),
    ("readonly", shell_builtins::export),
    ("set", set::set),
    ("shift", shell_builtins::shift),
    ("shopt", bash_builtins::shopt),
    ("source", shell_builtins::source),
    ("test", test::test),
    ("times", shell_builtins::times),
    ("trap", trap::trap),
    ("true", shell_builtins::succeed),
    ("type", lookup::type_),
    ("typeset", shell_builtins::local),
    ("ulimit", shell_builtins::succeed),
    ("umask", shell_builtins::umask),
    ("unalias", alias::unalias),
    ("unset", shell_builtins::unset),
    ("wait", shell_builtins::wait),
];

/// Programs: they run only where a file of that name can be executed. In each area by name.
const PROGRAMS: &[Area] = &[
    Area {
        title: "Files and folders",
        commands: &[
            ("chgrp", ownership::chgrp),
            ("chmod", ownership::chmod),
            ("chown", ownership::chown),
            ("cp", cp::cp),
            ("fallocate", spare::fallocate),
            ("install", install::install),
            ("link", ln::link),
            ("ln", ln::ln),
            ("mkdir", mkdir::mkdir),
            ("mkfifo", mknod::mkfifo),
            ("mknod", mknod::mknod),
            ("mv", mv::mv),
            ("rm", rm::rm),
            ("rmdir", mkdir::rmdir),
            ("setcap", capabilities::setcap),
            ("shred", spare::shred),
            ("sync", shell_builtins::succeed),
            ("touch", touch::touch),
            ("unlink", rm::unlink),
        ],
    },
    Area {
        title: "Text",
        commands: &[
            ("arch", uname::arch),
            ("awk", awk::awk),
            ("base64", base64::base64),
            ("basename", names::basename),
            ("cat", cat::cat),
            ("comm", comm::comm),
            ("cut", cut::cut),
            ("dirname", names::dirname),
            ("dos2unix", line_ends::convert),
            ("echo", echo::echo),
            ("egrep", grep::grep),
            ("envsubst", envsubst::envsubst),
            ("expand", expand::expand),
            ("factor", factor::factor),
            ("fgrep", grep::grep),
            ("fold", fold::fold),
            ("gawk", awk::awk),
            ("grep", grep::grep),
            ("head", head::head),
            ("hexdump", dumps::hexdump),
            ("hostname", uname::hostname),
            ("iconv", iconv::iconv),
            ("id", identity::id),
            ("join", join::join),
            ("mawk", awk::awk),
            ("more", cat::more),
            ("nawk", awk::awk),
            ("nl", nl::nl),
            ("od", dumps::od),
            ("pager", cat::more),
            ("paste", paste::paste),
            ("printf", printf::printf),
            ("pwd", names::pwd),
            ("rev", reverse::rev),
            ("sed", sed::sed),
            ("shuf", orders::shuf),
            ("sort", sort::sort),
            ("split", blocks::split),
            ("strings", dumps::strings),
            ("tac", reverse::tac),
            ("tail", head::tail),
            ("tee", tee::tee),
            ("tr", tr::tr),
            ("tsort", orders::tsort),
            ("uname", uname::uname),
            ("unexpand", expand::unexpand),
            ("uniq", uniq::uniq),
            ("unix2dos", line_ends::convert),
            ("wc", wc::wc),
            ("whoami", identity::whoami),
            ("xxd", dumps::xxd),
            ("zegrep", zgrep::zgrep),
            ("zfgrep", zgrep::zgrep),
            ("zgrep", zgrep::zgrep),
        ],
    },
    Area {
        title: "Looking and finding",
        commands: &[
            ("[", test::test),
            ("df", uname::machine),
            ("dmesg", uname::machine),
            ("du", uname::machine),
            ("file", file::file),
            ("find", find::find),
            ("free", uname::machine),
            ("getcap", capabilities::getcap),
            ("getconf", uname::getconf),
            ("getent", accounts::getent),
            ("groups", accounts::groups),
            ("ifconfig", uname::machine),
            ("ip", uname::machine),
            ("ldd", ldd::ldd),
            ("locale", uname::machine),
            ("ls", ls::ls),
            ("lsblk", uname::machine),
            ("lscpu", uname::machine),
            ("mountpoint", mountpoint::mountpoint),
            ("netstat", uname::machine),
            ("nproc", uname::machine),
            ("ps", uname::machine),
            ("readlink", realpath::readlink),
            ("realpath", realpath::realpath),
            ("ss", uname::machine),
            ("stat", stat::stat),
            ("test", test::test),
            ("top", uname::machine),
            ("tty", shell_builtins::tty),
            ("uptime", uname::machine),
            ("which", lookup::which),
            ("who", uname::machine),
            ("xargs", xargs::xargs),
        ],
    },
    Area {
        title: "Archives and sums",
        commands: &[
            ("bunzip2", pack::unpack),
            ("bzcat", pack::unpack),
            ("bzip2", pack::unpack),
            ("cksum", dumps::cksum),
            ("cmp", compare::cmp),
            ("dd", blocks::dd),
            ("diff", compare::diff),
            ("gunzip", pack::unpack),
            ("gzip", pack::unpack),
            ("md5sum", digest::sum),
            ("patch", compare::patch),
            ("sha1sum", digest::sum),
            ("sha224sum", digest::sum),
            ("sha256sum", digest::sum),
            ("sha384sum", digest::sum),
            ("sha512sum", digest::sum),
            ("tar", pack::tar),
            ("truncate", blocks::truncate),
            ("unxz", pack::unpack),
            ("unzip", pack::unzip),
            ("unzstd", pack::unpack),
            ("xz", pack::unpack),
            ("xzcat", pack::unpack),
            ("zcat", pack::unpack),
            ("zstd", pack::unpack),
            ("zstdcat", pack::unpack),
        ],
    },
    Area {
        title: "From the network",
        commands: &[
            ("curl", fetch::curl),
            ("git", git::git),
            ("ssh-keyscan", secrets::ssh_keyscan),
            ("wget", fetch::wget),
        ],
    },
    Area {
        title: "Numbers, dates and names",
        commands: &[
            ("date", dates::date),
            ("expr", expr::expr),
            ("mktemp", mktemp::mktemp),
            ("openssl", secrets::openssl),
            ("seq", seq::seq),
            ("ssh-keygen", secrets::ssh_keygen),
            ("yes", seq::yes),
        ],
    },
    Area {
        title: "Users and groups",
        commands: &[
            ("addgroup", accounts::addgroup),
            ("adduser", accounts::adduser),
            ("chpasswd", accounts::chpasswd),
            ("chsh", accounts::chsh),
            ("crontab", crontab::crontab),
            ("delgroup", accounts::delgroup),
            ("deluser", accounts::deluser),
            ("gpasswd", accounts::gpasswd),
            ("groupadd", accounts::groupadd),
            ("groupdel", accounts::groupdel),
            ("groupmod", accounts::groupmod),
            ("passwd", accounts::passwd),
            ("useradd", accounts::useradd),
            ("userdel", accounts::userdel),
            ("usermod", accounts::usermod),
        ],
    },
    Area {
        title: "Shells, and programs that run others",
        commands: &[
            ("ash", shell_builtins::sh),
            ("bash", shell_builtins::sh),
            ("chroot", wrappers::chroot),
            ("dash", shell_builtins::sh),
            ("env", shell_builtins::env),
            ("false", shell_builtins::fail),
            ("flock", wrappers::wrapped),
            ("gosu", wrappers::gosu),
            ("ionice", wrappers::wrapped),
            ("nice", wrappers::wrapped),
            ("nohup", wrappers::wrapped),
            ("printenv", shell_builtins::env),
            ("runuser", wrappers::su),
            ("setpriv", wrappers::setpriv),
            ("setsid", wrappers::wrapped),
            ("sh", shell_builtins::sh),
            ("sleep", shell_builtins::succeed),
            ("stdbuf", wrappers::wrapped),
            ("su", wrappers::su),
            ("su-exec", wrappers::gosu),
            ("sudo", sudo::sudo),
            ("taskset", wrappers::wrapped),
            ("time", wrappers::wrapped),
            ("timeout", wrappers::wrapped),
            ("true", shell_builtins::succeed),
            ("usleep", shell_builtins::succeed),
        ],
    },
    Area {
        title: "Packages",
        commands: &[
            ("add-apt-repository", super::packages::add_repository),
            ("apk", super::packages::apk),
            ("apt", super::packages::apt),
            ("apt-add-repository", super::packages::add_repository),
            ("apt-cache", super::packages::apt_asks),
            ("apt-config", super::packages::apt_asks),
            ("apt-get", super::packages::apt),
            ("apt-key", super::packages::apt_key),
            ("apt-mark", super::packages::apt_mark),
            ("dnf", super::packages::dnf),
            ("dpkg", super::packages::dpkg),
            ("dpkg-query", super::packages::dpkg_query),
            ("microdnf", super::packages::dnf),
            ("update-ca-certificates", super::packages::certificates),
            ("yum", super::packages::dnf),
        ],
    },
    Area {
        title: "Debian's own tools, and keys",
        commands: &[
            ("a2disconf", apache::switch),
            ("a2dismod", apache::switch),
            ("a2dissite", apache::switch),
            ("a2enconf", apache::switch),
            ("a2enmod", apache::switch),
            ("a2ensite", apache::switch),
            ("add-shell", debian::add_shell),
            ("debconf-set-selections", debian::debconf_set_selections),
            ("dirmngr", gpg::gpg),
            ("dpkg-divert", debian::divert),
            ("gpg", gpg::gpg),
            ("gpg2", gpg::gpg),
            ("gpgconf", gpg::gpg),
            ("invoke-rc.d", debian::invoke),
            ("locale-gen", debian::locale_gen),
            ("localedef", debian::localedef),
            ("remove-shell", debian::remove_shell),
            ("service", debian::service),
            ("systemctl", debian::systemctl),
            ("update-alternatives", debian::update_alternatives),
            ("update-locale", debian::update_locale),
            ("update-rc.d", debian::update_rc),
        ],
    },
    Area {
        title: "Languages' packages: pip's, uv's, poetry's and npm's with what they weigh, the others by where they go",
        commands: &[
            ("R", super::packages::manager),
            ("Rscript", super::packages::manager),
            ("ant", super::packages::manager),
            ("bun", super::packages::manager),
            ("bundle", super::packages::manager),
            ("bundler", super::packages::manager),
            ("bunx", super::packages::manager),
            ("cabal", super::packages::manager),
            ("composer", super::packages::manager),
            ("conda", super::packages::manager),
            ("corepack", super::packages::corepack),
            ("cpan", super::packages::manager),
            ("cpanm", super::packages::manager),
            ("deno", super::packages::manager),
            ("docker-php-ext-configure", super::packages::manager),
            ("docker-php-ext-enable", super::packages::manager),
            ("docker-php-ext-install", super::packages::manager),
            ("docker-php-source", super::packages::manager),
            ("dotnet", super::packages::manager),
            ("gem", super::packages::manager),
            ("gradle", super::packages::manager),
            ("gradlew", super::packages::manager),
            ("install2.r", super::packages::manager),
            ("jar", super::packages::manager),
            ("javac", super::packages::manager),
            ("jlink", super::packages::manager),
            ("luarocks", super::packages::manager),
            ("mamba", super::packages::manager),
            ("micromamba", super::packages::manager),
            ("mix", super::packages::manager),
            ("mvn", super::packages::manager),
            ("mvnw", super::packages::manager),
            ("ng", super::packages::manager),
            ("npm", super::packages::npm),
            ("npx", super::packages::manager),
            ("pear", super::packages::manager),
            ("pecl", super::packages::manager),
            ("pip", super::packages::manager),
            ("pip3", super::packages::manager),
            ("pnpm", super::packages::npm),
            ("poetry", super::packages::manager),
            ("python", super::packages::python_program),
            ("python3", super::packages::python_program),
            ("sbt", super::packages::manager),
            ("stack", super::packages::manager),
            ("tsc", super::packages::manager),
            ("uv", super::packages::manager),
            ("vite", super::packages::manager),
            ("webpack", super::packages::manager),
            ("yarn", super::packages::npm),
            ("yarnpkg", super::packages::npm),
        ],
    },
    Area {
        title: "Compilers",
        commands: &[
            ("c++", super::toolchain::gcc),
            ("cargo", super::toolchain::cargo),
            ("cc", super::toolchain::gcc),
            ("cmake", super::toolchain::cmake),
            ("g++", super::toolchain::gcc),
            ("gcc", super::toolchain::gcc),
            ("go", super::toolchain::go),
            ("ldconfig", ldconfig::ldconfig),
            ("ldconfig.real", ldconfig::ldconfig),
            ("make", super::toolchain::make),
            ("ninja", super::toolchain::ninja),
            ("rustc", super::toolchain::rustc),
            ("rustup", super::toolchain::rustup),
            ("strip", super::toolchain::strip),
            ("upx", super::toolchain::upx),
        ],
    },
];

/// An extended regular expression, as `[[ … =~ … ]]` has it.
pub(super) fn regular_expression(effort: &Effort, text: &str) -> Option<regex::Regex> {
    regex::compile(effort, text, true, false)
}

pub(in crate::shell) use accounts::home_of;
pub(in crate::shell) use alias::Alias;
pub(in crate::shell) use ldd::loader;
pub(in crate::shell) use printf::unescape;
pub(in crate::shell) use realpath::relative;
pub(in crate::shell) use shell_builtins::{BACKGROUND_PROCESS, OWN_PROCESS};

pub(super) fn builtin(name: &str) -> Option<Model> {
    // A few rows stand out of order for their reading; the table is short.
    BUILTINS.iter().find(|(known, _)| *known == name).map(|(_, model)| *model)
}

pub(super) fn program(name: &str) -> Option<Model> {
    static BY_NAME: OnceLock<BTreeMap<&'static str, Model>> = OnceLock::new();
    let all = || PROGRAMS.iter().flat_map(|area| area.commands).copied().collect();
    BY_NAME.get_or_init(all).get(name).copied()
}

/// Runs a command's model.
pub(super) fn run(model: Model, shell: &mut Shell, argv: &[String]) -> i32 {
    match long::plain(argv) {
        Some(words) => model(shell, &words),
        None => model(shell, argv),
    }
}

/// The names of all commands that have a model, by area, the shell's own first.
pub(super) fn areas() -> Vec<(&'static str, Vec<&'static str>)> {
    let names = |commands: &'static [(&'static str, Model)]| commands.iter().map(|(name, _)| *name).collect();
    let own = ("The shell itself", names(BUILTINS));
    std::iter::once(own).chain(PROGRAMS.iter().map(|area| (area.title, names(area.commands)))).collect()
}

/// Splits options from operands. Single letters in `with_value` take the next word.
pub(in crate::shell) fn options(argv: &[String], with_value: &str) -> (Vec<(String, Option<String>)>, Vec<String>) {
    let mut options = Vec::new();
    let mut operands = Vec::new();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            operands.extend(words.by_ref().cloned());
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_string())));
            options.push((name.to_string(), value));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                if with_value.contains(letter) {
                    let rest = letters.as_str();
                    let value = if rest.is_empty() { words.next().cloned() } else { Some(rest.to_string()) };
                    options.push((letter.to_string(), value));
                    break;
                }
                options.push((letter.to_string(), None));
            }
        } else {
            operands.push(word.clone());
        }
    }
    (options, operands)
}

/// `--name value` as `--name=value`, for long options that take one.
pub(in crate::shell) fn with_long_values(argv: &[String], names: &[&str]) -> Vec<String> {
    let mut words = argv.iter().peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let takes = word.strip_prefix("--").is_some_and(|name| names.contains(&name));
        match words.next_if(|_| takes) {
            Some(value) => all.push(format!("{word}={value}")),
            None => all.push(word.clone()),
        }
    }
    all
}

pub(in crate::shell) fn has(options: &[(String, Option<String>)], names: &[&str]) -> bool {
    options.iter().any(|(name, _)| names.contains(&name.as_str()))
}

pub(in crate::shell) fn value<'a>(options: &'a [(String, Option<String>)], names: &[&str]) -> Option<&'a str> {
    options.iter().rev().find(|(name, _)| names.contains(&name.as_str())).and_then(|(_, value)| value.as_deref())
}

/// A new file takes the place of one that is there, with its mode and owner.
fn replace_file(shell: &mut Shell, name: &str, bytes: Vec<u8>) -> i32 {
    let Ok((place, node)) = shell.fs.stat(&shell.cwd, name) else { return 2 };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, crate::fs::Content::inline(bytes), mode, uid, gid);
    0
}

/// Says that an option is not modelled, if one is not in `known`.
pub(super) fn only(shell: &mut Shell, command: &str, options: &[(String, Option<String>)], known: &[&str]) {
    for (name, _) in options {
        if !known.contains(&name.as_str()) {
            let dashes = if name.chars().count() > 1 { "--" } else { "-" };
            shell.gap("unmodelled-option", format!("{command} {dashes}{name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_program_stands_in_one_area_in_order() {
        let mut all: Vec<&str> = super::PROGRAMS.iter().flat_map(|area| area.commands).map(|(name, _)| *name).collect();
        for area in super::PROGRAMS {
            assert!(area.commands.is_sorted_by_key(|(name, _)| *name), "{}", area.title);
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a program stands in two areas");
    }
}
