//! Which tables stand for a release of a distribution: its own, or those of the nearest release.

/// The names of the tables of a release by `ID` and `VERSION_ID` of its os-release, the best one first; `None` if nothing
/// is near it.
pub(super) fn tables_of(id: &str, version: &str) -> Option<&'static [&'static str]> {
    let (major, minor) = numbers(version);
    Some(match (id, major, minor) {
        ("debian", 8..=11, _) => &["debian-11"],
        ("debian", 12, _) => &["debian-12"],
        ("debian", 13.., _) => &["debian-13"],
        ("ubuntu", 16..=21, _) => &["debian-11"],
        ("ubuntu", 22 | 23, _) => &["debian-12"],
        // Only a part of Ubuntu's packages is listed.
        ("ubuntu", 24.., _) => &["ubuntu-24.04", "debian-13"],
        ("alpine", 3, 5..=17) => &["alpine-3.17"],
        ("alpine", 3, 18) => &["alpine-3.18"],
        ("alpine", 3, 19) => &["alpine-3.19"],
        // Of later releases only the repository `main` is listed; `community` of 3.19 stands in for theirs.
        ("alpine", 3, 20) => &["alpine-3.20", "alpine-3.19"],
        ("alpine", 3, 21..) => &["alpine-3.22", "alpine-3.19"],
        _ => return None,
    })
}

/// Whether the tables of a release are of one that is so much later that its packages are others.
pub(super) fn is_far(id: &str, version: &str) -> bool {
    let (major, minor) = numbers(version);
    matches!((id, major, minor), ("alpine", 3, 5..=13))
}

/// The title that the release's own table has: `Debian 12`, `Ubuntu 22.04`, `Alpine 3.21`.
pub(super) fn title_of(id: &str, version: &str) -> String {
    let (major, minor) = numbers(version);
    match id {
        "debian" => format!("Debian {major}"),
        "ubuntu" => format!("Ubuntu {major}.{minor:02}"),
        _ => format!("Alpine {major}.{minor}"),
    }
}

/// The first two numbers of a version; 0 for one that is missing.
fn numbers(version: &str) -> (u32, u32) {
    let part = |index: usize| version.split('.').nth(index).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    (part(0), part(1))
}

#[cfg(test)]
mod tests {
    use crate::packages::index::{IndexError, Indexes};

    #[test]
    fn a_release_without_a_table_takes_the_nearest_and_says_so() {
        let all = Indexes::builtin();
        let basis = |id: &str, version: &str| {
            let release = all.release(id, version).ok()?;
            release.find("curl").map(|(_, basis)| basis.to_string())
        };
        assert!(!basis("debian", "12").unwrap().contains("taken"));
        assert!(basis("ubuntu", "22.04").unwrap().contains("Debian 12's index, taken for Ubuntu 22.04"));
        assert!(!basis("alpine", "3.19.1").unwrap().contains("taken"));
        assert!(basis("alpine", "3.23.1").unwrap().contains("Alpine 3.22's index, taken for Alpine 3.23"));
        assert_eq!(basis("fedora", "41"), None);
        assert!(matches!(Indexes::default().release("debian", "12"), Err(IndexError::NotLoaded("debian-12"))));
    }
}
