//! gcc, g++ and their other names: C sources in, real ELF files out.
//!
//! Sources are not compiled: that they are free of mistakes is taken for granted, and of what a
//! program does only printed literals are followed. How it is linked, and so where it starts, is known.

use crate::commands::c_library;
use crate::elf::{self, Elf, FileKind, Machine, NeededVersions};
use crate::fs::{Content, path};
use crate::shell::{Behaviour, Gap, Shell};
use crate::toolchains::c::linker;
use crate::toolchains::c::linker::Library;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Source text up to which a program is as large as one that prints a line, in bytes.
pub(crate) const SMALL: u64 = 2_000;

/// `data/toolchains/c.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Facts {
    pub(crate) source: String,
    pub(crate) date: String,
    pub(crate) glibc: BTreeMap<String, Sizes>,
    pub(crate) musl: BTreeMap<String, Sizes>,
}

/// Of a small program, in bytes.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) dynamic: u64,
    pub(crate) dynamic_stripped: u64,
    #[serde(rename = "static")]
    pub(crate) fixed: u64,
    pub(crate) static_stripped: u64,
    shared: u64,
}

pub(crate) fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/c.json")).ok()).as_ref()
}

/// What a command line asks for.
#[derive(Default)]
pub(crate) struct Request {
    output: Option<String>,
    inputs: Vec<String>,
    libraries: Vec<String>,
    folders: Vec<String>,
    compile_only: bool,
    shared: bool,
    fixed: bool,
    stripped: bool,
    optimised: bool,
    cpp: bool,
}

impl Request {
    fn read(shell: &mut Shell, argv: &[String]) -> Self {
        let name = path::file_name(argv.first().map_or("", String::as_str)).to_string();
        let mut request = Request { cpp: name.contains("++"), ..Request::default() };
        let mut words = argv.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-o" => request.output = words.next().cloned(),
                "-c" => request.compile_only = true,
                "-shared" => request.shared = true,
                "-static" | "-static-pie" | "--static" => request.fixed = true,
                "-s" => request.stripped = true,
                "-I" | "-D" | "-U" | "-include" | "-isystem" | "-x" | "-MF" | "-MT" => {
                    words.next();
                }
                "-L" => request.folders.extend(words.next().cloned()),
                "-l" => request.libraries.extend(words.next().cloned()),
                "-E" | "-S" | "-M" | "-MM" => gap(shell, "unmodelled-option", format!("{name} {word}")),
                "-" => gap(shell, "unmodelled-option", format!("{name} -")),
                word => match word.strip_prefix('-') {
                    None => request.inputs.push(word.to_string()),
                    Some(flag) => {
                        if let Some(output) = flag.strip_prefix('o').filter(|output| !output.is_empty()) {
                            request.output = Some(output.to_string());
                        } else if let Some(library) = flag.strip_prefix('l') {
                            request.libraries.push(library.to_string());
                        } else if let Some(folder) = flag.strip_prefix('L') {
                            request.folders.push(folder.to_string());
                        }
                        if let Some(level) = flag.strip_prefix('O') {
                            request.optimised = level != "0";
                        }
                        // -g, -W, -f, -m, -std, -I, -D: nothing that decides where it starts.
                    }
                },
            }
        }
        request.cpp |= request.inputs.iter().any(|name| is_cpp(name));
        request
    }
}

pub(crate) fn is_cpp(name: &str) -> bool {
    [".cc", ".cpp", ".cxx", ".C", ".c++"].iter().any(|end| name.ends_with(end))
}

pub(crate) fn gap(shell: &mut Shell, code: &'static str, what: String) {
    shell.gaps.push(Gap { code, what });
}

