//! cgo: whether it is on (`CGO_ENABLED`), which packages bring C code, and what is missing for it: the compiler, a
//! header, a library. A program without C code is static.

use super::cgo_headers::missing_header;
use super::command_line::Request;
use super::measured_sizes::facts;
use super::packages::{Package, Packages};
use crate::elf::Machine;
use crate::shell::{Gap, Shell};
use crate::toolchains::c::library_search::{self, Library};

/// How a program is linked.
pub(crate) struct LinkMode {
    pub(super) machine: Machine,
    /// It contains C code, so that it needs a loader and a C library.
    pub(crate) cgo: bool,
    /// `-extldflags -static`: the C library is linked statically.
    pub(super) static_c: bool,
    /// Whether there is C code in it depends on packages that are not at hand.
    pub(super) is_assumed: bool,
    /// The sonames of the libraries that its C code links.
    pub(super) needed: Vec<String>,
    /// It links a library of which not even the soname is known.
    pub(super) has_unknown_library: bool,
}

/// Whether a package of the standard library brings C code with cgo: `net` does without the tag `netgo`, `os/user`
/// without `osusergo` (since Go 1.11). An external linker makes a dynamic program in any case (seen with Go 1.27).
fn standard_package_uses_c(path: &str, release: (u32, u32), request: &Request) -> bool {
    let Some(facts) = facts() else { return false };
    let package = facts.packages.get(path).filter(|package| package.uses_cgo);
    let brings = |name: &str| match package {
        Some(package) => path == name || package.closure.contains(name),
        None => facts.brings_c.get(name).is_some_and(|packages| packages.contains(path)),
    };
    if !brings("net") && !brings("os/user") {
        return false;
    }
    let links_externally =
        request.ldflags.contains("linkmode external") || request.ldflags.contains("linkmode=external");
    let has_go_user = request.has_tag("osusergo") && release >= (1, 11);
    links_externally || brings("net") && !request.has_tag("netgo") || brings("os/user") && !has_go_user
}

/// The C compiler that cgo calls, and whether cgo is on.
#[derive(Debug)]
pub(crate) struct Compiler {
    pub(super) machine: Machine,
    name: String,
    /// Whether it is there, and whether it may be there unlisted.
    found: bool,
    may_exist: bool,
    pub(crate) is_enabled: bool,
}

impl Compiler {
    /// Reads the environment.
    pub(crate) fn choose(shell: &mut Shell, release: (u32, u32)) -> Compiler {
        let host = shell.machine;
        let machine = match shell.var("GOARCH") {
            Some("amd64") => Machine::X86_64,
            Some("arm64") => Machine::Aarch64,
            None | Some("") => host,
            Some(other) => {
                let what = format!("GOARCH={other}");
                shell.gaps.push(Gap { code: "unmodelled-option", what });
                Machine::Other(0)
            }
        };
        if let Some(os) = shell.var("GOOS").filter(|os| !os.is_empty() && *os != "linux").map(str::to_string) {
            shell.gaps.push(Gap { code: "unmodelled-option", what: format!("GOOS={os}") });
        }
        let name = shell.var("CC").unwrap_or("gcc").to_string();
        let (found, may_exist) = crate::shell::find_program(shell, &name);
        let is_enabled = match shell.var("CGO_ENABLED") {
            Some("0") => false,
            Some("1") => true,
            // Go 1.20: off by default when no C compiler is found, and no packages come precompiled.
            _ => machine == host && (release < (1, 20) || found),
        };
        Compiler { machine, name, found, may_exist, is_enabled }
    }

    /// The value of GOARCH.
    pub(crate) fn arch(&self) -> &'static str {
        match self.machine {
            Machine::X86_64 => "amd64",
            Machine::Aarch64 => "arm64",
            _ => "",
        }
    }
}

