//! Looking up names: musl's resolver is not glibc's, and a static glibc brings only half of its own.

use super::{Hint, Scene};

pub(super) fn hint(scene: &Scene) -> Option<Hint> {
    let elf = scene.elf()?;
    let looks_up = || ["getaddrinfo", "gethostbyname"].iter().any(|name| scene.mentions(name));
    match &elf.interpreter {
        Some(interpreter) if interpreter.contains("ld-musl") => {
            let path = scene.started.program.as_str();
            // busybox has `nslookup` and `wget`; who starts a shell is not told of them.
            let is_shell = path.ends_with("/busybox");
            (!is_shell && looks_up()).then(|| Hint::new("musl-resolver", &[("path", path)]))
        }
        None if elf.needed.is_empty() && scene.does.is_none() => {
            // glibc's own code is in it, Go's is not.
            let glibc =
                scene.mentions("/etc/nsswitch.conf") && scene.mentions("libnss_") && !scene.mentions("Go buildinf");
            let there = [
                "/lib/x86_64-linux-gnu/libnss_files.so.2",
                "/usr/lib64/libnss_files.so.2",
                "/lib/x86_64-linux-gnu/libc.so.6",
            ];
            (glibc && !there.iter().any(|path| scene.has(path)))
                .then(|| Hint::new("static-nss", &[("path", &scene.started.program)]))
        }
        _ => None,
    }
}
