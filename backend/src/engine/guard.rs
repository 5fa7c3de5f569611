//! What a stranger's Dockerfile would reach beyond its files: images and frontends.
//!
//! Engines fetch base images, sources of `ADD` and frontends themselves, outside of any container: `--network=none`
//! does not hold them. What an instruction may name is decided where it is written anew (`stageplay_core::canonical`),
//! what images are read and what their triggers do is decided here.

use super::{Policy, problem};
use stageplay_core::api::Problem;
use stageplay_core::canonical::{Asked, Refused};
use stageplay_core::dockerfile::{self, Kind};
use stageplay_core::image::Reference;

/// `docker.io`, or what stands before the first slash.
pub(super) fn registry(reference: &Reference) -> String {
    reference.canonical().split('/').next().unwrap_or("docker.io").to_string()
}

/// A refusal of core's as a problem.
pub(super) fn refused(refused: Refused) -> Problem {
    Problem { line: Some(refused.line), ..problem(refused.code, refused.message, refused.help) }
}

/// ONBUILD of a base image: instructions that its makers put into every build on it, and that the engine reads.
///
/// # Errors
/// A trigger that fetches, that reads an image which nobody has asked for, or that cannot be told.
pub(super) fn check_triggers(image: &Asked, triggers: &[String], policy: &Policy) -> Result<(), Problem> {
    for text in triggers {
        let file = dockerfile::parse(&format!("FROM scratch\n{text}\n"));
        let plain = text.chars().all(|c| !c.is_control() && (c == ' ' || !c.is_whitespace())) && !text.contains("<<");
        let fits = file.is_ok_and(|file| match file.instructions.as_slice() {
            [_, trigger] => {
                let fetches = matches!(trigger.kind, Kind::Add { .. }) && !policy.network;
                let reaches = trigger
                    .flags
                    .iter()
                    .any(|flag| matches!(flag.name.as_str(), "from" | "mount" | "network" | "security" | "device"));
                !fetches && !reaches
            }
            _ => false,
        });
        if !fits || !plain {
            let what = format!("the base image would do more than is allowed here: ONBUILD {text}");
            let help = "start from the image that this one is made of";
            return Err(Problem { line: Some(image.line), ..problem("onbuild", what, help) });
        }
    }
    Ok(())
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

/// The frontend that a text names. The usual one is not fetched: the engine's own reads the same language.
///
/// # Errors
/// Any other frontend: it is a program that would run in the builder and read the text in a way of its own.
pub(super) fn usual_frontend(text: &str) -> Result<Option<String>, Problem> {
    let Some((index, image)) = frontend(text) else { return Ok(None) };
    let reference = image.split_whitespace().next().unwrap_or("").to_string();
    let known = Reference::parse(&reference).map(|reference| reference.canonical()).unwrap_or_default();
    match known.starts_with("docker.io/docker/dockerfile:")
        || known.starts_with("docker.io/docker/dockerfile-upstream:")
    {
        true => Ok(Some(reference)),
        false => {
            let what = format!("the frontend {reference:?} is a program that would run in the builder");
            let refused = problem("frontend", what, "leave the line # syntax=… out");
            Err(Problem { line: Some(index + 1), ..refused })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_of_base_images_are_looked_into() {
        let reference = Reference::parse("a").unwrap();
        let image = Asked { reference, platform: "linux/amd64".into(), line: 1 };
        let refuses = |text: &str| check_triggers(&image, &[text.to_string()], &Policy::default()).is_err();
        for text in ["ADD http://h/x /x", "COPY --from=other / /", "\u{0}", "RUN a\nADD http://h/x /x", "RUN <<A\nA"] {
            assert!(refuses(text), "{text}");
        }
        assert!(!refuses("RUN make $X") && !refuses("ENV A=$B"));
    }

    #[test]
    fn the_usual_frontend_is_known_and_others_are_refused() {
        let taken = usual_frontend("# syntax=docker/dockerfile:1.7\nFROM a\n").unwrap();
        assert_eq!(taken.as_deref(), Some("docker/dockerfile:1.7"));
        for evil in [
            "# syntax=evil/x\nFROM a",
            "# check=x\n# SYNTAX = evil\nFROM a",
            "// syntax=evil\nFROM a",
            "#!x\n#syntax=evil",
        ] {
            assert_eq!(usual_frontend(evil).unwrap_err().code, "frontend", "{evil}");
        }
        assert_eq!(usual_frontend("FROM a\n# syntax=evil\n"), Ok(None));
    }
}
