//! Package managers as the checks know them: their caches, how to keep these out of a layer, and the manifest files that
//! they read.
//!
//! Directories and flags are from each manager's own manual (apt.conf(5), apk(8), pip, npm, yarn,
//! dnf, go, composer, gem, cargo), for root in Docker's official images.

use crate::fs::path;

/// How a package manager's cache is kept out of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) enum CacheFix {
    /// A flag behind the verb.
    Flag(&'static str),
    /// A command at the end of the script.
    Command(&'static str),
}

/// One package manager.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) programs: &'static [&'static str],
    /// The subcommands that fill its cache.
    pub(super) verbs: &'static [&'static str],
    /// Its cache directories; messages name the first.
    pub(super) cache: &'static [&'static str],
    /// Options that turn the cache off.
    pub(super) no_cache_options: &'static [&'static str],
    /// An environment variable that turns the cache off.
    pub(super) no_cache_variable: Option<&'static str>,
    /// Commands that empty the cache.
    pub(super) clean: &'static [&'static [&'static str]],
    pub(super) cache_fix: CacheFix,
}

/// The known package managers.
pub(super) static MANAGERS: &[Manager] = &[
    Manager {
        programs: &["apt-get", "apt"],
        verbs: &["update"],
        cache: &["/var/lib/apt/lists"],
        no_cache_options: &[],
        no_cache_variable: None,
        clean: &[&["apt-get", "distclean"], &["apt", "distclean"]],
        cache_fix: CacheFix::Command("rm -rf /var/lib/apt/lists/*"),
    },
    Manager {
        programs: &["apk"],
        verbs: &["add", "update", "upgrade"],
        cache: &["/var/cache/apk"],
        no_cache_options: &["--no-cache"],
        no_cache_variable: None,
        clean: &[],
        cache_fix: CacheFix::Flag("--no-cache"),
    },
    Manager {
        programs: &["dnf", "yum", "microdnf"],
        verbs: &["install", "update", "upgrade", "makecache", "groupinstall", "reinstall"],
        cache: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
        no_cache_options: &[],
        no_cache_variable: None,
        clean: &[&["dnf", "clean", "all"], &["yum", "clean", "all"], &["microdnf", "clean", "all"]],
        cache_fix: CacheFix::Command("rm -rf /var/cache/dnf /var/cache/yum"),
    },
    Manager {
        programs: &["pip", "pip3"],
        verbs: &["install", "wheel", "download"],
        cache: &["/root/.cache/pip"],
        no_cache_options: &["--no-cache-dir", "--no-cache"],
        no_cache_variable: Some("PIP_NO_CACHE_DIR"),
        clean: &[&["pip", "cache", "purge"], &["pip3", "cache", "purge"]],
        cache_fix: CacheFix::Flag("--no-cache-dir"),
    },
    Manager {
        programs: &["uv"],
        verbs: &["sync", "pip", "add"],
        cache: &["/root/.cache/uv"],
        no_cache_options: &["--no-cache", "-n"],
        no_cache_variable: Some("UV_NO_CACHE"),
        clean: &[&["uv", "cache", "clean"]],
        cache_fix: CacheFix::Command("uv cache clean"),
    },
    Manager {
        programs: &["npm"],
        verbs: &["install", "i", "ci", "add"],
        cache: &["/root/.npm"],
        no_cache_options: &[],
        no_cache_variable: None,
        clean: &[&["npm", "cache", "clean"]],
        cache_fix: CacheFix::Command("npm cache clean --force"),
    },
    Manager {
        programs: &["yarn"],
        verbs: &["install", "add"],
        cache: &["/usr/local/share/.cache/yarn"],
        no_cache_options: &[],
        no_cache_variable: None,
        clean: &[&["yarn", "cache", "clean"]],
        cache_fix: CacheFix::Command("yarn cache clean"),
    },
    Manager {
        programs: &["composer"],
        verbs: &["install", "require", "update", "create-project"],
        cache: &["/root/.composer/cache", "/root/.cache/composer"],
        no_cache_options: &["--no-cache"],
        no_cache_variable: None,
        clean: &[&["composer", "clear-cache"], &["composer", "clearcache"]],
        cache_fix: CacheFix::Flag("--no-cache"),
    },
    Manager {
        programs: &["go"],
        verbs: &["build", "install", "test", "run"],
        cache: &["/root/.cache/go-build"],
        no_cache_options: &[],
        no_cache_variable: None,
        clean: &[&["go", "clean", "-cache"]],
        cache_fix: CacheFix::Command("go clean -cache"),
    },
];

