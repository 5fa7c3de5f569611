//! The ELF file that gcc links: its interpreter, the libraries that it needs, and its size.

use super::gcc_request::{GccRequest, gap, write_output_file};
use super::library_search::{self, Library};
use super::main_behaviour::{behaviour_note_of, unknown_note};
use super::program_size::{MAX_ESTIMATED, SMALL, linked_size, size, source_bytes};
use crate::commands::c_library;
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::fs::Content;
use crate::shell::Shell;

pub(crate) fn link(shell: &mut Shell, request: &GccRequest, sources: &[(String, Option<Content>)]) -> i32 {
    let mut program = Elf::new(shell.machine, request.shared);
    let musl = c_library::musl_loader(shell);
    let mut own_code = true;
    if !request.fixed {
        add_c_library(shell, request, &mut program, musl.as_deref());
        match needed_sonames(shell, request) {
            Ok(libraries) => {
                own_code = libraries.is_empty() && !(request.cpp && request.static_libstdcxx);
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
    let notes = sources.iter().filter_map(|(name, content)| behaviour_note_of(name, content.as_ref()?));
    // Of several sources the one with `main` has the say, as far as it is one file.
    let behaviour = notes.reduce(|_, _| unknown_note());
    program.behaviour = if request.shared { None } else { behaviour.or_else(|| Some(unknown_note())) };
    let bytes = source_bytes(sources);
    let is_one = sources.len() == 1 && sources.iter().all(|(name, _)| !name.ends_with(".o"));
    let is_known = sources.iter().all(|(_, content)| content.as_ref().is_some_and(|content| content.len_known));
    let written = elf::write(&program);
    let content = match (size(request, musl.is_some()).filter(|_| own_code), bytes) {
        (Some((len, basis)), Some(bytes)) if is_one && is_known && bytes.best <= SMALL => {
            Content::modelled(written, len, basis)
        }
        (Some((len, _)), Some(bytes)) if bytes.best <= MAX_ESTIMATED => {
            let head = written.len() as u64;
            let typical = linked_size(len.saturating_sub(head), bytes, request);
            Content::started(written, "a linked program: how large it is depends on its sources")
                .estimated(Some(&typical))
        }
        _ => Content::started(written, "a linked program: how large it is depends on its sources"),
    };
    write_output_file(shell, request.output.as_deref().unwrap_or("a.out"), content, 0o755)
}

/// The versions of libc.so.6 that a program with the archive of the C++ library requires, as far as the glibc defines
/// them (seen with gcc 12 and glibc 2.36).
const CPP_ARCHIVE_VERSIONS: [&str; 9] = [
    "GLIBC_2.36",
    "GLIBC_2.35",
    "GLIBC_2.34",
    "GLIBC_2.33",
    "GLIBC_2.32",
    "GLIBC_2.25",
    "GLIBC_2.14",
    "GLIBC_2.3",
    "GLIBC_2.2.5",
];

/// Adds the C library, and for C++ the libraries that it requires.
pub(crate) fn add_c_library(shell: &Shell, request: &GccRequest, program: &mut Elf, musl: Option<&str>) {
    let arm = shell.machine == Machine::Aarch64;
    let strong = NeededVersions::strong;
    let static_cpp = request.cpp && request.static_libstdcxx;
    if request.cpp && !static_cpp {
        program.needed.push("libstdc++.so.6".into());
    }
    // The archive of the C++ library unwinds the stack with the functions of libgcc_s (seen with gcc 12).
    if static_cpp && !request.static_libgcc {
        program.needed.push("libgcc_s.so.1".into());
    }
    if let Some(loader) = musl {
        program.interpreter = (!request.shared).then(|| loader.to_string());
        program.needed.push(format!("libc.musl-{}.so.1", c_library::arch(shell.machine)));
        return;
    }
    program.interpreter = (!request.shared).then(|| c_library::glibc_loader(shell.machine).to_string());
    let first = if arm { "GLIBC_2.17" } else { "GLIBC_2.2.5" };
    if request.cpp && !static_cpp {
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
    if !request.shared && library_search::defines(shell, "GLIBC_2.34") {
        versions.insert(0, "GLIBC_2.34".into());
    }
    if static_cpp {
        versions = CPP_ARCHIVE_VERSIONS.map(String::from).to_vec();
        // 2.35 has the function with which libgcc finds the tables for unwinding.
        versions.retain(|version| {
            library_search::defines(shell, version) && (version != "GLIBC_2.35" || request.static_libgcc)
        });
        if !versions.iter().any(|version| version == first) {
            versions.push(first.into());
        }
    }
    program.needed_versions.push(strong("libc.so.6", versions));
}

/// Libraries that `-l` names, by their sonames.
///
/// # Errors
/// The first one that cannot be found.
pub(crate) fn needed_sonames(shell: &mut Shell, request: &GccRequest) -> Result<Vec<String>, String> {
    let mut needed = Vec::new();
    for library in request.libraries.iter().filter(|library| !library_search::OWN.contains(&library.as_str())) {
        match library_search::library(shell, library, &request.folders) {
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
