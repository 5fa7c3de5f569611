//! Scripts of package.json (`npm run`): a command that has a model is run; of other commands only the written folders
//! are known.

use super::package_json::{PackageJson, missing_package_json};
use super::request::tool_name;
use crate::commands::interpreters;
use crate::fs::path;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// The version of yarn in the official images of Node.js.
const YARN_VERSION: &str = "1.22.22";
const VISIT_DOCUMENTATION: &str =
    "info Visit https://yarnpkg.com/en/docs/cli/run for documentation about this command.\n";

/// Whether package.json has a script of this name.
pub(crate) fn is_script(shell: &Shell, name: &str) -> bool {
    matches!(PackageJson::read(shell), Ok(Some(package_json)) if package_json.script(name).is_some())
}

/// `npm run NAME`, with the scripts `preNAME` and `postNAME`.
pub(crate) fn run_script(shell: &mut Shell, argv: &[String], name: &str) -> i32 {
    let tool = tool_name(argv);
    let tool = tool.as_str();
    let package_json = match PackageJson::read(shell) {
        Ok(Some(package_json)) => package_json,
        Ok(None) if shell.is_unknown_file("package.json") => return run_language_manager(shell, argv),
        Ok(None) => return missing_package_json(shell),
        Err(command_names) => {
            shell.err(format!(
                "npm error code EJSONPARSE\nnpm error JSON.parse Invalid package.json: {command_names}\n"
            ));
            return 1;
        }
    };
    if package_json.script(name).is_none() {
        // The script that stands in for `start` (npm, documentation of `npm start`); yarn 1 and pnpm do the same.
        let may_have = shell.fs.stat(&shell.cwd, "server.js").is_ok() || shell.fs.may_hide(&shell.cwd, "server.js");
        if name == "start" && may_have {
            return run_language_manager(shell, argv);
        }
        return missing_script(shell, tool, name);
    }
    let silent = argv.iter().any(|word| word == "-s" || word == "--silent");
    if !silent && tool == "yarn" {
        shell.out(format!("yarn run v{YARN_VERSION}\n"));
    }
    let extra = arguments(argv, tool, name);
    for event in [format!("pre{name}"), name.to_string(), format!("post{name}")] {
        let Some(command) = package_json.script(&event) else { continue };
        let command = if event == name { format!("{command}{extra}") } else { command.to_string() };
        if !silent {
            let title = package_json.title().map_or(String::new(), |title| format!("{title} "));
            shell.out(match tool {
                "yarn" => format!("$ {command}\n"),
                "pnpm" => format!("\n> {title}{event} {}\n> {command}\n\n", shell.cwd),
                _ => format!("\n> {title}{event}\n> {command}\n\n"),
            });
        }
        let status = run_command(shell, argv, &event, &command);
        if status != 0 {
            match tool {
                "yarn" => {
                    shell.err(format!("error Command failed with exit code {status}.\n"));
                    shell.out(VISIT_DOCUMENTATION);
                }
                "pnpm" => shell.out(format!("\u{2009}ELIFECYCLE\u{2009} Command failed with exit code {status}.\n")),
                _ => {}
            }
            return status;
        }
    }
    if !silent && tool == "yarn" {
        // There is no clock.
        shell.out("Done in 0.00s.\n");
    }
    0
}

/// The words after the script's name, which are appended to its command. npm takes options up to `--` for itself.
fn arguments(argv: &[String], tool: &str, name: &str) -> String {
    let at = argv.iter().skip(1).position(|word| word == name).map_or(argv.len(), |at| at + 2);
    let command_names = argv.get(at..).unwrap_or(&[]);
    let dashes = command_names.iter().position(|word| word == "--").unwrap_or(command_names.len());
    let taken = command_names
        .iter()
        .enumerate()
        .filter(|(at, word)| *at != dashes && (*at > dashes || tool != "npm" || !word.starts_with('-')));
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    let quoted = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => format!(" {word}"),
        false => format!(" '{}'", word.replace('\'', "'\\''")),
    };
    taken.map(|(_, word)| quoted(word)).collect()
}

/// Reports that there is no script of this name (messages of npm 11, yarn 1.22, pnpm 9).
fn missing_script(shell: &mut Shell, tool: &str, name: &str) -> i32 {
    match tool {
        "yarn" => {
            shell.out(format!("yarn run v{YARN_VERSION}\n"));
            shell.err(format!("error Command \"{name}\" not found.\n"));
            shell.out(VISIT_DOCUMENTATION);
        }
        "pnpm" => shell.out(format!(
            "\u{2009}ERR_PNPM_NO_SCRIPT\u{2009} Missing script: {name}\n\nCommand \"{name}\" not found.\n"
        )),
        _ => shell.err(format!("npm error Missing script: \"{name}\"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run\n")),
    }
    1
}

/// The package's own lifecycle scripts of an installation.
pub(crate) fn run_lifecycle_scripts(shell: &mut Shell, argv: &[String]) -> i32 {
    let Ok(Some(package_json)) = PackageJson::read(shell) else { return 0 };
    for event in ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"] {
        let Some(command) = package_json.script(event) else { continue };
        let status = run_command(shell, argv, event, command);
        if status != 0 {
            return status;
        }
    }
    0
}

/// Runs one script by `sh -c`, with the packages' programs in front of PATH.
fn run_command(shell: &mut Shell, argv: &[String], event: &str, command: &str) -> i32 {
    let bin = path::join(&shell.cwd, "node_modules/.bin");
    let search = shell.var("PATH").unwrap_or_default().to_string();
    let before = [("PATH", shell.var("PATH").map(str::to_string)), ("npm_lifecycle_event", None)];
    shell.set_var("PATH", format!("{bin}:{search}"), true);
    shell.set_var("npm_lifecycle_event", event.to_string(), true);
    let is_known = command_names(command).all(|word| is_modelled(shell, word)) || lacks_main_file(shell, command);
    let status = match is_known {
        true => shell.call(&["sh".into(), "-c".into(), command.into()]),
        false => run_language_manager(shell, &[argv.first().cloned().unwrap_or_default(), "run".into(), event.into()]),
    };
    for (name, value) in before {
        match value {
            Some(value) => shell.set_var(name, value, true),
            None => {
                shell.vars.remove(name);
            }
        }
    }
    status
}

/// The first word of each command of a line, without assignments.
fn command_names(command: &str) -> impl Iterator<Item = &str> {
    let commands = command.split(['&', '|', ';', '\n']);
    commands.filter_map(|one| one.split_whitespace().find(|word| !word.contains('=')))
}

/// Whether a script is one command of an interpreter whose main file is known not to exist.
fn lacks_main_file(shell: &Shell, command: &str) -> bool {
    let is_plain = !command.contains(|c: char| "&|;<>$`'\"\\()\n*?[".contains(c));
    let words: Vec<String> = command.split_whitespace().map(str::to_string).collect();
    is_plain && interpreters::lacks_main_file(shell, &words)
}

/// Whether a command is modelled, or is known to be missing, which the shell reports.
fn is_modelled(shell: &Shell, word: &str) -> bool {
    /// Keywords of the shell that no table has.
    const WORDS: [&str; 14] =
        ["exit", "return", "if", "then", "else", "fi", "for", "while", "do", "done", "case", "esac", "!", "{"];
    WORDS.contains(&word)
        || word.starts_with('(')
        || shell.builtin(word).is_some()
        || shell.program(word).is_some() && !interpreters::is_interpreter(word)
        || shell.which(word) == (None, false)
}
