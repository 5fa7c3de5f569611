//! How Go links a program: pure Go or cgo, static or dynamic.

use super::build::Request;
use super::facts::facts;
use super::imports::Source;
use crate::commands::c_library;
use crate::elf::{Elf, Machine, NeededVersions};
use crate::shell::Shell;
use crate::toolchains::c::library_search;

/// How a program is linked.
pub(crate) struct LinkMode {
    machine: Machine,
    /// It contains C code, so that it needs a loader and a C library.
    pub(crate) cgo: bool,
    /// `-extldflags -static`: the C library is linked statically.
    static_c: bool,
}

/// Whether a package of the standard library brings C code with cgo: `net` does without the tag `netgo`, `os/user`
/// without `osusergo` (since Go 1.11). An external linker makes a dynamic program in any case (seen with Go 1.27).
fn standard_package_uses_c(path: &str, release: (u32, u32), request: &Request) -> bool {
    let Some(package) = facts().and_then(|facts| facts.packages.get(path)).filter(|package| package.uses_cgo) else {
        return false;
    };
    let brings = |name: &str| path == name || package.closure.contains(name);
    let links_externally =
        request.ldflags.contains("linkmode external") || request.ldflags.contains("linkmode=external");
    let has_go_user = request.has_tag("osusergo") && release >= (1, 11);
    links_externally || brings("net") && !request.has_tag("netgo") || brings("os/user") && !has_go_user
}

impl LinkMode {
    pub(crate) fn decide(
        shell: &mut Shell,
        files: &[(String, Source)],
        release: (u32, u32),
        request: &Request,
    ) -> Result<LinkMode, i32> {
        let host = shell.machine;
        let machine = match shell.var("GOARCH") {
            Some("amd64") => Machine::X86_64,
            Some("arm64") => Machine::Aarch64,
            None | Some("") => host,
            Some(other) => {
                let what = format!("GOARCH={other}");
                shell.gaps.push(crate::shell::Gap { code: "unmodelled-option", what });
                Machine::Other(0)
            }
        };
        if let Some(os) = shell.var("GOOS").filter(|os| !os.is_empty() && *os != "linux").map(str::to_string) {
            shell.gaps.push(crate::shell::Gap { code: "unmodelled-option", what: format!("GOOS={os}") });
        }
        let imports = || files.iter().flat_map(|(_, source)| &source.imports);
        let own_c = imports().any(|import| import.path == "C");
        let std_c = imports().any(|import| standard_package_uses_c(&import.path, release, request));
        let compiler = shell.var("CC").unwrap_or("gcc").to_string();
        let (found, may_exist) = crate::shell::find_program(shell, &compiler);
        let enabled = match shell.var("CGO_ENABLED") {
            Some("0") => false,
            Some("1") => true,
            // Go 1.20: off by default when no C compiler is found, and no packages come precompiled.
            _ => machine == host && (release < (1, 20) || found),
        };
        if release >= (1, 20) && may_exist && !found && shell.var("CGO_ENABLED").is_none() && (own_c || std_c) {
            shell.gaps.push(crate::shell::Gap { code: "unlisted-file", what: compiler.clone() });
        }
        let cgo = enabled && (own_c || std_c);
        let needs_compiler = cgo && (own_c || release >= (1, 20));
        if needs_compiler && !found && !may_exist {
            let package = if own_c { "command-line-arguments" } else { "runtime/cgo" };
            shell.err(format!("# {package}\ncgo: C compiler \"{compiler}\" not found: exec: \"{compiler}\": executable file not found in $PATH\n"));
            return Err(1);
        }
        if own_c && !enabled {
            shell.err("# command-line-arguments: build constraints exclude all Go files\n");
            return Err(1);
        }
        Ok(LinkMode { machine, cgo, static_c: cgo && request.ldflags.contains("-static") })
    }

    pub(crate) fn program(&self, shell: &Shell) -> Elf {
        let mut program = Elf::new(self.machine, false);
        if !self.cgo || self.static_c {
            return program;
        }
        if let Some(loader) = c_library::musl_loader(shell) {
            program.interpreter = Some(loader);
            program.needed = vec![format!("libc.musl-{}.so.1", c_library::arch(self.machine))];
            return program;
        }
        program.interpreter = Some(c_library::glibc_loader(self.machine).into());
        let Some(facts) = facts() else { return program };
        // Since glibc 2.34 the threads are in libc.so.6 itself.
        let merged = library_search::defines(shell, "GLIBC_2.34");
        let versions = if merged { &facts.glibc_versions_current } else { &facts.glibc_versions_before_2_34 };
        if !merged {
            program.needed.push("libpthread.so.0".into());
            program.needed_versions.push(NeededVersions::strong("libpthread.so.0", versions.clone()));
        }
        program.needed.push("libc.so.6".into());
        let of_libc = if merged { versions.clone() } else { vec!["GLIBC_2.2.5".into()] };
        program.needed_versions.push(NeededVersions::strong("libc.so.6", of_libc));
        program
    }
}
