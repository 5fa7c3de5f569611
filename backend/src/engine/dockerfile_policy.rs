//! The policy for what a Dockerfile reaches beyond its own files: images, their ONBUILD triggers, and frontends.
//!
//! An engine fetches base images, sources of `ADD` and frontends itself, outside of any container, so `--network=none`
//! does not apply to them. `stageplay_core::canonical` decides what an instruction may name. This module decides which
//! ONBUILD triggers and frontends are allowed.

use super::policy::Policy;
use super::resource_names::BUILD_REPOSITORY;
use crate::problem::problem;
use stageplay_core::api::Problem;
use stageplay_core::canonical::{Asked, Refused};
use stageplay_core::dockerfile::{self, Kind};
use stageplay_core::image::Reference;

/// The registry of a reference, such as `docker.io`.
pub(super) fn registry(reference: &Reference) -> String {
    reference.canonical().split('/').next().unwrap_or("docker.io").to_string()
}

/// Whether a reference names the result of a build of this server, or of another one on the same engine. Podman names
/// the registry of its own images `localhost`.
pub(super) fn is_build_result(reference: &Reference) -> bool {
    let repository = reference.repository.rsplit_once('/').map_or(&*reference.repository, |(_, name)| name);
    repository == BUILD_REPOSITORY
}

/// Turns a refusal of `stageplay_core::canonical` into a problem.
pub(super) fn refusal_problem(refused: Refused) -> Problem {
    Problem { line: Some(refused.line), ..problem(refused.code, refused.message, refused.help) }
}

/// Checks the ONBUILD triggers of a base image. The engine runs them in every build that uses the image.
///
/// # Errors
/// A trigger fetches from the network, uses another image, or cannot be parsed.
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
            let what = format!("the base image has a trigger that is not allowed on this server: ONBUILD {text}");
            let help = "use the image that this base image is built from";
            return Err(Problem { line: Some(image.line), ..problem("onbuild", what, help) });
        }
    }
    Ok(())
}

/// The frontend that `# syntax=` names, with the index of its line.
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

/// Returns the frontend that `# syntax=` names, if it is Docker's own (`docker/dockerfile`). It is not fetched: the
/// frontend that is built into the engine reads the same language.
///
/// # Errors
/// Any other frontend. It is a program that would run in the builder and could interpret the Dockerfile in its own way.
pub(super) fn docker_frontend(text: &str) -> Result<Option<String>, Problem> {
    let Some((index, image)) = frontend(text) else { return Ok(None) };
    let reference = image.split_whitespace().next().unwrap_or("").to_string();
    let known = Reference::parse(&reference).map(|reference| reference.canonical()).unwrap_or_default();
    match known.starts_with("docker.io/docker/dockerfile:")
        || known.starts_with("docker.io/docker/dockerfile-upstream:")
    {
        true => Ok(Some(reference)),
        false => {
            let what =
                format!("the frontend {reference:?} is not allowed: it is a program that would run in the builder");
            let refusal = problem("frontend", what, "remove the line # syntax=…");
            Err(Problem { line: Some(index + 1), ..refusal })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_of_base_images_are_checked() {
        let reference = Reference::parse("a").unwrap();
        let image = Asked { reference, platform: "linux/amd64".into(), line: 1 };
        let refuses = |text: &str| check_triggers(&image, &[text.to_string()], &Policy::default()).is_err();
        for text in ["ADD http://h/x /x", "COPY --from=other / /", "\u{0}", "RUN a\nADD http://h/x /x", "RUN <<A\nA"] {
            assert!(refuses(text), "{text}");
        }
        assert!(!refuses("RUN make $X") && !refuses("ENV A=$B"));
    }

    #[test]
    fn the_results_of_builds_are_known_by_every_spelling_of_their_name() {
        let is_result = |text: &str| is_build_result(&Reference::parse(text).unwrap());
        let digest = format!("{BUILD_REPOSITORY}@sha256:{}", "0".repeat(64));
        for name in ["", "docker.io/", "docker.io/library/", "index.docker.io/library/", "localhost/"] {
            assert!(is_result(&format!("{name}{BUILD_REPOSITORY}:1")), "{name}");
        }
        assert!(is_result(&digest) && is_result(BUILD_REPOSITORY));
        assert!(!is_result("stageplay-builder:1") && !is_result("alpine"));
    }

    #[test]
    fn dockers_own_frontend_is_allowed_and_others_are_refused() {
        let allowed = docker_frontend("# syntax=docker/dockerfile:1.7\nFROM a\n").unwrap();
        assert_eq!(allowed.as_deref(), Some("docker/dockerfile:1.7"));
        for evil in [
            "# syntax=evil/x\nFROM a",
            "# check=x\n# SYNTAX = evil\nFROM a",
            "// syntax=evil\nFROM a",
            "#!x\n#syntax=evil",
        ] {
            assert_eq!(docker_frontend(evil).unwrap_err().code, "frontend", "{evil}");
        }
        assert_eq!(docker_frontend("FROM a\n# syntax=evil\n"), Ok(None));
    }
}
