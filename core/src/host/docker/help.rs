//! `docker --help`, `docker COMMAND --help` and the client's errors about its command line.

use super::command_specs::{Client, CommandSpec, OptionSpec};
use crate::shell::Shell;

/// The width of the client's help where no terminal tells another.
const WIDTH: usize = 79;

/// The form of the client's messages, which changed with 28.0 (docker/cli `c60b360c33`, `f28fc7f82f`, `61a3b4bd50`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Form {
    Before23,
    Before28,
    Since28,
}

impl Form {
    pub(super) fn of(major: u32) -> Form {
        match major {
            0..23 => Form::Before23,
            23..28 => Form::Before28,
            _ => Form::Since28,
        }
    }

    pub(super) fn is_old(self) -> bool {
        self != Form::Since28
    }
}

/// Prints the help of a command.
pub(super) fn command_help(shell: &mut Shell, spec: &CommandSpec, called: &str, form: Form) {
    let mut text = String::new();
    if form.is_old() {
        text.push('\n');
    }
    text.push_str(&format!("Usage:  {}\n\n{}\n", spec.use_line(called, form), spec.about_in(form)));
    if !spec.aliases.is_empty() {
        text.push_str(&format!("\nAliases:\n  {}\n", spec.aliases));
    }
    if !spec.options.is_empty() {
        text.push_str(&format!("\nOptions:\n{}", options(&spec.options)));
    }
    shell.out(text);
    if !spec.ignored.is_empty() {
        let names: Vec<String> = spec.ignored.iter().map(|option| format!("--{}", option.name())).collect();
        super::note(shell, "docker-options-absent", names.join(" "));
    }
}

/// Prints the help of a group of commands, or of `docker` itself.
pub(super) fn group_help(shell: &mut Shell, group: &str, form: Form) {
    let client = Client::get();
    let mut text = String::new();
    if form.is_old() {
        text.push('\n');
    }
    let width = 12;
    let row = |name: &str, about: &str| format!("  {name:<width$}{about}\n");
    if let Some((_, about)) = client.groups.iter().find(|(name, _)| name == group) {
        text.push_str(&format!("Usage:  docker {group} COMMAND\n\n{about}\n\nCommands:\n"));
        for (name, spec) in client.names_in(group) {
            text.push_str(&row(name, spec.summary()));
        }
        text.push_str(&format!("\nRun 'docker {group} COMMAND --help' for more information on a command.\n"));
        shell.out(text);
        return absent_note(shell, group);
    }
    text.push_str(&format!("Usage:  docker [OPTIONS] COMMAND\n\n{}\n\nCommon Commands:\n", client.about));
    let all = client.names_in("");
    for name in &client.common {
        if let Some((name, spec)) = all.iter().find(|(known, _)| known == name) {
            text.push_str(&row(name, spec.summary()));
        }
    }
    text.push_str("\nManagement Commands:\n");
    for (name, about) in &client.groups {
        text.push_str(&row(name, about));
    }
    text.push_str("\nCommands:\n");
    for (name, spec) in all.iter().filter(|(name, _)| !client.common.iter().any(|common| common == name)) {
        text.push_str(&row(name, spec.summary()));
    }
    text.push_str("\nGlobal Options:\n  -v, --version            Print version information and quit\n");
    text.push_str("\nRun 'docker COMMAND --help' for more information on a command.\n");
    text.push_str("\nFor more help on how to use Docker, head to https://docs.docker.com/go/guides/\n");
    shell.out(text);
    absent_note(shell, "");
}

/// Notes the commands of docker that the host does not have.
fn absent_note(shell: &mut Shell, group: &str) {
    let inside = |name: &&String| match name.split_once(' ') {
        Some((of, _)) => of == group,
        None => group.is_empty(),
    };
    let names: Vec<&str> = Client::get().absent.iter().filter(inside).map(String::as_str).collect();
    if !names.is_empty() {
        super::note(shell, "docker-commands-absent", names.join(", "));
    }
}

/// The table of options, as pflag's `FlagUsagesWrapped` lays it out.
fn options(all: &[OptionSpec]) -> String {
    let mut all: Vec<&OptionSpec> = all.iter().collect();
    all.sort_by_key(|option| option.name());
    let heads: Vec<(String, &str)> = all
        .iter()
        .map(|option| {
            let short = option.short().map_or("      ".to_string(), |letter| format!("  -{letter}, "));
            let head = format!("{short}--{} {}", option.name(), option.value_type());
            (head.trim_end().to_string(), option.description())
        })
        .collect();
    let indent = heads.iter().map(|(head, _)| head.len()).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for (head, description) in heads {
        let fill = indent.saturating_sub(head.len());
        text.push_str(&format!("{head}{}{}\n", " ".repeat(fill), wrap(indent, description)));
    }
    text
}