/// The command model of gcc.
pub(crate) fn gcc(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = path::file_name(argv.first().map_or("gcc", String::as_str)).to_string();
    if argv.iter().any(|word| matches!(word.as_str(), "--version" | "-v" | "-dumpmachine" | "-dumpversion")) {
        gap(shell, "unknown-output", format!("{name} {}", argv.get(1).map_or("", String::as_str)));
        return 0;
    }
    let request = Request::read(shell, argv);
    if request.inputs.is_empty() {
        shell.err(format!("{name}: fatal error: no input files\ncompilation terminated.\n"));
        return 1;
    }
    let mut sources = Vec::new();
    for input in &request.inputs {
        let found = shell.fs.stat(&shell.cwd, input).map(|(_, node)| node.content().cloned());
        match found {
            Ok(content) => sources.push((input.clone(), content)),
            Err(_) if shell.fs.may_hide(&shell.cwd, input) => {
                gap(shell, "unlisted-file", input.clone());
                sources.push((input.clone(), None));
            }
            Err(_) => {
                let tool = if request.cpp { "cc1plus" } else { "cc1" };
                shell
                    .err(format!("{tool}: fatal error: {input}: No such file or directory\ncompilation terminated.\n"));
                return 1;
            }
        }
    }
    if request.compile_only {
        return objects(shell, &request, &sources);
    }
    link(shell, &request, &sources)
}

/// `-c`: an object file for each source.
pub(crate) fn objects(shell: &mut Shell, request: &Request, sources: &[(String, Option<Content>)]) -> i32 {
    for (name, content) in sources {
        let base = path::file_name(name);
        let base = base.rsplit_once('.').map_or(base, |(base, _)| base);
        let output = request.output.clone().unwrap_or_else(|| format!("{base}.o"));
        let mut object = Elf::new(shell.machine, false);
        object.kind = FileKind::Rel;
        object.behaviour = content.as_ref().and_then(|content| note_of(name, content));
        let written = Content::started(elf::write(&object), "an object file: how large it is depends on its source");
        if put(shell, &output, written, 0o644) != 0 {
            return 1;
        }
    }
    0
}

pub(crate) fn link(shell: &mut Shell, request: &Request, sources: &[(String, Option<Content>)]) -> i32 {
    let mut program = Elf::new(shell.machine, request.shared);
    let musl = c_library::musl_loader(shell);
    let mut own_code = true;
    if !request.fixed {
        needs(shell, request, &mut program, musl.as_deref());
        match foreign(shell, request) {
            Ok(libraries) => {
                own_code = libraries.is_empty();
                program.needed.splice(0..0, libraries);
            }
            Err(missing) => {
                shell.err(format!(
                    "/usr/bin/ld: cannot find -l{missing}: No such file or directory\ncollect2: error: ld returned 1 exit status\n"
                ));
                return 1;
            }
        }
    }
    let notes = sources.iter().filter_map(|(name, content)| note_of(name, content.as_ref()?));
    // Of several sources the one with `main` has the say, as far as it is one file.
    let behaviour = notes.reduce(|_, _| unknown_note());
    program.behaviour = if request.shared { None } else { behaviour.or_else(|| Some(unknown_note())) };
    let length = |content: &Option<Content>| content.as_ref().map_or(SMALL + 1, |content| content.len);
    let bytes: u64 = sources.iter().map(|(_, content)| length(content)).sum();
    let objects = sources.iter().any(|(name, _)| name.ends_with(".o") || name.ends_with(".a"));
    let written = elf::write(&program);
    let content = match size(request, musl.is_some()).filter(|_| bytes <= SMALL && !objects && own_code) {
        Some((len, basis)) => Content::modelled(written, len, basis),
        None => Content::started(written, "a linked program: how large it is depends on its sources"),
    };
    put(shell, request.output.as_deref().unwrap_or("a.out"), content, 0o755)
}

