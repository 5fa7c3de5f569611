//! cmake: projects of C and C++ by their CMakeLists.txt, built by make or ninja.
//!
//! A makefile is written that builds the project's targets. It is not cmake's own, but has cmake's header. The other
//! files that cmake writes into the folder are not listed.

mod cmakelists;
mod find_package;
mod install_rules;
mod ninja;
mod project;

use crate::commands::configure_make_estimate::estimate_build;
use crate::fs::{Content, path};
use crate::shell::Shell;
pub(crate) use ninja::ninja;
use project::Project;
use std::collections::BTreeMap;

/// A parsed command line.
#[derive(Debug, Default)]
struct CmakeRequest {
    source: Option<String>,
    /// The folder operand: the source folder, or a build folder that is configured already.
    place: Option<String>,
    folder: Option<String>,
    ninja: bool,
    variables: BTreeMap<String, String>,
    targets: Vec<String>,
    prefix: Option<String>,
}

fn read(argv: &[String]) -> (String, CmakeRequest) {
    let mut request = CmakeRequest::default();
    let mut verb = String::from("configure");
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let mut take = |short: &str| match word.strip_prefix(short) {
            Some("") => words.next().cloned(),
            rest => rest.map(str::to_string),
        };
        match word.as_str() {
            "--build" | "--install" => {
                verb = word.trim_start_matches('-').to_string();
                request.folder = words.next().cloned();
            }
            "--target" | "-t" => request.targets.extend(words.next().cloned()),
            "--prefix" => request.prefix = words.next().cloned(),
            "--config" | "--component" | "-j" | "--parallel" => {
                // The count may be left out.
            }
            "-E" | "-P" | "--version" | "--help" | "--preset" | "--list-presets" | "-N" => verb = word.clone(),
            "--" => break,
            _ if word.starts_with("-S") => request.source = take("-S"),
            _ if word.starts_with("-B") => request.folder = take("-B"),
            _ if word.starts_with("-G") => request.ninja = take("-G").is_some_and(|name| name.starts_with("Ninja")),
            _ if word.starts_with("-D") => {
                if let Some((name, value)) = take("-D").as_deref().and_then(|text| text.split_once('=')) {
                    let name = name.split(':').next().unwrap_or(name);
                    request.variables.insert(name.to_string(), value.to_string());
                }
            }
            _ if word.starts_with('-') => {}
            _ if verb == "configure" => request.place = Some(word.clone()),
            _ => {}
        }
    }
    (verb, request)
}

/// The command model of `cmake`.
pub(crate) fn cmake(shell: &mut Shell, argv: &[String]) -> i32 {
    let (verb, request) = read(argv);
    let folder = path::join(&shell.cwd, request.folder.as_deref().unwrap_or("."));
    match verb.as_str() {
        "configure" => configure(shell, &request, &folder),
        "build" | "install" => {
            if !shell.fs.stat("/", &folder).is_ok_and(|(_, node)| node.is_dir()) {
                shell.err(format!("Error: {folder} is not a directory\n"));
                return 1;
            }
            let file =
                if shell.fs.stat("/", &format!("{folder}/build.ninja")).is_ok() { "build.ninja" } else { "Makefile" };
            if shell.fs.stat("/", &format!("{folder}/{file}")).is_err()
                && !shell.fs.may_hide("/", &format!("{folder}/{file}"))
            {
                shell.err("Error: could not load cache\n");
                return 1;
            }
            let mut words: Vec<String> = ["make", "-s", "-f", file].map(str::to_string).to_vec();
            if verb == "install" {
                words.push("install".into());
                words.extend(request.prefix.map(|prefix| format!("prefix={}", path::join(&shell.cwd, &prefix))));
            } else {
                words.extend(request.targets);
            }
            let cwd = std::mem::replace(&mut shell.cwd, folder);
            let status = crate::toolchains::make::make(shell, &words);
            shell.cwd = cwd;
            status
        }
        verb => {
            shell.gap(
                if verb == "--version" { "unknown-output" } else { "unmodelled-command" },
                format!("cmake {verb}"),
            );
            0
        }
    }
}

fn configure(shell: &mut Shell, request: &CmakeRequest, folder: &str) -> i32 {
    // What is not there is passed over, with a warning.
    let place = request.place.as_deref().filter(|place| shell.fs.stat(&shell.cwd, place).is_ok());
    let source = path::join(&shell.cwd, request.source.as_deref().or(place).unwrap_or("."));
    if shell.is_unknown_file(&path::join(&source, "CMakeLists.txt")) {
        let words = ["cmake".to_string(), "--build".into(), folder.to_string()];
        if estimate_build(shell, &words) {
            return 0;
        }
    }
    let mut project = Project::default();
    let build_type = request.variables.get("CMAKE_BUILD_TYPE").cloned().unwrap_or_default();
    for (name, value) in [
        ("CMAKE_SOURCE_DIR", source.as_str()),
        ("PROJECT_SOURCE_DIR", &source),
        ("CMAKE_BINARY_DIR", folder),
        ("PROJECT_BINARY_DIR", folder),
        ("CMAKE_INSTALL_PREFIX", "/usr/local"),
        ("CMAKE_INSTALL_BINDIR", "bin"),
        ("CMAKE_INSTALL_LIBDIR", "lib"),
        ("CMAKE_INSTALL_INCLUDEDIR", "include"),
        ("CMAKE_DL_LIBS", "dl"),
        ("UNIX", "1"),
        ("LINUX", "1"),
        ("CMAKE_BUILD_TYPE", &build_type),
    ] {
        project.variables.insert(name.into(), value.into());
    }
    project.variables.extend(request.variables.clone());
    if let Err(words) = project.folder(shell, &source, 0) {
        shell.err(words);
        return 1;
    }
    for what in project.gaps.clone() {
        shell.gap("unmodelled-option", format!("cmake {what}"));
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let Ok(folder) = shell.fs.mkdir_all(folder, shell.folder_mode(), uid, gid) else {
        shell.err(format!("CMake Error: cannot make {folder}\n"));
        return 1;
    };
    let makefile = project.makefile();
    let why = "what cmake writes there is longer";
    let name = if request.ninja { "build.ninja" } else { "Makefile" };
    let _ = shell.fs.write(&path::join(&folder, name), Content::started(makefile.into_bytes(), why), mode, uid, gid);
    for name in ["CMakeCache.txt", "cmake_install.cmake"] {
        let _ = shell.fs.write(&path::join(&folder, name), Content::unknown(why), mode, uid, gid);
    }
    if let Ok(inner) = shell.fs.mkdir_all(&path::join(&folder, "CMakeFiles"), shell.folder_mode(), uid, gid) {
        shell.fs.set_partial(&inner);
    }
    shell.out(format!("-- Configuring done\n-- Generating done\n-- Build files have been written to: {folder}\n"));
    0
}