/// Breaks a description to lines behind `indent` columns (pflag, `wrap`).
fn wrap(indent: usize, description: &str) -> String {
    const SLOP: usize = 5;
    let limit = WIDTH.saturating_sub(indent).saturating_sub(SLOP).max(19);
    let margin = format!("\n{}", " ".repeat(indent));
    let mut lines: Vec<&str> = Vec::new();
    let mut rest = description;
    while !rest.is_empty() || lines.is_empty() {
        let head = rest.get(..limit).filter(|_| limit + SLOP <= rest.len());
        // The last blank in the first letters, but a line break before it wins.
        let cut = head.and_then(|head| head.rfind([' ', '\t', '\n']).filter(|at| *at > 0));
        let line_break = head.and_then(|head| head.rfind('\n')).filter(|at| *at > 0 && Some(*at) < cut);
        match line_break.or(cut) {
            Some(at) => {
                lines.push(rest.get(..at).unwrap_or(""));
                rest = rest.get(at + 1..).unwrap_or("");
            }
            None => {
                lines.push(rest);
                break;
            }
        }
    }
    lines.join("\n").replace('\n', &margin)
}

/// Prints an error about an option; the exit code is 125.
pub(super) fn option_error(shell: &mut Shell, spec: &CommandSpec, called: &str, error: &str, form: Form) -> i32 {
    let shown = spec.shown(called, form);
    let text = match form {
        Form::Before23 | Form::Before28 => format!("{error}\nSee 'docker {shown} --help'.\n"),
        Form::Since28 => format!(
            "{error}\n\nUsage:  {}\n\nRun 'docker {shown} --help' for more information\n",
            spec.use_line(called, form)
        ),
    };
    shell.err(text);
    125
}

/// Prints an error about the number of operands; the exit code is 1.
pub(super) fn operands_error(shell: &mut Shell, spec: &CommandSpec, called: &str, count: usize, form: Form) -> i32 {
    let shown = spec.shown(called, form);
    let arguments = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let exactly = if form.is_old() { "exactly " } else { "" };
    let (min, max) = (spec.min, spec.max);
    let wants = match max {
        Some(0) => "accepts no arguments".to_string(),
        Some(max) if max == min => format!("requires {exactly}{min} {}", arguments(min)),
        Some(max) if min == 0 => format!("requires at most {max} {}", arguments(max)),
        Some(max) => format!("requires at least {min} and at most {max} {}", arguments(max)),
        None => format!("requires at least {min} {}", arguments(min)),
    };
    debug_assert!(count < min || max.is_some_and(|max| count > max));
    let usage = spec.use_line(called, form);
    let text = match form {
        Form::Before23 | Form::Before28 => {
            format!(
                "\"docker {shown}\" {wants}.\nSee 'docker {shown} --help'.\n\nUsage:  {usage}\n\n{}\n",
                spec.about_in(form)
            )
        }
        Form::Since28 => {
            // The client itself says "See" here, where a command wants more operands than it got.
            let verb = if max.is_none() { "See" } else { "Run" };
            let error = if spec.is_plugin() { "ERROR: " } else { "" };
            format!(
                "{error}docker: 'docker {shown}' {wants}\n\nUsage:  {usage}\n\n{verb} 'docker {shown} --help' for more information\n"
            )
        }
    };
    shell.err(text);
    1
}

/// Prints that there is no such command; the exit code is 1.
pub(super) fn unknown_command(shell: &mut Shell, group: &str, name: &str, form: Form) -> i32 {
    match (form, group) {
        (Form::Before23 | Form::Before28, "") => shell.err(format!("docker: '{name}' is not a docker command.\nSee 'docker --help'\n")),
        (Form::Before23 | Form::Before28, group) => group_help(shell, group, form),
        (Form::Since28, "") => {
            shell.err(format!("docker: unknown command: docker {name}\n\nRun 'docker --help' for more information\n"));
        }
        (Form::Since28, group) => shell.err(format!(
            "docker: unknown command: docker {group} {name}\n\nUsage:  docker {group}\n\nRun 'docker {group} --help' for more information\n"
        )),
    }
    1
}
