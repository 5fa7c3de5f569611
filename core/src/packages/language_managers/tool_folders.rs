//! The folders that the package managers and build tools of languages write to and keep their caches in, and the usual
//! size of what they write. Java's, PHP's, Ruby's and .NET's have files of their own.

use super::dotnet::has_runtime;
use super::{composer_pecl, dotnet, gem_bundler, maven_gradle};
use crate::measure::{TypicalSize, typical_tool_size};

/// A manager and the folders that it writes to. In a folder `.` is the working directory, `~` the user's home, and
/// `PATTERN>FOLDER` a folder beside each file that matches the pattern. Names in capitals, such as `CARGO`, are
/// resolved by `mark_folder` in `written_folders.rs`.
pub(crate) struct LanguageManager {
    pub(super) names: &'static [&'static str],
    /// Words that only print: nothing changes, and the output is not known.
    pub(crate) queries: &'static [&'static str],
    /// Words with the folders that they write to. The first entry with a word that is given decides; `*` is any word.
    pub(crate) writes: WrittenFolders,
    /// The cache folders, and the words that turn the cache off.
    pub(crate) caches: &'static [&'static str],
    pub(crate) no_cache_words: &'static [&'static str],
}

type WrittenFolders = &'static [(&'static [&'static str], &'static [&'static str])];

const NODE_WRITES: WrittenFolders = &[
    (&["cache", "config", "set"], &[]),
    (&["-g", "--global", "global"], &["/usr/local/lib/node_modules", "/usr/local/bin"]),
    (&["ci", "install", "i", "add", "import", "prune", "dedupe"], &["./node_modules"]),
    (&["run", "build", "exec", "*"], &["."]),
];

/// The writes of a tool that builds in the working directory.
pub(super) const WORKING_FOLDER: WrittenFolders = &[(&["*"], &["."])];

const MANAGERS: &[LanguageManager] = &[
    LanguageManager {
        names: &["pip", "pip3", "pip3.11", "pip3.12", "pip3.13"],
        queries: &["--version", "list", "show", "freeze", "check", "config", "-V"],
        writes: &[
            (&["cache", "uninstall"], &[]),
            (&["download", "wheel"], &["."]),
            (&["install"], &["PYTHON", "/usr/local/bin"]),
        ],
        caches: &["~/.cache/pip"],
        no_cache_words: &["--no-cache-dir", "PIP_NO_CACHE_DIR"],
    },
    LanguageManager {
        names: &["uv"],
        queries: &["--version", "version"],
        writes: &[(&["sync", "venv", "add"], &["./.venv"]), (&["pip", "tool"], &["PYTHON", "/usr/local/bin"])],
        caches: &["~/.cache/uv"],
        no_cache_words: &["--no-cache", "UV_NO_CACHE"],
    },
    LanguageManager {
        names: &["poetry"],
        queries: &["--version", "show", "check"],
        writes: &[
            (&["config"], &["~/.config/pypoetry"]),
            (&["install", "sync"], &["PYTHON", "/usr/local/bin", "./.venv"]),
        ],
        caches: &["~/.cache/pypoetry"],
        no_cache_words: &["--no-cache"],
    },
    LanguageManager {
        names: &["pipenv"],
        queries: &["--version", "graph", "check", "requirements", "--where", "--venv"],
        writes: &[
            (&["lock"], &["."]),
            (
                &["install", "sync", "update", "upgrade"],
                &["PYTHON", "/usr/local/bin", "./.venv", "~/.local/share/virtualenvs"],
            ),
            (&["*"], &["."]),
        ],
        caches: &["~/.cache/pipenv"],
        no_cache_words: &["PIP_NO_CACHE_DIR"],
    },
    // Installation by package.json has a model of its own (`packages/npm`).
    LanguageManager {
        names: &["npm", "npx"],
        queries: &["--version", "-v", "ls", "list", "view", "audit", "outdated"],
        writes: NODE_WRITES,
        caches: &["~/.npm"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["yarn", "yarnpkg"],
        queries: &["--version", "-v", "list", "info", "audit", "outdated", "why"],
        writes: NODE_WRITES,
        caches: &["YARN"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["pnpm"],
        queries: &["--version", "-v", "ls", "list", "audit", "outdated", "why"],
        writes: NODE_WRITES,
        caches: &["~/.local/share/pnpm"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["bun", "bunx"],
        queries: &["--version", "-v", "--revision", "pm", "outdated"],
        writes: &[
            (&["-g", "--global"], &["~/.bun/install/global", "~/.bun/bin"]),
            (&["install", "i", "add", "remove", "update", "link"], &["./node_modules", "."]),
            (&["*"], &["."]),
        ],
        caches: &["~/.bun/install/cache"],
        no_cache_words: &["--no-cache"],
    },
    // Builds have a model of their own (`toolchains/rust`).
    LanguageManager {
        names: &["cargo"],
        queries: &["--version", "-V", "metadata", "tree", "version", "--list", "search", "audit", "deny", "fmt"],
        writes: &[
            (&["test", "t", "check", "c", "chef", "bench", "rustc", "clippy", "doc", "d"], &["./target"]),
            (&["add", "remove", "vendor", "update", "generate-lockfile"], &["."]),
            (&["fetch"], &["CARGO/registry"]),
            (&["build", "b", "run", "r"], &["./target"]),
            (&["install"], &["./target", "CARGO/bin"]),
        ],
        caches: &["CARGO/registry"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["rustup"],
        queries: &["--version", "show"],
        writes: &[(&["*"], &["RUSTUP", "CARGO/bin"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["conda", "mamba", "micromamba"],
        queries: &["--version", "list", "info", "search"],
        writes: &[(&["clean"], &["CONDA/pkgs"]), (&["config"], &["~"]), (&["*"], &["CONDA", "~/.conda"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["cpan", "cpanm"],
        queries: &["--version", "-V", "--info"],
        writes: &[(&["*"], &["/usr/local/lib", "/usr/local/share", "/usr/local/bin"])],
        caches: &["~/.cpanm", "~/.cpan"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["luarocks"],
        queries: &["--version", "list", "show", "search"],
        writes: &[(&["*"], &["/usr/local/lib", "/usr/local/share", "/usr/local/bin"])],
        caches: &["~/.cache/luarocks"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["Rscript", "R", "install2.r"],
        queries: &["--version"],
        writes: &[(&["*"], &["/usr/local/lib/R", "/usr/lib/R", "/tmp", "."])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["mix"],
        queries: &["--version", "deps.tree", "hex.info"],
        writes: &[
            (&["local.hex", "local.rebar"], &["~/.mix"]),
            (&["deps.get"], &["./deps", "."]),
            (&["*"], &["./_build", "./deps", "./priv"]),
        ],
        caches: &["~/.hex", "~/.mix"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["stack", "cabal"],
        queries: &["--version", "ls", "list"],
        writes: &[(&["update", "setup"], &[]), (&["*"], &["./.stack-work", "./dist-newstyle", "~/.local"])],
        caches: &["~/.stack", "~/.cabal"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["deno"],
        queries: &["--version", "info"],
        writes: WORKING_FOLDER,
        caches: &["~/.cache/deno"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["tsc", "vite", "webpack", "ng"],
        queries: &["--version"],
        writes: WORKING_FOLDER,
        caches: &[],
        no_cache_words: &[],
    },
];

pub(crate) fn find_manager(name: &str) -> Option<&'static LanguageManager> {
    let all = [MANAGERS, maven_gradle::MANAGERS, composer_pecl::MANAGERS, gem_bundler::MANAGERS, dotnet::MANAGERS];
    all.into_iter().flatten().find(|manager| manager.names.contains(&name))
}

/// The typical size of what a tool writes into one of its folders, if it was measured.
pub(super) fn typical_folder(tool: &str, place: &str, words: &[String]) -> Option<&'static TypicalSize> {
    let verb = words.iter().find(|word| !word.starts_with('-')).map_or("", String::as_str);
    let has = |options: &[&str]| words.iter().any(|word| options.iter().any(|option| word.starts_with(option)));
    let id = match (tool, verb, place) {
        // With the runtime the output is much larger.
        ("dotnet", "publish" | "build", "OUT") if !has_runtime(words) => "dotnet-publish",
        ("mvn" | "mvnw", _, "pom.xml>target") if has(&["package", "install", "verify"]) => "java-build",
        ("gradle" | "gradlew", _, "build.gradle*>build")
            if has(&["build", "assemble", "bootJar", "shadowJar", "installDist"]) =>
        {
            "java-build"
        }
        ("poetry", "install" | "sync", "PYTHON") | ("uv", "sync", "./.venv") => "pip-install",
        _ => return None,
    };
    typical_tool_size(id)
}
