//! A CMake project: the targets that its CMakeLists.txt build, link and install, and the make rules for them.

use super::cmakelists::{Word, expand, holds, parse};
use super::find_package::PACKAGES;
use crate::fs::path;
use crate::shell::Shell;
use crate::toolchains::make::GENERATED_MAKEFILE_HEADER;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The deepest nesting of folders.
const MAX_DEPTH: u32 = 16;

/// A program or a library that is built.
#[derive(Clone, Debug, Default)]
struct Target {
    name: String,
    program: bool,
    shared: bool,
    sources: Vec<String>,
    libraries: Vec<String>,
    flags: Vec<String>,
}

/// The content of a project's CMakeLists.txt.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) variables: BTreeMap<String, String>,
    targets: Vec<Target>,
    /// Recipes of `make install`.
    pub(super) installs: Vec<String>,
    /// The constructs that are not modelled.
    pub(crate) gaps: BTreeSet<String>,
}

/// Why the project cannot be configured.
pub(crate) type ConfigureError = String;

impl Project {
    /// Evaluates the CMakeLists.txt of a folder.
    pub(crate) fn folder(&mut self, shell: &mut Shell, folder: &str, depth: u32) -> Result<(), ConfigureError> {
        let file = path::join(folder, "CMakeLists.txt");
        let advice = "Specify --help for usage, or press the help button on the CMake GUI.\n";
        let text = match shell.read(&file) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => {
                self.gaps.insert(file);
                return Ok(());
            }
            Err(_) if shell.fs.may_hide("/", &file) => {
                shell.gap("unlisted-file", file);
                return Ok(());
            }
            Err(_) if shell.fs.stat("/", folder).is_err() => {
                return Err(format!("CMake Error: The source directory \"{folder}\" does not exist.\n{advice}"));
            }
            Err(_) => {
                return Err(format!(
                    "CMake Error: The source directory \"{folder}\" does not appear to contain CMakeLists.txt.\n{advice}"
                ));
            }
        };
        let commands = parse(&text).map_err(|line| {
            let why = "Parse error.  Function missing ending \")\".  End of file reached.";
            format!("CMake Error at CMakeLists.txt:{line}:\n  {why}\n")
        })?;
        self.variables.insert("CMAKE_CURRENT_SOURCE_DIR".into(), folder.into());
        // Of each open `if`: whether its part is taken, and whether one was.
        let mut open: Vec<(bool, bool)> = Vec::new();
        for command in commands {
            let words = &command.words;
            match command.name.as_str() {
                "if" => {
                    let taken = self.condition(words);
                    open.push((taken, taken));
                    continue;
                }
                "elseif" => {
                    let now = self.condition(words);
                    if let Some((taken, was)) = open.last_mut() {
                        (*taken, *was) = (now && !*was, *was || now);
                    }
                    continue;
                }
                "else" => {
                    if let Some((taken, was)) = open.last_mut() {
                        *taken = !*was;
                    }
                    continue;
                }
                "endif" => {
                    open.pop();
                    continue;
                }
                _ if open.iter().any(|(taken, _)| !taken) => continue,
                _ => {}
            }
            self.command(shell, folder, &command.name, words, command.line, depth)?;
            self.variables.insert("CMAKE_CURRENT_SOURCE_DIR".into(), folder.into());
        }
        Ok(())
    }

    fn condition(&mut self, words: &[Word]) -> bool {
        holds(words, &self.variables).unwrap_or_else(|| {
            self.gaps
                .insert(format!("if({})", words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")));
            false
        })
    }

    /// Arguments with variables filled in; lists become words.
    fn words(&self, words: &[Word]) -> Vec<String> {
        let mut all = Vec::new();
        for word in words {
            let text = expand(&word.text, &self.variables);
            match word.quoted {
                true => all.push(text),
                false => all.extend(text.split(';').filter(|part| !part.is_empty()).map(str::to_string)),
            }
        }
        all
    }

    fn command(
        &mut self,
        shell: &mut Shell,
        folder: &str,
        name: &str,
        words: &[Word],
        line: usize,
        depth: u32,
    ) -> Result<(), ConfigureError> {
        let words = self.words(words);
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        match name {
            "project" => {
                self.variables.insert("PROJECT_NAME".into(), first.clone());
                self.variables.insert("CMAKE_PROJECT_NAME".into(), first.clone());
                let languages: Vec<&str> =
                    rest.iter().map(String::as_str).filter(|word| ["C", "CXX"].contains(word)).collect();
                for (language, compiler) in [("C", "cc"), ("CXX", "c++")] {
                    let wanted = languages.is_empty() || languages.contains(&language);
                    if wanted && shell.which(compiler) == (None, false) {
                        return Err(format!(
                            "CMake Error at CMakeLists.txt:{line} (project):\n  No CMAKE_{language}_COMPILER could be found.\n"
                        ));
                    }
                }
            }
            "set" => {
                let end = rest.iter().position(|word| word == "CACHE" || word == "PARENT_SCOPE").unwrap_or(rest.len());
                // What is given on the command line wins over a cached default.
                if rest.get(end).is_none_or(|word| word != "CACHE") || !self.variables.contains_key(first) {
                    self.variables.insert(first.clone(), rest.get(..end).unwrap_or(&[]).join(";"));
                }
            }
            "option" => {
                let value = rest.get(1).map_or("OFF", String::as_str).to_string();
                self.variables.entry(first.clone()).or_insert(value);
            }
            "list" if first == "APPEND" => {
                if let Some((name, more)) = rest.split_first() {
                    let list = self.variables.entry(name.clone()).or_default();
                    for one in more {
                        let _ = write!(list, "{}{one}", if list.is_empty() { "" } else { ";" });
                    }
                }
            }
            "file" if first == "GLOB" || first == "GLOB_RECURSE" => {
                if let Some((name, patterns)) = rest.split_first() {
                    let found = globbed(shell, folder, patterns, first == "GLOB_RECURSE");
                    self.variables.insert(name.clone(), found.join(";"));
                }
            }
            "add_executable" | "add_library" => self.target(shell, folder, name, first, rest, line)?,
            "target_sources" | "target_link_libraries" | "target_compile_options" | "target_link_options" => {
                self.extend(folder, name, first, rest)?;
            }
            "link_libraries" => {
                let list = self.variables.entry(" libraries".into()).or_default();
                let _ = write!(list, ";{}", words.join(";"));
            }
            "add_subdirectory" => {
                let inner = path::join(folder, first);
                if depth < MAX_DEPTH {
                    self.folder(shell, &inner, depth + 1)?;
                }
            }
            "install" => self.install(folder, &words),
            "find_package" => self.find_package(shell, first, rest, line)?,
            "message" => {
                let text = rest.join("");
                match first.as_str() {
                    "FATAL_ERROR" => {
                        return Err(format!("CMake Error at CMakeLists.txt:{line} (message):\n  {text}\n"));
                    }
                    "STATUS" => shell.out(format!("-- {text}\n")),
                    _ => {}
                }
            }
            "cmake_minimum_required"
            | "target_include_directories"
            | "include_directories"
            | "target_compile_features"
            | "target_compile_definitions"
            | "add_definitions"
            | "add_compile_definitions"
            | "add_compile_options"
            | "set_target_properties"
            | "set_property"
            | "enable_testing"
            | "add_test"
            | "enable_language"
            | "cmake_policy"
            | "mark_as_advanced"
            | "endfunction"
            | "link_directories"
            | "target_link_directories"
            | "return" => {}
            "include" if ["GNUInstallDirs", "CTest", "CheckCXXCompilerFlag"].contains(&first.as_str()) => {}
            name => {
                self.gaps.insert(format!("{name}({first})"));
            }
        }
        Ok(())
    }

    fn target(
        &mut self,
        shell: &Shell,
        folder: &str,
        kind: &str,
        name: &str,
        words: &[String],
        line: usize,
    ) -> Result<(), ConfigureError> {
        let mut target = Target { name: name.into(), program: kind == "add_executable", ..Target::default() };
        target.libraries = self
            .variables
            .get(" libraries")
            .map_or(Vec::new(), |list| list.split(';').filter(|one| !one.is_empty()).map(str::to_string).collect());
        for word in words {
            match word.as_str() {
                "SHARED" | "MODULE" => target.shared = true,
                "STATIC" | "OBJECT" | "INTERFACE" | "EXCLUDE_FROM_ALL" | "WIN32" | "ALIAS" | "IMPORTED" => {}
                file => {
                    let place = path::join(folder, file);
                    if !file.starts_with("$<") && shell.fs.stat("/", &place).is_err() && !shell.fs.may_hide("/", &place)
                    {
                        return Err(format!(
                            "CMake Error at CMakeLists.txt:{line} ({kind}):\n  Cannot find source file:\n\n    {file}\n\n"
                        ));
                    }
                    target.sources.push(place);
                }
            }
        }
        if target.shared {
            self.gaps.insert(format!("{kind}({name} SHARED)"));
        }
        self.targets.push(target);
        Ok(())
    }

    fn extend(&mut self, folder: &str, kind: &str, name: &str, words: &[String]) -> Result<(), ConfigureError> {
        const SCOPES: [&str; 6] = ["PUBLIC", "PRIVATE", "INTERFACE", "BEFORE", "debug", "optimized"];
        let Some(target) = self.targets.iter_mut().find(|target| target.name == name) else {
            return Err(format!(
                "CMake Error ({kind}):\n  Cannot specify libraries or sources for target \"{name}\" which is not built by this project.\n"
            ));
        };
        for word in words.iter().filter(|word| !SCOPES.contains(&word.as_str())) {
            match kind {
                "target_sources" => target.sources.push(path::join(folder, word)),
                "target_link_libraries" => target.libraries.push(word.clone()),
                _ => target.flags.push(word.clone()),
            }
        }
        Ok(())
    }

    /// The makefile that builds and installs the project.
    pub(crate) fn makefile(&mut self) -> String {
        let flag = |name: &str| self.variables.get(name).cloned().unwrap_or_default();
        let level = match flag("CMAKE_BUILD_TYPE").to_lowercase().as_str() {
            "release" => "-O3 -DNDEBUG",
            "relwithdebinfo" => "-O2 -g -DNDEBUG",
            "minsizerel" => "-Os -DNDEBUG",
            "debug" => "-g",
            _ => "",
        };
        let prefix = flag("CMAKE_INSTALL_PREFIX");
        let linker = flag("CMAKE_EXE_LINKER_FLAGS");
        let programs: Vec<&Target> = self.targets.iter().filter(|target| target.program).collect();
        let names: Vec<&str> = programs.iter().map(|target| target.name.as_str()).collect();
        let mut text = format!("{GENERATED_MAKEFILE_HEADER}prefix = {prefix}\nall: {}\n", names.join(" "));
        for target in &programs {
            let (mut sources, mut libraries, mut flags) = (target.sources.clone(), Vec::new(), target.flags.clone());
            let mut open: Vec<&str> = target.libraries.iter().map(String::as_str).collect();
            let mut seen = BTreeSet::new();
            while let Some(name) = open.pop() {
                if !seen.insert(name) {
                    continue;
                }
                let own = self.targets.iter().find(|target| target.name == name && !target.program);
                match own {
                    Some(own) => {
                        sources.extend(own.sources.clone());
                        open.extend(own.libraries.iter().map(String::as_str));
                    }
                    None if name.starts_with('-') => flags.push(name.into()),
                    None => match PACKAGES.iter().flat_map(|(_, all)| *all).find(|(imported, _)| *imported == name) {
                        Some((_, library)) => libraries.push(format!("-l{library}")),
                        None if name == "Threads::Threads" => {}
                        None => libraries.push(format!("-l{name}")),
                    },
                }
            }
            sources.retain(|file| [".c", ".cc", ".cpp", ".cxx", ".C"].iter().any(|end| file.ends_with(end)));
            let cpp = sources.iter().any(|file| !file.ends_with(".c"));
            let compiler = if cpp { "c++" } else { "cc" };
            let files = sources.join(" ");
            let _ = writeln!(
                text,
                "{0}: {files}\n\t{compiler} {level} {linker} {1} -o {0} {files} {2}",
                target.name,
                flags.join(" "),
                libraries.join(" ")
            );
        }
        let _ = writeln!(text, "install: all");
        self.installs.iter().for_each(|recipe| {
            let _ = writeln!(text, "\t{recipe}");
        });
        let _ = writeln!(text, "clean:\n\trm -f {}\n.PHONY: all install clean", names.join(" "));
        text
    }
}

/// The files that match glob patterns, as absolute paths.
fn globbed(shell: &Shell, folder: &str, patterns: &[String], deep: bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    for pattern in patterns.iter().filter(|word| *word != "CONFIGURE_DEPENDS") {
        let pattern = path::join(folder, pattern);
        let (above, name) = (path::parent(&pattern), path::file_name(&pattern));
        for (place, _) in shell.fs.walk(above).filter(|(_, node)| !node.is_dir()) {
            let is_near = path::parent(place) == above;
            if (is_near || deep) && crate::fs::shell_matches(name, path::file_name(place)) {
                found.insert(place.to_string());
            }
        }
    }
    found.into_iter().collect()
}