/// An install command, and the files of the context that it depends on.
#[derive(Debug)]
pub(super) struct Install {
    programs: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Manifest files in the project's directory; empty if it reads no file of the context.
    pub(super) manifests: &'static [&'static str],
}

/// The known install commands.
static INSTALLS: &[Install] = &[
    Install { programs: &["apt-get", "apt"], verbs: &["install", "update", "upgrade"], manifests: &[] },
    Install { programs: &["apk"], verbs: &["add", "upgrade"], manifests: &[] },
    Install { programs: &["dnf", "yum", "microdnf"], verbs: &["install", "update"], manifests: &[] },
    Install {
        programs: &["npm"],
        verbs: &["install", "i", "ci"],
        manifests: &["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"],
    },
    Install { programs: &["yarn"], verbs: &["install"], manifests: &["package.json", "yarn.lock", ".yarnrc.yml"] },
    Install {
        programs: &["pnpm"],
        verbs: &["install", "i"],
        manifests: &["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"],
    },
    Install { programs: &["pip", "pip3"], verbs: &["install"], manifests: &["requirements.txt", "constraints.txt"] },
    Install { programs: &["uv"], verbs: &["sync"], manifests: &["pyproject.toml", "uv.lock"] },
    Install { programs: &["poetry"], verbs: &["install"], manifests: &["pyproject.toml", "poetry.lock"] },
    Install { programs: &["bundle"], verbs: &["install"], manifests: &["Gemfile", "Gemfile.lock"] },
    Install { programs: &["composer"], verbs: &["install"], manifests: &["composer.json", "composer.lock"] },
    Install { programs: &["go"], verbs: &["download"], manifests: &["go.mod", "go.sum"] },
    Install { programs: &["cargo"], verbs: &["fetch"], manifests: &["Cargo.toml", "Cargo.lock"] },
];

/// The install command that a command is, if it is one.
pub(super) fn install(argv: &[String]) -> Option<&'static Install> {
    let found = INSTALLS.iter().find(|one| calls(one.programs, one.verbs, argv))?;
    // `pip install .` and `npm install ./src` read the whole project.
    let whole = argv.iter().skip(1).any(|word| word == "." || word.starts_with("./") || word.starts_with(".["));
    (!whole).then_some(found)
}

/// The name of the program that a command calls.
pub(super) fn program(argv: &[String]) -> &str {
    argv.first().map_or("", |name| path::file_name(name))
}

/// Whether a command calls one of these programs with one of these verbs.
pub(super) fn calls(programs: &[&str], verbs: &[&str], argv: &[String]) -> bool {
    let is_module = argv.get(1).is_some_and(|word| word == "-m") && program(argv).starts_with("python");
    let (name, rest) = match is_module {
        true => (argv.get(2).map_or("", String::as_str), argv.get(3..)),
        false => (program(argv), argv.get(1..)),
    };
    programs.contains(&name) && rest.unwrap_or(&[]).iter().any(|word| verbs.contains(&word.as_str()))
}

/// The first words of a command, for a message.
pub(super) fn abbreviated(argv: &[String]) -> String {
    const MAX_WORDS: usize = 4;
    let mut text = argv.iter().take(MAX_WORDS).map(String::as_str).collect::<Vec<_>>().join(" ");
    if argv.len() > MAX_WORDS {
        text.push_str(" …");
    }
    text
}
