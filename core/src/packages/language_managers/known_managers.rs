//! The package managers and build tools of languages that are known, and where each of them writes.

/// A manager and the folders that it writes to. In a folder `.` is the working directory, `~` the user's home, and
/// `PATTERN>FOLDER` a folder beside each file that matches the pattern. Names in capitals, such as `CARGO`, are
/// resolved by `mark_folder` in `written_folders.rs`.
pub(crate) struct LanguageManager {
    names: &'static [&'static str],
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
const WORKING_FOLDER: WrittenFolders = &[(&["*"], &["."])];
const MAVEN_REPOSITORY: &str = "~/.m2";
const PHP_CONF_D: &str = "/usr/local/etc/php/conf.d";
const GEMS: &[&str] = &["GEMS", "GEMS/bin", "/usr/local/bin"];

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
        names: &["mvn", "mvnw"],
        queries: &["--version", "-v", "help:effective-pom", "dependency:tree"],
        writes: &[
            (
                &["dependency:go-offline", "dependency:resolve", "dependency:resolve-plugins", "dependency:get"],
                &[MAVEN_REPOSITORY],
            ),
            (&["*"], &["pom.xml>target"]),
        ],
        caches: &[MAVEN_REPOSITORY],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["gradle", "gradlew"],
        queries: &["--version", "-v", "tasks", "projects", "properties"],
        writes: &[(&["dependencies"], &["./.gradle"]), (&["*"], &["build.gradle*>build", "./.gradle"])],
        caches: &["GRADLE"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["javac"],
        queries: &["-version", "--version", "--help"],
        writes: &[(&["-d"], &["OUT"]), (&["*"], &["BESIDE"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager { names: &["jar"], queries: &[], writes: &[], caches: &[], no_cache_words: &[] },
    LanguageManager {
        names: &["jlink", "jpackage"],
        queries: &["--version", "--help", "--list-plugins"],
        writes: &[(&["*"], &["OUT"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["composer"],
        queries: &[
            "--version",
            "-V",
            "show",
            "validate",
            "diagnose",
            "licenses",
            "outdated",
            "audit",
            "check-platform-reqs",
        ],
        writes: &[
            (&["clear-cache", "clearcache", "self-update"], &[]),
            (&["global"], &["COMPOSER/vendor"]),
            (&["config", "init"], &["."]),
            (&["dump-autoload", "dumpautoload"], &["./vendor"]),
            (&["*"], &["./vendor", "."]),
        ],
        caches: &["COMPOSER/cache"],
        no_cache_words: &["--no-cache"],
    },
    LanguageManager {
        names: &["gem"],
        queries: &["--version", "-v", "list", "env", "environment", "search", "which", "outdated"],
        writes: &[(&["sources", "cleanup", "uninstall"], &[]), (&["build", "fetch", "unpack"], &["."]), (&["*"], GEMS)],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["bundle", "bundler"],
        queries: &["--version", "-v", "list", "check", "env", "show", "outdated", "info"],
        writes: &[
            (&["config"], &["~/.bundle", "./.bundle"]),
            (&["lock", "init"], &["."]),
            (&["--path", "--deployment", "BUNDLE_DEPLOYMENT"], &["./vendor", "./.bundle"]),
            (&["install", "update", "add", "package", "cache"], &["GEMS", "GEMS/bin", "/usr/local/bin", "./vendor"]),
            (&["*"], &["."]),
        ],
        caches: &["~/.bundle"],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["dotnet"],
        queries: &["--version", "--info", "--list-sdks", "--list-runtimes", "list"],
        writes: &[
            (&["dev-certs", "nuget", "workload"], &["~/.dotnet"]),
            (&["tool"], &["~/.dotnet/tools", "OUT"]),
            (&["new"], &["."]),
            (&["restore"], &["*.??proj>obj"]),
            (&["*"], &["*.??proj>obj", "*.??proj>bin", "OUT"]),
        ],
        caches: &["NUGET"],
        no_cache_words: &[],
    },
    // The programs of PHP's official images.
    LanguageManager {
        names: &["docker-php-ext-install"],
        queries: &[],
        writes: &[(&["*"], &["/usr/local/lib/php/extensions", "/usr/local/include/php/ext", PHP_CONF_D])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["docker-php-ext-configure", "docker-php-source"],
        queries: &[],
        writes: &[(&["delete"], &[]), (&["*"], &["/usr/src"])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["docker-php-ext-enable"],
        queries: &[],
        writes: &[(&["*"], &[PHP_CONF_D])],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["pecl", "pear"],
        queries: &["list", "info", "search", "version"],
        writes: &[
            (
                &["config-set", "clear-cache", "update-channels", "channel-update"],
                &["/usr/local/lib/php", "/usr/local/etc"],
            ),
            (&["*"], &["/usr/local/lib/php", "/usr/local/include/php/ext", "/tmp/pear"]),
        ],
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
        names: &["sbt"],
        queries: &["--version", "sbtVersion"],
        writes: &[(&["*"], &["./target", "./project"])],
        caches: &["~/.sbt", "~/.ivy2", "~/.cache/coursier"],
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
        names: &["ant"],
        queries: &["-version"],
        writes: WORKING_FOLDER,
        caches: &["~/.ant"],
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
    MANAGERS.iter().find(|manager| manager.names.contains(&name))
}
