//! `go build`: reads sources, decides how the program is linked, writes a real ELF file.

mod source;

use self::source::Source;
use crate::commands::c_library;
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::fs::{Content, path};
use crate::shell::Shell;
use crate::toolchains::c::linker;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// `data/toolchains/go.json`.
#[derive(Debug, Deserialize)]
struct Facts {
    pub(crate) date: String,
    empty: Sizes,
    stripped_permille: Stripped,
    build_cache: Cache,
    glibc_versions_current: Vec<String>,
    glibc_versions_before_2_34: Vec<String>,
    releases: Vec<Release>,
    packages: BTreeMap<String, Package>,
    std: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Sizes {
    #[serde(rename = "static")]
    pub(crate) fixed: u64,
    cgo: u64,
}

/// What `-ldflags` leave of a program, in thousandths.
#[derive(Debug, Deserialize)]
struct Stripped {
    s: u64,
    w: u64,
}

#[derive(Debug, Deserialize)]
struct Cache {
    hello: u64,
    hello_binary: u64,
    server: u64,
    server_cgo: u64,
    server_binary: u64,
}

#[derive(Debug, Deserialize)]
struct Release {
    version: String,
    server_static: u64,
    server_cgo: u64,
    source: String,
}

#[derive(Debug, Deserialize)]
struct Package {
    #[serde(rename = "static")]
    fixed: u64,
    cgo: u64,
    uses_cgo: bool,
    closure: BTreeSet<String>,
}

fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/go.json")).ok()).as_ref()
}

/// The release a Go root says it is, as (major, minor) and text.
fn version(shell: &Shell) -> Option<((u32, u32), String)> {
    let root = shell.var("GOROOT").unwrap_or("/usr/local/go").to_string();
    let bytes = file(shell, &format!("{root}/VERSION"))?;
    let text = String::from_utf8_lossy(&bytes).lines().next()?.trim().trim_start_matches("go").to_string();
    let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    Some(((parts.next()?, parts.next().unwrap_or(0)), text))
}

fn file(shell: &Shell, path: &str) -> Option<Vec<u8>> {
    let (_, node) = shell.fs.stat(&shell.cwd, path).ok()?;
    Some(node.content()?.bytes()?.to_vec())
}