/// The C library and what C++ needs beside it.
pub(crate) fn needs(shell: &Shell, request: &Request, program: &mut Elf, musl: Option<&str>) {
    let arm = shell.machine == Machine::Aarch64;
    let strong = NeededVersions::strong;
    if request.cpp {
        program.needed.push("libstdc++.so.6".into());
    }
    if let Some(loader) = musl {
        program.interpreter = (!request.shared).then(|| loader.to_string());
        program.needed.push(format!("libc.musl-{}.so.1", c_library::arch(shell.machine)));
        return;
    }
    program.interpreter = (!request.shared).then(|| c_library::glibc_loader(shell.machine).to_string());
    let first = if arm { "GLIBC_2.17" } else { "GLIBC_2.2.5" };
    if request.cpp {
        let mut versions = vec!["GLIBCXX_3.4".to_string()];
        // Optimised, a stream is written by a function that came with GCC 4.3 (seen with gcc 12).
        if request.optimised {
            versions.insert(0, "GLIBCXX_3.4.9".into());
        }
        program.needed_versions.push(strong("libstdc++.so.6", versions));
    }
    program.needed.push("libc.so.6".into());
    let mut versions = vec![first.to_string()];
    // `__libc_start_main` got a new version in glibc 2.34; libraries do not call it.
    if !request.shared && linker::defines(shell, "GLIBC_2.34") {
        versions.insert(0, "GLIBC_2.34".into());
    }
    program.needed_versions.push(strong("libc.so.6", versions));
}

/// Libraries that `-l` names, by their sonames.
///
/// # Errors
/// The first one that cannot be found.
pub(crate) fn foreign(shell: &mut Shell, request: &Request) -> Result<Vec<String>, String> {
    /// Parts of today's C libraries, and what the compiler brings itself.
    const OWN: [&str; 10] = ["c", "m", "pthread", "dl", "rt", "util", "stdc++", "gcc_s", "resolv", "crypt"];
    let mut needed = Vec::new();
    for library in request.libraries.iter().filter(|library| !OWN.contains(&library.as_str())) {
        match linker::library(shell, library, &request.folders) {
            Library::Shared(soname) => needed.push(soname),
            Library::Archive => {}
            Library::Hidden => {
                gap(shell, "unlisted-file", format!("lib{library}.so"));
                needed.push(format!("lib{library}.so"));
            }
            Library::Missing => return Err(library.clone()),
        }
    }
    Ok(needed)
}

/// How large a small program is, in bytes, and what that rests on.
pub(crate) fn size(request: &Request, musl: bool) -> Option<(u64, String)> {
    let facts = facts()?;
    let language = if request.cpp { "c++" } else { "c" };
    let sizes = *if musl { facts.musl.get(language) } else { facts.glibc.get(language) }?;
    let bytes = match (request.shared, request.fixed, request.stripped) {
        (true, ..) => sizes.shared,
        (_, true, true) => sizes.static_stripped,
        (_, true, false) => sizes.fixed,
        (_, false, true) => sizes.dynamic_stripped,
        (_, false, false) => sizes.dynamic,
    };
    Some((bytes, format!("{} ({})", facts.source, facts.date)))
}

pub(crate) fn put(shell: &mut Shell, output: &str, content: Content, mode: u32) -> i32 {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let mode = mode & !shell.umask;
    let written = shell.destination(output).and_then(|place| {
        if shell.fs.get(&place).is_some_and(|node| !node.is_dir()) {
            shell.fs.remove(&place)?;
        }
        shell.fs.write(&place, content, mode, uid, gid)
    });
    match written {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("/usr/bin/ld: cannot open output file {output}: {}\n", error.errno.message()));
            1
        }
    }
}

/// The note of a source, or the one that is in an object file.
pub(crate) fn note_of(name: &str, content: &Content) -> Option<Vec<u8>> {
    if name.ends_with(".o") {
        return elf::read(content).ok()?.behaviour;
    }
    note(&String::from_utf8_lossy(content.bytes()?))
}

/// What a source's program does, for the note in its file.
pub(crate) fn note(source: &str) -> Option<Vec<u8>> {
    source.contains("main").then(|| serde_json::to_vec(&behaviour(source)).ok()).flatten()
}

