//! Why a start fails.

/// Why a program does not start, or ends at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Neither ENTRYPOINT nor CMD is set.
    NothingToStart,
    /// The file does not exist.
    NotFound {
        /// The path as requested.
        path: String,
        /// Whether it was looked up in PATH.
        in_path: bool,
    },
    /// The path is a directory.
    IsDirectory {
        /// Its path.
        path: String,
    },
    /// The user may not execute it.
    PermissionDenied {
        /// The file.
        path: String,
        /// Its mode, octal.
        mode: String,
    },
    /// The symbolic links form a loop.
    SymlinkLoop {
        /// The path of the first one.
        path: String,
    },
    /// An ELF file whose PT_INTERP names a file that does not exist.
    InterpreterMissing {
        /// The program.
        path: String,
        /// The loader that PT_INTERP names.
        interpreter: String,
    },
    /// A script whose `#!` line names a file that does not exist.
    ScriptInterpreterMissing {
        /// The script.
        path: String,
        /// The interpreter as the line names it.
        interpreter: String,
        /// Whether the line ends with a carriage return, which counts as part of the name.
        carriage_return: bool,
    },
    /// Neither ELF nor a script.
    NotExecutable {
        /// The file.
        path: String,
        /// Whether the file is empty.
        empty: bool,
    },
    /// The program is for another machine.
    WrongMachine {
        /// The file.
        path: String,
        /// The machine of the program.
        machine: String,
        /// The machine of the kernel.
        host: String,
    },
    /// Needed libraries are not found.
    LibraryMissing {
        /// The program.
        path: String,
        /// DT_NEEDED names, in the order in which the loader reports them.
        libraries: Vec<String>,
    },
    /// A library does not define the needed symbol versions.
    VersionMissing {
        /// The program.
        path: String,
        /// The library's path.
        library: String,
        /// Version names.
        versions: Vec<String>,
    },
    /// A needed library exists and cannot be loaded.
    LibraryUnusable {
        /// The program.
        path: String,
        /// The library.
        library: String,
        /// The loader's message.
        reason: String,
    },
    /// Symbols that are needed at the start are not defined.
    SymbolMissing {
        /// The object that needs them.
        path: String,
        /// Their names, with versions where they have some.
        symbols: Vec<String>,
    },
    /// A shared library was started like a program.
    SharedLibrary {
        /// The file.
        path: String,
    },
    /// The file is shorter than its headers say.
    Truncated {
        /// The file.
        path: String,
    },
    /// The loader that a program names is not a program.
    InterpreterUnusable {
        /// The program.
        path: String,
        /// The loader that PT_INTERP names.
        interpreter: String,
    },
    /// Too many nested scripts whose interpreters are scripts.
    NestedScripts {
        /// The path of the first one.
        path: String,
    },
    /// The file system is mounted with `noexec`.
    MountedNoexec {
        /// The file.
        path: String,
    },
    /// USER names a user that /etc/passwd lacks.
    UnknownUser {
        /// The name.
        user: String,
    },
    /// An interpreter starts, and the file that it is to run does not exist.
    MainFileMissing {
        /// The interpreter's name, such as `node`.
        program: String,
        /// The file as the interpreter looks for it.
        path: String,
    },
    /// An entrypoint script ends because none of the variables that it wants is set.
    VariableMissing {
        /// The script.
        path: String,
        /// The variables' names, or `NAME=value`; one would do.
        variables: Vec<String>,
    },
    /// The command starts and ends at once with an error.
    ExitsWithError {
        /// The command.
        command: String,
        /// Its exit code, 1 to 255.
        code: i32,
    },
}

/// The name of an interpreter as people read it: a carriage return is part of the name, and nobody would see it.
pub fn visible_name(interpreter: &str) -> String {
    interpreter.replace('\r', "␍")
}

impl Cause {
    /// All ids.
    pub const CODES: [&str; 22] = [
        "nothing-to-start",
        "not-found",
        "is-directory",
        "permission-denied",
        "symlink-loop",
        "interpreter-missing",
        "script-interpreter-missing",
        "not-executable",
        "wrong-machine",
        "library-missing",
        "version-missing",
        "library-unusable",
        "symbol-missing",
        "truncated",
        "shared-library",
        "interpreter-unusable",
        "nested-scripts",
        "mounted-noexec",
        "unknown-user",
        "main-file-missing",
        "variable-missing",
        "exits-with-error",
    ];

