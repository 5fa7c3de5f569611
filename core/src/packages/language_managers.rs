//! Package managers of languages and their build tools: pip, npm, cargo, mvn and others.
//!
//! What they bring comes from the network and is not known; where they put it is. So their folders
//! are there, listed in part, and everything else of the image stays as well known as it was.

use super::python;
use crate::fs::{Content, path, shell_matches};
use crate::shell::Shell;

/// Where a manager works. `.` is the working directory, `~` the user's home, `PATTERN>FOLDER` a folder beside each
/// file of that name, and what [`fill_place`] knows by its own name.
struct Manager {
    names: &'static [&'static str],
    /// Words that only ask: nothing changes, what they print is not known.
    asks: &'static [&'static str],
    /// Words, the first of which that fits decides; `*` is any other. Then the folders that are written.
    verbs: Verbs,
    /// Caches, and the words with which they are not kept.
    cache: &'static [&'static str],
    without_cache: &'static [&'static str],
}

type Verbs = &'static [(&'static [&'static str], &'static [&'static str])];

const NODE: Verbs = &[
    (&["cache", "config", "set"], &[]),
    (&["-g", "--global", "global"], &["/usr/local/lib/node_modules", "/usr/local/bin"]),
    (&["ci", "install", "i", "add", "import", "prune", "dedupe"], &["./node_modules"]),
    (&["run", "build", "exec", "*"], &["."]),
];
/// What a Makefile's place is to a tool that builds in the folder at work.
const HERE: Verbs = &[(&["*"], &["."])];
const M2: &str = "~/.m2";
const PHP_SETTINGS: &str = "/usr/local/etc/php/conf.d";
const GEMS: &[&str] = &["GEMS", "GEMS/bin", "/usr/local/bin"];

const MANAGERS: &[Manager] = &[
    Manager {
        names: &["pip", "pip3", "pip3.11", "pip3.12", "pip3.13"],
        asks: &["--version", "list", "show", "freeze", "check", "config", "-V"],
        verbs: &[
            (&["cache", "uninstall"], &[]),
            (&["download", "wheel"], &["."]),
            (&["install"], &["PYTHON", "/usr/local/bin"]),
        ],
        cache: &["~/.cache/pip"],
        without_cache: &["--no-cache-dir", "PIP_NO_CACHE_DIR"],
    },
    Manager {
        names: &["uv"],
        asks: &["--version", "version"],
        verbs: &[(&["sync", "venv", "add"], &["./.venv"]), (&["pip", "tool"], &["PYTHON", "/usr/local/bin"])],
        cache: &["~/.cache/uv"],
        without_cache: &["--no-cache", "UV_NO_CACHE"],
    },
    Manager {
        names: &["poetry"],
        asks: &["--version", "show", "check"],
        verbs: &[
            (&["config"], &["~/.config/pypoetry"]),
            (&["install", "sync"], &["PYTHON", "/usr/local/bin", "./.venv"]),
        ],
        cache: &["~/.cache/pypoetry"],
        without_cache: &["--no-cache"],
    },
    // What installs by package.json has a model of its own.
    Manager {
        names: &["npm", "npx"],
        asks: &["--version", "-v", "ls", "list", "view", "audit", "outdated"],
        verbs: NODE,
        cache: &["~/.npm"],
        without_cache: &[],
    },
    Manager {
        names: &["yarn", "yarnpkg"],
        asks: &["--version", "-v", "list", "info", "audit", "outdated", "why"],
        verbs: NODE,
        cache: &["YARN"],
        without_cache: &[],
    },
    Manager {
        names: &["pnpm"],
        asks: &["--version", "-v", "ls", "list", "audit", "outdated", "why"],
        verbs: NODE,
        cache: &["~/.local/share/pnpm"],
        without_cache: &[],
    },
    Manager {
        names: &["bun", "bunx"],
        asks: &["--version", "-v", "--revision", "pm", "outdated"],
        verbs: &[
            (&["-g", "--global"], &["~/.bun/install/global", "~/.bun/bin"]),
            (&["install", "i", "add", "remove", "update", "link"], &["./node_modules", "."]),
            (&["*"], &["."]),
        ],
        cache: &["~/.bun/install/cache"],
        without_cache: &["--no-cache"],
    },
    // What builds programs has a model of its own.
    Manager {
        names: &["cargo"],
        asks: &["--version", "-V", "metadata", "tree", "version", "--list", "search", "audit", "deny", "fmt"],
        verbs: &[
            (&["test", "t", "check", "c", "chef", "bench", "rustc", "clippy", "doc", "d"], &["./target"]),
            (&["add", "remove", "vendor", "update", "generate-lockfile"], &["."]),
            (&["fetch"], &["CARGO/registry"]),
        ],
        cache: &["CARGO/registry"],
        without_cache: &[],
    },
    Manager {
        names: &["rustup"],
        asks: &["--version", "show"],
        verbs: &[(&["*"], &["RUSTUP", "CARGO/bin"])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["mvn", "mvnw"],
        asks: &["--version", "-v", "help:effective-pom", "dependency:tree"],
        verbs: &[
            (&["dependency:go-offline", "dependency:resolve", "dependency:resolve-plugins", "dependency:get"], &[M2]),
            (&["*"], &["pom.xml>target"]),
        ],
        cache: &[M2],
        without_cache: &[],
    },
    Manager {
        names: &["gradle", "gradlew"],
        asks: &["--version", "-v", "tasks", "projects", "properties"],
        verbs: &[(&["dependencies"], &["./.gradle"]), (&["*"], &["build.gradle*>build", "./.gradle"])],
        cache: &["GRADLE"],
        without_cache: &[],
    },
    Manager {
        names: &["javac"],
        asks: &["-version", "--version", "--help"],
        verbs: &[(&["-d"], &["OUT"]), (&["*"], &["BESIDE"])],
        cache: &[],
        without_cache: &[],
    },
    Manager { names: &["jar"], asks: &[], verbs: &[], cache: &[], without_cache: &[] },
    Manager {
        names: &["jlink", "jpackage"],
        asks: &["--version", "--help", "--list-plugins"],
        verbs: &[(&["*"], &["OUT"])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["composer"],
        asks: &[
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
        verbs: &[
            (&["clear-cache", "clearcache", "self-update"], &[]),
            (&["global"], &["COMPOSER/vendor"]),
            (&["config", "init"], &["."]),
            (&["dump-autoload", "dumpautoload"], &["./vendor"]),
            (&["*"], &["./vendor", "."]),
        ],
        cache: &["COMPOSER/cache"],
        without_cache: &["--no-cache"],
    },
    Manager {
        names: &["gem"],
        asks: &["--version", "-v", "list", "env", "environment", "search", "which", "outdated"],
        verbs: &[(&["sources", "cleanup", "uninstall"], &[]), (&["build", "fetch", "unpack"], &["."]), (&["*"], GEMS)],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["bundle", "bundler"],
        asks: &["--version", "-v", "list", "check", "env", "show", "outdated", "info"],
        verbs: &[
            (&["config"], &["~/.bundle", "./.bundle"]),
            (&["lock", "init"], &["."]),
            (&["--path", "--deployment", "BUNDLE_DEPLOYMENT"], &["./vendor", "./.bundle"]),
            (&["install", "update", "add", "package", "cache"], &["GEMS", "GEMS/bin", "/usr/local/bin", "./vendor"]),
            (&["*"], &["."]),
        ],
        cache: &["~/.bundle"],
        without_cache: &[],
    },
    Manager {
        names: &["dotnet"],
        asks: &["--version", "--info", "--list-sdks", "--list-runtimes", "list"],
        verbs: &[
            (&["dev-certs", "nuget", "workload"], &["~/.dotnet"]),
            (&["tool"], &["~/.dotnet/tools", "OUT"]),
            (&["new"], &["."]),
            (&["restore"], &["*.??proj>obj"]),
            (&["*"], &["*.??proj>obj", "*.??proj>bin", "OUT"]),
        ],
        cache: &["NUGET"],
        without_cache: &[],
    },
    // PHP's official images have programs of their own.
    Manager {
        names: &["docker-php-ext-install"],
        asks: &[],
        verbs: &[(&["*"], &["/usr/local/lib/php/extensions", "/usr/local/include/php/ext", PHP_SETTINGS])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["docker-php-ext-configure", "docker-php-source"],
        asks: &[],
        verbs: &[(&["delete"], &[]), (&["*"], &["/usr/src"])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["docker-php-ext-enable"],
        asks: &[],
        verbs: &[(&["*"], &[PHP_SETTINGS])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["pecl", "pear"],
        asks: &["list", "info", "search", "version"],
        verbs: &[
            (
                &["config-set", "clear-cache", "update-channels", "channel-update"],
                &["/usr/local/lib/php", "/usr/local/etc"],
            ),
            (&["*"], &["/usr/local/lib/php", "/usr/local/include/php/ext", "/tmp/pear"]),
        ],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["conda", "mamba", "micromamba"],
        asks: &["--version", "list", "info", "search"],
        verbs: &[(&["clean"], &["CONDA/pkgs"]), (&["config"], &["~"]), (&["*"], &["CONDA", "~/.conda"])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["cpan", "cpanm"],
        asks: &["--version", "-V", "--info"],
        verbs: &[(&["*"], &["/usr/local/lib", "/usr/local/share", "/usr/local/bin"])],
        cache: &["~/.cpanm", "~/.cpan"],
        without_cache: &[],
    },
    Manager {
        names: &["luarocks"],
        asks: &["--version", "list", "show", "search"],
        verbs: &[(&["*"], &["/usr/local/lib", "/usr/local/share", "/usr/local/bin"])],
        cache: &["~/.cache/luarocks"],
        without_cache: &[],
    },
    Manager {
        names: &["Rscript", "R", "install2.r"],
        asks: &["--version"],
        verbs: &[(&["*"], &["/usr/local/lib/R", "/usr/lib/R", "/tmp", "."])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["mix"],
        asks: &["--version", "deps.tree", "hex.info"],
        verbs: &[
            (&["local.hex", "local.rebar"], &["~/.mix"]),
            (&["deps.get"], &["./deps", "."]),
            (&["*"], &["./_build", "./deps", "./priv"]),
        ],
        cache: &["~/.hex", "~/.mix"],
        without_cache: &[],
    },
    Manager {
        names: &["sbt"],
        asks: &["--version", "sbtVersion"],
        verbs: &[(&["*"], &["./target", "./project"])],
        cache: &["~/.sbt", "~/.ivy2", "~/.cache/coursier"],
        without_cache: &[],
    },
    Manager {
        names: &["stack", "cabal"],
        asks: &["--version", "ls", "list"],
        verbs: &[(&["update", "setup"], &[]), (&["*"], &["./.stack-work", "./dist-newstyle", "~/.local"])],
        cache: &["~/.stack", "~/.cabal"],
        without_cache: &[],
    },
    Manager {
        names: &["deno"],
        asks: &["--version", "info"],
        verbs: HERE,
        cache: &["~/.cache/deno"],
        without_cache: &[],
    },
    Manager { names: &["ant"], asks: &["-version"], verbs: HERE, cache: &["~/.ant"], without_cache: &[] },
    Manager {
        names: &["tsc", "vite", "webpack", "ng"],
        asks: &["--version"],
        verbs: HERE,
        cache: &[],
        without_cache: &[],
    },
];

pub(crate) fn manager(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = path::file_name(argv.first().map_or("", String::as_str));
    let Some(manager) = by_name(name) else { return 127 };
    let words = argv.get(1..).unwrap_or(&[]);
    let program = argv.first().map_or("pip", String::as_str);
    let modelled = match name {
        "uv" => python::uv(shell, words),
        "poetry" => python::poetry(shell, words),
        name if name.starts_with("pip") && words.iter().any(|word| word == "install") => {
            python::pip(shell, program, words)
        }
        "jar" => jar(shell, words),
        _ => None,
    };
    if let Some(status) = modelled {
        return status;
    }
    run(shell, manager, name, words);
    0
}

/// `jar cf NAME …` makes a file, `jar xf NAME` unpacks one, the others ask.
fn jar(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let long = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let after = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let letters = words.first()?.trim_start_matches('-').to_string();
    let is_long = words.first()?.starts_with("--");
    let is = |letter: char, name: &str| !is_long && letters.contains(letter) || words.iter().any(|word| word == name);
    let file = long("--file").map(str::to_string).or_else(|| after("--file").cloned());
    // Of the letters that take a word, the manifest's and the entry point's may come first.
    let place = letters.chars().filter(|letter| "fme".contains(*letter)).position(|letter| letter == 'f');
    let file = file.or_else(|| words.get(1 + place?).cloned());
    if is('c', "--create") || is('u', "--update") {
        let name = file?;
        if let Err(error) = shell.put_file(&name, Content::unknown("what jar packs")) {
            return Some(shell.complain("jar", &name, &error));
        }
        shell.gap("unknown-size", format!("jar {name}"));
        return Some(0);
    }
    if is('x', "--extract") {
        shell.make_partial_folder(".");
        shell.gap("unknown-files", "jar x");
        return Some(0);
    }
    shell.gap("unknown-output", "jar");
    Some(0)
}

fn by_name(name: &str) -> Option<&'static Manager> {
    MANAGERS.iter().find(|manager| manager.names.contains(&name))
}

/// `python3 -m pip …` and `-m venv`; what other programs of Python do is not known.
pub(crate) fn python(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = module(shell, argv) {
        return status;
    }
    let asks = argv.iter().skip(1).all(|word| word == "--version" || word == "-V") && argv.len() > 1;
    let name = argv.first().map_or("python3", String::as_str);
    shell.gap(if asks { "unknown-output" } else { "unmodelled-command" }, path::file_name(name));
    0
}

fn module(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let at = argv.iter().position(|word| word == "-m");
    let words = at.and_then(|at| argv.get(at + 1..)).unwrap_or(&[]);
    match words.split_first() {
        Some((module, rest)) if module == "pip" => {
            let program = argv.first().map_or("python3", String::as_str);
            if rest.iter().any(|word| word == "install")
                && let Some(status) = python::pip(shell, program, rest)
            {
                return Some(status);
            }
            run(shell, by_name("pip")?, "pip", rest);
            Some(0)
        }
        Some((module, rest)) if module == "venv" => {
            if let Some(folder) = rest.iter().find(|word| !word.starts_with('-'))
                && !python::venv(shell, folder)
            {
                shell.make_partial_folder(folder);
                shell.gap("unknown-files", "python -m venv");
            }
            Some(0)
        }
        _ => None,
    }
}

fn run(shell: &mut Shell, manager: &Manager, name: &str, words: &[String]) {
    let shown: Vec<&str> = std::iter::once(name).chain(words.iter().map(String::as_str)).take(3).collect();
    let shown = shown.join(" ");
    // A setting of the environment, in capitals, counts as a word.
    let is_set = |wanted: &str| {
        wanted.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && shell.var(wanted).is_some_and(|value| !value.is_empty())
    };
    let has = |list: &[&str]| list.iter().any(|wanted| words.iter().any(|word| word == wanted) || is_set(wanted));
    if has(manager.asks) {
        return shell.gap("unknown-output", shown);
    }
    let Some((_, places)) = manager.verbs.iter().find(|(verbs, _)| has(verbs) || verbs.contains(&"*")) else {
        return shell.gap("unmodelled-command", name);
    };
    if places.is_empty() {
        return;
    }
    let has_no_cache = has(manager.without_cache);
    for place in *places {
        fill_place(shell, place, words);
    }
    if !has_no_cache {
        manager.cache.iter().for_each(|place| fill_place(shell, place, words));
    }
    shell.gap("unknown-files", shown);
}

fn fill_place(shell: &mut Shell, place: &str, words: &[String]) {
    if let Some((pattern, folder)) = place.split_once('>') {
        return projects(shell, pattern)
            .iter()
            .for_each(|project| shell.make_partial_folder(&path::join(project, folder)));
    }
    if place == "BESIDE" {
        let mut sources = words.iter().filter(|word| !word.starts_with('-')).peekable();
        if sources.peek().is_none() {
            shell.make_partial_folder(".");
        }
        return sources.for_each(|source| {
            shell.make_partial_folder(path::parent(&path::join("/", &path::join(&shell.cwd, source))))
        });
    }
    let (first, rest) = place.split_once('/').map_or((place, None), |(first, rest)| (first, Some(rest)));
    let set = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    let home = || set("HOME").unwrap_or_else(|| "/root".into());
    let known = match first {
        "~" => Some(home()),
        "CARGO" => Some(set("CARGO_HOME").unwrap_or_else(|| "/usr/local/cargo".into())),
        "RUSTUP" => Some(set("RUSTUP_HOME").unwrap_or_else(|| "/usr/local/rustup".into())),
        // Where packages of Python go: which of these there is hangs on how it was installed.
        "PYTHON" => Some(set("VIRTUAL_ENV").unwrap_or_else(|| "/usr/local/lib".into())),
        "CONDA" => {
            Some(set("CONDA_PREFIX").or_else(|| set("MAMBA_ROOT_PREFIX")).unwrap_or_else(|| "/opt/conda".into()))
        }
        "COMPOSER" => Some(set("COMPOSER_HOME").unwrap_or_else(|| format!("{}/.composer", home()))),
        "GEMS" => Some(set("BUNDLE_PATH").or_else(|| set("GEM_HOME")).unwrap_or_else(|| gems(shell))),
        "GRADLE" => Some(set("GRADLE_USER_HOME").unwrap_or_else(|| format!("{}/.gradle", home()))),
        "NUGET" => Some(set("NUGET_PACKAGES").unwrap_or_else(|| format!("{}/.nuget/packages", home()))),
        // yarn's first release: root's cache is everybody's.
        "YARN" => Some(set("YARN_CACHE_FOLDER").unwrap_or_else(|| match shell.user.uid {
            0 => "/usr/local/share/.cache/yarn".into(),
            _ => format!("{}/.cache/yarn", home()),
        })),
        "OUT" => {
            let names = ["-o", "--output", "-d", "--tool-path"];
            let at = words.iter().position(|word| names.contains(&word.as_str()));
            let glued =
                words.iter().find_map(|word| names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('=')));
            match at.and_then(|at| words.get(at + 1)).map(String::as_str).or(glued) {
                Some(folder) => Some(folder.to_string()),
                None => return,
            }
        }
        _ => None,
    };
    let place = match (known, rest) {
        (Some(known), Some(rest)) => format!("{known}/{rest}"),
        (Some(known), None) => known,
        (None, _) => place.to_string(),
    };
    shell.make_partial_folder(&place);
}

/// Where gem puts packages: in the official images, in Alpine's and Debian's.
fn gems(shell: &Shell) -> String {
    let places = ["/usr/local/bundle", "/usr/lib/ruby/gems", "/var/lib/gems"];
    let known = places.iter().find(|place| shell.fs.stat("/", place).is_ok());
    (*known.unwrap_or(&places[0])).to_string()
}

/// Most files that are looked at for a project's own.
const MOST: usize = 20_000;

/// The folders below the working one that have a file of this name; itself where none has.
fn projects(shell: &Shell, pattern: &str) -> Vec<String> {
    let fits = |place: &str| shell_matches(pattern, path::file_name(place));
    let files = shell.fs.walk(&shell.cwd).take(MOST).filter(|(place, node)| !node.is_dir() && fits(place));
    let mut found: Vec<String> = files.map(|(place, _)| path::parent(place).to_string()).collect();
    found.dedup();
    if found.is_empty() { vec![shell.cwd.clone()] } else { found }
}
