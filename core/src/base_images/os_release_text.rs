//! The text of /etc/os-release. Of Alpine and of Debian up to 12 it is whole, as listed of their images; Debian 13 also has
//! `DEBIAN_VERSION_FULL`, and of Ubuntu the point release and the words for it are left out.

/// The text for a release. `codename` is empty if it is not known.
pub(super) fn os_release_text(id: &str, version: &str, codename: &str) -> String {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match (id, major) {
        ("alpine", 3..) => alpine(version, major, minor),
        ("debian", 8..=13) if !codename.is_empty() => debian(version, major, codename),
        ("ubuntu", _) if !codename.is_empty() => format!(
            "NAME=\"Ubuntu\"\nVERSION_ID=\"{version}\"\nVERSION_CODENAME={codename}\nID=ubuntu\nID_LIKE=debian\n\
             UBUNTU_CODENAME={codename}\n"
        ),
        _ => format!("ID={id}\nVERSION_ID=\"{version}\"\n"),
    }
}

fn alpine(version: &str, major: u32, minor: u32) -> String {
    let (home, bugs) = match (major, minor) {
        (3, ..=8) => ("http://alpinelinux.org", "http://bugs.alpinelinux.org"),
        (3, ..=15) => ("https://alpinelinux.org/", "https://bugs.alpinelinux.org/"),
        _ => ("https://alpinelinux.org/", "https://gitlab.alpinelinux.org/alpine/aports/-/issues"),
    };
    format!(
        "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID={version}\nPRETTY_NAME=\"Alpine Linux v{major}.{minor}\"\n\
         HOME_URL=\"{home}\"\nBUG_REPORT_URL=\"{bugs}\"\n"
    )
}

fn debian(version: &str, major: u32, codename: &str) -> String {
    let scheme = if major == 8 { "http" } else { "https" };
    let named = if major == 8 { String::new() } else { format!("VERSION_CODENAME={codename}\n") };
    format!(
        "PRETTY_NAME=\"Debian GNU/Linux {version} ({codename})\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{version}\"\n\
         VERSION=\"{version} ({codename})\"\n{named}ID=debian\nHOME_URL=\"{scheme}://www.debian.org/\"\n\
         SUPPORT_URL=\"{scheme}://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::os_field;

    #[test]
    fn each_text_has_the_fields_of_its_release() {
        for (id, version, codename) in [
            ("alpine", "3.19.1", ""),
            ("debian", "12", "bookworm"),
            ("debian", "15", "sid"),
            ("ubuntu", "24.04", "noble"),
            ("fedora", "41", ""),
        ] {
            let text = os_release_text(id, version, codename);
            let field = |key: &str| os_field(&text, key).unwrap_or_default().to_string();
            assert_eq!((field("ID"), field("VERSION_ID")), (id.to_string(), version.to_string()), "{text}");
        }
        let bookworm = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
                        VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n\
                        SUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n";
        assert_eq!(os_release_text("debian", "12", "bookworm"), bookworm);
        assert!(os_release_text("alpine", "3.8.1", "").ends_with("BUG_REPORT_URL=\"http://bugs.alpinelinux.org\"\n"));
    }
}
