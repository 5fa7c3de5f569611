//! The table of all programs that have a model, and the shell that knows them.
//!
//! The language (`shell`), the programs (`commands`), package managers (`packages`) and compilers (`toolchains`)
//! meet here and nowhere else.

use crate::commands::{
    accounts, archives, awk, coreutils, crontab, debian, df_du_free_ps, diffutils, dos2unix, envsubst, file, findutils,
    glibc, gosu, gpg, grep, hostname, init_process, interpreters, long_option_names, mountpoint, network, openssl,
    piped_installers, sed, setcap, strings, sudo, update_ca_certificates, util_linux, xxd,
};
use crate::elf::Machine;
use crate::exec::Credentials;
use crate::fs::{Doubt, Tree};
use crate::shell::{Gap, Model, Programs, Shell, builtins};
use crate::{packages, toolchains};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A group of programs under one title, as docs/coverage.md shows it.
struct Area {
    title: &'static str,
    commands: &'static [(&'static str, Model)],
}

/// Programs: they run only where a file of that name can be executed. In each area by name.
const PROGRAMS: &[Area] = &[
    Area {
        title: "Files and folders",
        commands: &[
            ("chgrp", coreutils::chown::chgrp),
            ("chmod", coreutils::chmod::chmod),
            ("chown", coreutils::chown::chown),
            ("cp", coreutils::cp::cp),
            ("fallocate", util_linux::fallocate::fallocate),
            ("install", coreutils::install::install),
            ("link", coreutils::ln::link),
            ("ln", coreutils::ln::ln),
            ("mkdir", coreutils::mkdir::mkdir),
            ("mkfifo", coreutils::mkfifo::mkfifo),
            ("mknod", coreutils::mknod::mknod),
            ("mv", coreutils::mv::mv),
            ("rm", coreutils::rm::rm),
            ("rmdir", coreutils::rmdir::rmdir),
            ("setcap", setcap::setcap),
            ("shred", coreutils::shred::shred),
            ("sync", builtins::true_false::succeed),
            ("touch", coreutils::touch::touch),
            ("unlink", coreutils::unlink::unlink),
        ],
    },
    Area {
        title: "Text processing",
        commands: &[
            ("arch", coreutils::uname::arch),
            ("awk", awk::awk),
            ("base64", coreutils::base64::base64),
            ("basename", coreutils::basename::basename),
            ("cat", coreutils::cat::cat),
            ("comm", coreutils::comm::comm),
            ("cut", coreutils::cut::cut),
            ("dirname", coreutils::dirname::dirname),
            ("dos2unix", dos2unix::convert),
            ("echo", builtins::echo::echo),
            ("egrep", grep::grep),
            ("envsubst", envsubst::envsubst),
            ("expand", coreutils::expand::expand),
            ("factor", coreutils::factor::factor),
            ("fgrep", grep::grep),
            ("fold", coreutils::fold::fold),
            ("gawk", awk::awk),
            ("grep", grep::grep),
            ("head", coreutils::head::head),
            ("hexdump", util_linux::hexdump::hexdump),
            ("hostname", hostname::hostname),
            ("iconv", glibc::iconv::iconv),
            ("id", coreutils::id::id),
            ("join", coreutils::join::join),
            ("mawk", awk::awk),
            ("more", util_linux::more::more),
            ("nawk", awk::awk),
            ("nl", coreutils::nl::nl),
            ("od", coreutils::od::od),
            ("pager", util_linux::more::more),
            ("paste", coreutils::paste::paste),
            ("printf", builtins::printf::printf),
            ("pwd", builtins::pwd::pwd),
            ("rev", util_linux::rev::rev),
            ("sed", sed::sed),
            ("shuf", coreutils::shuf::shuf),
            ("sort", coreutils::sort::sort),
            ("split", coreutils::split::split),
            ("strings", strings::strings),
            ("tac", coreutils::tac::tac),
            ("tail", coreutils::tail::tail),
            ("tee", coreutils::tee::tee),
            ("tr", coreutils::tr::tr),
            ("tsort", coreutils::tsort::tsort),
            ("uname", coreutils::uname::uname),
            ("unexpand", coreutils::unexpand::unexpand),
            ("uniq", coreutils::uniq::uniq),
            ("unix2dos", dos2unix::convert),
            ("wc", coreutils::wc::wc),
            ("whoami", coreutils::whoami::whoami),
            ("xxd", xxd::xxd),
            ("zegrep", archives::zgrep::zgrep),
            ("zfgrep", archives::zgrep::zgrep),
            ("zgrep", archives::zgrep::zgrep),
        ],
    },
    Area {
        title: "Searching files and showing system information",
        commands: &[
            ("[", builtins::test::test),
            ("df", df_du_free_ps::machine),
            ("dmesg", df_du_free_ps::machine),
            ("du", df_du_free_ps::machine),
            ("file", file::file),
            ("find", findutils::find::find),
            ("free", df_du_free_ps::machine),
            ("getcap", setcap::getcap),
            ("getconf", glibc::getconf::getconf),
            ("getent", accounts::getent::getent),
            ("groups", accounts::groups::groups),
            ("ifconfig", df_du_free_ps::machine),
            ("ip", df_du_free_ps::machine),
            ("ldd", glibc::ldd::ldd),
            ("locale", df_du_free_ps::machine),
            ("ls", coreutils::ls::ls),
            ("lsblk", df_du_free_ps::machine),
            ("lscpu", df_du_free_ps::machine),
            ("mountpoint", mountpoint::mountpoint),
            ("netstat", df_du_free_ps::machine),
            ("nproc", coreutils::nproc::nproc),
            ("ps", df_du_free_ps::machine),
            ("readlink", coreutils::realpath::readlink),
            ("realpath", coreutils::realpath::realpath),
            ("ss", df_du_free_ps::machine),
            ("stat", coreutils::stat::stat),
            ("test", builtins::test::test),
            ("top", df_du_free_ps::machine),
            ("tty", coreutils::tty::tty),
            ("uptime", df_du_free_ps::machine),
            ("which", debian::which::which),
            ("who", df_du_free_ps::machine),
            ("xargs", findutils::xargs::xargs),
        ],
    },
    Area {
        title: "Archives, checksums and differences",
        commands: &[
            ("bunzip2", archives::gzip_bzip2_xz_zstd::unpack),
            ("bzcat", archives::gzip_bzip2_xz_zstd::unpack),
            ("bzip2", archives::gzip_bzip2_xz_zstd::unpack),
            ("cksum", coreutils::cksum::cksum),
            ("cmp", diffutils::cmp::cmp),
            ("dd", coreutils::dd::dd),
            ("diff", diffutils::diff::diff),
            ("gunzip", archives::gzip_bzip2_xz_zstd::unpack),
            ("gzip", archives::gzip_bzip2_xz_zstd::unpack),
            ("md5sum", coreutils::md5sum_sha256sum::sum),
            ("patch", diffutils::patch::patch),
            ("sha1sum", coreutils::md5sum_sha256sum::sum),
            ("sha224sum", coreutils::md5sum_sha256sum::sum),
            ("sha256sum", coreutils::md5sum_sha256sum::sum),
            ("sha384sum", coreutils::md5sum_sha256sum::sum),
            ("sha512sum", coreutils::md5sum_sha256sum::sum),
            ("tar", archives::tar::tar),
            ("truncate", coreutils::truncate::truncate),
            ("unxz", archives::gzip_bzip2_xz_zstd::unpack),
            ("unzip", archives::unzip::unzip),
            ("unzstd", archives::gzip_bzip2_xz_zstd::unpack),
            ("xz", archives::gzip_bzip2_xz_zstd::unpack),
            ("xzcat", archives::gzip_bzip2_xz_zstd::unpack),
            ("zcat", archives::gzip_bzip2_xz_zstd::unpack),
            ("zstd", archives::gzip_bzip2_xz_zstd::unpack),
            ("zstdcat", archives::gzip_bzip2_xz_zstd::unpack),
        ],
    },
    Area {
        title: "Downloads",
        commands: &[
            ("curl", network::curl::curl),
            ("git", network::git::git),
            ("ssh-keyscan", network::ssh_keyscan::ssh_keyscan),
            ("wget", network::wget::wget),
        ],
    },
    Area {
        title: "Numbers, dates, random names and keys",
        commands: &[
            ("date", coreutils::date::date),
            ("expr", coreutils::expr::expr),
            ("mktemp", coreutils::mktemp::mktemp),
            ("openssl", openssl::openssl),
            ("seq", coreutils::seq::seq),
            ("ssh-keygen", network::ssh_keygen::ssh_keygen),
            ("yes", coreutils::yes::yes),
        ],
    },
    Area {
        title: "Users and groups",
        commands: &[
            ("addgroup", accounts::addgroup),
            ("adduser", accounts::adduser),
            ("chpasswd", accounts::chpasswd),
            ("chsh", accounts::chsh::chsh),
            ("crontab", crontab::crontab),
            ("delgroup", accounts::delgroup),
            ("deluser", accounts::deluser),
            ("gpasswd", accounts::gpasswd::gpasswd),
            ("groupadd", accounts::groupadd::groupadd),
            ("groupdel", accounts::groupdel::groupdel),
            ("groupmod", accounts::groupmod::groupmod),
            ("passwd", accounts::passwd),
            ("useradd", accounts::useradd::useradd),
            ("userdel", accounts::userdel::userdel),
            ("usermod", accounts::usermod::usermod),
        ],
    },
    Area {
        title: "Shells, and programs that run other programs",
        commands: &[
            ("ash", piped_installers::sh),
            ("bash", piped_installers::sh),
            ("catatonit", init_process::init),
            ("chroot", coreutils::chroot::chroot),
            ("dash", piped_installers::sh),
            ("dumb-init", init_process::init),
            ("env", coreutils::env::env),
            ("false", builtins::true_false::fail),
            ("flock", util_linux::flock::flock),
            ("gosu", gosu::gosu),
            ("ionice", coreutils::nice_nohup_timeout::wrapped),
            ("nice", coreutils::nice_nohup_timeout::wrapped),
            ("nohup", coreutils::nice_nohup_timeout::wrapped),
            ("printenv", coreutils::env::env),
            ("runuser", util_linux::su::su),
            ("setpriv", util_linux::setpriv::setpriv),
            ("setsid", coreutils::nice_nohup_timeout::wrapped),
            ("sh", piped_installers::sh),
            ("sleep", coreutils::sleep::sleep),
            ("stdbuf", coreutils::nice_nohup_timeout::wrapped),
            ("su", util_linux::su::su),
            ("su-exec", gosu::gosu),
            ("sudo", sudo::sudo),
            ("taskset", coreutils::nice_nohup_timeout::wrapped),
            ("time", coreutils::nice_nohup_timeout::wrapped),
            ("timeout", coreutils::nice_nohup_timeout::wrapped),
            ("tini", init_process::init),
            ("true", builtins::true_false::succeed),
            ("usleep", builtins::true_false::succeed),
        ],
    },
    Area {
        title: "Package managers of distributions",
        commands: &[
            ("add-apt-repository", packages::apt::add_apt_repository::add_repository),
            ("apk", packages::apk::apk),
            ("apt", packages::apt::apt_get::apt),
            ("apt-add-repository", packages::apt::add_apt_repository::add_repository),
            ("apt-cache", packages::apt::apt_cache::apt_cache),
            ("apt-config", packages::apt::apt_cache::apt_cache),
            ("apt-get", packages::apt::apt_get::apt),
            ("apt-key", packages::apt::apt_key::apt_key),
            ("apt-mark", packages::apt::apt_mark::apt_mark),
            ("dnf", packages::dnf::dnf),
            ("dpkg", packages::dpkg::dpkg),
            ("dpkg-query", packages::dpkg::dpkg_query::dpkg_query),
            ("microdnf", packages::dnf::dnf),
            ("update-ca-certificates", update_ca_certificates::update_ca_certificates),
            ("yum", packages::dnf::dnf),
        ],
    },
    Area {
        title: "Debian's administration tools, and GnuPG",
        commands: &[
            ("a2disconf", debian::a2enmod::switch),
            ("a2dismod", debian::a2enmod::switch),
            ("a2dissite", debian::a2enmod::switch),
            ("a2enconf", debian::a2enmod::switch),
            ("a2enmod", debian::a2enmod::switch),
            ("a2ensite", debian::a2enmod::switch),
            ("add-shell", debian::add_shell::add_shell),
            ("debconf-set-selections", debian::debconf_set_selections::debconf_set_selections),
            ("dirmngr", gpg::gpg),
            ("dpkg-divert", debian::dpkg_divert::divert),
            ("gpg", gpg::gpg),
            ("gpg2", gpg::gpg),
            ("gpgconf", gpg::gpg),
            ("invoke-rc.d", debian::invoke_rc_d::invoke),
            ("locale-gen", debian::locale_gen::locale_gen),
            ("localedef", debian::locale_gen::localedef),
            ("lsb_release", debian::lsb_release::lsb_release),
            ("remove-shell", debian::add_shell::remove_shell),
            ("service", debian::service::service),
            ("systemctl", debian::systemctl::systemctl),
            ("update-alternatives", debian::update_alternatives::update_alternatives),
            ("update-locale", debian::locale_gen::update_locale),
            ("update-rc.d", debian::update_rc_d::update_rc),
        ],
    },
    Area {
        title: "Package managers and build tools of languages: packages of pip, uv, poetry and npm with their sizes, of others only the folders that they write to",
        commands: &[
            ("R", packages::language_managers::run_language_manager),
            ("Rscript", packages::language_managers::run_language_manager),
            ("ant", packages::language_managers::run_language_manager),
            ("bun", packages::language_managers::run_language_manager),
            ("bundle", packages::language_managers::run_language_manager),
            ("bundler", packages::language_managers::run_language_manager),
            ("bunx", packages::language_managers::run_language_manager),
            ("cabal", packages::language_managers::run_language_manager),
            ("composer", packages::language_managers::run_language_manager),
            ("conda", packages::language_managers::run_language_manager),
            ("corepack", packages::npm::corepack),
            ("cpan", packages::language_managers::run_language_manager),
            ("cpanm", packages::language_managers::run_language_manager),
            ("deno", packages::language_managers::run_language_manager),
            ("docker-php-ext-configure", packages::language_managers::run_language_manager),
            ("docker-php-ext-enable", packages::language_managers::run_language_manager),
            ("docker-php-ext-install", packages::language_managers::run_language_manager),
            ("docker-php-source", packages::language_managers::run_language_manager),
            ("dotnet", packages::language_managers::run_language_manager),
            ("gem", packages::language_managers::run_language_manager),
            ("gradle", packages::language_managers::run_language_manager),
            ("gradlew", packages::language_managers::run_language_manager),
            ("install2.r", packages::language_managers::run_language_manager),
            ("jar", packages::language_managers::run_language_manager),
            ("javac", packages::language_managers::run_language_manager),
            ("jlink", packages::language_managers::run_language_manager),
            ("luarocks", packages::language_managers::run_language_manager),
            ("mamba", packages::language_managers::run_language_manager),
            ("micromamba", packages::language_managers::run_language_manager),
            ("mix", packages::language_managers::run_language_manager),
            ("mvn", packages::language_managers::run_language_manager),
            ("mvnw", packages::language_managers::run_language_manager),
            ("ng", packages::language_managers::run_language_manager),
            ("npm", packages::npm::npm),
            ("npx", packages::npm::npx),
            ("pear", packages::language_managers::run_language_manager),
            ("pecl", packages::language_managers::run_language_manager),
            ("pip", packages::language_managers::run_language_manager),
            ("pip3", packages::language_managers::run_language_manager),
            ("pipenv", packages::language_managers::run_language_manager),
            ("pnpm", packages::npm::npm),
            ("poetry", packages::language_managers::run_language_manager),
            ("python", packages::python::python),
            ("python3", packages::python::python),
            ("sbt", packages::language_managers::run_language_manager),
            ("stack", packages::language_managers::run_language_manager),
            ("tsc", packages::language_managers::run_language_manager),
            ("uv", packages::language_managers::run_language_manager),
            ("vite", packages::language_managers::run_language_manager),
            ("webpack", packages::language_managers::run_language_manager),
            ("yarn", packages::npm::npm),
            ("yarnpkg", packages::npm::npm),
        ],
    },
    Area {
        title: "Interpreters: only whether the main file exists",
        commands: &[
            ("java", interpreters::interpreter),
            ("node", interpreters::interpreter),
            ("nodejs", interpreters::interpreter),
            ("perl", interpreters::interpreter),
            ("php", piped_installers::php),
            ("ruby", interpreters::interpreter),
        ],
    },
    Area {
        title: "Compilers and linkers",
        commands: &[
            ("c++", toolchains::c::gcc::gcc),
            ("cargo", toolchains::rust::cargo),
            ("cc", toolchains::c::gcc::gcc),
            ("cmake", toolchains::cmake::cmake),
            ("g++", toolchains::c::gcc::gcc),
            ("gcc", toolchains::c::gcc::gcc),
            ("go", toolchains::go::go),
            ("ldconfig", glibc::ldconfig::ldconfig),
            ("ldconfig.real", glibc::ldconfig::ldconfig),
            ("make", toolchains::make::make),
            ("ninja", toolchains::cmake::ninja),
            ("rustc", toolchains::rust::rustc),
            ("rustup", toolchains::rust::rustup),
            ("strip", toolchains::c::strip::strip),
            ("upx", toolchains::upx::upx),
        ],
    },
];

