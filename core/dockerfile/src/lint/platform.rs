//! `--platform` of FROM: its values, as containerd/platforms reads them on linux/amd64, and the checks
//! RedundantTargetPlatform and FromPlatformFlagConstDisallowed.

use super::check_directive::Config;
use super::dispatch::Walk;
use super::{Place, Refusal, rules};
use crate::Variables;
use crate::text::{go_quote, suggestion};

/// A platform.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Platform {
    os: String,
    arch: String,
}

const KNOWN_OS: [&str; 17] = [
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
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const KNOWN_ARCH: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

const OS_PATTERN: &str = r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$";
const PART_PATTERN: &str = "^[A-Za-z0-9_.-]+$";

/// Reads a platform such as `linux/arm64/v8`.
///
/// # Errors
/// containerd's words.
fn parse(text: &str) -> Result<Platform, String> {
    let quoted = go_quote(text);
    if text.contains('*') {
        return Err(format!("{quoted}: wildcards not yet supported: invalid argument"));
    }
    let parts: Vec<&str> = text.splitn(4, '/').collect();
    let mut os = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index == 0 {
            os = match os_of(part) {
                Some(name) => name.to_lowercase(),
                None => {
                    return Err(format!(
                        "{} is an invalid OS component of {quoted}: OSAndVersion specifier component must match {}: invalid argument",
                        go_quote(part),
                        go_quote(OS_PATTERN)
                    ));
                }
            };
            if os == "macos" {
                os = "darwin".into();
            }
        } else if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) {
            return Err(format!(
                "{} is an invalid component of {quoted}: platform specifier component must match {}: invalid argument",
                go_quote(part),
                go_quote(PART_PATTERN)
            ));
        }
    }
    match parts.as_slice() {
        [_] if KNOWN_OS.contains(&os.as_str()) => Ok(Platform { os, arch: "amd64".into() }),
        [only] => {
            let arch = arch_of(only);
            if KNOWN_ARCH.contains(&arch.as_str()) {
                return Ok(Platform { os: "linux".into(), arch });
            }
            Err(format!("{quoted}: unknown operating system or architecture: invalid argument"))
        }
        [_, arch] | [_, arch, _] => Ok(Platform { os, arch: arch_of(arch) }),
        _ => Err(format!("{quoted}: cannot parse platform specifier: invalid argument")),
    }
}

/// The name in `windows(10.0.17763+win32k)`.
fn os_of(part: &str) -> Option<&str> {
    let (name, options) = match part.split_once('(') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(')')?)),
        None => (part, None),
    };
    let name_fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let option = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.%-".contains(&byte));
    let options_fit = options.is_none_or(|options| {
        let mut parts = options.split('+');
        parts.next().is_some_and(option) && parts.all(|part| !part.is_empty() && option(part))
    });
    (name_fits && options_fit).then_some(name)
}

fn arch_of(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "i386" => "386".into(),
        "x86_64" | "x86-64" => "amd64".into(),
        "aarch64" => "arm64".into(),
        "armhf" | "armel" => "arm".into(),
        other => other.into(),
    }
}

impl Walk<'_, '_> {
    /// Reads `--platform` of FROM; returns the operating system.
    pub(super) fn stage_platform(
        &mut self,
        written: &str,
        name: &str,
        place: &Place,
        config: &Config,
    ) -> Result<String, Refusal> {
        let expansion = match self.lex.word(written, &self.global, &self.budget) {
            Ok(expansion) => expansion,
            Err(error) => {
                self.report_unknown(&error.unmatched, place, config)?;
                let message = format!("failed to process arguments for platform : {}", error.message);
                return Err(place.refuse(message));
            }
        };
        self.report_unknown(&expansion.unmatched, place, config)?;
        let text = expansion.text.as_ref();
        let only_target = expansion.unmatched.is_empty() && expansion.matched == ["TARGETPLATFORM"];
        if only_target && self.global.get("TARGETPLATFORM") == Some(text) {
            let message = || {
                format!("Setting platform to predefined {written} in FROM is redundant as this is the default behavior")
            };
            self.report.warn(config, &rules::REDUNDANT_TARGET_PLATFORM, place, message);
        }
        let parsed = parse(text);
        if let (Ok(platform), true) = (&parsed, expansion.matched.is_empty() && expansion.unmatched.is_empty())
            && !name.contains(&platform.os)
            && !name.contains(&platform.arch)
        {
            let message = || format!("FROM --platform flag should not use constant value {}", go_quote(text));
            self.report.warn(config, &rules::FROM_PLATFORM_FLAG_CONST_DISALLOWED, place, message);
        }
        let hint = || {
            let names = self.global.names();
            let near = expansion.unmatched.iter().find_map(|name| suggestion(name, names.iter().copied()));
            near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default()
        };
        if text.is_empty() {
            return Err(place.refuse(format!("empty platform value from expression {written}{}", hint())));
        }
        match parsed {
            Ok(platform) => Ok(platform.os),
            Err(reason) => Err(place.refuse(format!("failed to parse platform {written}: {reason}{}", hint()))),
        }
    }
}
