//! Programs of several packages: what is linked, and what is refused. Messages and linking are those of Go 1.27.3.

use crate::base_images::{Catalogue, newest_day};
use crate::elf::{self, Elf, Machine};
use crate::exec::Credentials;
use crate::fs::{Content, path};
use crate::image::Reference;
use crate::shell::{Shell, Stream};

const GO_MOD: (&str, &str) = ("go.mod", "module example.org/x\n\ngo 1.27\n");
const MAIN: (&str, &str) =
    ("main.go", "package main\n\nimport \"example.org/x/server\"\n\nfunc main() { server.Run() }\n");
const SERVER: (&str, &str) = (
    "server/server.go",
    "package server\n\nimport (\n\t\"net/http\"\n)\n\nfunc Run() { http.ListenAndServe(\":1\", nil) }\n",
);

fn run(files: &[(&str, &str)], command: &str) -> (i32, Shell) {
    let image = Catalogue::builtin().image(&Reference::parse("golang:1.27").unwrap(), newest_day()).unwrap();
    let mut env = image.config.env.clone();
    env.push("HOME=/root".into());
    let user = Credentials::default();
    let mut shell = crate::command_table::new_shell(image.tree.clone(), "/src", &env, user, Machine::X86_64);
    for (name, text) in files {
        let place = path::join("/src", name);
        shell.fs.mkdir_all(path::parent(&place), 0o755, 0, 0).unwrap();
        shell.fs.write(&place, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let status = shell.run_script(command);
    (status, shell)
}

fn built(files: &[(&str, &str)], command: &str) -> (Elf, Content) {
    let (status, shell) = run(files, command);
    assert_eq!(status, 0, "{}", shell.printed(Stream::Stderr));
    let content = shell.fs.get("/app").expect("the program").content().unwrap().clone();
    (elf::read(&content).unwrap(), content)
}

fn refused(files: &[(&str, &str)], command: &str) -> String {
    let (status, shell) = run(files, command);
    assert_ne!(status, 0, "{command}");
    shell.printed(Stream::Stderr)
}

#[test]
fn packages_of_the_module_decide_how_a_program_is_linked() {
    let (program, content) = built(&[GO_MOD, MAIN, SERVER], "go build -o /app .");
    assert_eq!(program.needed, ["libc.so.6"]);
    assert!(!program.linking_assumed && content.len > 8_000_000, "{}", content.len);
    let (program, _) = built(&[GO_MOD, MAIN, SERVER], "CGO_ENABLED=0 go build -o /app .");
    assert!(program.is_static());
    let quiet = ("server/server.go", "package server\n\nimport \"fmt\"\n\nfunc Run() { fmt.Println() }\n");
    assert!(built(&[GO_MOD, MAIN, quiet], "go build -o /app .").0.is_static());
    let (_, shell) = run(&[GO_MOD, MAIN, SERVER], "go build -o /app .");
    assert!(shell.gaps.iter().all(|gap| gap.code != "unmodelled-package"), "{:?}", shell.gaps);
    // A module of which the name only begins with this one's.
    let other = ("main.go", "package main\n\nimport \"example.org/xyz\"\n\nfunc main() { xyz.Run() }\n");
    let (program, content) = built(&[GO_MOD, other], "go build -o /app .");
    assert!(program.linking_assumed && !content.len_known);
}

#[test]
fn packages_of_other_folders_and_of_vendor_are_followed() {
    let main = ("main.go", "package main\n\nimport \"example.net/lib/net\"\n\nfunc main() { net.Run() }\n");
    let replaced = (
        "go.mod",
        "module example.org/x\n\nrequire example.net/lib v1.0.0\n\nreplace (\n\texample.net/lib => ./lib\n)\n",
    );
    let lib = "package net\n\nimport \"log/syslog\"\n\nfunc Run() { syslog.Dial(\"\", \"\", 0, \"\") }\n";
    for files in [[replaced, main, ("lib/net/a.go", lib)], [GO_MOD, main, ("vendor/example.net/lib/net/a.go", lib)]] {
        let (program, _) = built(&files, "go build -o /app .");
        assert!(!program.linking_assumed && program.needed == ["libc.so.6"], "{files:?}");
    }
}

#[test]
fn modules_that_were_measured_bound_the_size() {
    let main = (
        "main.go",
        "package main\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/gorilla/mux\"\n\t\"github.com/go-chi/chi/v5/middleware\"\n)\n\nfunc main() { http.ListenAndServe(\":1\", mux.NewRouter()); middleware.Logger(nil) }\n",
    );
    let (_, content) = built(&[GO_MOD, main], "go build -o /app .");
    let size = content.typical().unwrap();
    assert!((9_000_000..11_000_000).contains(&size.low) && size.high < 14_000_000, "{size:?}");
    let other = ("main.go", "package main\n\nimport \"github.com/a/b\"\n\nfunc main() { b.Run() }\n");
    assert!(built(&[GO_MOD, other], "go build -o /app .").1.typical().unwrap().high > 14_000_000);
}

#[test]
fn files_for_other_systems_are_left_out() {
    let main = ("main.go", "package main\n\nfunc main() { run() }\n");
    let ours = ("run_linux.go", "package main\n\nfunc run() {}\n");
    let theirs = ("run_windows.go", "package main\n\nimport \"net\"\n\nfunc run() { net.Dial(\"\", \"\") }\n");
    let tool =
        ("gen.go", "//go:build ignore\n\npackage other\n\nimport \"net\"\n\nfunc x() { net.Dial(\"\", \"\") }\n");
    assert!(built(&[GO_MOD, main, ours, theirs, tool], "go build -o /app .").0.is_static());
    let words = refused(&[GO_MOD, tool], "go build .");
    assert_eq!(words, "package example.org/x: build constraints exclude all Go files in /src\n");
}

#[test]
fn mistakes_in_packages_are_the_compilers() {
    let missing = ("main.go", "package main\n\nimport \"example.org/x/nope\"\n\nfunc main() { nope.X() }\n");
    assert_eq!(
        refused(&[GO_MOD, missing], "go build ."),
        "main.go:3:8: no required module provides package example.org/x/nope; to add it:\n\tgo get example.org/x/nope\n"
    );
    let unused = ("server/server.go", "package server\n\nimport (\n\t\"os\"\n)\n\nfunc Run() {}\n");
    assert_eq!(
        refused(&[GO_MOD, MAIN, unused], "go build ."),
        "# example.org/x/server\nserver/server.go:4:2: \"os\" imported and not used\n"
    );
    // The name of a package that is not at hand need not be the last part of its path.
    let yaml = ("main.go", "package main\n\nimport \"gopkg.in/yaml.v3\"\n\nfunc main() { yaml.Marshal(1) }\n");
    assert_eq!(run(&[GO_MOD, yaml], "go build .").0, 0);
}

#[test]
fn several_programs_are_built_into_a_folder() {
    let main = |name: &'static str| (name, "package main\n\nfunc main() {}\n");
    let files = [GO_MOD, main("cmd/a/main.go"), main("cmd/b/main.go"), main("testdata/c/main.go"), SERVER];
    let (status, shell) = run(&files, "go build -o /bin2/ ./... && ls /bin2 && go build ./... && ls");
    assert_eq!((status, shell.printed(Stream::Stdout).as_str()), (0, "a\nb\ncmd\ngo.mod\nserver\ntestdata\n"));
    assert_eq!(
        refused(&files, "go build -o /both ./cmd/..."),
        "go: cannot write multiple packages to non-directory /both\n"
    );
    let (_, shell) = run(&files, "GOBIN=/g go install ./cmd/a ./cmd/b && go build -C cmd/b -o /c . && ls /g /c");
    assert_eq!(shell.printed(Stream::Stdout), "/c\n\n/g:\na\nb\n");
    assert_eq!(refused(&files, "go build ./nodir"), "stat /src/nodir: directory not found\n");
}

/// `#cgo LDFLAGS`: the library is needed where the program runs, and its header where it is compiled.
#[test]
fn libraries_of_cgo_are_linked() {
    let notes = (
        "main.go",
        "package main\n\n// #cgo LDFLAGS: -lsqlite3 -lm\n// #include <sqlite3.h>\nimport \"C\"\n\nfunc main() { C.sqlite3_libversion() }\n",
    );
    // Whether the base image has the library is not known.
    let (status, shell) = run(&[GO_MOD, notes], "go build -o /app .");
    assert_eq!(status, 0);
    assert!(elf::read(shell.fs.get("/app").unwrap().content().unwrap()).is_err());
    let (_, mut shell) = run(&[GO_MOD, notes], "true");
    for folder in crate::toolchains::c::library_search::FOLDERS {
        if let Ok(real) = shell.fs.resolve("/", folder, true) {
            shell.fs.set_listed(&real);
        }
    }
    assert_eq!(shell.run_script("go build -o /app ."), 1);
    assert_eq!(
        shell.printed(Stream::Stderr),
        "# example.org/x\n./main.go:4:11: fatal error: sqlite3.h: No such file or directory\ncompilation terminated.\n"
    );
    let (status, mut shell) = run(&[GO_MOD, notes], "true");
    assert_eq!(status, 0);
    crate::packages::use_indexes(&mut shell, crate::packages::index::Indexes::builtin());
    let status = shell.run_script("apt-get update && apt-get install -y libsqlite3-dev && go build -o /app .");
    assert_eq!(status, 0, "{}", shell.printed(Stream::Stderr));
    let program = elf::read(shell.fs.get("/app").unwrap().content().unwrap()).unwrap();
    assert_eq!(program.needed, ["libsqlite3.so.0", "libc.so.6"]);
    let words = refused(&[GO_MOD, notes], "CGO_ENABLED=0 go build -o /app .");
    assert!(words.contains("build constraints exclude all Go files"), "{words}");
}

/// `go get` is for modules since Go 1.18; before, it brought sources and programs into GOPATH.
#[test]
fn go_get_outside_of_a_module_fails() {
    let words = refused(&[], "go get github.com/a/b");
    assert!(words.starts_with("go: go.mod file not found") && words.contains("no longer supported outside"), "{words}");
    assert_eq!(run(&[GO_MOD], "go get github.com/a/b").0, 0);
    assert_eq!(run(&[GO_MOD], "go get github.com/a/b@latest").0, 0);
}
