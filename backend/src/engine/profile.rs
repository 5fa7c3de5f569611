//! The engine profile of the simulation that fits a real engine.

use stageplay_core::engine::EngineProfile;
use std::sync::Arc;

/// Returns the newest profile that is not newer than the version of an engine, or the oldest profile of all.
pub(super) fn nearest_profile(version: &str) -> Arc<EngineProfile> {
    let numbers =
        |text: &str| -> Vec<u32> { text.split(['.', '-', '+', '~']).map_while(|part| part.parse().ok()).collect() };
    let version_numbers = numbers(version);
    let all = EngineProfile::all();
    let mut fitting: Vec<&Arc<EngineProfile>> = all
        .iter()
        .filter(|profile| {
            let profile_numbers = numbers(profile.id.trim_start_matches("docker-"));
            // A profile without a third number, such as `docker-20.10`, stands for the latest patch release.
            let is_same_minor = profile_numbers.len() == 2
                && version_numbers.len() > 2
                && version_numbers.starts_with(&profile_numbers);
            profile_numbers <= version_numbers || is_same_minor
        })
        .collect();
    // The profile `20.10.0` covers 20.10.0 to 20.10.6, `20.10.7` covers 20.10.7 to 20.10.14, `20.10` covers the rest.
    if version_numbers.starts_with(&[20, 10]) {
        let patch = version_numbers.get(2).copied().unwrap_or(u32::MAX);
        let id = match patch {
            0..=6 => "docker-20.10.0",
            7..=14 => "docker-20.10.7",
            _ => "docker-20.10",
        };
        fitting.retain(|profile| profile.id == id);
    }
    fitting.last().copied().or_else(|| all.first()).cloned().unwrap_or_else(|| all[0].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_version_finds_the_profile_that_is_nearest() {
        for (version, id) in [
            ("20.10.24+dfsg1", "docker-20.10"),
            ("20.10.8", "docker-20.10.7"),
            ("17.09.0-ce", "docker-17.09"),
            ("28.3.3", "docker-28"),
            ("24.0.7", "docker-24.0"),
            ("27.4.0", "docker-27.3"),
            ("1.13.1", "docker-17.09"),
        ] {
            assert_eq!(nearest_profile(version).id, id, "{version}");
        }
    }
}