pub(crate) fn unknown_note() -> Vec<u8> {
    serde_json::to_vec(&Behaviour::default()).unwrap_or_default()
}

/// Follows a `main` that only prints literals and returns a number.
pub(crate) fn behaviour(source: &str) -> Behaviour {
    let unknown = Behaviour::default();
    let Some(body) = source.split_once("main").and_then(|(_, rest)| Some(rest.split_once('{')?.1.rsplit_once('}')?.0))
    else {
        return unknown;
    };
    let mut does = Behaviour { known: true, ..Behaviour::default() };
    for statement in body.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let call = |name: &str| {
            let rest = statement.strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_end().strip_suffix(')')?;
            let literal = rest.trim().strip_prefix('"')?.strip_suffix('"')?;
            (!literal.replace("\\\"", "").contains('"')).then(|| crate::shell::escapes::unescape(literal))
        };
        if let Some(text) = call("printf").filter(|text| !text.contains('%')) {
            does.stdout.push_str(&text);
        } else if let Some(text) = call("puts") {
            does.stdout.push_str(&(text + "\n"));
        } else if let Some(code) = statement.strip_prefix("return").and_then(|code| code.trim().parse::<i32>().ok()) {
            does.exit_code = code & 255;
            return does;
        } else {
            return unknown;
        }
    }
    does
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, Era};
    use crate::exec::Credentials;
    use crate::image::Reference;

    const HELLO: &str = "#include <stdio.h>\nint main(void) { printf(\"hello\\n\"); return 3; }\n";

    fn built(image: &str, command: &str) -> (i32, Shell) {
        let image = Catalogue::builtin().image(&Reference::parse(image).unwrap(), Era::Current).unwrap();
        let mut shell = crate::command_table::new_shell(
            image.tree.clone(),
            "/tmp",
            &image.config.env,
            Credentials::default(),
            Machine::X86_64,
        );
        shell.fs.write("/tmp/h.c", Content::inline(HELLO.as_bytes()), 0o644, 0, 0).unwrap();
        let status = shell.run_script(command);
        (status, shell)
    }

    fn program(shell: &Shell, name: &str) -> (Elf, u64) {
        let content = shell.fs.get(name).expect("the program").content().unwrap();
        (elf::read(content).unwrap(), content.len)
    }

    #[test]
    fn the_image_decides_which_loader_is_asked_for() {
        let (status, shell) = built("gcc", "gcc -Wall -O2 -o app h.c && ./app");
        assert_eq!(status, 3, "{}", shell.printed(crate::shell::Stream::Stderr));
        assert_eq!(shell.printed(crate::shell::Stream::Stdout), "hello\n");
        let (elf, len) = program(&shell, "/tmp/app");
        assert_eq!(elf.interpreter.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
        assert_eq!((elf.needed, len), (vec!["libc.so.6".to_string()], 15_960));
        assert!(elf.needed_versions[0].versions.contains(&"GLIBC_2.34".to_string()));
        let (_, shell) = built("gcc", "gcc -static -o app h.c && strip app && ./app");
        let (elf, len) = program(&shell, "/tmp/app");
        assert_eq!((elf.interpreter, len), (None, 682_696));
    }

    #[test]
    fn what_cannot_be_compiled_or_linked_is_refused() {
        let (status, shell) = built("gcc", "gcc -o app /tmp/nope.c");
        assert_eq!(status, 1);
        assert!(shell.printed(crate::shell::Stream::Stderr).contains("nope.c: No such file or directory"));
        assert_eq!(built("gcc", "gcc").0, 1);
        let (status, shell) = built("gcc", "gcc -c h.c && gcc -o app h.o && ./app");
        assert_eq!((status, shell.printed(crate::shell::Stream::Stdout).as_str()), (3, "hello\n"));
    }
}
