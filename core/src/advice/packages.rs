//! What the checks know of package managers: what they keep, how to stop them, what they read.
//!
//! Directories and flags are from each manager's own manual (apt.conf(5), apk(8), pip, npm, yarn,
//! dnf, go, composer, gem, cargo), for root in Docker's official images.

use crate::fs::path;

/// How a cache is kept out of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cure {
    /// A flag behind the verb.
    Flag(&'static str),
    /// A command behind the others.
    Command(&'static str),
}

/// One package manager.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) programs: &'static [&'static str],
    /// The first words that make it fetch something; none: any call does.
    pub(super) verbs: &'static [&'static str],
    /// What it keeps, and where; the first is the one to name.
    pub(super) cache: &'static [&'static str],
    /// Words of its command line that make it keep nothing.
    pub(super) without: &'static [&'static str],
    /// An environment variable that makes it keep nothing.
    pub(super) off: Option<&'static str>,
    /// Commands that empty the cache.
    pub(super) clean: &'static [&'static [&'static str]],
    pub(super) cure: Cure,
}

/// The known ones.
pub(super) static MANAGERS: &[Manager] = &[
    Manager {
        programs: &["apt-get", "apt"],
        verbs: &["update"],
        cache: &["/var/lib/apt/lists"],
        without: &[],
        off: None,
        clean: &[&["apt-get", "distclean"], &["apt", "distclean"]],
        cure: Cure::Command("rm -rf /var/lib/apt/lists/*"),
    },
    Manager {
        programs: &["apk"],
        verbs: &["add", "update", "upgrade"],
        cache: &["/var/cache/apk"],
        without: &["--no-cache"],
        off: None,
        clean: &[],
        cure: Cure::Flag("--no-cache"),
    },
    Manager {
        programs: &["dnf", "yum", "microdnf"],
        verbs: &["install", "update", "upgrade", "makecache", "groupinstall", "reinstall"],
        cache: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
        without: &[],
        off: None,
        clean: &[&["dnf", "clean", "all"], &["yum", "clean", "all"], &["microdnf", "clean", "all"]],
        cure: Cure::Command("rm -rf /var/cache/dnf /var/cache/yum"),
    },
    Manager {
        programs: &["pip", "pip3"],
        verbs: &["install", "wheel", "download"],
        cache: &["/root/.cache/pip"],
        without: &["--no-cache-dir", "--no-cache"],
        off: Some("PIP_NO_CACHE_DIR"),
        clean: &[&["pip", "cache", "purge"], &["pip3", "cache", "purge"]],
        cure: Cure::Flag("--no-cache-dir"),
    },
    Manager {
        programs: &["uv"],
        verbs: &["sync", "pip", "add"],
        cache: &["/root/.cache/uv"],
        without: &["--no-cache", "-n"],
        off: Some("UV_NO_CACHE"),
        clean: &[&["uv", "cache", "clean"]],
        cure: Cure::Command("uv cache clean"),
    },
    Manager {
        programs: &["npm"],
        verbs: &["install", "i", "ci", "add"],
        cache: &["/root/.npm"],
        without: &[],
        off: None,
        clean: &[&["npm", "cache", "clean"]],
        cure: Cure::Command("npm cache clean --force"),
    },
    Manager {
        programs: &["yarn"],
        verbs: &["install", "add"],
        cache: &["/usr/local/share/.cache/yarn"],
        without: &[],
        off: None,
        clean: &[&["yarn", "cache", "clean"]],
        cure: Cure::Command("yarn cache clean"),
    },
    Manager {
        programs: &["composer"],
        verbs: &["install", "require", "update", "create-project"],
        cache: &["/root/.composer/cache", "/root/.cache/composer"],
        without: &["--no-cache"],
        off: None,
        clean: &[&["composer", "clear-cache"], &["composer", "clearcache"]],
        cure: Cure::Flag("--no-cache"),
    },
    Manager {
        programs: &["go"],
        verbs: &["build", "install", "test", "run"],
        cache: &["/root/.cache/go-build"],
        without: &[],
        off: None,
        clean: &[&["go", "clean", "-cache"]],
        cure: Cure::Command("go clean -cache"),
    },
];

/// Something that takes long, and the files of the context that decide what it does.
#[derive(Debug)]
pub(super) struct Install {
    programs: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Names in the project's folder; none: nothing of the context.
    pub(super) manifests: &'static [&'static str],
}

/// The known ones.
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

/// What a command installs, if it does.
pub(super) fn install(argv: &[String]) -> Option<&'static Install> {
    let found = INSTALLS.iter().find(|one| calls(one.programs, one.verbs, argv))?;
    // `pip install .` and `npm install /src` read the whole project.
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

/// The start of a command, for a message.
pub(super) fn shown(argv: &[String]) -> String {
    const MOST: usize = 4;
    let mut text = argv.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(" ");
    if argv.len() > MOST {
        text.push_str(" …");
    }
    text
}
