//! The `docker` command of a simulated host.

mod attach;
mod background_container_state;
mod build;
mod command_line;
mod command_specs;
mod commit;
mod cp;
mod diff;
mod exec;
mod filters;
mod go_template;
mod help;
mod history;
mod images;
mod info;
mod inspect;
mod inspect_container;
mod lifecycle;
mod list_format;
mod login_push_search;
mod logs;
mod port;
mod process;
mod prune;
mod ps;
mod publish_ports;
mod pull;
mod rm;
mod rmi;
mod run_create;
mod save_load;
mod stop_kill;
mod system_df;
mod tabwriter;
mod tag;
mod top;
mod version;
mod volume_mounts;

pub(super) use command_specs::{Client, CommandSpec};

use super::store::Store;
use crate::shell::{Gap, HostCommands, Shell};
use command_line::CommandLine;
use help::Form;
use std::sync::{Arc, Mutex, MutexGuard};

/// The client. The state of the engine is in the store.
pub(super) struct Docker {
    pub(super) store: Arc<Mutex<Store>>,
}

/// A command with its parsed options.
struct Call<'a> {
    spec: &'a CommandSpec,
    /// The name by which it was called: `ps`, `container ls` …
    called: &'a str,
    words: CommandLine,
    form: Form,
}

impl Call<'_> {
    /// Prints an error about an option; the exit code is 125.
    fn option_error(&self, shell: &mut Shell, error: &str) -> i32 {
        help::option_error(shell, self.spec, self.called, error, self.form)
    }
}

/// Prints an error of the daemon.
fn daemon_error(shell: &mut Shell, error: &str) -> i32 {
    shell.err(format!("Error response from daemon: {error}\n"));
    1
}

/// Says something beside the output, in the simulator's own voice.
fn note(shell: &mut Shell, code: &'static str, what: impl Into<String>) {
    let gap = Gap { code, what: what.into() };
    if !shell.gaps.contains(&gap) {
        shell.gaps.push(gap);
    }
}

/// Notes that an image cannot be told before data is loaded. No engine says that.
fn not_loaded(shell: &mut Shell, data: String) {
    shell.gaps.push(Gap { code: "images-not-loaded", what: data });
}

impl Docker {
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn run(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let form = Form::of(self.lock().engine.major());
        let mut rest = argv.get(1..).unwrap_or(&[]);
        while let Some((word, after)) = rest.split_first() {
            if !word.starts_with('-') || word == "-" {
                break;
            }
            match word.as_str() {
                "--version" | "-v" => return self.short_version(shell),
                "--help" | "-h" => {
                    help::group_help(shell, "", form);
                    return 0;
                }
                _ => {}
            }
            match global_option(word) {
                Ok(takes_next) => {
                    note(shell, "docker-option-ignored", format!("docker {word}"));
                    rest = if takes_next { after.get(1..).unwrap_or(&[]) } else { after };
                }
                Err(error) => {
                    shell.err(match form {
                        Form::Before23 | Form::Before28 => format!("{error}\nSee 'docker --help'.\n"),
                        Form::Since28 => format!(
                            "{error}\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n"
                        ),
                    });
                    return 125;
                }
            }
        }
        let Some((name, rest)) = rest.split_first() else {
            help::group_help(shell, "", form);
            return 0;
        };
        if name == "help" {
            return self.help(shell, rest, form);
        }
        let client = Client::get();
        if !client.is_group(name) {
            return self.call(shell, name, rest, form);
        }
        match rest.split_first() {
            None => {
                help::group_help(shell, name, form);
                0
            }
            Some((word, _)) if word == "--help" || word == "-h" || word == "help" => {
                help::group_help(shell, name, form);
                0
            }
            Some((word, rest)) if word == "install" && name == "buildx" => {
                self.call(shell, "buildx install", rest, form)
            }
            Some((word, _)) if word.starts_with('-') => {
                shell.err(format!("unknown flag: {word}\nSee 'docker {name} --help'.\n"));
                125
            }
            Some((word, rest)) => self.call(shell, &format!("{name} {word}"), rest, form),
        }
    }

    /// `docker help COMMAND`.
    fn help(&mut self, shell: &mut Shell, words: &[String], form: Form) -> i32 {
        let client = Client::get();
        let name = words.join(" ");
        if name.is_empty() || client.is_group(&name) {
            help::group_help(shell, &name, form);
        } else if let Some(spec) = client.find(&name) {
            help::command_help(shell, spec, &name, form);
        } else if client.is_absent(&name) {
            note(shell, "docker-command-absent", format!("docker {name}"));
        } else {
            shell.err(format!("unknown help topic: {name}\n"));
            return 1;
        }
        0
    }

