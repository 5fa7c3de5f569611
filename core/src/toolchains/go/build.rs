//! `go build` and `go install`: the packages that are compiled, and the programs that are written.

use super::build_cache::fill_cache;
use super::build_constraints::Target;
use super::cgo::{Compiler, LinkMode};
use super::command_line::{self, Request};
use super::compile_errors;
use super::estimated_caches::{write_compiled, write_modules};
use super::go_mod::{has_unknown_module, is_unknown_source, may_hide_source, module_of};
use super::measured_sizes::facts;
use super::package_patterns::{Goal, goals, named_folders};
use super::packages::{self, Package, Packages};
use super::program_size::{size, size_with_modules};
use crate::elf;
use crate::fs::{Content, Node, path};
use crate::measure::{TypicalSize, Way, typical_tool_size};
use crate::shell::{Behaviour, Shell};

pub(crate) fn file(shell: &Shell, path: &str) -> Option<Vec<u8>> {
    let (_, node) = shell.fs.stat(&shell.cwd, path).ok()?;
    Some(node.content()?.bytes()?.to_vec())
}

/// The bytes that time/tzdata adds to a program: with and without `-tags timetzdata`, measured with Go 1.27.3.
const TIME_ZONES_BYTES: u64 = 416_192;

/// Whether a program contains the time zones: it imports time/tzdata, or has the tag `timetzdata` (since Go 1.15) and
/// the package `time`.
fn contains_time_zones(packages: &Packages, release: (u32, u32), request: &Request) -> bool {
    let imports = || packages.sources().flat_map(|source| &source.imports).map(|import| import.path.as_str());
    let brings_time = |path: &str| {
        path == "time"
            || facts().and_then(|facts| facts.packages.get(path)).is_some_and(|one| one.closure.contains("time"))
    };
    imports().any(|path| path == "time/tzdata")
        || (request.has_tag("timetzdata") && release >= (1, 15) && imports().any(brings_time))
}

/// `go build`, and `go install` with the folder of programs as `into`.
pub(crate) fn build(shell: &mut Shell, argv: &[String], release: (u32, u32), into: Option<&str>) -> i32 {
    let mut request = match command_line::read(shell, argv) {
        Ok(request) => request,
        Err(status) => return status,
    };
    if let Some(folder) = into {
        request.output = Some(format!("{}/", folder.trim_end_matches('/')));
    }
    let Some(directory) = request.directory.clone() else { return build_here(shell, &request, release) };
    let directory = path::join(&shell.cwd, &directory);
    let before = std::mem::replace(&mut shell.cwd, directory);
    let status = build_here(shell, &request, release);
    shell.cwd = before;
    status
}

fn build_here(shell: &mut Shell, request: &Request, release: (u32, u32)) -> i32 {
    if is_unknown(shell, request) {
        return build_unknown(shell, request, release);
    }
    let goals = match goals(shell, request, release >= (1, 16)) {
        Ok(Some(goals)) => goals,
        Ok(None) => return build_unknown(shell, request, release),
        Err(status) => return status,
    };
    let is_folder = |output: &String| {
        output.ends_with('/') || shell.fs.stat(&shell.cwd, output).is_ok_and(|(_, node)| node.is_dir())
    };
    let several = goals.len() > 1;
    if let Some(output) = request.output.as_ref().filter(|output| several && !is_folder(output)) {
        let output = path::join(&shell.cwd, output);
        shell.err(format!("go: cannot write multiple packages to non-directory {output}\n"));
        return 1;
    }
    for goal in goals {
        let status = compile(shell, request, goal, several, release);
        if status != 0 {
            return status;
        }
    }
    0
}

