//! Instructions that change only the image configuration: ARG, CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL,
//! MAINTAINER, ONBUILD, SHELL, STOPSIGNAL, USER and VOLUME.

use super::expose::parse_port;
use super::healthcheck::healthcheck;
use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{BuildError, build_args, engine_messages};
use crate::dockerfile::{self, Command, Instruction, Kind};
use crate::shell::Stream;
use std::collections::BTreeSet;

/// The cost of one port of a range, in steps of the [`dockerfile::Budget`].
const PORT_STEPS: usize = 16;

/// A list as Go's `%q` prints it: `["a" "b"]`.
fn go_list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "))
}

/// The arguments of a command. The shell form gets the stage's shell in front.
fn argv(stage: &StageState, command: &Command) -> Vec<String> {
    match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) if text.is_empty() => Vec::new(),
        Command::Shell(text) => stage.image.config.shell().into_iter().chain([text.clone()]).collect(),
    }
}

pub(super) fn apply(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
) -> Result<StepEffect, BuildError> {
    let line = instruction.line;
    let mut output = Vec::new();
    let text = match &instruction.kind {
        Kind::Cmd(command) => {
            let words = argv(stage, command);
            stage.cmd_set = true;
            let text = format!("CMD {}", go_list(&words));
            stage.image.config.cmd = Some(words);
            text
        }
        Kind::Entrypoint(command) => {
            let words = argv(stage, command);
            let text = format!("ENTRYPOINT {}", go_list(&words));
            stage.image.config.entrypoint = Some(words).filter(|words| !words.is_empty());
            // Docker drops a CMD of the base image, because it belongs to the base image's entrypoint.
            if !stage.cmd_set {
                stage.image.config.cmd = None;
            }
            text
        }
        Kind::Env(pairs) | Kind::Label(pairs) => {
            let is_env = matches!(instruction.kind, Kind::Env(_));
            let mut expanded = Vec::new();
            for (name, value) in pairs {
                expanded.push((stage.expand(name, line)?, stage.expand(value, line)?));
            }
            let mut text = if is_env { "ENV".to_string() } else { "LABEL".to_string() };
            for (name, value) in expanded {
                text.push_str(&format!(" {name}={value}"));
                stage.spend(stage.image.config.env.len(), line)?;
                if is_env {
                    stage.charge_variable(&name, &value, line)?;
                    stage.image.config.set_env(&name, &value);
                    if stage.later_wins {
                        stage.args.remove(&name);
                    }
                } else {
                    stage.image.config.labels.insert(name, value);
                }
            }
            text
        }
        Kind::Arg(args) => build_args::declare(state, stage, args, line)?,
        Kind::User(user) => {
            let user = stage.expand(user, line)?;
            stage.image.config.user = user.clone();
            if state.request.engine.major() < 18 { format!("USER [{user}]") } else { format!("USER {user}") }
        }
        Kind::Expose(words) => {
            let mut ports = BTreeSet::new();
            for word in words {
                for port in stage.expand(word, line)?.split_whitespace() {
                    let (range, protocol) = parse_port(port)
                        .map_err(|message| BuildError::on_line("invalid-port", message, instruction.line))?;
                    stage.spend(PORT_STEPS * range.clone().count(), line)?;
                    ports.extend(range.map(|port| format!("{port}/{protocol}")));
                }
            }
            let ports: Vec<String> = ports.into_iter().collect();
            stage.image.config.exposed_ports.extend(ports.iter().cloned());
            match (state.is_classic(), state.request.engine.major()) {
                (true, 18..) => format!("EXPOSE {}", words.join(" ")),
                (true, _) => format!("EXPOSE {}", ports.join(" ")),
                (false, ..28) => {
                    format!("EXPOSE map[{}]", ports.iter().map(|p| format!("{p}:{{}}")).collect::<Vec<_>>().join(" "))
                }
                (false, _) => format!("EXPOSE [{}]", ports.join(" ")),
            }
        }
        Kind::Volume(words) => {
            let mut volumes = Vec::new();
            for word in words {
                volumes.push(stage.expand(word, line)?);
            }
            stage.image.config.volumes.extend(volumes.iter().cloned());
            format!("VOLUME [{}]", volumes.join(" "))
        }
        Kind::Stopsignal(signal) => {
            let signal = stage.expand(signal, line)?;
            if !dockerfile::is_signal(&signal) {
                return Err(engine_messages::invalid_signal(&signal, line));
            }
            stage.image.config.stop_signal = Some(signal.clone());
            format!("STOPSIGNAL {signal}")
        }
        Kind::Healthcheck(test) => {
            let check = healthcheck(test, instruction)?;
            let text = format!("HEALTHCHECK &{{{}}}", go_list(&check.test));
            let old = stage.image.config.healthcheck.as_ref().map(|old| old.test.as_slice()).unwrap_or_default();
            if state.is_classic() && old.first().is_some_and(|kind| kind != "NONE") {
                let note = format!("Note: overriding previous HEALTHCHECK: [{}]\n", old.join(" "));
                output.push((Stream::Stdout, note.into_bytes()));
            }
            stage.image.config.healthcheck = Some(check);
            text
        }
        Kind::Shell(words) => {
            stage.image.config.shell = Some(words.clone());
            format!("SHELL [{}]", words.join(" "))
        }
        Kind::Onbuild(trigger) => {
            stage.image.config.on_build.push(trigger.clone());
            format!("ONBUILD {trigger}")
        }
        Kind::Maintainer(author) => {
            stage.image.config.author = author.clone();
            format!("MAINTAINER {author}")
        }
        _ => {
            return Err(BuildError::on_line(
                "internal",
                format!("{} is not a setting", instruction.keyword),
                instruction.line,
            ));
        }
    };
    stage.charge_text(text.len(), line)?;
    Ok(StepEffect { output, ..stage.metadata_effect(state, &text) })
}
