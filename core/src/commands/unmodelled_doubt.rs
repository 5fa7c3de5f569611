//! Which files may be there after a command without a model ran.

use crate::fs::Doubt;
use crate::shell::Gap;

/// What may have been written after a command that has no model, or only in part.
pub(crate) fn doubt_after(gap: &Gap, argv: &[String]) -> Doubt {
    /// Programs that bring files into the image's own folders.
    const PACKAGES: [&str; 15] = [
        "apk", "apt-get", "apt", "dpkg", "dnf", "yum", "microdnf", "pip", "pip3", "npm", "yarn", "gem", "useradd",
        "adduser", "groupadd",
    ];
    /// The engine and the kernel write them for the machine: nobody's build hangs on what is in them.
    const ENGINES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
    const KERNELS: [&str; 3] = ["/proc/", "/sys/", "/dev/"];
    match gap.code {
        "unknown-content" if ENGINES.contains(&gap.what.as_str()) => Doubt::None,
        "unknown-content" if KERNELS.iter().any(|top| gap.what.starts_with(top)) => Doubt::None,
        "package-index-not-loaded" => Doubt::Packages,
        "unmodelled-command" if PACKAGES.contains(&gap.what.as_str()) => {
            let libc = |word: &String| ["libc", "gcompat", "musl"].iter().any(|part| word.contains(part));
            if argv.iter().any(libc) { Doubt::Anything } else { Doubt::Packages }
        }
        "unmodelled-command" | "estimated-command" | "unknown-download" | "unmodelled-shell" | "unmodelled-program"
        | "too-many-steps" | "script-too-large" | "unknown-content" => Doubt::Anything,
        _ => Doubt::None,
    }
}