/// The command model of `go`.
pub(crate) fn go(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some((release, text)) = version(shell) else {
        gap(shell, argv);
        return 0;
    };
    match argv.get(1).map(String::as_str) {
        Some("build") => build(shell, argv.get(2..).unwrap_or(&[]), release),
        Some("version") => {
            let arch = if shell.machine == Machine::Aarch64 { "arm64" } else { "amd64" };
            shell.out(format!("go version go{text} linux/{arch}\n"));
            0
        }
        Some("mod") if release >= (1, 11) => modules(shell, argv, release, &text),
        Some("get" | "install") if argv.iter().any(|word| word.contains('@')) => fetched(shell, argv),
        Some("test" | "vet" | "generate") => {
            shell.make_partial_folder(&cache(shell));
            shell.gap("unknown-output", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        Some("clean") => clean(shell, argv),
        Some("env" | "list" | "fmt" | "tool" | "help" | "doc") => {
            shell.gap("unknown-output", argv.get(..2).unwrap_or(&[]).join(" "));
            0
        }
        _ => {
            gap(shell, argv);
            0
        }
    }
}

fn gopath(shell: &Shell) -> String {
    let home = || format!("{}/go", shell.var("HOME").unwrap_or("/root"));
    shell.var("GOPATH").map_or_else(home, str::to_string)
}

/// Where modules are kept.
fn module_cache(shell: &Shell) -> String {
    shell.var("GOMODCACHE").map_or_else(|| format!("{}/pkg/mod", gopath(shell)), str::to_string)
}

/// Where what was compiled is kept.
fn cache(shell: &Shell) -> String {
    let home = || format!("{}/.cache/go-build", shell.var("HOME").unwrap_or("/root"));
    shell.var("GOCACHE").map_or_else(home, str::to_string)
}

/// `go install PATH@VERSION`: a program in GOPATH/bin, of which the name is known. `go get` brings modules.
fn fetched(shell: &mut Shell, argv: &[String]) -> i32 {
    let (modules, compiled) = (module_cache(shell), cache(shell));
    shell.make_partial_folder(&modules);
    for word in argv.iter().skip(2).filter(|word| !word.starts_with('-')) {
        let path = word.split('@').next().unwrap_or(word);
        let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
        let name = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
        if argv.get(1).is_some_and(|verb| verb == "install") && !path.ends_with("...") {
            shell.make_partial_folder(&compiled);
            let folder = shell.var("GOBIN").map_or_else(|| format!("{}/bin", gopath(shell)), str::to_string);
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            if let Ok(real) = shell.fs.mkdir_all(&path::join(&shell.cwd, &folder), 0o755, uid, gid) {
                let content = Content::unknown("a program that go install fetched and compiled");
                let _ = shell.fs.write(&format!("{real}/{name}"), content, 0o755, uid, gid);
            }
        }
    }
    shell.gap("unknown-files", argv.get(..3).unwrap_or(argv).join(" "));
    0
}

/// `go clean -modcache -cache`: the folders go.
fn clean(shell: &mut Shell, argv: &[String]) -> i32 {
    for (flag, place) in [("-modcache", module_cache(shell)), ("-cache", cache(shell))] {
        if argv.iter().any(|word| word == flag)
            && let Ok(real) = shell.fs.resolve(&shell.cwd, &place, true)
        {
            let _ = shell.fs.remove(&real);
        }
    }
    0
}

/// `go mod init`; `download` and `tidy` with nothing to fetch do nothing, with something they fill a folder.
fn modules(shell: &mut Shell, argv: &[String], release: (u32, u32), version: &str) -> i32 {
    let place = path::join(&shell.cwd, "go.mod");
    let known = file(shell, &place).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match (argv.get(2).map(String::as_str), known) {
        (Some("init"), Some(_)) => {
            shell.err(format!("go: {place} already exists\n"));
            1
        }
        (Some("init"), None) => {
            let Some(name) = argv.get(3) else {
                shell.err("go: cannot determine module path for source directory (outside GOPATH, module path must be specified)\n");
                return 1;
            };
            // Since Go 1.21 the line names the whole release.
            let parts = if release >= (1, 21) { 3 } else { 2 };
            let language = version.split('.').take(parts).collect::<Vec<_>>().join(".");
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            let text = format!("module {name}\n\ngo {language}\n");
            if shell.fs.write(&place, Content::inline(text.into_bytes()), 0o644, uid, gid).is_err() {
                shell.err(format!("go: cannot write {place}\n"));
                return 1;
            }
            shell.err(format!("go: creating new go.mod: module {name}\n"));
            0
        }
        (Some("download" | "tidy"), Some(text)) if !text.contains("require") => 0,
        // What it fetches goes into one folder; `tidy` may change go.mod and go.sum, `vendor` fills a folder.
        (Some(verb @ ("download" | "tidy" | "verify" | "vendor")), Some(_)) => {
            shell.make_partial_folder(&module_cache(shell));
            if verb == "vendor" {
                shell.make_partial_folder("vendor");
            }
            shell.gap("unknown-files", format!("go mod {verb}"));
            0
        }
        (Some("download" | "tidy" | "verify"), None) => {
            shell
                .err("go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
            1
        }
        _ => {
            gap(shell, argv);
            0
        }
    }
}

fn gap(shell: &mut Shell, argv: &[String]) {
    let what = argv.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
    shell.gaps.push(crate::shell::Gap { code: "unmodelled-command", what });
}

/// What the command line asks for.
#[derive(Default)]
struct Request {
    output: Option<String>,
    targets: Vec<String>,
    ldflags: String,
}

fn request(shell: &mut Shell, argv: &[String]) -> Result<Request, i32> {
    let mut request = Request::default();
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-') else {
            request.targets.push(word.clone());
            continue;
        };
        let flag = flag.trim_start_matches('-');
        let (name, mut value) =
            flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_string())));
        let boolean = ["a", "v", "x", "n", "race", "trimpath", "i", "msan", "work", "buildvcs", "cover", "modcacherw"];
        if value.is_none() && !boolean.contains(&name) {
            value = words.next().cloned();
        }
        match name {
            "o" => request.output = value,
            "ldflags" => request.ldflags = value.unwrap_or_default(),
            "a" | "trimpath" | "mod" | "p" | "i" | "installsuffix" | "buildvcs" | "v" | "tags" => {
                if name == "tags" || name == "v" {
                    shell.gaps.push(crate::shell::Gap { code: "unmodelled-option", what: format!("go build -{name}") });
                }
            }
            name if boolean.contains(&name)
                || ["gcflags", "asmflags", "pkgdir", "toolexec", "overlay", "C", "buildmode"].contains(&name) =>
            {
                shell.gaps.push(crate::shell::Gap { code: "unmodelled-option", what: format!("go build -{name}") });
            }
            _ => {
                shell.err(format!("flag provided but not defined: -{name}\nusage: go build [-o output] [build flags] [packages]\nRun 'go help build' for details.\n"));
                return Err(2);
            }
        }
    }
    Ok(request)
}

