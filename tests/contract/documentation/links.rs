//! Links between the pages lead somewhere.

use super::{pages, read};

/// The anchor that code hosts give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    let mut links = 0;
    for page in pages() {
        let text = read(&page);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            assert!(path.exists(), "{} links to {target}, which does not exist", page.display());
            if !heading.is_empty() {
                let headings = read(&path);
                let mut anchors = headings
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .map(|line| anchor(line.trim_start_matches('#').trim()));
                assert!(anchors.any(|one| one == heading), "{} links to {target}: no such heading", page.display());
            }
        }
    }
    assert!(links > 20, "{links}");
}