/// Compiles one package, and writes it if it is a program. Of `several` without `-o` nothing is written.
fn compile(shell: &mut Shell, request: &Request, goal: Goal, several: bool, release: (u32, u32)) -> i32 {
    let compiler = Compiler::choose(shell, release);
    let target = Target {
        os: shell.var("GOOS").filter(|os| !os.is_empty()).unwrap_or("linux").to_string(),
        arch: compiler.arch().to_string(),
        cgo: compiler.is_enabled,
        release,
        tags: request.tags.clone(),
    };
    let main = match packages::read_files(shell, &goal.names, &target) {
        Ok(Some(files)) => Package::own(&goal.title, files),
        Ok(None) => return build_unknown(shell, request, release),
        Err(refused) => return refuse(shell, &refused.0),
    };
    if main.files.is_empty() {
        let folder = if goal.folder.is_empty() { shell.cwd.clone() } else { goal.folder.clone() };
        let words = format!("package {}: build constraints exclude all Go files in {folder}\n", goal.title);
        return refuse(shell, &words);
    }
    let folder = if goal.folder.is_empty() { shell.cwd.clone() } else { goal.folder.clone() };
    let module = module_of(shell, &folder);
    let packages = match packages::follow(shell, main, module.as_ref(), &target) {
        Ok(packages) => packages,
        Err(refused) => return refuse(shell, &refused.0),
    };
    if let Some(status) = compile_errors::report(shell, &packages, &goal.title, release) {
        return status;
    }
    let link = match LinkMode::decide(shell, &compiler, &packages, release, request) {
        Ok(link) => link,
        Err(status) => return status,
    };
    let has_time_zones = contains_time_zones(&packages, release, request);
    let (len, basis) = size(packages.sources(), release, &link, &request.ldflags);
    let len = len + if has_time_zones { TIME_ZONES_BYTES } else { 0 };
    fill_cache(shell, release, len, &link);
    let Some(main) = packages.read.first().filter(|main| main.sources().any(|source| source.package == "main")) else {
        // A package that is no program is compiled and thrown away.
        return 0;
    };
    if several && request.output.is_none() {
        return 0;
    }
    let mut behaviour = main.sources().find(|source| source.has_main()).map(super::imports::Source::behaviour);
    if let Some(does) = &mut behaviour {
        does.has_time_zones = has_time_zones;
    }
    let content = match link.program(shell) {
        Some(mut program) => {
            program.behaviour = behaviour.and_then(|does| serde_json::to_vec(&does).ok());
            let written = elf::write(&program);
            match packages.elsewhere.is_empty() {
                true => Content::modelled(written, len, basis),
                false => {
                    let usual = || {
                        let typical = typical_tool_size("go-build")?;
                        let (best, high) = (typical.best.max(len), typical.high.max(len.saturating_mul(2)));
                        Some(TypicalSize::by_input(typical.low.max(len), best, high))
                    };
                    let typical = size_with_modules(packages.elsewhere.iter(), len, &request.ldflags).or_else(usual);
                    Content::started(written, "it has packages that are not at hand").estimated(typical.as_ref())
                }
            }
        }
        None => Content::unknown("the libraries that it links are not known").estimated(typical_tool_size("go-build")),
    };
    let output = request.output.clone().unwrap_or_else(|| goal.program.clone());
    write(shell, &output, &goal.program, content)
}

