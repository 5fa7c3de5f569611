//! What glibc's and musl's loaders do before control reaches the program.
//!
//! Search orders after ld.so(8) and musl's `ldso/dynlink.c`.

use super::trace::{Cause, Outcome, TraceStep, Verdict, Who};
use crate::elf::{self, Elf};
use crate::fs::{Tree, path};
use std::collections::BTreeSet;

/// At most this many objects are loaded for one program.
const MAX_OBJECTS: usize = 512;

/// Where glibc looks when nothing else says so; distributions configure the multiarch ones.
const GLIBC_DIRS: [&str; 6] =
    ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
const GLIBC_DIRS_ARM64: [&str; 6] =
    ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
/// musl's default without /etc/ld-musl-ARCH.path.
const MUSL_DIRS: [&str; 3] = ["/lib", "/usr/local/lib", "/usr/lib"];
/// Names that musl takes for itself: `lib` + one of these + anything (`load_library`).
const MUSL_OWN: [&str; 7] = ["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."];

struct Object {
    /// Where it was found; for the program its own path.
    path: String,
    /// What messages call it.
    name: String,
    elf: Elf,
    /// The object that asked for it.
    parent: Option<usize>,
}

/// Loads what `file` needs, transitively, and checks versions; writes the result to `outcome`.
#[allow(clippy::too_many_arguments, reason = "they are what execve hands to a loader")]
pub(super) fn load(
    tree: &Tree,
    cwd: &str,
    env: &[String],
    real: &str,
    name: &str,
    file: &Elf,
    interpreter: &str,
    outcome: &mut Outcome,
) {
    let musl = path::file_name(interpreter).starts_with("ld-musl");
    let who = if musl { Who::LdMusl } else { Who::LdSo };
    let mut objects = vec![Object { path: real.to_string(), name: name.to_string(), elf: file.clone(), parent: None }];
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut missing: Vec<(String, String)> = Vec::new();
    let mut index = 0;
    while index < objects.len() && objects.len() < MAX_OBJECTS {
        let Some(object) = objects.get(index) else {
            break;
        };
        let (needed, needed_by) = (object.elf.needed.clone(), object.name.clone());
        for library in needed {
            if !known.insert(library.clone()) {
                continue;
            }
            if musl && library.strip_prefix("lib").is_some_and(|rest| MUSL_OWN.iter().any(|own| rest.starts_with(own)))
            {
                outcome.trace.push(TraceStep::new(who, "library-is-libc", &[("library", &library)], true));
                continue;
            }
            let dirs = search_path(tree, env, &objects, index, musl);
            let found = if library.contains('/') {
                open(tree, cwd, &library, file)
            } else {
                dirs.iter().find_map(|dir| open(tree, cwd, &format!("{dir}/{library}"), file))
            };
            match found {
                Some((place, elf)) => {
                    outcome.trace.push(TraceStep::new(
                        who,
                        "open-library",
                        &[("library", &library), ("path", &place)],
                        true,
                    ));
                    objects.push(Object { path: place.clone(), name: place, elf, parent: Some(index) });
                }
                None if dirs.iter().any(|dir| tree.may_hide("/", &format!("{dir}/{library}"))) => {
                    outcome.trace.push(TraceStep::new(who, "library-unlisted", &[("library", &library)], false));
                    outcome.verdict = Verdict::Unknown;
                    outcome.unknown = Some(("unlisted-library", library));
                    return;
                }
                None => {
                    let tried = dirs.join(":");
                    outcome.trace.push(TraceStep::new(
                        who,
                        "search-library",
                        &[("library", &library), ("dirs", &tried)],
                        false,
                    ));
                    missing.push((library, needed_by.clone()));
                    if !musl {
                        break;
                    }
                }
            }
        }
        if !missing.is_empty() && !musl {
            break;
        }
        index += 1;
    }
    if !missing.is_empty() {
        let mut words = String::new();
        for (library, needed_by) in &missing {
            words.push_str(&if musl {
                format!("Error loading shared library {library}: No such file or directory (needed by {needed_by})\n")
            } else {
                format!(
                    "{name}: error while loading shared libraries: {library}: cannot open shared object file: No such file or directory\n"
                )
            });
        }
        outcome.verdict = Verdict::Fails;
        outcome.loader = Some((127, words));
        let libraries = missing.into_iter().map(|(library, _)| library).collect();
        outcome.cause = Some(Cause::LibraryMissing { path: real.to_string(), libraries });
        return;
    }
    if musl {
        // A program made for glibc may load under musl and then miss symbols: not modelled.
        if objects
            .iter()
            .any(|object| object.elf.needed_versions.iter().any(|need| need.library.starts_with("libc.so.6")))
        {
            outcome.trace.push(TraceStep::new(who, "symbols-not-modelled", &[], false));
            outcome.verdict = Verdict::Unknown;
            outcome.unknown = Some(("glibc-symbols-on-musl", real.to_string()));
        }
    } else {
        check_versions(&objects, name, who, outcome);
    }
    if outcome.verdict == Verdict::Starts {
        outcome.trace.push(TraceStep::new(who, "hand-over", &[("path", real)], true));
    }
}