fn build(shell: &mut Shell, argv: &[String], release: (u32, u32)) -> i32 {
    let request = match request(shell, argv) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let modules = release >= (1, 16);
    let (names, default_output) = match sources(shell, &request, modules) {
        Ok(found) => found,
        Err(status) => return status,
    };
    let mut files = Vec::new();
    for name in &names {
        let Some(bytes) = file(shell, name) else {
            shell.err(format!("no required module provides package {name}; to add it:\n\tgo get {name}\n"));
            return 1;
        };
        let shown = if name.starts_with(['/', '.']) { name.clone() } else { format!("./{name}") };
        match source::read(&String::from_utf8_lossy(&bytes)) {
            Ok(source) => files.push((shown, source)),
            Err(mistake) => {
                let shown = shown.trim_start_matches("./");
                shell.err(format!("{shown}:{}:{}: {}\n", mistake.line, mistake.column, mistake.message));
                return 1;
            }
        }
    }
    if let Some(status) = refused(shell, &files, release) {
        return status;
    }
    let is_main = files.iter().any(|(_, source)| source.package == "main");
    let link = match Linking::decide(shell, &files, release, &request) {
        Ok(link) => link,
        Err(status) => return status,
    };
    let (len, basis) = size(&files, release, &link, &request.ldflags);
    fill_cache(shell, release, len, &link);
    if !is_main {
        // A package that is no program is compiled and thrown away.
        return 0;
    }
    let behaviour = files.iter().find(|(_, source)| source.has_main()).map(|(_, source)| source.behaviour());
    let mut program = link.program(shell);
    program.behaviour = behaviour.and_then(|does| serde_json::to_vec(&does).ok());
    let output = request.output.unwrap_or_else(|| default_output.clone());
    write(shell, &output, &default_output, Content::modelled(elf::write(&program), len, basis))
}

fn write(shell: &mut Shell, output: &str, default_output: &str, content: Content) -> i32 {
    let into = output.ends_with('/') || shell.fs.stat(&shell.cwd, output).is_ok_and(|(_, node)| node.is_dir());
    let output = if into { format!("{}/{default_output}", output.trim_end_matches('/')) } else { output.to_string() };
    let full = path::join(&shell.cwd, &output);
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    // `go build -o a/b` makes the directory since Go 1.14.
    let written = shell.fs.mkdir_all(path::parent(&full), 0o755, uid, gid).and_then(|directory| {
        let place = path::join(&directory, path::file_name(&full));
        if shell.fs.get(&place).is_some_and(|node| !node.is_dir()) {
            shell.fs.remove(&place)?;
        }
        shell.fs.write(&place, content, 0o755, uid, gid)
    });
    match written {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("go: open {output}: {}\n", error.errno.message().to_lowercase()));
            1
        }
    }
}

/// The source files that a request names, and the name of the program by default.
fn sources(shell: &mut Shell, request: &Request, modules: bool) -> Result<(Vec<String>, String), i32> {
    let is_file = |name: &String| name.ends_with(".go");
    if !request.targets.is_empty() && request.targets.iter().all(is_file) {
        for name in &request.targets {
            if shell.fs.stat(&shell.cwd, name).is_err() {
                let words = if modules {
                    format!(
                        "no required module provides package {name}: go.mod file not found in current directory or any parent directory; see 'go help modules'\n"
                    )
                } else {
                    format!("stat {}: no such file or directory\n", path::join(&shell.cwd, name))
                };
                shell.err(words);
                return Err(1);
            }
        }
        let first = request.targets.first().map_or("", String::as_str);
        let name = path::file_name(first).trim_end_matches(".go").to_string();
        return Ok((request.targets.clone(), name));
    }
    let directory = match request.targets.as_slice() {
        [] => ".".to_string(),
        [one] if one.starts_with('.') || one.starts_with('/') => one.trim_end_matches("/...").to_string(),
        _ => {
            shell.gaps.push(crate::shell::Gap {
                code: "unmodelled-command",
                what: format!("go build {}", request.targets.join(" ")),
            });
            return Err(0);
        }
    };
    let full = path::join(&shell.cwd, &directory);
    let module = module_name(shell, &full);
    if modules && module.is_none() {
        shell.err("go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
        return Err(1);
    }
    let mut names: Vec<String> = shell
        .fs
        .resolve("/", &full, true)
        .map(|real| shell.fs.children(&real).into_iter().map(|(name, _)| name.to_string()).collect())
        .unwrap_or_default();
    names.retain(|name| name.ends_with(".go") && !name.ends_with("_test.go") && !name.starts_with(['_', '.']));
    if names.is_empty() {
        shell.err(format!("no Go files in {full}\n"));
        return Err(1);
    }
    let last = path::file_name(&full);
    let output = match module {
        Some(module) if directory == "." => path::file_name(&module).to_string(),
        _ => last.to_string(),
    };
    let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
    Ok((names.into_iter().map(|name| format!("{prefix}{name}")).collect(), output))
}

/// The module that a directory belongs to, from the nearest go.mod.
fn module_name(shell: &Shell, directory: &str) -> Option<String> {
    let mut at = directory.to_string();
    loop {
        if let Some(bytes) = file(shell, &path::join(&at, "go.mod")) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return text
                .lines()
                .find_map(|line| line.trim().strip_prefix("module "))
                .map(|name| name.trim().to_string());
        }
        if at == "/" {
            return None;
        }
        at = path::parent(&at).to_string();
    }
}

