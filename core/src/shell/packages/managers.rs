//! Package managers of languages and their build tools: pip, npm, cargo, mvn and others.
//!
//! What they bring comes from the network and is not known; where they put it is. So their folders
//! are there, listed in part, and everything else of the image stays as well known as it was.

use super::python;
use crate::fs::path;
use crate::shell::Shell;

/// Where a manager works. `.` is the working directory, `~` the user's home.
struct Manager {
    names: &'static [&'static str],
    /// Words that only ask: nothing changes, what they print is not known.
    asks: &'static [&'static str],
    /// Words, the first of which that fits decides; `*` is any other. Then the folders that are written.
    verbs: &'static [(&'static [&'static str], &'static [&'static str])],
    /// Caches, and the words with which they are not kept.
    cache: &'static [&'static str],
    without_cache: &'static [&'static str],
}

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
        names: &["npm", "yarn", "yarnpkg", "pnpm", "npx", "bun"],
        asks: &["--version", "-v", "ls", "list", "view", "audit", "outdated"],
        verbs: &[
            (&["cache", "config", "set"], &[]),
            (&["-g", "--global", "global"], &["/usr/local/lib/node_modules", "/usr/local/bin"]),
            (&["ci", "install", "i", "add", "import", "prune", "dedupe"], &["./node_modules"]),
            (&["run", "build", "exec", "*"], &["."]),
        ],
        cache: &["~/.npm"],
        without_cache: &[],
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
        asks: &["--version", "-v"],
        verbs: &[(&["*"], &["./target"])],
        cache: &["~/.m2"],
        without_cache: &[],
    },
    Manager {
        names: &["gradle", "gradlew"],
        asks: &["--version", "-v"],
        verbs: &[(&["*"], &["./build", "./.gradle"])],
        cache: &["~/.gradle"],
        without_cache: &[],
    },
    Manager {
        names: &["javac"],
        asks: &["-version", "--version", "--help"],
        verbs: &[(&["-d"], &["OUT"]), (&["*"], &["."])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["jlink", "jpackage"],
        asks: &["--version", "--help", "--list-plugins"],
        verbs: &[(&["*"], &["OUT"])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["jar"],
        asks: &["--version", "tf", "-tf", "tvf", "-tvf"],
        verbs: &[(&["*"], &["."])],
        cache: &[],
        without_cache: &[],
    },
    Manager {
        names: &["composer"],
        asks: &["--version", "show", "validate"],
        verbs: &[(&["*"], &["./vendor"])],
        cache: &["~/.composer/cache"],
        without_cache: &["--no-cache"],
    },
    Manager {
        names: &["gem", "bundle", "bundler"],
        asks: &["--version", "-v", "list", "check", "env"],
        verbs: &[(&["config"], &["/usr/local/bundle"]), (&["*"], &["/usr/local/bundle", "/usr/local/bin", "./vendor"])],
        cache: &["~/.bundle"],
        without_cache: &[],
    },
    Manager {
        names: &["dotnet"],
        asks: &["--version", "--info", "--list-sdks", "--list-runtimes"],
        verbs: &[(&["tool"], &["~/.dotnet/tools"]), (&["*"], &["./bin", "./obj", "OUT"])],
        cache: &["~/.nuget/packages"],
        without_cache: &[],
    },
];

pub(in crate::shell) fn manager(shell: &mut Shell, argv: &[String]) -> i32 {
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
        _ => None,
    };
    if let Some(status) = modelled {
        return status;
    }
    run(shell, manager, name, words);
    0
}

fn by_name(name: &str) -> Option<&'static Manager> {
    MANAGERS.iter().find(|manager| manager.names.contains(&name))
}

/// `python3 -m pip …` and `-m venv`; what other programs of Python do is not known.
pub(in crate::shell) fn python(shell: &mut Shell, argv: &[String]) -> i32 {
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
                fill(shell, folder);
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
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(manager.asks) {
        return shell.gap("unknown-output", shown);
    }
    let Some((_, places)) = manager.verbs.iter().find(|(verbs, _)| has(verbs) || verbs.contains(&"*")) else {
        return shell.gap("unmodelled-command", name);
    };
    if places.is_empty() {
        return;
    }
    for place in *places {
        fill_place(shell, place, words);
    }
    let is_set = |word: &&str| shell.var(word).is_some_and(|value| !value.is_empty());
    if !has(manager.without_cache) && !manager.without_cache.iter().any(is_set) {
        manager.cache.iter().for_each(|place| fill_place(shell, place, words));
    }
    shell.gap("unknown-files", shown);
}

fn fill_place(shell: &mut Shell, place: &str, words: &[String]) {
    let variable = |name: &str, usual: &str| shell.var(name).unwrap_or(usual).to_string();
    let place = match place.split_once('/') {
        Some(("~", rest)) => format!("{}/{rest}", variable("HOME", "/root")),
        Some(("CARGO", rest)) => format!("{}/{rest}", variable("CARGO_HOME", "/usr/local/cargo")),
        _ => match place {
            "RUSTUP" => variable("RUSTUP_HOME", "/usr/local/rustup"),
            // Where packages of Python go: which of these there is hangs on how it was installed.
            "PYTHON" => variable("VIRTUAL_ENV", "/usr/local/lib"),
            "OUT" => {
                let at = words.iter().position(|word| ["-o", "--output", "-d"].contains(&word.as_str()));
                match at.and_then(|at| words.get(at + 1)) {
                    Some(folder) => folder.clone(),
                    None => return,
                }
            }
            other => other.to_string(),
        },
    };
    fill(shell, &place);
}

/// Makes a folder that holds what is not listed.
pub(in crate::shell) fn fill(shell: &mut Shell, folder: &str) {
    let place = path::join(&shell.cwd, folder);
    let mode = shell.folder_mode();
    if let Ok(real) = shell.fs.mkdir_all(&place, mode, shell.user.uid, shell.user.gid) {
        shell.fs.set_partial(&real);
        shell.fs.touch(&real);
    }
}