/// All programs of the table.
struct Modelled;

impl Programs for Modelled {
    fn builtin(&self, name: &str) -> Option<Model> {
        builtins::builtin(name)
    }

    fn find(&self, name: &str) -> Option<Model> {
        static BY_NAME: OnceLock<BTreeMap<&'static str, Model>> = OnceLock::new();
        if name.starts_with("ld-musl-") || name.starts_with("ld-linux") {
            return Some(crate::commands::glibc::ldd::loader);
        }
        // `python3.12` and `pip3.12` are the same programs under the names of one release.
        let name = match name.split_once('.') {
            Some((stem @ ("python3" | "pip3"), minor)) if minor.bytes().all(|byte| byte.is_ascii_digit()) => stem,
            _ => name,
        };
        let all = || PROGRAMS.iter().flat_map(|area| area.commands).copied().collect();
        let by_name = BY_NAME.get_or_init(all);
        // `python3.12` and `php8.2` are what their plain names are.
        let plain = interpreters::plain_name(name);
        let of_release = || interpreters::is_interpreter(plain) || plain == "python3";
        by_name.get(name).or_else(|| by_name.get(plain).filter(|_| of_release())).copied()
    }

    fn normalize(&self, argv: &[String]) -> Option<Vec<String>> {
        long_option_names::normalize(argv)
    }