fn open(tree: &Tree, cwd: &str, place: &str, program: &Elf) -> Option<(String, Elf)> {
    let (_, node) = tree.stat(cwd, place).ok()?;
    let elf = elf::read(node.content()?.head()).ok()?;
    // A library for another machine or class is passed over, as the loaders do.
    (elf.machine == program.machine && elf.is_64 == program.is_64).then(|| (path::join(cwd, place), elf))
}

/// Directories in which a library that `objects[index]` needs is looked for, in order.
fn search_path(tree: &Tree, env: &[String], objects: &[Object], index: usize, musl: bool) -> Vec<String> {
    let mut dirs: Vec<String> = Vec::new();
    let variable = env.iter().find_map(|pair| pair.strip_prefix("LD_LIBRARY_PATH="));
    let from_env = variable.map(|list| list.split([':', ';']).filter(|dir| !dir.is_empty()).map(str::to_string));
    let expand = |list: &[String], object: &Object| -> Vec<String> {
        let origin = path::parent(&object.path);
        list.iter()
            .filter(|dir| !dir.is_empty())
            .map(|dir| dir.replace("${ORIGIN}", origin).replace("$ORIGIN", origin))
            .collect()
    };
    // The object itself, then whoever asked for it, up to the program.
    let mut chain = Vec::new();
    let mut at = Some(index);
    while let Some(object) = at.and_then(|at| objects.get(at)) {
        chain.push(object);
        at = object.parent;
    }
    if musl {
        dirs.extend(from_env.into_iter().flatten());
        for object in chain {
            let own = if object.elf.runpath.is_empty() { &object.elf.rpath } else { &object.elf.runpath };
            dirs.extend(expand(own, object));
        }
        let configured = ["x86_64", "aarch64"].iter().find_map(|arch| {
            let (_, node) = tree.stat("/", &format!("/etc/ld-musl-{arch}.path")).ok()?;
            let text = String::from_utf8_lossy(node.content()?.bytes()?).into_owned();
            Some(
                text.split([':', '\n'])
                    .map(str::trim)
                    .filter(|d| !d.is_empty())
                    .map(str::to_string)
                    .collect::<Vec<_>>(),
            )
        });
        dirs.extend(configured.unwrap_or_else(|| MUSL_DIRS.iter().map(|dir| dir.to_string()).collect()));
        return dirs;
    }
    let own_runpath = chain.first().map(|object| expand(&object.elf.runpath, object)).unwrap_or_default();
    if own_runpath.is_empty() {
        for object in &chain {
            if object.elf.runpath.is_empty() {
                dirs.extend(expand(&object.elf.rpath, object));
            }
        }
    }
    dirs.extend(from_env.into_iter().flatten());
    dirs.extend(own_runpath);
    let arm = objects.first().is_some_and(|object| object.elf.machine == elf::Machine::Aarch64);
    let defaults = if arm { GLIBC_DIRS_ARM64 } else { GLIBC_DIRS };
    dirs.extend(defaults.iter().map(|dir| dir.to_string()));
    dirs
}

/// glibc's `_dl_check_all_versions`: one line for each version that a loaded library lacks.
fn check_versions(objects: &[Object], name: &str, who: Who, outcome: &mut Outcome) {
    let mut words = String::new();
    let mut first: Option<(String, Vec<String>)> = None;
    for object in objects {
        for need in &object.elf.needed_versions {
            let provider = objects.iter().skip(1).find(|other| {
                other.elf.soname.as_deref() == Some(&need.library) || path::file_name(&other.path) == need.library
            });
            let Some(provider) = provider else { continue };
            if provider.elf.defined_versions.is_empty() {
                // A library without versions satisfies every request, with a warning at most.
                continue;
            }
            let lacking: Vec<String> = need
                .versions
                .iter()
                .filter(|version| !provider.elf.defined_versions.contains(version))
                .cloned()
                .collect();
            for version in &lacking {
                words.push_str(&format!(
                    "{name}: {}: version `{version}' not found (required by {})\n",
                    provider.path, object.name
                ));
            }
            let step = TraceStep::new(
                who,
                "check-versions",
                &[
                    ("library", &provider.path),
                    ("versions", &if lacking.is_empty() { need.versions.join(", ") } else { lacking.join(", ") }),
                ],
                lacking.is_empty(),
            );
            outcome.trace.push(step);
            if !lacking.is_empty() {
                first.get_or_insert((provider.path.clone(), Vec::new())).1.extend(lacking);
            }
        }
    }
    if let (Some((library, versions)), Some(program)) = (first, objects.first()) {
        outcome.verdict = Verdict::Fails;
        outcome.loader = Some((1, words));
        outcome.cause = Some(Cause::VersionMissing { path: program.path.clone(), library, versions });
    }
}
