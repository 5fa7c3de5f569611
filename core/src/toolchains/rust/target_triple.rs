//! Target triples: what programs are built for, and where rustup keeps a target's standard library.

use crate::commands::c_library;
use crate::elf::Machine;
use crate::shell::Shell;

/// A target of the build.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) triple: String,
    pub(crate) machine: Machine,
    pub(crate) musl: bool,
    /// The C library is linked statically.
    pub(crate) fixed: bool,
    /// The target was given by name, so that its programs go into a folder of their own.
    pub(crate) named: bool,
}

impl Target {
    /// The target given by name or by `CARGO_BUILD_TARGET`, or the machine itself.
    pub(crate) fn decide(shell: &Shell, named: Option<&str>, flags: &str) -> Target {
        let own = host(shell);
        let triple = named.map_or_else(|| own.clone(), str::to_string);
        let machine = if triple.starts_with("aarch64") { Machine::Aarch64 } else { Machine::X86_64 };
        let musl = triple.contains("-musl");
        // Rust's own target for musl links statically; Alpine's packages of Rust do not.
        let usual = musl && (named.is_some() || is_from_rustup(shell));
        let fixed =
            (usual || flags.contains("target-feature=+crt-static")) && !flags.contains("target-feature=-crt-static");
        Target { triple, machine, musl, fixed, named: named.is_some() }
    }

    pub(crate) fn is_linux(&self) -> bool {
        self.triple.contains("-linux-")
    }
}

/// The triple of the machine that builds.
pub(crate) fn host(shell: &Shell) -> String {
    let libc = if c_library::musl_loader(shell).is_some() { "musl" } else { "gnu" };
    format!("{}-unknown-linux-{libc}", c_library::arch(shell.machine))
}

/// Whether Rust was installed by rustup, as in the official images, and not by the distribution.
fn is_from_rustup(shell: &Shell) -> bool {
    shell.var("RUSTUP_HOME").is_some() || shell.which("rustup").0.is_some()
}

/// The folder of a target's standard library in rustup's toolchain.
pub(crate) fn library_of(shell: &Shell, triple: &str) -> String {
    let home = || format!("{}/.rustup", shell.var("HOME").unwrap_or("/root"));
    let toolchains = format!("{}/toolchains", shell.var("RUSTUP_HOME").map_or_else(home, str::to_string));
    let children = shell.fs.children(&toolchains);
    let toolchain = children.first().map_or("stable", |(name, _)| name);
    format!("{toolchains}/{toolchain}/lib/rustlib/{triple}")
}