    fn estimate(&self, shell: &mut Shell, argv: &[String]) -> bool {
        crate::commands::configure_make_estimate::estimate_build(shell, argv)
    }

    fn doubt(&self, gap: &Gap, argv: &[String]) -> Doubt {
        crate::commands::unmodelled_doubt::doubt_after(gap, argv)
    }
}

/// A shell in `cwd` with an environment of `NAME=value` pairs, for which all programs of the table are there.
pub fn new_shell(fs: Tree, cwd: &str, env: &[String], user: Credentials, machine: Machine) -> Shell {
    Shell::new(fs, cwd, env, user, machine, &Modelled)
}

/// The commands that have a model, by area: the shell's builtins first, then programs.
pub fn modelled() -> Vec<(&'static str, Vec<&'static str>)> {
    let names = |commands: &'static [(&'static str, Model)]| commands.iter().map(|(name, _)| *name).collect();
    let own = ("Builtins of the shell", builtins::names());
    std::iter::once(own).chain(PROGRAMS.iter().map(|area| (area.title, names(area.commands)))).collect()
}

/// The commands that have a model in alphabetical order, each once.
pub fn modelled_commands() -> Vec<&'static str> {
    let mut names: Vec<&str> = modelled().into_iter().flat_map(|(_, names)| names).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use crate::shell::Programs;

    #[test]
    fn python_and_pip_have_a_name_of_their_release() {
        let has = |name: &str| super::Modelled.find(name).is_some();
        assert!(has("python3.12") && has("pip3.12") && !has("python3.x") && !has("python4.1"));
    }

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
