//! `go build`, `go run` and `go install`: the source files of a program, and what the compiler refuses.

use super::build_cache::{cache_folder, fill_cache};
use super::facts::facts;
use super::go_mod::{has_unknown_module, is_unknown_source, may_hide_source, module_cache, module_name};
use super::imports::{self, Source};
use super::link_elf::LinkMode;
use super::program_size::size;
use crate::elf;
use crate::fs::{Content, Node, path};
use crate::measure::typical_tool_size;
use crate::shell::Shell;

pub(crate) fn file(shell: &Shell, path: &str) -> Option<Vec<u8>> {
    let (_, node) = shell.fs.stat(&shell.cwd, path).ok()?;
    Some(node.content()?.bytes()?.to_vec())
}

/// A parsed command line.
#[derive(Default)]
pub(crate) struct Request {
    output: Option<String>,
    targets: Vec<String>,
    pub(crate) ldflags: String,
    /// `-tags`, also those of GOFLAGS.
    pub(crate) tags: Vec<String>,
}

impl Request {
    pub(crate) fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }
}

/// The tags of which it is known what they change: they concern the standard library alone.
const STANDARD_TAGS: [&str; 3] = ["netgo", "osusergo", "timetzdata"];

/// The tags of a list with commas, or with spaces as before Go 1.13.
fn split_tags(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_string).collect()
}

fn request(shell: &mut Shell, argv: &[String]) -> Result<Request, i32> {
    let mut request = Request::default();
    let of_environment = shell.var("GOFLAGS").unwrap_or_default().to_string();
    for flag in of_environment.split_whitespace() {
        if let Some(tags) = flag.trim_start_matches('-').strip_prefix("tags=") {
            request.tags = split_tags(tags.trim_matches(['"', '\'']));
        }
    }
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
            "tags" => {
                request.tags = split_tags(&value.unwrap_or_default());
            }
            "a" | "trimpath" | "mod" | "p" | "i" | "installsuffix" | "buildvcs" | "v" => {
                if name == "v" {
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
    if request.tags.iter().any(|tag| !STANDARD_TAGS.contains(&tag.as_str())) {
        shell.gaps.push(crate::shell::Gap { code: "unmodelled-option", what: "go build -tags".into() });
    }
    Ok(request)
}

/// The bytes that time/tzdata adds to a program: with and without `-tags timetzdata`, measured with Go 1.27.3.
const TIME_ZONES_BYTES: u64 = 416_192;

/// Whether a program contains the time zones: it imports time/tzdata, or has the tag `timetzdata` (since Go 1.15) and
/// the package `time`.
fn contains_time_zones(files: &[(String, Source)], release: (u32, u32), request: &Request) -> bool {
    let imports = || files.iter().flat_map(|(_, source)| &source.imports).map(|import| import.path.as_str());
    let brings_time = |path: &str| {
        path == "time"
            || facts().and_then(|facts| facts.packages.get(path)).is_some_and(|one| one.closure.contains("time"))
    };
    imports().any(|path| path == "time/tzdata")
        || (request.has_tag("timetzdata") && release >= (1, 15) && imports().any(brings_time))
}

pub(crate) fn build(shell: &mut Shell, argv: &[String], release: (u32, u32)) -> i32 {
    let request = match request(shell, argv) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let go_mod = release >= (1, 16);
    if is_unknown(shell, &request) {
        return build_unknown(shell, &request);
    }
    let (names, default_output) = match sources(shell, &request, go_mod) {
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
        match imports::read(&String::from_utf8_lossy(&bytes)) {
            Ok(source) => files.push((shown, source)),
            Err(mistake) => {
                let shown = shown.trim_start_matches("./");
                shell.err(format!("{shown}:{}:{}: {}\n", mistake.line, mistake.column, mistake.message));
                return 1;
            }
        }
    }
    if let Some(status) = compile_errors(shell, &files, release) {
        return status;
    }
    let is_main = files.iter().any(|(_, source)| source.package == "main");
    let link = match LinkMode::decide(shell, &files, release, &request) {
        Ok(link) => link,
        Err(status) => return status,
    };
    let has_time_zones = contains_time_zones(&files, release, &request);
    let (len, basis) = size(&files, release, &link, &request.ldflags);
    let len = len + if has_time_zones { TIME_ZONES_BYTES } else { 0 };
    fill_cache(shell, release, len, &link);
    if !is_main {
        // A package that is no program is compiled and thrown away.
        return 0;
    }
    let mut behaviour = files.iter().find(|(_, source)| source.has_main()).map(|(_, source)| source.behaviour());
    if let Some(does) = &mut behaviour {
        does.has_time_zones = has_time_zones;
    }
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

/// Whether the sources of a request, or which module they belong to, are not known.
fn is_unknown(shell: &Shell, request: &Request) -> bool {
    let is_file = |name: &&String| name.ends_with(".go");
    if request.targets.iter().any(|name| is_file(&name)) {
        return request
            .targets
            .iter()
            .filter(is_file)
            .any(|name| is_unknown_source(shell, &path::join(&shell.cwd, name)));
    }
    let directory = request.targets.first().map_or(".", |one| one.trim_end_matches("/..."));
    if !directory.starts_with(['.', '/']) {
        return false;
    }
    let full = path::join(&shell.cwd, directory);
    let unlisted = may_hide_source(shell, &path::join(&full, "unlisted.go"));
    let children = shell.fs.resolve("/", &full, true).map(|real| shell.fs.children(&real)).unwrap_or_default();
    let unread = |(name, node): &(&str, &Node)| {
        name.ends_with(".go") && node.content().is_some_and(|content| content.bytes().is_none())
    };
    unlisted || children.iter().any(unread) || has_unknown_module(shell, &full)
}

/// `go build` of sources that are not known: what it compiles, and the program that it writes, are not known either.
fn build_unknown(shell: &mut Shell, request: &Request) -> i32 {
    shell.make_partial_folder(&module_cache(shell));
    shell.make_partial_folder(&cache_folder(shell));
    match &request.output {
        Some(output)
            if output.ends_with('/') || shell.fs.stat(&shell.cwd, output).is_ok_and(|(_, node)| node.is_dir()) =>
        {
            shell.make_partial_folder(output);
        }
        Some(output) => {
            let content =
                Content::unknown("what go build compiles is not known").estimated(typical_tool_size("go-build"));
            let status = write(shell, output, output, content);
            if status != 0 {
                return status;
            }
        }
        None => shell.make_partial_folder("."),
    }
    let what: Vec<&str> = ["go build"].into_iter().chain(request.targets.iter().map(String::as_str)).collect();
    shell.gap("unknown-files", what.join(" "));
    0
}

/// The source files that a request names, and the name of the program by default.
fn sources(shell: &mut Shell, request: &Request, go_mod: bool) -> Result<(Vec<String>, String), i32> {
    let is_file = |name: &String| name.ends_with(".go");
    if !request.targets.is_empty() && request.targets.iter().all(is_file) {
        for name in &request.targets {
            if shell.fs.stat(&shell.cwd, name).is_err() {
                let words = if go_mod {
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
        _ => return Err(build_unknown(shell, request)),
    };
    let full = path::join(&shell.cwd, &directory);
    let module = module_name(shell, &full);
    if go_mod && module.is_none() {
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

/// Reports what the compiler refuses: packages that do not exist, unused imports, a missing `main`.
fn compile_errors(shell: &mut Shell, files: &[(String, Source)], release: (u32, u32)) -> Option<i32> {
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
        assert!(build("git ca-certificates"));
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
