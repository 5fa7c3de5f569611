//! Holds what a pack's start and solution do in the simulation against a container engine.

use super::variant::write_files;
use crate::cli::real_engine::RealEngine;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages};
use stageplay_core::exercise::{Files, Pack, request};
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use std::sync::Arc;

/// Builds and starts the start and the solution on the engine, and compares: is there an image, and does it start?
/// Returns what was compared, or the differences.
pub(super) fn compare(engine: &RealEngine, pack: &Pack, catalogue: &Arc<Catalogue>) -> Result<String, String> {
    let Ok((profile, builder)) = engine.profile(Some(pack.builder.as_str())) else {
        return Ok(format!("not compared: the engine has no builder {}", pack.builder.as_str()));
    };
    // What a tag meant on another day, and what another release says, cannot be asked of this engine.
    if pack.day.is_some() || profile.id != pack.engine.id || builder != pack.builder {
        return Ok(format!("not compared: the pack is for {}, the engine is like {}", pack.engine.id, profile.id));
    }
    let mut differences = String::new();
    let solution = pack.solution.iter().map(|files| ("solution", files));
    for (what, files) in std::iter::once(("start", &pack.start)).chain(solution) {
        let real = real(engine, pack, files).map_err(|error| format!("{what}: {error}\n"))?;
        let simulated = simulate(&request(pack, files), Some(&pack.arguments), catalogue, &NoImages, &mut Cache::new());
        let simulated = build_report(&simulated, Language::English);
        if !agree(&simulated, &real) {
            let (wanted, found) = (claims(&simulated), claims(&real));
            let error = real.error.as_ref().map(|error| format!(" ({})", error.message.trim())).unwrap_or_default();
            differences.push_str(&format!("{what}: simulated {wanted}, on the engine {found}{error}\n"));
        }
    }
    if differences.is_empty() { Ok("as on the engine".into()) } else { Err(differences) }
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