    /// Runs a command by one of its names.
    fn call(&mut self, shell: &mut Shell, name: &str, argv: &[String], form: Form) -> i32 {
        let client = Client::get();
        let Some(spec) = client.find(name) else {
            if client.is_absent(name) {
                note(shell, "docker-command-absent", format!("docker {name}"));
                return 1;
            }
            let (group, word) = name.split_once(' ').unwrap_or(("", name));
            return help::unknown_command(shell, group, word, form);
        };
        let words = match CommandLine::parse(argv, spec) {
            Ok(words) => words,
            Err(error) => return help::option_error(shell, spec, name, &error, form),
        };
        if words.asks_help {
            help::command_help(shell, spec, name, form);
            return 0;
        }
        let count = words.operands.len();
        if count < spec.min || spec.max.is_some_and(|max| count > max) {
            return help::operands_error(shell, spec, name, count, form);
        }
        for option in &words.ignored {
            note(shell, "docker-option-ignored", format!("docker {name} {option}"));
        }
        let call = Call { spec, called: name, words, form };
        self.dispatch(shell, &call)
    }

    fn dispatch(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        match call.spec.id() {
            "attach" => self.attach(shell, call),
            "build" => self.build(shell, call),
            "builder prune" => self.builder_prune(shell, call),
            "commit" => self.commit(shell, call),
            "container inspect" => self.inspect(shell, call, "container"),
            "container prune" => self.container_prune(shell, call),
            "cp" => self.cp(shell, call),
            "create" => self.create(shell, call),
            "diff" => self.diff(shell, call),
            "exec" => self.exec(shell, call),
            "history" => self.history(shell, call),
            "image inspect" => self.inspect(shell, call, "image"),
            "image prune" => self.image_prune(shell, call),
            "images" => self.images(shell, call),
            "info" => self.info(shell, call),
            "inspect" => self.inspect(shell, call, ""),
            "kill" => self.kill(shell, call),
            "load" => self.load(shell, call),
            "logs" => self.logs(shell, call),
            "login" | "logout" | "push" | "search" => self.registry(shell, call),
            "pause" | "unpause" => self.pause(shell, call),
            "port" => self.port(shell, call),
            "ps" => self.ps(shell, call),
            "pull" => self.pull(shell, call),
            "rename" => self.rename(shell, call),
            "restart" => self.restart(shell, call),
            "rm" => self.rm(shell, call),
            "rmi" => self.rmi(shell, call),
            "run" => self.start_new(shell, call),
            "save" => self.save(shell, call),
            "start" => self.start(shell, call),
            "stop" => self.stop(shell, call),
            "system df" => self.system_df(shell, call),
            "system prune" => self.system_prune(shell, call),
            "tag" => self.tag(shell, call),
            "top" => self.top(shell, call),
            "version" => self.version(shell, call),
            "wait" => self.wait(shell, call),
            other => {
                note(shell, "docker-command-absent", format!("docker {other}"));
                1
            }
        }
    }

    /// The number of a container, or the client's error.
    fn container_or_error(&self, shell: &mut Shell, name: &str, before_28: &str) -> Result<u64, i32> {
        let store = self.lock();
        match store.container(name) {
            Some(number) => Ok(number),
            None if store.engine.major() < 23 => {
                shell.err(format!("{before_28}No such container: {name}\n"));
                Err(1)
            }
            None => Err(daemon_error(shell, &format!("No such container: {name}"))),
        }
    }
}

/// Whether a global option takes the next word.
///
/// # Errors
/// pflag's message for an option that `docker` does not have.
fn global_option(word: &str) -> Result<bool, String> {
    let (name, has_value) = word.split_once('=').map_or((word, false), |(name, _)| (name, true));
    if let Some(long) = name.strip_prefix("--") {
        let known = command_line::GLOBAL.iter().find(|(_, known, _)| *known == long);
        return known.map(|(_, _, takes)| *takes && !has_value).ok_or_else(|| format!("unknown flag: --{long}"));
    }
    let letter = name.chars().nth(1).unwrap_or(' ');
    let known = command_line::GLOBAL.iter().find(|(known, _, _)| *known == letter);
    let alone = name.chars().count() == 2 && !has_value;
    known.map(|(_, _, takes)| *takes && alone).ok_or_else(|| format!("unknown shorthand flag: '{letter}' in {word}"))
}

/// The least width of a column in a table: 20 in old clients, 10 in newer ones.
fn column_width(store: &Store) -> usize {
    if store.engine.major() < 18 { 20 } else { 10 }
}

impl HostCommands for Docker {
    fn call(&mut self, shell: &mut Shell, argv: &[String]) -> Option<i32> {
        match argv.first().map(String::as_str) {
            Some("docker") => Some(self.run(shell, argv)),
            _ => super::host_commands::call(&mut self.lock(), shell, argv),
        }
    }
}
