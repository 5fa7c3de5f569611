//! Host name resolution: musl's resolver differs from glibc's, and statically linked glibc still loads NSS libraries.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let elf = start.elf()?;
    let looks_up = || ["getaddrinfo", "gethostbyname"].iter().any(|name| start.contains_text(name));
    match &elf.interpreter {
        Some(interpreter) if interpreter.contains("ld-musl") => {
            let path = start.started.program.as_str();
            // busybox contains `nslookup` and `wget`, but an image that starts a shell needs no hint.
            let is_shell = path.ends_with("/busybox");
            (!is_shell && looks_up()).then(|| Hint::new("musl-resolver", &[("path", path)]))
        }
        None if elf.needed.is_empty() && start.behaviour.is_none() => {
            // A static program with glibc's resolver, not one of Go.
            let glibc = start.contains_text("/etc/nsswitch.conf")
                && start.contains_text("libnss_")
                && !start.contains_text("Go buildinf");
            let there = [
                "/lib/x86_64-linux-gnu/libnss_files.so.2",
                "/usr/lib64/libnss_files.so.2",
                "/lib/x86_64-linux-gnu/libc.so.6",
            ];
            (glibc && !there.iter().any(|path| start.has_file(path)))
                .then(|| Hint::new("static-nss", &[("path", &start.started.program)]))
        }
        _ => None,
    }
}
