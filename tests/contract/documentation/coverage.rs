//! docs/coverage.md lists what the simulator models, as the simulator itself tells it.

use super::{GeneratedPart, cell, check_generated};
use stageplay_core::base_images::{Catalogue, newest_day};
use std::collections::BTreeMap;

#[test]
fn the_coverage_page_lists_what_is_modelled() {
    let mut commands = String::from("| kind | commands |\n|---|---|\n");
    for (area, names) in stageplay_core::command_table::modelled() {
        commands.push_str(&format!("| {} | {} |\n", cell(area), codes(names.iter())));
    }
    let mut indexes = String::from("| packages of | source |\n|---|---|\n");
    for (release, source) in stageplay_core::packages::index::Indexes::builtin().titles() {
        indexes.push_str(&format!("| {release} | {} |\n", cell(&source)));
    }
    let mut docker = String::from("| command | options |\n|---|---|\n");
    for (name, options) in stageplay_core::host::docker_commands() {
        docker.push_str(&format!("| `{name}` | {} |\n", codes(options.iter())));
    }
    let parts = [
        GeneratedPart::new("docker", &docker),
        GeneratedPart::new("base images", &base_images()),
        GeneratedPart::new("commands", &commands),
        GeneratedPart::new("package indexes", &indexes),
    ];
    check_generated("docs/coverage.md", &parts);
}

/// The catalogue as a table: a row for each repository, with its tags.
fn base_images() -> String {
    let catalogue = Catalogue::builtin();
    let mut repositories: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
    let mut count = 0;
    for (column, day) in [newest_day(), "2018-01-08".parse().unwrap()].into_iter().enumerate() {
        for image in catalogue.entries(day) {
            count += 1;
            repositories.entry(&image.name).or_default()[column].extend(image.tags.iter().map(String::as_str));
        }
    }
    let mut table = format!(
        "{count} images, each with source and date.\n\n| image | tags | tags as of January 2018 |\n|---|---|---|\n"
    );
    for (name, [current, y2018]) in &repositories {
        table.push_str(&format!("| `{name}` | {} | {} |\n", codes(current.iter()), codes(y2018.iter())));
    }
    table
}

/// Names as code, separated by spaces.
fn codes<T: std::fmt::Display>(names: impl Iterator<Item = T>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}
