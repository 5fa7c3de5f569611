//! Instructions that change the configuration: ENV, CMD, LABEL, USER and so on; and WORKDIR.

use super::stage::{Bench, Effect};
use super::{BuildError, Work, words};
use crate::dockerfile::{self, Command, HealthTest, Instruction, Kind};
use crate::fs::path;
use crate::image::Healthcheck;
use crate::shell::Stream;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Steps that one port of a range takes.
const PORT_STEPS: usize = 16;

fn fail(code: &'static str, message: String, instruction: &Instruction) -> BuildError {
    BuildError { code, message, line: Some(instruction.line), exit_code: 1 }
}

/// A list as Go's `%q` prints it: `["a" "b"]`.
fn go_list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "))
}

/// The words that a command comes to: shell forms get the stage's shell in front.
fn argv(bench: &Bench, command: &Command) -> Vec<String> {
    match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) if text.is_empty() => Vec::new(),
        Command::Shell(text) => bench.image.config.shell().into_iter().chain([text.clone()]).collect(),
    }
}

pub(super) fn apply(work: &mut Work, bench: &mut Bench, instruction: &Instruction) -> Result<Effect, BuildError> {
    let line = instruction.line;
    let mut output = Vec::new();
    let text = match &instruction.kind {
        Kind::Cmd(command) => {
            let words = argv(bench, command);
            bench.cmd_set = true;
            let text = format!("CMD {}", go_list(&words));
            bench.image.config.cmd = Some(words);
            text
        }
        Kind::Entrypoint(command) => {
            let words = argv(bench, command);
            let text = format!("ENTRYPOINT {}", go_list(&words));
            bench.image.config.entrypoint = Some(words).filter(|words| !words.is_empty());
            // A CMD that came from the base image was meant for the old entrypoint.
            if !bench.cmd_set {
                bench.image.config.cmd = None;
            }
            text
        }
        Kind::Env(pairs) | Kind::Label(pairs) => {
            let is_env = matches!(instruction.kind, Kind::Env(_));
            let mut expanded = Vec::new();
            for (name, value) in pairs {
                expanded.push((bench.expand(name, line)?, bench.expand(value, line)?));
            }
            let mut text = if is_env { "ENV".to_string() } else { "LABEL".to_string() };
            for (name, value) in expanded {
                text.push_str(&format!(" {name}={value}"));
                bench.spend(bench.image.config.env.len(), line)?;
                if is_env {
                    bench.may_set(&name, &value, line)?;
                    bench.image.config.set_env(&name, &value);
                    if bench.later_wins {
                        bench.args.remove(&name);
                    }
                } else {
                    bench.image.config.labels.insert(name, value);
                }
            }
            text
        }
        Kind::Arg(args) => {
            let mut text = "ARG".to_string();
            for (name, default) in args {
                work.used_args.insert(name.clone());
                let own = work.request.build_args.get(name).cloned();
                let default = default.as_ref().map(|word| bench.expand(word, line)).transpose()?;
                // History has the Dockerfile's default, not the value of this build.
                text.push_str(&format!(" {name}"));
                if let Some(default) = &default {
                    text.push_str(&format!("={default}"));
                }
                bench.declared.push(name.clone());
                let value = own.or(default).or_else(|| work.plan.global_args.get(name).cloned());
                if let Some(value) = value {
                    bench.may_set(name, &value, line)?;
                    bench.args.insert(name.clone(), value);
                }
            }
            text
        }
        Kind::User(user) => {
            let user = bench.expand(user, line)?;
            bench.image.config.user = user.clone();
            if work.request.engine.major() < 18 { format!("USER [{user}]") } else { format!("USER {user}") }
        }
        Kind::Expose(words) => {
            let mut ports = BTreeSet::new();
            for word in words {
                for port in bench.expand(word, line)?.split_whitespace() {
                    let (range, protocol) =
                        parse_port(port).map_err(|message| fail("invalid-port", message, instruction))?;
                    bench.spend(PORT_STEPS * range.clone().count(), line)?;
                    ports.extend(range.map(|port| format!("{port}/{protocol}")));
                }
            }
            let ports: Vec<String> = ports.into_iter().collect();
            bench.image.config.exposed_ports.extend(ports.iter().cloned());
            match (work.is_classic(), work.request.engine.major()) {
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
                volumes.push(bench.expand(word, line)?);
            }
            bench.image.config.volumes.extend(volumes.iter().cloned());
            format!("VOLUME [{}]", volumes.join(" "))
        }
        Kind::Stopsignal(signal) => {
            let signal = bench.expand(signal, line)?;
            if !dockerfile::is_signal(&signal) {
                return Err(fail("invalid-signal", format!("Invalid signal: {signal}"), instruction));
            }
            bench.image.config.stop_signal = Some(signal.clone());
            format!("STOPSIGNAL {signal}")
        }
        Kind::Healthcheck(test) => {
            let check = healthcheck(test, instruction)?;
            let text = format!("HEALTHCHECK &{{{}}}", go_list(&check.test));
            let old = bench.image.config.healthcheck.as_ref().map(|old| old.test.as_slice()).unwrap_or_default();
            if work.is_classic() && old.first().is_some_and(|kind| kind != "NONE") {
                let note = format!("Note: overriding previous HEALTHCHECK: [{}]\n", old.join(" "));
                output.push((Stream::Stdout, note.into_bytes()));
            }
            bench.image.config.healthcheck = Some(check);
            text
        }
        Kind::Shell(words) => {
            bench.image.config.shell = Some(words.clone());
            format!("SHELL [{}]", words.join(" "))
        }
        Kind::Onbuild(trigger) => {
            bench.image.config.on_build.push(trigger.clone());
            format!("ONBUILD {trigger}")
        }
        Kind::Maintainer(author) => {
            bench.image.config.author = author.clone();
            format!("MAINTAINER {author}")
        }
        _ => {
            return Err(fail("internal", format!("{} is not a setting", instruction.keyword), instruction));
        }
    };
    bench.make(text.len(), line)?;
    Ok(Effect { output, ..bench.noted(work, &text) })
}