/// What the compiler refuses: packages that do not exist, imports that are not used, no `main`.
fn refused(shell: &mut Shell, files: &[(String, Source)], release: (u32, u32)) -> Option<i32> {
    let facts = facts()?;
    let module = module_name(shell, &shell.cwd.clone());
    for (name, source) in files {
        for import in &source.imports {
            let first = import.path.split('/').next().unwrap_or("");
            let own = module.as_ref().is_some_and(|module| import.path.starts_with(module.as_str()));
            if own || first.contains('.') {
                let what = format!("go build: package {}", import.path);
                shell.gaps.push(crate::shell::Gap { code: "unmodelled-package", what });
            } else if import.path != "C" && import.path != "unsafe" && !facts.std.contains(&import.path) {
                let root = "/usr/local/go/src";
                let shown = name.trim_start_matches("./");
                let text = if release >= (1, 21) { "std" } else { "GOROOT" };
                shell.err(format!(
                    "{shown}:{}:{}: package {} is not in {text} ({root}/{})\n",
                    import.line, import.column, import.path, import.path
                ));
                return Some(1);
            }
        }
        let unused: Vec<String> = source
            .unused()
            .map(|import| {
                let (line, column, path) = (import.line, import.column, &import.path);
                if release >= (1, 20) {
                    format!("{name}:{line}:{column}: {path:?} imported and not used\n")
                } else {
                    format!("{name}:{line}:{column}: imported and not used: {path:?}\n")
                }
            })
            .collect();
        if !unused.is_empty() {
            shell.err(format!("# command-line-arguments\n{}", unused.concat()));
            return Some(if release >= (1, 20) { 1 } else { 2 });
        }
    }
    let main = files.iter().any(|(_, source)| source.package == "main");
    if main && !files.iter().any(|(_, source)| source.has_main()) {
        shell.err("# command-line-arguments\nruntime.main_main·f: function main is undeclared in the main package\n");
        return Some(if release >= (1, 20) { 1 } else { 2 });
    }
    None
}

/// How the program is linked.
struct Linking {
    machine: Machine,
    /// C code is part of it: a loader and a C library are needed.
    cgo: bool,
    /// `-extldflags -static`: the C library is inside.
    static_c: bool,
}

impl Linking {
    fn decide(
        shell: &mut Shell,
        files: &[(String, Source)],
        release: (u32, u32),
        request: &Request,
    ) -> Result<Linking, i32> {
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
        let std_c = imports()
            .any(|import| facts().and_then(|facts| facts.packages.get(&import.path)).is_some_and(|p| p.uses_cgo));
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
        Ok(Linking { machine, cgo, static_c: cgo && request.ldflags.contains("-static") })
    }

