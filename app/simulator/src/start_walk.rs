//! The start of the image as steps that one can walk through: what each step asks for, where it looks, and what is there.

use crate::cause_diagram::LOADERS;
use stageplay_core::elf;
use stageplay_core::exec::TraceStep;
use stageplay_core::fs::{Content, Kind, Tree, path};
use stageplay_core::report::linking;
use stageplay_core::simulate::Simulation;
use stageplay_protocol::{PathPart, ProgramHeaders, StartFile, StartPlace, StartStep, StartWalk};

/// The places of one step that are shown.
const MAX_PLACES: usize = 24;
/// The files whose headers are shown.
const MAX_FILES: usize = 24;
/// The longest first line of a script, in bytes (BINPRM_BUF_SIZE).
const MAX_LINE: usize = 256;

/// The steps of a start with the files that they are about; `None` without a start.
pub(crate) fn start_walk(done: &Simulation) -> Option<StartWalk> {
    let (run, image) = (done.run.as_ref()?, done.built.image.as_ref()?);
    let tree = &image.tree;
    let cwd = image.config.directory();
    let mut walk = StartWalk {
        argv: run.started.as_ref().map(|outcome| outcome.argv.clone()).unwrap_or_default(),
        loaders: existing(tree, &LOADERS),
        ..StartWalk::default()
    };
    let mut program = None;
    for step in &run.trace {
        let shown = add_step(&mut walk, tree, &cwd, step, program);
        if shown.code.starts_with("open-program") || shown.code == "read-shebang" {
            program = shown.file;
        }
        walk.steps.push(shown);
    }
    Some(walk)
}

/// The paths that the image has.
fn existing(tree: &Tree, paths: &[&str]) -> Vec<String> {
    paths.iter().filter(|path| tree.stat("/", path).is_ok()).map(|path| (*path).to_string()).collect()
}

fn add_step(walk: &mut StartWalk, tree: &Tree, cwd: &str, step: &TraceStep, program: Option<usize>) -> StartStep {
    let param = |name: &str| step.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    // The path that the step asks for, if it looks in one place.
    let asked = match step.code {
        "find-program"
        | "find-program-unlisted"
        | "open-program"
        | "open-program-unlisted"
        | "check-mode"
        | "check-mount" => param("path"),
        "open-interpreter" | "open-interpreter-unlisted" => param("interpreter"),
        "find-user" => Some("/etc/passwd"),
        _ => None,
    };
    let mut places: Vec<StartPlace> =
        step.searched.iter().take(MAX_PLACES).map(|searched| place(tree, cwd, searched.by, &searched.place)).collect();
    places.extend(asked.filter(|_| places.is_empty()).map(|asked| place(tree, cwd, "asked", asked)));
    if step.ok
        && step.searched.len() <= MAX_PLACES
        && let Some(last) = places.last_mut()
    {
        last.is_taken = true;
    }
    let about = match step.code {
        "open-library" | "search-path" if step.ok => param("path"),
        "open-interpreter" => param("interpreter"),
        _ => param("path"),
    };
    let file = about.and_then(|about| add_file(walk, tree, cwd, about));
    StartStep {
        code: step.code.to_string(),
        params: step.params.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect(),
        file: file.or(program),
        more_places: step.searched.len().saturating_sub(MAX_PLACES),
        places,
    }
}

/// A place with what the image has on the way to it.
fn place(tree: &Tree, cwd: &str, by: &str, asked: &str) -> StartPlace {
    let full = path::join(cwd, asked);
    let mut parts = Vec::new();
    let mut at = "/".to_string();
    for name in full.split('/').filter(|name| !name.is_empty()) {
        let next = path::join(&at, name);
        let Some(node) = tree.get(&next) else {
            let is = if tree.may_hide("/", &next) { "unlisted" } else { "missing" };
            parts.push(PathPart { name: name.to_string(), is: is.into(), target: None });
            break;
        };
        let (is, target) = match &node.kind {
            Kind::Dir { .. } => ("dir", None),
            Kind::File(_) => ("file", None),
            Kind::Symlink(target) => ("link", Some(target.to_string())),
            Kind::Special(_) => ("other", None),
        };
        parts.push(PathPart { name: name.to_string(), is: is.to_string(), target });
        if is != "link" {
            at = next;
            continue;
        }
        match tree.stat("/", &next) {
            Ok((real, _)) => at = real,
            Err(_) => {
                // The link leads nowhere.
                parts.push(PathPart { name: String::new(), is: "missing".into(), target: None });
                break;
            }
        }
    }
    StartPlace { by: by.to_string(), place: asked.to_string(), parts, is_taken: false }
}

/// The index of a file that a step is about; `None` if the image has no such file.
fn add_file(walk: &mut StartWalk, tree: &Tree, cwd: &str, asked: &str) -> Option<usize> {
    let (real, node) = tree.stat(cwd, asked).ok()?;
    let content = node.content()?;
    if let Some(known) = walk.files.iter().position(|file| file.path == real) {
        return Some(known);
    }
    if walk.files.len() >= MAX_FILES {
        return None;
    }
    walk.files.push(StartFile {
        mode: node.mode,
        owner: (node.uid, node.gid),
        headers: headers(content),
        first_line: first_line(content),
        path: real,
    });
    Some(walk.files.len() - 1)
}