/// `80`, `80/udp`, `8000-8010/tcp` to ports and protocol.
fn parse_port(text: &str) -> Result<(RangeInclusive<u16>, String), String> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    // `host:container` is read and the host's part ignored, as Docker does.
    let range = range.rsplit(':').next().unwrap_or(range);
    let protocol = protocol.to_ascii_lowercase();
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(format!("Invalid proto: {protocol}"));
    }
    let invalid = || format!("Invalid containerPort: {range}");
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    let (low, high): (u16, u16) = (low.parse().map_err(|_| invalid())?, high.parse().map_err(|_| invalid())?);
    if low > high {
        return Err(format!("Invalid range specified for the Port: {range}"));
    }
    Ok((low..=high, protocol))
}

fn healthcheck(test: &HealthTest, instruction: &Instruction) -> Result<Healthcheck, BuildError> {
    let test = match test {
        HealthTest::None => vec!["NONE".into()],
        HealthTest::Cmd(Command::Exec(words)) => ["CMD".to_string()].into_iter().chain(words.iter().cloned()).collect(),
        HealthTest::Cmd(Command::Shell(text)) => vec!["CMD-SHELL".into(), text.clone()],
    };
    let mut check = Healthcheck { test, ..Healthcheck::default() };
    for flag in &instruction.flags {
        let value = flag.value.as_deref().unwrap_or("");
        let key = match flag.name.as_str() {
            "interval" => "Interval",
            "timeout" => "Timeout",
            "start-period" => "StartPeriod",
            "start-interval" => "StartInterval",
            _ => "Retries",
        };
        let number = if key == "Retries" {
            value.parse::<u64>().map_err(|_| format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
        } else {
            // Checked when the instruction was read: not negative.
            dockerfile::go_duration(value).map(|nanoseconds| nanoseconds.unsigned_abs())
        };
        let number = number.map_err(|message| fail("invalid-flag", message, instruction))?;
        check.settings.insert(key.into(), number);
    }
    Ok(check)
}

/// How a working directory stands in the configuration: before Docker 25 an absolute one as it is written; since then
/// (BuildKit's `NormalizeWorkdir`) cleaned, but for a slash at its end.
fn written_workdir(work: &Work, wanted: &str, directory: &str) -> String {
    let modern = work.request.engine.major() >= 25;
    match wanted.starts_with('/') {
        true if !modern => wanted.to_string(),
        _ if modern && wanted.ends_with('/') && directory != "/" => format!("{directory}/"),
        _ => directory.to_string(),
    }
}

pub(super) fn workdir(work: &mut Work, bench: &mut Bench, instruction: &Instruction) -> Result<Effect, BuildError> {
    let Kind::Workdir(wanted) = &instruction.kind else {
        return Ok(Effect::default());
    };
    let wanted = bench.expand(wanted, instruction.line)?;
    let classic = work.is_classic();
    if wanted.is_empty() && classic {
        return Err(fail("workdir", "cannot normalize nothing".into(), instruction));
    }
    let directory = path::join(&bench.image.config.working_dir, &wanted);
    let written = written_workdir(work, &wanted, &directory);
    let (uid, gid) = if classic {
        (0, 0)
    } else {
        let who = crate::exec::Credentials::of(&bench.image.tree, &bench.image.config.user).unwrap_or_default();
        (who.uid, who.gid)
    };
    // BuildKit makes no layer for a root that is there.
    if directory == "/" && !classic {
        bench.image.config.working_dir = written;
        return Ok(bench.noted(work, "WORKDIR /"));
    }
    let mut tree = bench.image.tree.clone();
    if let Err(error) = tree.mkdir_all(&directory, 0o755, uid, gid) {
        let prefix = words::solve_prefix(work.request);
        let message = format!(
            "{prefix}failed to create workdir {directory}: mkdir {directory}: {}",
            error.errno.message().to_lowercase()
        );
        return Err(fail("workdir", message, instruction));
    }
    let created_by =
        if classic { format!("/bin/sh -c #(nop) WORKDIR {written}") } else { format!("WORKDIR {written}") };
    bench.image.config.working_dir = written;
    Ok(Effect { tree: Some(tree), created_by, ..Effect::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_come_alone_and_in_ranges() {
        assert_eq!(parse_port("80").unwrap(), (80..=80, "tcp".into()));
        assert_eq!(parse_port("53/UDP").unwrap(), (53..=53, "udp".into()));
        assert_eq!(parse_port("8000-8002").unwrap().0.count(), 3);
        for bad in ["x", "99999", "9-8", "80/icmp", ""] {
            assert!(parse_port(bad).is_err(), "{bad}");
        }
    }
}