impl LinkMode {
    /// How a program of unknown packages is linked if one of them brings C code; `None` if none can.
    pub(crate) fn of_unknown(compiler: &Compiler) -> Option<LinkMode> {
        (compiler.is_enabled && compiler.found).then(|| LinkMode {
            machine: compiler.machine,
            cgo: true,
            static_c: false,
            is_assumed: true,
            needed: Vec::new(),
            has_unknown_library: false,
        })
    }

    pub(crate) fn decide(
        shell: &mut Shell,
        compiler: &Compiler,
        packages: &Packages,
        release: (u32, u32),
        request: &Request,
    ) -> Result<LinkMode, i32> {
        let Compiler { machine, is_enabled, found, may_exist, .. } = *compiler;
        let with_c = || packages.read.iter().filter(|one| one.sources().any(|source| source.preamble.is_some()));
        let own_c = with_c().next().is_some();
        let imports = || packages.sources().flat_map(|source| &source.imports);
        let std_c = imports().any(|import| standard_package_uses_c(&import.path, release, request));
        // A package that is not at hand may bring C code, or a standard package that does.
        let may_use_c = !packages.elsewhere.is_empty() && is_enabled;
        if release >= (1, 20) && may_exist && !found && shell.var("CGO_ENABLED").is_none() && (own_c || std_c) {
            shell.gaps.push(Gap { code: "unlisted-file", what: compiler.name.clone() });
        }
        let cgo = is_enabled && (own_c || std_c);
        let needs_compiler = cgo && (own_c || release >= (1, 20));
        if needs_compiler && !found && !may_exist {
            let package = with_c().next().map_or("runtime/cgo", |package| package.path.as_str());
            let name = &compiler.name;
            shell.err(format!("# {package}\ncgo: C compiler \"{name}\" not found: exec: \"{name}\": executable file not found in $PATH\n"));
            return Err(1);
        }
        let mut libraries = Libraries::default();
        for package in with_c().filter(|_| is_enabled) {
            libraries.add(shell, package)?;
        }
        Ok(LinkMode {
            machine,
            cgo: cgo || may_use_c && found,
            static_c: cgo && request.ldflags.contains("-static"),
            is_assumed: !cgo && may_use_c,
            needed: libraries.needed,
            has_unknown_library: libraries.has_unknown,
        })
    }
}

/// The libraries that packages with C code link.
#[derive(Default)]
struct Libraries {
    pub(super) needed: Vec<String>,
    has_unknown: bool,
}

impl Libraries {
    /// Adds the libraries of a package.
    ///
    /// # Errors
    /// The exit code, if the compiler does not find what the package asks for.
    fn add(&mut self, shell: &mut Shell, package: &Package) -> Result<(), i32> {
        for (name, source) in &package.files {
            let Some(preamble) = &source.preamble else { continue };
            for library in preamble.pkg_config.iter().map(|name| name.strip_prefix("lib").unwrap_or(name)) {
                match library_search::library(shell, library, &preamble.folders) {
                    Library::Shared(soname) => self.push(soname),
                    // The names of a pkg-config file and of its libraries may differ.
                    _ => self.has_unknown = true,
                }
            }
            let named = preamble.libraries.iter().filter(|name| !library_search::OWN.contains(&name.as_str()));
            for library in named {
                match library_search::library(shell, library, &preamble.folders) {
                    Library::Shared(soname) => self.push(soname),
                    Library::Archive => {}
                    Library::Hidden => {
                        shell.gaps.push(Gap { code: "unlisted-file", what: format!("lib{library}.so") });
                        self.has_unknown = true;
                    }
                    Library::Missing => {
                        let path = &package.path;
                        shell.err(match missing_header(shell, source) {
                            Some((header, line, column)) => format!(
                                "# {path}\n{name}:{line}:{column}: fatal error: {header}: No such file or directory\ncompilation terminated.\n"
                            ),
                            None => format!(
                                "# {path}\n/usr/bin/ld: cannot find -l{library}: No such file or directory\ncollect2: error: ld returned 1 exit status\n"
                            ),
                        });
                        return Err(1);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn push(&mut self, soname: String) {
        if !self.needed.contains(&soname) {
            self.needed.push(soname);
        }
    }
}