    /// The stable id, by which messages and fixes are found.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::NothingToStart => "nothing-to-start",
            Cause::NotFound { .. } => "not-found",
            Cause::IsDirectory { .. } => "is-directory",
            Cause::PermissionDenied { .. } => "permission-denied",
            Cause::SymlinkLoop { .. } => "symlink-loop",
            Cause::InterpreterMissing { .. } => "interpreter-missing",
            Cause::ScriptInterpreterMissing { .. } => "script-interpreter-missing",
            Cause::NotExecutable { .. } => "not-executable",
            Cause::WrongMachine { .. } => "wrong-machine",
            Cause::LibraryMissing { .. } => "library-missing",
            Cause::VersionMissing { .. } => "version-missing",
            Cause::LibraryUnusable { .. } => "library-unusable",
            Cause::SymbolMissing { .. } => "symbol-missing",
            Cause::Truncated { .. } => "truncated",
            Cause::SharedLibrary { .. } => "shared-library",
            Cause::InterpreterUnusable { .. } => "interpreter-unusable",
            Cause::NestedScripts { .. } => "nested-scripts",
            Cause::MountedNoexec { .. } => "mounted-noexec",
            Cause::UnknownUser { .. } => "unknown-user",
            Cause::MainFileMissing { .. } => "main-file-missing",
            Cause::VariableMissing { .. } => "variable-missing",
            Cause::ExitsWithError { .. } => "exits-with-error",
        }
    }

    /// The values for the placeholders of its messages.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let one = |name, value: &str| (name, value.to_string());
        match self {
            Cause::NothingToStart => vec![],
            Cause::NotFound { path, .. } | Cause::IsDirectory { path } | Cause::SymlinkLoop { path } => {
                vec![one("path", path)]
            }
            Cause::PermissionDenied { path, mode } => vec![one("path", path), one("mode", mode)],
            Cause::InterpreterMissing { path, interpreter }
            | Cause::InterpreterUnusable { path, interpreter }
            | Cause::ScriptInterpreterMissing { path, interpreter, .. } => {
                vec![one("path", path), ("interpreter", visible_name(interpreter))]
            }
            Cause::NotExecutable { path, .. }
            | Cause::Truncated { path }
            | Cause::SharedLibrary { path }
            | Cause::NestedScripts { path }
            | Cause::MountedNoexec { path } => vec![one("path", path)],
            Cause::LibraryUnusable { path, library, reason } => {
                vec![one("path", path), one("library", library), one("reason", reason)]
            }
            Cause::SymbolMissing { path, symbols } => {
                const SHOWN: usize = 8;
                let more = if symbols.len() > SHOWN { ", …" } else { "" };
                let shown = symbols.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
                vec![one("path", path), one("symbols", &format!("{shown}{more}"))]
            }
            Cause::WrongMachine { path, machine, host } => {
                vec![one("path", path), one("machine", machine), one("host", host)]
            }
            Cause::LibraryMissing { path, libraries } => {
                vec![one("path", path), one("libraries", &libraries.join(", "))]
            }
            Cause::VersionMissing { path, library, versions } => {
                vec![one("path", path), one("library", library), one("versions", &versions.join(", "))]
            }
            Cause::UnknownUser { user } => vec![one("user", user)],
            Cause::MainFileMissing { program, path } => vec![one("program", program), one("path", path)],
            Cause::VariableMissing { path, variables } => {
                vec![one("path", path), one("variables", &variables.join(", "))]
            }
            Cause::ExitsWithError { command, code } => {
                vec![one("command", command), one("code", &code.to_string())]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_ids_has_the_ids_of_the_causes() {
        let text = include_str!("cause.rs");
        let mut ids: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Cause::")?.split_once("=> \""))
            .map(|(_, id)| id.trim_end_matches("\","))
            .collect();
        let mut listed = Cause::CODES.to_vec();
        ids.sort_unstable();
        listed.sort_unstable();
        assert_eq!(ids, listed);
    }
}
