//! The command line of gcc.

use crate::fs::{Content, path};
use crate::shell::{Gap, Shell};

/// A parsed command line.
#[derive(Default)]
pub(crate) struct GccRequest {
    pub(crate) output: Option<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) libraries: Vec<String>,
    pub(crate) folders: Vec<String>,
    pub(crate) compile_only: bool,
    pub(crate) shared: bool,
    pub(crate) fixed: bool,
    /// `-static-libstdc++`: the C++ library is linked statically.
    pub(crate) static_libstdcxx: bool,
    /// `-static-libgcc`: gcc's own library is linked statically.
    pub(crate) static_libgcc: bool,
    pub(crate) stripped: bool,
    pub(crate) optimised: bool,
    pub(crate) cpp: bool,
}

impl GccRequest {
    pub(crate) fn read(shell: &mut Shell, argv: &[String]) -> Self {
        let name = path::file_name(argv.first().map_or("", String::as_str)).to_string();
        let mut request = GccRequest { cpp: name.contains("++"), ..GccRequest::default() };
        let mut words = argv.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-o" => request.output = words.next().cloned(),
                "-c" => request.compile_only = true,
                "-shared" => request.shared = true,
                "-static" | "-static-pie" | "--static" => request.fixed = true,
                "-static-libstdc++" => request.static_libstdcxx = true,
                "-static-libgcc" => request.static_libgcc = true,
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

pub(crate) fn write_output_file(shell: &mut Shell, output: &str, content: Content, mode: u32) -> i32 {
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
