//! `gcc`, `g++` and their other names: C sources in, real ELF files out.
//!
//! Sources are not compiled; they are assumed to be free of errors. Of a program's behaviour only printed literals
//! are followed. It is known how it is linked, and so where it starts.

use super::gcc_request::{GccRequest, gap, write_output_file};
use super::link_elf::link;
use super::main_behaviour::behaviour_note_of;
use super::program_size::object_size;
use crate::elf::{self, Elf, FileKind};
use crate::fs::{Content, path};
use crate::measure::{ContextKind, typical_context_size};
use crate::shell::Shell;

/// The command model of gcc.
pub(crate) fn gcc(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = path::file_name(argv.first().map_or("gcc", String::as_str)).to_string();
    if argv.iter().any(|word| matches!(word.as_str(), "--version" | "-v" | "-dumpmachine" | "-dumpversion")) {
        gap(shell, "unknown-output", format!("{name} {}", argv.get(1).map_or("", String::as_str)));
        return 0;
    }
    let request = GccRequest::read(shell, argv);
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
                shell.gap_of_untouched(input);
                let typical = typical_context_size(ContextKind::File, input);
                sources.push((input.clone(), Some(Content::unknown("it is not listed").estimated(typical))));
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
pub(crate) fn objects(shell: &mut Shell, request: &GccRequest, sources: &[(String, Option<Content>)]) -> i32 {
    for (name, content) in sources {
        let base = path::file_name(name);
        let base = base.rsplit_once('.').map_or(base, |(base, _)| base);
        let output = request.output.clone().unwrap_or_else(|| format!("{base}.o"));
        let mut object = Elf::new(shell.machine, false);
        object.kind = FileKind::Rel;
        object.behaviour = content.as_ref().and_then(|content| behaviour_note_of(name, content));
        let why = "an object file: how large it is depends on its source";
        let len = content.as_ref().filter(|content| content.len_known).map(|content| content.len);
        let written = Content::started(elf::write(&object), why).estimated(len.map(object_size).as_ref());
        if write_output_file(shell, &output, written, 0o644) != 0 {
            return 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, newest_day};
    use crate::elf::Machine;
    use crate::exec::Credentials;
    use crate::image::Reference;

    const HELLO: &str = "#include <stdio.h>\nint main(void) { printf(\"hello\\n\"); return 3; }\n";

    fn built(image: &str, command: &str) -> (i32, Shell) {
        let image = Catalogue::builtin().image(&Reference::parse(image).unwrap(), newest_day()).unwrap();
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
    fn the_libraries_of_the_compiler_can_be_linked_statically() {
        let needed = |image: &str, flags: &str| {
            let (status, shell) = built(image, &format!("cp h.c h.cpp && g++ {flags} -o app h.cpp"));
            assert_eq!(status, 0, "{}", shell.printed(crate::shell::Stream::Stderr));
            program(&shell, "/tmp/app").0.needed
        };
        assert_eq!(needed("gcc", "-static-libstdc++ -static-libgcc"), ["libc.so.6"]);
        assert_eq!(needed("gcc", "-static-libstdc++"), ["libgcc_s.so.1", "libc.so.6"]);
        assert_eq!(needed("gcc", "-static-libgcc"), ["libstdc++.so.6", "libc.so.6"]);
        let (_, shell) = built("gcc", "cp h.c h.cpp && g++ -static-libstdc++ -static-libgcc -o app h.cpp");
        let elf = program(&shell, "/tmp/app").0;
        assert_eq!(elf.needed_versions.len(), 1);
        assert!(elf.needed_versions[0].versions.contains(&"GLIBC_2.34".to_string()));
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