/// Prints why nothing is built.
fn refuse(shell: &mut Shell, words: &str) -> i32 {
    shell.err(words);
    1
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

/// Whether the sources of a request, or which module they belong to, are not known.
fn is_unknown(shell: &Shell, request: &Request) -> bool {
    let is_file = |name: &&String| name.ends_with(".go");
    if request.targets.iter().any(|name| is_file(&name)) {
        let mut files = request.targets.iter().filter(is_file);
        return files.any(|name| is_unknown_source(shell, &path::join(&shell.cwd, name)));
    }
    let folders = named_folders(request);
    let mut folders = folders.iter().filter(|folder| folder.starts_with(['.', '/']));
    folders.any(|folder| {
        let full = path::join(&shell.cwd, folder);
        has_unknown_files(shell, &full) || has_unknown_module(shell, &full)
    })
}

/// Whether a folder may have sources that are not listed or whose content is not known.
pub(super) fn has_unknown_files(shell: &Shell, folder: &str) -> bool {
    let unlisted = may_hide_source(shell, &path::join(folder, "unlisted.go"));
    let children = shell.fs.resolve("/", folder, true).map(|real| shell.fs.children(&real)).unwrap_or_default();
    let unread = |(name, node): &(&str, &Node)| {
        name.ends_with(".go") && node.content().is_some_and(|content| content.bytes().is_none())
    };
    unlisted || children.iter().any(unread)
}

/// `go build` of sources that are not known: what it compiles, and the program that it writes, are estimated.
fn build_unknown(shell: &mut Shell, request: &Request, release: (u32, u32)) -> i32 {
    let what: Vec<&str> = ["go build"].into_iter().chain(request.targets.iter().map(String::as_str)).collect();
    let what = what.join(" ");
    let has_modules = write_modules(shell, "");
    let has_compiled = write_compiled(shell, release, &what);
    let is_folder = |output: &String| {
        output.ends_with('/') || shell.fs.stat(&shell.cwd, output).is_ok_and(|(_, node)| node.is_dir())
    };
    let has_program = match &request.output {
        Some(output) if is_folder(output) => write_programs(shell, output, &what, is_one_program(request)),
        Some(output) => {
            let content = unknown_program(shell, release).estimated(typical_tool_size("go-build"));
            let status = write(shell, output, output, content);
            if status != 0 {
                return status;
            }
            true
        }
        None => write_programs(shell, ".", &what, is_one_program(request)),
    };
    if has_modules && has_compiled && has_program {
        shell.recorded_sizes.insert(what.clone());
    }
    shell.gap("unknown-files", what);
    0
}

/// A program of sources that are not known. Where cgo is on it may need a loader and a C library.
fn unknown_program(shell: &mut Shell, release: (u32, u32)) -> Content {
    const WHY: &str = "what go build compiles is not known";
    let compiler = Compiler::choose(shell, release);
    match LinkMode::of_unknown(&compiler).and_then(|link| link.program(shell)) {
        Some(mut program) => {
            program.behaviour = serde_json::to_vec(&Behaviour::default()).ok();
            Content::started(elf::write(&program), WHY)
        }
        None => Content::unknown(WHY),
    }
}

/// Whether a request names one package, or the files of one.
fn is_one_program(request: &Request) -> bool {
    let targets = &request.targets;
    targets.iter().all(|target| target.ends_with(".go"))
        || targets.len() == 1 && !targets.iter().any(|target| target.contains("..."))
}

/// Writes the program of a package that is not known into a folder: its name depends on the module. The sizes of several
/// programs are not known. Returns whether the size is recorded.
fn write_programs(shell: &mut Shell, folder: &str, what: &str, is_one: bool) -> bool {
    let typical = typical_tool_size("go-build").filter(|_| is_one);
    let place = path::join(&shell.cwd, folder);
    let is_recorded = match (typical, shell.fs.mkdir_all(&place, 0o755, shell.user.uid, shell.user.gid)) {
        (Some(typical), Ok(real)) if shell.fs.weighed(&real, what).is_none() => {
            shell.fs.weigh(&real, what, typical.size_of(what, Way::RealBuild));
            shell.fs.hold_weighed(&real);
            true
        }
        _ => false,
    };
    if !is_recorded {
        shell.make_partial_folder(folder);
    }
    is_recorded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, newest_day};
    use crate::elf::{Elf, Machine};
    use crate::exec::Credentials;
    use crate::image::{Day, Reference};

    const SERVER: &str = "package main\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\nfunc main() {\n\tfmt.Println(\"up\")\n\thttp.ListenAndServe(\":1\", nil)\n}\n";

    fn build_in(image: &str, day: Day, command: &str, source: &str) -> (i32, Shell) {
        let catalogue = Catalogue::builtin();
        let image = catalogue.image(&Reference::parse(image).unwrap(), day).unwrap();
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
        let (status, shell) = build_in("golang", "2018-01-08".parse().unwrap(), command, SERVER);
        assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
        let (elf, len) = program(&shell);
        assert_eq!(elf.needed, ["libpthread.so.0", "libc.so.6"]);
        assert_eq!(elf.interpreter.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
        assert_eq!(len, 6_145_400);

        let (elf, _) = program(&build_in("golang:alpine", "2018-01-08".parse().unwrap(), command, SERVER).1);
        assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld-musl-x86_64.so.1"));

        let (elf, _) = program(&build_in("golang", newest_day(), command, SERVER).1);
        assert_eq!(elf.needed, ["libc.so.6"]);
        assert!(program(&build_in("golang:alpine", newest_day(), command, SERVER).1).0.is_static());
        assert!(
            program(
                &build_in("golang", "2018-01-08".parse().unwrap(), "CGO_ENABLED=0 go build -o app main.go", SERVER).1
            )
            .0
            .is_static()
        );
    }

    #[test]
    fn tags_leave_the_c_code_of_the_standard_library_out() {
        let is_static = |command: &str, source: &str| {
            let (status, shell) = build_in("golang", newest_day(), command, source);
            assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
            program(&shell).0.is_static()
        };
        assert!(is_static("go build -tags netgo,osusergo -o app main.go", SERVER));
        assert!(is_static("go build -tags 'osusergo netgo' -o app main.go", SERVER));
        assert!(is_static("GOFLAGS=-tags=netgo go build -o app main.go", SERVER));
        assert!(!is_static("go build -tags osusergo -o app main.go", SERVER));
        let external = "go build -tags netgo,osusergo -ldflags '-linkmode external' -o app main.go";
        assert!(!is_static(external, SERVER));
        let user = "package main\nimport \"os/user\"\nfunc main() {\n\tuser.Current()\n}\n";
        assert!(!is_static("go build -tags netgo -o app main.go", user));
        assert!(is_static("go build -tags osusergo -o app main.go", user));
    }

    #[test]
    fn installed_packages_leave_the_sources_known() {
        let build = |packages: &str| {
            let mut shell = build_in("golang:1.24-alpine3.22", newest_day(), "true", SERVER).1;
            crate::packages::use_indexes(&mut shell, crate::packages::index::Indexes::builtin());
            let status = shell.run_script(&format!("apk add --no-cache {packages} && go build -o app main.go"));
            assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
            assert!(shell.gaps.iter().all(|gap| gap.code != "unknown-files"), "{:?}", shell.gaps);
            program(&shell).0.is_static()
        };
        assert!(build("git ca-certificates") && build("ca-certificates") && build("tzdata"));
        assert!(!build("gcc musl-dev"));
    }

    #[test]
    fn imports_decide_the_size_and_whether_c_is_needed() {
        let hello = "package main\nimport \"fmt\"\nfunc main() {\n\tfmt.Println(\"hi\")\n}\n";
        let (elf, small) = program(&build_in("golang", newest_day(), "go build -o app main.go", hello).1);
        assert!(elf.is_static());
        let (_, large) = program(&build_in("golang", newest_day(), "go build -o app main.go", SERVER).1);
        let (_, stripped) =
            program(&build_in("golang", newest_day(), "go build -ldflags='-s -w' -o app main.go", SERVER).1);
        assert!(small < stripped && stripped < large, "{small} {stripped} {large}");
    }

    #[test]
    fn a_module_is_made_and_built() {
        let (status, shell) =
            build_in("golang", newest_day(), "go mod init example.com/app && go mod tidy && go build .", SERVER);
        assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
        assert_eq!(program(&shell).0.needed, ["libc.so.6"]);
    }

    #[test]
    fn mistakes_are_the_compilers() {
        let err = |source: &str, command: &str| {
            let (status, shell) = build_in("golang", newest_day(), command, source);
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
