//! Platforms of images: one spelling of each, and for which one a builder looks an image up.

use super::words::is_plain;
use super::{Refused, inexpressible};
use crate::build::Request;
use crate::plan::Stage;

/// Operating systems that a builder takes for one if the word stands alone (containerd: `platforms.isKnownOS`). A word
/// that is none of them is an architecture.
const OPERATING_SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "macos",
    "nacl",
    "netbsd",
    "openbsd",
    "solaris",
    "windows",
    "zos",
];

/// A platform as `OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`, with the names by which builders compare platforms
/// (containerd: `platforms.Parse` and `platforms.Normalize`), such as `linux/arm/v7` for `linux/arm`. `own` is the
/// platform of the engine, which completes a word that stands alone. `None` if the text is no platform, or one that
/// not all releases read alike.
pub fn normalized_platform(text: &str, own: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let parts: Vec<&str> = text.split('/').collect();
    let (os, architecture, variant) = match *parts.as_slice() {
        ["linux"] if own.starts_with("linux/") => return normalized_platform(own, ""),
        [alone] if OPERATING_SYSTEMS.contains(&alone) => return None,
        [architecture] => (own.split('/').next().unwrap_or(""), architecture, ""),
        [os, architecture] => (os, architecture, ""),
        [os, architecture, variant] => (os, architecture, variant),
        _ => return None,
    };
    let (architecture, variant) = match (architecture, variant) {
        ("x86_64" | "x86-64", "") => ("amd64", ""),
        ("i386", "") => ("386", ""),
        ("aarch64" | "arm64", "" | "8" | "v8") => ("arm64", ""),
        ("arm", "" | "7") | ("armhf", "") => ("arm", "v7"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "6") | ("armel", "") => ("arm", "v6"),
        ("arm", "8") => ("arm", "v8"),
        // Releases differ over a variant behind another name of an architecture.
        ("x86_64" | "x86-64" | "i386" | "aarch64" | "armhf" | "armel", _) => return None,
        other => other,
    };
    // Daemons list all lower versions of one.
    let is_version = |text: &str| {
        let digits =
            |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        digits(major, 2) && digits(minor, 1)
    };
    let version = variant.strip_prefix('v');
    if version.unwrap_or(variant).starts_with(|c: char| c.is_ascii_digit()) && !version.is_some_and(is_version) {
        return None;
    }
    if ![os, architecture].iter().all(|part| is_plain(part, "_.-")) || !(variant.is_empty() || is_plain(variant, "_.-"))
    {
        return None;
    }
    Some(match variant {
        "" => format!("{os}/{architecture}"),
        variant => format!("{os}/{architecture}/{variant}"),
    })
}

/// The platform of a stage's base image. `own` is the platform of the engine.
///
/// # Errors
/// Builders do not read it alike.
pub(super) fn stage_platform(stage: &Stage, request: &Request, own: &str) -> Result<String, Refused> {
    normalized(stage.platform.as_deref().unwrap_or(&request.platform), own, stage.from.line)
}

/// The platform of the images that `COPY --from` and mounts name: the one that is built for, whatever the platform of
/// the stage (BuildKit: `dockerfile2llb`, a stage without a platform of its own).
///
/// # Errors
/// Builders do not read it alike.
pub(super) fn source_platform(request: &Request, own: &str, line: usize) -> Result<String, Refused> {
    normalized(&request.platform, own, line)
}

fn normalized(text: &str, own: &str, line: usize) -> Result<String, Refused> {
    normalized_platform(text, own).ok_or_else(|| inexpressible(&format!("--platform={text}"), line))
}

#[cfg(test)]
mod tests {
    use super::normalized_platform;

    #[test]
    fn a_platform_has_one_spelling() {
        for (text, expected) in [
            ("linux/amd64", Some("linux/amd64")),
            ("Linux/X86_64", Some("linux/amd64")),
            ("linux/arm64/v8", Some("linux/arm64")),
            ("aarch64", Some("linux/arm64")),
            ("linux/arm", Some("linux/arm/v7")),
            ("linux/arm/6", Some("linux/arm/v6")),
            ("linux/amd64/v2", Some("linux/amd64/v2")),
            ("linux/arm64/v8.2", Some("linux/arm64/v8.2")),
            ("linux/amd64/v5000000", None),
            ("linux/amd64/5000000", None),
            ("linux/amd64/v9223372036854775807", None),
            ("linux/amd64/v1.5000000", None),
            ("linux", Some("linux/s390x")),
            ("windows/amd64", Some("windows/amd64")),
            // Nothing says which architecture it would be.
            ("windows", None),
            ("linux/x86_64/v2", None),
            ("linux/amd64,linux/arm64", None),
            ("linux//v7", None),
            ("", None),
            ("a/b/c/d", None),
            ("$X/amd64", None),
        ] {
            assert_eq!(normalized_platform(text, "linux/s390x").as_deref(), expected, "{text}");
        }
    }
}
