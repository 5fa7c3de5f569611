//! Holds what a pack's start and solution do in the simulation against a container engine.

use super::variant::write_files;
use crate::cli::real_engine::RealEngine;
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::build::{Cache, NoImages};
use stageplay_core::exercise::{Files, Pack, request};
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use std::sync::Arc;

/// Builds and starts the start and the solution on the engine, and compares: is there an image, and does it start?
/// The simulation is that of the engine's release with the pack's day, as registries know no other day than theirs.
/// Returns what was compared, or the differences.
pub(super) fn compare(engine: &RealEngine, pack: &Pack, catalogue: &Arc<Catalogue>) -> Result<String, String> {
    let Ok((profile, builder)) = engine.profile(Some(pack.builder.as_str())) else {
        return Ok(format!("not compared: the engine has no builder {}", pack.builder.as_str()));
    };
    // What a tag meant on another day cannot be asked of a registry.
    if pack.day.is_some() || pack.engine.day() != newest_day() {
        return Ok("not compared: the pack is about the tags of another day".into());
    }
    let day = Some(pack.engine.day());
    let like = if profile.id == pack.engine.id { String::new() } else { format!(", simulated as {}", profile.id) };
    let pack = &Pack { engine: profile, builder, day, ..pack.clone() };
    let (mut differences, mut missing) = (String::new(), Vec::new());
    let solution = pack.solution.iter().map(|files| ("solution", files));
    for (what, files) in std::iter::once(("start", &pack.start)).chain(solution) {
        let simulated = simulate(&request(pack, files), Some(&pack.arguments), catalogue, &NoImages, &mut Cache::new());
        let simulated = build_report(&simulated, Language::English);
        let real = match real(engine, pack, files) {
            Ok(real) => real,
            Err(error) if is_about_a_registry(&error) => {
                missing.push(format!("{what}: {}", error.lines().next().unwrap_or_default()));
                continue;
            }
            Err(error) => return Err(format!("{what}: {error}\n")),
        };
        let message = real.error.as_ref().map(|error| error.message.trim()).unwrap_or_default();
        if simulated.error.is_none() && is_about_a_registry(message) {
            missing.push(format!("{what}: {message}"));
        } else if !agree(&simulated, &real) {
            let (wanted, found) = (claims(&simulated), claims(&real));
            let message = if message.is_empty() { String::new() } else { format!(" ({message})") };
            differences.push_str(&format!("{what}: simulated {wanted}, on the engine {found}{message}\n"));
        }
    }
    match (differences.is_empty(), missing.is_empty()) {
        (false, _) => Err(differences),
        (true, false) => Ok(format!("not compared: {}", missing.join("; "))),
        (true, true) => Ok(format!("as on the engine{like}")),
    }
}

/// Whether a build failed because no registry answered, which says nothing of the pack. After messages of Docker and of Go's
/// network library. A registry that has no such tag is an answer.
fn is_about_a_registry(message: &str) -> bool {
    const TOLD: [&str; 7] = [
        "network is unreachable",
        "TLS handshake timeout",
        "failed to do request",
        "toomanyrequests",
        "i/o timeout",
        "no such host",
        "connection refused",
    ];
    TOLD.iter().any(|told| message.contains(told))
}

fn real(engine: &RealEngine, pack: &Pack, files: &Files) -> Result<BuildReport, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write_files(folder.path(), files).map_err(|error| error.to_string())?;
    engine.build_folder(&request(pack, files), folder.path(), Some(&pack.arguments), false, Language::English)
}

/// Whether two builds both fail or both succeed, and two images both start or both do not, as far as this is known.
fn agree(simulated: &BuildReport, real: &BuildReport) -> bool {
    let verdict =
        |report: &BuildReport| report.run.as_ref().map(|run| run.verdict.to_string()).filter(|one| one != "unknown");
    let starts_agree = match (verdict(simulated), verdict(real)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    simulated.error.is_some() == real.error.is_some() && starts_agree
}

/// What a report claims, in words.
fn claims(report: &BuildReport) -> &str {
    match (&report.error, &report.run) {
        (Some(_), _) => "the build fails",
        (None, Some(run)) if run.verdict == "fails" => "the image does not start",
        (None, Some(run)) if run.verdict == "starts" => "the image starts",
        (None, _) => "the image is built",
    }
}

#[cfg(test)]
mod tests {
    use super::is_about_a_registry;

    #[test]
    fn a_base_image_that_cannot_be_fetched_is_no_fault_of_the_pack() {
        for message in [
            "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example: no such host",
            "alpine:3.22: failed to resolve source metadata for docker.io/library/alpine:3.22: i/o timeout",
        ] {
            assert!(is_about_a_registry(message), "{message}");
        }
        assert!(!is_about_a_registry("manifest for alpine:9 not found: manifest unknown: manifest unknown"));
    }
}