/// The headers by which kernel and loader start the file. Its symbols are not read.
fn headers(content: &Content) -> Option<ProgramHeaders> {
    let elf = elf::read(content).ok()?;
    let versions = elf.needed_versions.iter().map(|need| (need.library.clone(), need.versions.clone()));
    Some(ProgramHeaders {
        machine: elf.machine.name(),
        linking: linking(&elf).to_string(),
        size: content.len,
        versions: versions.collect(),
        search_paths: [elf.rpath.clone(), elf.runpath.clone()].concat(),
        interpreter: elf.interpreter,
        needed: elf.needed,
        built_with: String::new(),
    })
}

/// The first line of a script.
fn first_line(content: &Content) -> Option<String> {
    let head = content.read_at(0, MAX_LINE);
    let line = head.split(|byte| *byte == b'\n').next().filter(|line| line.starts_with(b"#!"))?;
    Some(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::base_images::Catalogue;
    use stageplay_core::build::{Cache, NoImages, Request};
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::simulate::simulate;

    fn walk_of(text: &str, files: &[(&str, &str)]) -> StartWalk {
        let mut context = Tree::new();
        for (name, text) in files {
            context.write(&format!("/{name}"), Content::inline(text.as_bytes()), 0o755, 0, 0).unwrap();
        }
        let request = Request::new(text, context, EngineProfile::find("docker-28").unwrap());
        let done = simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new());
        assert_eq!(done.built.error, None);
        start_walk(&done).expect("a start")
    }

    fn parts(place: &StartPlace) -> Vec<(&str, &str)> {
        place.parts.iter().map(|part| (part.name.as_str(), part.is.as_str())).collect()
    }

    const C_PROGRAM: &str =
        "FROM gcc AS b\nCOPY a.c .\nRUN gcc -o /a a.c\nFROM debian:12-slim\nCOPY --from=b /a /a\nENTRYPOINT [\"/a\"]\n";
    const MAIN: &str = "#include <stdio.h>\nint main(void) { puts(\"hi\"); return 0; }\n";

    #[test]
    fn a_loader_that_is_missing_is_looked_for_part_by_part() {
        let walk = walk_of(&C_PROGRAM.replace("debian:12-slim", "alpine:3.20"), &[("a.c", MAIN)]);
        let last = walk.steps.last().expect("a step");
        assert_eq!((last.code.as_str(), last.param("errno")), ("open-interpreter", Some("ENOENT")));
        assert_eq!(parts(&last.places[0]), [("lib64", "missing")]);
        assert!(!last.places[0].is_taken);
        let program = &walk.files[last.file.expect("the program")];
        let interpreter = program.headers.as_ref().and_then(|headers| headers.interpreter.clone());
        assert_eq!((program.path.as_str(), interpreter.as_deref()), ("/a", Some("/lib64/ld-linux-x86-64.so.2")));
        assert_eq!(walk.loaders, ["/lib/ld-musl-x86_64.so.1"]);
    }

    #[test]
    fn a_library_that_is_found_ends_the_places_in_which_the_loader_looks() {
        let walk = walk_of(C_PROGRAM, &[("a.c", MAIN)]);
        let step = walk.steps.iter().find(|step| step.code == "open-library").expect("a library");
        assert_eq!(step.param("needed-by"), Some("/a"));
        let last = step.places.last().expect("a place");
        assert!(last.is_taken && Some(last.place.as_str()) == step.param("path"), "{step:?}");
        assert_eq!(walk.argv, ["/a"]);
    }

    #[test]
    fn a_script_has_its_first_line_and_the_way_to_its_interpreter() {
        let text = "FROM alpine:3.20\nCOPY run.sh /run.sh\nCMD [\"/run.sh\"]\n";
        let walk = walk_of(text, &[("run.sh", "#!/bin/bash -e\necho hi\n")]);
        let codes: Vec<&str> = walk.steps.iter().map(|step| step.code.as_str()).collect();
        assert_eq!(codes, ["read-config", "find-program", "open-program", "read-shebang", "open-interpreter"]);
        assert_eq!(walk.files[0].first_line.as_deref(), Some("#!/bin/bash -e"));
        assert_eq!(parts(&walk.steps[4].places[0]), [("bin", "dir"), ("bash", "missing")]);
    }

    #[test]
    fn a_program_that_is_looked_for_in_path_names_every_directory() {
        let walk = walk_of("FROM alpine:3.20\nCMD [\"nothing\"]\n", &[]);
        let step = walk.steps.last().expect("a step");
        assert_eq!(step.code, "search-path");
        assert!(step.places.len() > 4 && step.places.iter().all(|place| place.by == "path" && !place.is_taken));
    }
}