    fn program(&self, shell: &Shell) -> Elf {
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
        let merged = linker::defines(shell, "GLIBC_2.34");
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

/// The program's size in bytes, and what that rests on.
fn size(files: &[(String, Source)], release: (u32, u32), link: &Linking, ldflags: &str) -> (u64, String) {
    let Some(facts) = facts() else {
        return (0, "no data on Go".into());
    };
    let of = |package: &Package| if link.cgo { package.cgo } else { package.fixed };
    let imports: BTreeSet<&str> =
        files.iter().flat_map(|(_, source)| &source.imports).map(|import| import.path.as_str()).collect();
    let mut known: Vec<(&str, &Package)> =
        imports.iter().filter_map(|path| facts.packages.get(*path).map(|package| (*path, package))).collect();
    known.sort_by_key(|(path, package)| (std::cmp::Reverse(of(package)), *path));
    let empty = if link.cgo { facts.empty.cgo } else { facts.empty.fixed };
    let mut bytes = known.first().map_or(empty, |(_, package)| of(package));
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for (index, (path, package)) in known.iter().enumerate() {
        // A package that a larger one already brings costs nothing more.
        if index > 0 && !covered.contains(path) {
            bytes += of(package).saturating_sub(empty);
        }
        covered.insert(path);
        covered.extend(package.closure.iter().map(String::as_str));
    }
    let (scaled, source) = scale(facts, bytes, release, link.cgo);
    let left = if ldflags_has(ldflags, "-s") {
        facts.stripped_permille.s
    } else if ldflags_has(ldflags, "-w") {
        facts.stripped_permille.w
    } else {
        1000
    };
    let largest = known.first().map_or("nothing", |(path, _)| path);
    let kind = if link.cgo { "with cgo" } else { "without cgo" };
    let basis = format!(
        "{MADE_BY_GO} {}.{} program {kind} that imports {largest}{}: {source} ({})",
        release.0,
        release.1,
        if left < 1000 { STRIPPED } else { "" },
        facts.date
    );
    (scaled * left / 1000, basis)
}

/// What the sizes of Go's programs rest on begins with it, and says whether their symbols are left out.
const MADE_BY_GO: &str = "a Go";
const STRIPPED: &str = ", stripped";

/// Whether a program of Go's is without symbols, by what its size rests on; `None` for another program.
pub(crate) fn is_stripped(basis: &str) -> Option<bool> {
    basis.starts_with(MADE_BY_GO).then(|| basis.contains(STRIPPED))
}

fn ldflags_has(ldflags: &str, flag: &str) -> bool {
    ldflags.split_whitespace().any(|word| word == flag)
}

/// Scales a size measured with the newest release to another one, by the size of the same server.
fn scale(facts: &Facts, bytes: u64, release: (u32, u32), cgo: bool) -> (u64, String) {
    let of = |entry: &Release| {
        if cgo { entry.server_cgo } else { entry.server_static }
    };
    let minor = |entry: &Release| -> u32 { entry.version.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(0) };
    let Some(newest) = facts.releases.last() else {
        return (bytes, String::new());
    };
    let below = facts.releases.iter().rev().find(|entry| minor(entry) <= release.1).or(facts.releases.first());
    let above = facts.releases.iter().find(|entry| minor(entry) >= release.1).unwrap_or(newest);
    let Some(below) = below else {
        return (bytes, String::new());
    };
    let (low, high) = (minor(below), minor(above));
    let server = if high <= low {
        of(below)
    } else {
        let part = u64::from(release.1.clamp(low, high) - low);
        of(below) + (of(above).saturating_sub(of(below))) * part / u64::from(high - low)
    };
    let source = if high <= low {
        below.source.clone()
    } else {
        format!("between Go {} and Go {}, in proportion", below.version, above.version)
    };
    (bytes.saturating_mul(server) / of(newest).max(1), source)
}

/// Since Go 1.20 the standard library is compiled into the build cache at the first build.
fn fill_cache(shell: &mut Shell, release: (u32, u32), program: u64, link: &Linking) {
    let Some(facts) = facts().filter(|_| release >= (1, 20)) else {
        return;
    };
    let home = shell
        .var("XDG_CACHE_HOME")
        .map(str::to_string)
        .or_else(|| shell.var("HOME").map(|home| format!("{home}/.cache")));
    let Some(directory) =
        shell.var("GOCACHE").map(str::to_string).or_else(|| home.map(|home| format!("{home}/go-build")))
    else {
        return;
    };
    let cache = &facts.build_cache;
    let newest = facts.releases.last().map_or(1, |entry| if link.cgo { entry.server_cgo } else { entry.server_static });
    let (server, server_binary) =
        if link.cgo { (cache.server_cgo, newest) } else { (cache.server, cache.server_binary) };
    let own = scale(facts, newest, release, link.cgo).0;
    // In the newest release's terms, along the line through the two programs that were measured.
    let program = program.saturating_mul(newest) / own.max(1);
    let above = program.saturating_sub(cache.hello_binary);
    let span = server_binary.saturating_sub(cache.hello_binary).max(1);
    let len = (cache.hello + server.saturating_sub(cache.hello) * above / span).min(server * 2);
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let place = format!("{directory}/{}", if link.cgo { "std-cgo" } else { "std" });
    let Ok(made) = shell.fs.mkdir_all(&directory, 0o755, uid, gid) else {
        return;
    };
    let place = path::join(&made, path::file_name(&place));
    if shell.fs.get(&place).is_none() {
        let basis = format!(
            "Go's build cache, kept here as one file: measured for a hello-world and a net/http server ({})",
            facts.date
        );
        let _ = shell.fs.write(&place, Content::modelled([], len, basis), 0o644, uid, gid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, Era};
    use crate::exec::Credentials;
    use crate::image::Reference;

    const SERVER: &str = "package main\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\nfunc main() {\n\tfmt.Println(\"up\")\n\thttp.ListenAndServe(\":1\", nil)\n}\n";

    fn build_in(image: &str, era: Era, command: &str, source: &str) -> (i32, Shell) {
        let catalogue = Catalogue::builtin();
        let image = catalogue.image(&Reference::parse(image).unwrap(), era).unwrap();
        let mut env = image.config.env.clone();
        env.push("HOME=/root".into());
        let mut shell = crate::command_table::new_shell(
            image.tree.clone(),
            "/go/src",
            &env,
            Credentials::default(),
            Machine::X86_64,
        );
        shell.fs.write("/go/src/main.go", Content::inline(source.as_bytes()), 0o644, 0, 0).unwrap();
        let status = shell.run_script(command);
        (status, shell)
    }

    fn program(shell: &Shell) -> (Elf, u64) {
        let content = shell.fs.get("/go/src/app").expect("the program").content().unwrap();
        (elf::read(content).unwrap(), content.len)
    }

    #[test]
    fn the_base_image_decides_how_a_program_is_linked() {
        let command = "go build -o app main.go";
        let (status, shell) = build_in("golang", Era::Y2018, command, SERVER);
        assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
        let (elf, len) = program(&shell);
        assert_eq!(elf.needed, ["libpthread.so.0", "libc.so.6"]);
        assert_eq!(elf.interpreter.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
        assert_eq!(len, 6_145_400);

        let (elf, _) = program(&build_in("golang:alpine", Era::Y2018, command, SERVER).1);
        assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld-musl-x86_64.so.1"));

        let (elf, _) = program(&build_in("golang", Era::Current, command, SERVER).1);
        assert_eq!(elf.needed, ["libc.so.6"]);
        assert!(program(&build_in("golang:alpine", Era::Current, command, SERVER).1).0.is_static());
        assert!(
            program(&build_in("golang", Era::Y2018, "CGO_ENABLED=0 go build -o app main.go", SERVER).1).0.is_static()
        );
    }

    #[test]
    fn imports_decide_the_size_and_whether_c_is_needed() {
        let hello = "package main\nimport \"fmt\"\nfunc main() {\n\tfmt.Println(\"hi\")\n}\n";
        let (elf, small) = program(&build_in("golang", Era::Current, "go build -o app main.go", hello).1);
        assert!(elf.is_static());
        let (_, large) = program(&build_in("golang", Era::Current, "go build -o app main.go", SERVER).1);
        let (_, stripped) =
            program(&build_in("golang", Era::Current, "go build -ldflags='-s -w' -o app main.go", SERVER).1);
        assert!(small < stripped && stripped < large, "{small} {stripped} {large}");
    }

    #[test]
    fn a_module_is_made_and_built() {
        let (status, shell) =
            build_in("golang", Era::Current, "go mod init example.com/app && go mod tidy && go build .", SERVER);
        assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
        assert_eq!(program(&shell).0.needed, ["libc.so.6"]);
    }

    #[test]
    fn mistakes_are_the_compilers() {
        let err = |source: &str, command: &str| {
            let (status, shell) = build_in("golang", Era::Current, command, source);
            assert_ne!(status, 0);
            shell.printed(crate::shell::Stream::Stderr)
        };
        assert!(
            err("package main\nimport \"net/htp\"\nfunc main() {}\n", "go build main.go")
                .contains("package net/htp is not in std")
        );
        assert!(
            err("package main\nimport \"os\"\nfunc main() {}\n", "go build main.go")
                .contains("\"os\" imported and not used")
        );
        assert!(err(SERVER, "go build").contains("go.mod file not found"));
        assert!(err("package main\nfunc main() {\n", "go build main.go").contains("syntax error"));
    }
}
