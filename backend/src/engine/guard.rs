//! What a stranger's Dockerfile would reach beyond its files: images, the network, the host.
//!
//! Engines fetch base images, `ADD`'s sources and frontends themselves, outside of any container:
//! `--network=none` does not hold them. So it is decided here, before an engine sees the text, and
//! what cannot be decided is refused.

use super::{Policy, problem};
use stageplay_core::api::Problem;
use stageplay_core::dockerfile::{self, Instruction, Kind};
use stageplay_core::image::Reference;
use stageplay_core::plan::{Base, Plan};

/// An image that a build reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) reference: Reference,
    pub(super) line: usize,
}

impl Wanted {
    /// As the engine is asked for it.
    pub(super) fn name(&self) -> String {
        match &self.reference.digest {
            Some(digest) => format!("{}@{digest}", self.reference.repository),
            None => self.reference.to_string(),
        }
    }

    /// `docker.io`, or what stands before the first slash.
    pub(super) fn registry(&self) -> String {
        self.reference.canonical().split('/').next().unwrap_or("docker.io").to_string()
    }
}

fn refused(code: &str, message: String, help: &str, line: usize) -> Problem {
    Problem { line: Some(line), ..problem(code, message, help) }
}

/// The images that a build reads, each once, if nothing in it goes where it may not.
///
/// # Errors
/// The first instruction that does.
pub(super) fn check(plan: &Plan, build_args: &[&str], policy: &Policy) -> Result<Vec<Wanted>, Problem> {
    if let Some(name) = build_args.iter().find(|name| name.eq_ignore_ascii_case("BUILDKIT_SYNTAX")) {
        let what = format!("the build argument {name} would replace the builder's frontend");
        return Err(problem("frontend", what, "leave it out"));
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut add = |reference: &Reference, line| {
        if !wanted.iter().any(|known| known.reference == *reference) {
            wanted.push(Wanted { reference: reference.clone(), line });
        }
    };
    for stage in &plan.stages {
        if stage.built {
            if let Base::Image(reference) = &stage.base {
                add(reference, stage.from.line);
            }
            for (reference, line) in plan.images_of(stage.index) {
                add(&reference, line);
            }
        }
        for instruction in &stage.instructions {
            this_one(instruction, instruction.line, policy)?;
        }
    }
    Ok(wanted)
}

/// ONBUILD of a base image: instructions that its makers put into every build on it.
///
/// # Errors
/// As [`check`]; also an image that a trigger would read, which nobody has asked for.
pub(super) fn check_triggers(image: &Wanted, triggers: &[String], policy: &Policy) -> Result<(), Problem> {
    for trigger in triggers {
        self::trigger(trigger, image.line, policy)?;
    }
    Ok(())
}

fn trigger(text: &str, line: usize, policy: &Policy) -> Result<(), Problem> {
    let file = dockerfile::parse(&format!("FROM scratch\n{text}\n"));
    let unclear = || refused("onbuild", format!("ONBUILD {text}: it cannot be told what this does"), "", line);
    let file = file.map_err(|_| unclear())?;
    for instruction in file.instructions.iter().skip(1) {
        if instruction
            .flags
            .iter()
            .any(|flag| flag.name == "from" || flag.value.as_deref().is_some_and(|value| value.contains("from=")))
        {
            return Err(unclear());
        }
        this_one(instruction, line, policy)?;
    }
    Ok(())
}

fn this_one(instruction: &Instruction, line: usize, policy: &Policy) -> Result<(), Problem> {
    for flag in &instruction.flags {
        let value = flag.value.as_deref().unwrap_or("");
        match flag.name.as_str() {
            "network" if value != "none" && value != "default" => {
                let what = format!("--network={value} is not allowed here");
                return Err(refused("host-network", what, "leave it out, or use --network=none", line));
            }
            "security" if value != "sandbox" => {
                return Err(refused(
                    "insecure",
                    format!("--security={value} is not allowed here"),
                    "leave it out",
                    line,
                ));
            }
            "device" => return Err(refused("device", "--device is not allowed here".into(), "leave it out", line)),
            "from" | "mount"
                if value.contains('$') && value.contains("from") || flag.name == "from" && value.contains('$') =>
            {
                let what = format!("--{}={value}: an image behind a variable is not looked up", flag.name);
                return Err(refused("variable-image", what, "name the image, or a stage", line));
            }
            _ => {}
        }
    }
    match &instruction.kind {
        Kind::Onbuild(text) => trigger(text, line, policy),
        Kind::Add { sources, .. } if !policy.network => match sources.iter().find(|source| may_be_remote(source)) {
            Some(source) => {
                let what = format!("ADD {source} may fetch from the network, which builds here do not have");
                Err(refused(
                    "network",
                    what,
                    "put the file into the context; for a name behind a variable use COPY",
                    line,
                ))
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether ADD may take this from somewhere else. Quotes and variables could hide it, so they count.
fn may_be_remote(source: &str) -> bool {
    let plain: String = source.chars().filter(|c| !matches!(c, '"' | '\'' | '\\' | '`')).collect();
    let plain = plain.to_ascii_lowercase();
    plain.contains('$')
        || plain.contains("://")
        || plain.contains(".git#")
        || plain.ends_with(".git")
        || plain.starts_with("github.com/")
        || plain.split_once('@').is_some_and(|(_, host)| host.contains(':'))
}

/// What `# syntax=` names, if the text names a frontend.
fn frontend(text: &str) -> Option<(usize, String)> {
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let trimmed = line.trim();
        let comment = trimmed.strip_prefix('#').or_else(|| trimmed.strip_prefix("//"));
        let Some(comment) = comment else {
            if trimmed.is_empty() {
                continue;
            }
            return None;
        };
        if let Some((name, value)) = comment.split_once('=')
            && name.trim().eq_ignore_ascii_case("syntax")
        {
            return Some((index, value.trim().to_string()));
        }
    }
    None
}

/// The text as the engine gets it: a line `# syntax=docker/dockerfile…` becomes an empty comment, for
/// the engine's own frontend reads the same language and need not be fetched. What was taken out.
///
/// # Errors
/// Any other frontend: it is a program that would run in the builder.
pub(super) fn without_frontend(text: &str, policy: &Policy) -> Result<(String, Option<String>), Problem> {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return Err(problem("frontend", "a Dockerfile does not begin with {", ""));
    }
    let Some((index, image)) = frontend(text) else { return Ok((text.to_string(), None)) };
    let reference = image.split_whitespace().next().unwrap_or("").to_string();
    let known = Reference::parse(&reference).map(|reference| reference.canonical()).unwrap_or_default();
    let is_usual =
        known.starts_with("docker.io/docker/dockerfile:") || known.starts_with("docker.io/docker/dockerfile-upstream:");
    let registry = known.split('/').next().unwrap_or("");
    if policy.network && !known.is_empty() && policy.allows(registry) {
        return Ok((text.to_string(), None));
    }
    if !is_usual {
        let what = format!("the frontend {reference:?} is a program that would run in the builder");
        return Err(refused("frontend", what, "leave the line # syntax=… out", index + 1));
    }
    let mut lines: Vec<&str> = text.split('\n').collect();
    if let Some(line) = lines.get_mut(index) {
        *line = "#";
    }
    Ok((lines.join("\n"), Some(reference)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::build::Request;
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::fs::Tree;
    use stageplay_core::observe::plan_of;

    fn checked(text: &str) -> Result<Vec<String>, String> {
        let request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
        let plan = plan_of(&request).map_err(|error| error.code.to_string())?;
        let wanted = check(&plan, &[], &Policy::default()).map_err(|problem| problem.code)?;
        Ok(wanted.iter().map(Wanted::name).collect())
    }

    #[test]
    fn every_image_that_is_read_is_named() {
        let text = "ARG V=3\nFROM a:$V AS x\nFROM b@sha256:0000000000000000000000000000000000000000000000000000000000000000\nCOPY --from=c/d:1 / /\nCOPY --from=x / /\nRUN --mount=type=bind,from=e,target=/m true\n";
        let digest = format!("b@sha256:{}", "0".repeat(64));
        assert_eq!(checked(text).unwrap(), ["a:3", &digest, "c/d:1", "e:latest"]);
    }

    #[test]
    fn what_reaches_out_is_refused() {
        for (line, code) in [
            ("RUN --network=host true", "host-network"),
            ("RUN --security=insecure true", "insecure"),
            ("ADD http://10.0.0.1/x /x", "network"),
            ("ADD ht\"tp\"://10.0.0.1/x /x", "network"),
            ("ADD git@host:a/b /x", "network"),
            ("ADD https://host/a.git#main /x", "network"),
            ("ADD ${URL} /x", "network"),
            ("ADD [\"http://h/x\", \"/x\"]", "network"),
            ("ONBUILD ADD http://h/x /x", "network"),
        ] {
            assert_eq!(checked(&format!("FROM a\n{line}\n")), Err(code.to_string()), "{line}");
        }
        assert!(checked("FROM a\nADD x.tar.gz /\nCOPY $X /\nRUN --network=none true\n").is_ok());
    }

    #[test]
    fn triggers_of_base_images_are_looked_into() {
        let image = Wanted { reference: Reference::parse("a").unwrap(), line: 1 };
        let refuses = |text: &str| check_triggers(&image, &[text.to_string()], &Policy::default()).is_err();
        assert!(refuses("ADD http://h/x /x") && refuses("COPY --from=other / /") && refuses("\u{0}"));
        assert!(!refuses("COPY . /src"));
    }

    #[test]
    fn the_usual_frontend_is_taken_out_and_others_are_refused() {
        let policy = Policy::default();
        let (text, taken) = without_frontend("# syntax=docker/dockerfile:1.7\nFROM a\n", &policy).unwrap();
        assert_eq!((text.as_str(), taken.as_deref()), ("#\nFROM a\n", Some("docker/dockerfile:1.7")));
        for evil in [
            "# syntax=evil/x\nFROM a",
            "# check=x\n# SYNTAX = evil\nFROM a",
            "// syntax=evil\nFROM a",
            "#!x\n#syntax=evil",
            "{\"syntax\":\"evil\"}",
        ] {
            assert_eq!(without_frontend(evil, &policy).unwrap_err().code, "frontend", "{evil}");
        }
        assert_eq!(without_frontend("FROM a\n# syntax=evil\n", &policy).unwrap().1, None);
    }
}
