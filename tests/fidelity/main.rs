//! The simulator held against a real Docker engine, where one is present.
//!
//! Base images come from no registry: the engine gets one made here from a static busybox.

mod engine;

use engine::Engine;
use stageplay_core::build::{self, Cache, Images, Request};
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image::{Catalogue, Image, Reference};
use stageplay_core::start;
use stageplay_tests::{folder, skipped, write};
use std::sync::Arc;

/// The simulated twin of the engine's base image.
struct Local(Arc<Image>);

impl Images for Local {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        (reference.repository == engine::BASE).then(|| self.0.clone())
    }
}

/// The same files as the engine's base image has.
fn twin() -> Local {
    let mut tree = Tree::new();
    for dir in ["/bin", "/etc", "/root"] {
        tree.mkdir(dir, 0o755, 0, 0).unwrap();
    }
    tree.mkdir("/tmp", 0o1777, 0, 0).unwrap();
    let program = elf::write(&Elf::new(Machine::X86_64, false));
    tree.write("/bin/busybox", Content::inline(program), 0o755, 0, 0).unwrap();
    for name in engine::APPLETS {
        tree.symlink("busybox", &format!("/bin/{name}"), 0, 0).unwrap();
    }
    tree.write("/etc/passwd", Content::inline(engine::PASSWD.as_bytes()), 0o644, 0, 0).unwrap();
    tree.write("/etc/group", Content::inline(engine::GROUP.as_bytes()), 0o644, 0, 0).unwrap();
    let mut image = Image::scratch();
    image.id = "sha256:0000000000000000000000000000000000000000000000000000000000000000".into();
    image.tree = tree;
    // Sealed by a build: the twin's own files are lower layers.
    Local(Arc::new(image.sealed()))
}

fn request(text: &str, context: Tree, builder: Builder) -> Request {
    Request {
        dockerfile: text.into(),
        name: "Dockerfile".into(),
        context,
        target: None,
        build_args: Default::default(),
        platform: "linux/amd64".into(),
        tags: vec![],
        engine: EngineProfile::find("docker-20.10").unwrap(),
        builder,
    }
}

/// Files of the context in every case.
const FILES: [(&str, &str); 4] =
    [("a.txt", "hello\n"), ("dir/b.txt", "bb\n"), ("dir/sub/c.txt", "c\n"), ("run.sh", "#!/bin/sh\necho ran\n")];

fn context() -> Tree {
    let mut tree = Tree::new();
    for (name, text) in FILES {
        let place = format!("/{name}");
        let parent = place.rsplit_once('/').unwrap().0;
        tree.mkdir_all(if parent.is_empty() { "/" } else { parent }, 0o755, 0, 0).unwrap();
        tree.write(&place, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    tree
}

/// Dockerfiles whose layers both builders must agree about: law, then text.
const LAYERS: [(&str, &str); 14] = [
    ("chmod copies the whole file up", "COPY a.txt /a.txt\nRUN chmod +x /a.txt\n"),
    ("chmod to the same mode still copies up", "COPY a.txt /a.txt\nRUN chmod 644 /a.txt\n"),
    ("appending nothing copies up", "COPY a.txt /a.txt\nRUN : >> /a.txt\n"),
    ("a removal is a whiteout", "COPY dir /dir\nRUN rm /dir/b.txt\n"),
    ("a directory removed is one whiteout", "COPY dir /dir\nRUN rm -r /dir/sub\n"),
    ("a directory made anew is opaque", "COPY dir /dir\nRUN rm -r /dir/sub && mkdir /dir/sub\n"),
    ("a temporary file leaves its directory", "RUN echo x > /tmp/x && rm /tmp/x\n"),
    ("a directory gives its contents", "COPY dir /target/\n"),
    ("a copy again is a layer again", "COPY a.txt /a.txt\nCOPY a.txt /a.txt\n"),
    ("a symbolic link and a hard link", "RUN echo hi > /f && ln -s /f /s && ln /f /h\n"),
    ("a move is a whiteout and a new file", "COPY a.txt /a.txt\nRUN mkdir /m && mv /a.txt /m/\n"),
    ("WORKDIR makes what is missing", "WORKDIR /one/two\nRUN echo x > here\n"),
    ("a stage gives files to the next", "RUN echo made > /made\nFROM stageplay-base\nCOPY --from=0 /made /made\n"),
    ("owners and modes", "RUN echo x > /x && chown 7:8 /x && chmod 4711 /x\n"),
];

#[test]
fn layers_are_those_that_docker_makes() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let base = twin();
    let catalogue = Catalogue::builtin();
    for (law, text) in LAYERS {
        for builder in [Builder::Classic, Builder::Buildkit] {
            let dockerfile = format!("FROM {}\n{text}", engine::BASE);
            let dir = folder("fidelity-layers");
            write(&dir, &FILES);
            write(&dir, &[("Dockerfile", &dockerfile)]);
            let real = engine.layers(&dir, builder).unwrap_or_else(|error| panic!("{law}: {error}"));
            let request = request(&dockerfile, context(), builder);
            let built = build::build(&request, &catalogue, &base, &mut Cache::new());
            assert_eq!(built.error, None, "{law}");
            let image = built.image.unwrap();
            let ours: Vec<Vec<String>> = image.layers.iter().map(|layer| engine::entries(&layer.entries)).collect();
            // The base's own layer is the engine's alone.
            assert_eq!(ours, real.get(1..).unwrap_or(&[]), "{law}, {}", builder.as_str());
        }
    }
}

#[test]
fn the_classic_builder_prints_the_same_steps() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let dockerfile = format!(
        "FROM {}\nCOPY a.txt /data/\nRUN chmod +x /data/a.txt && echo done\nWORKDIR /w\nENV A=b\nEXPOSE 80\nCMD [\"sh\"]\nENTRYPOINT echo hi\n",
        engine::BASE
    );
    let dir = folder("fidelity-steps");
    write(&dir, &FILES);
    write(&dir, &[("Dockerfile", &dockerfile)]);
    let (_, real) = engine.build(&dir, Builder::Classic, &["--no-cache"]);
    let mut tree = context();
    tree.write("/Dockerfile", Content::inline(dockerfile.as_bytes()), 0o644, 0, 0).unwrap();
    let request = Request { tags: vec!["stageplay-test".into()], ..request(&dockerfile, tree, Builder::Classic) };
    let built = build::build(&request, &Catalogue::builtin(), &twin(), &mut Cache::new());
    let (ours, _) = build::progress(&request, &built);
    assert_eq!(engine::without_ids(&ours), engine::without_ids(&real));
}

/// Dockerfiles that must fail with the same words: the last line of what `docker build` prints.
const FAILURES: [&str; 7] = [
    "COPY nope /x\n",
    "RUN echo out && false\n",
    "RUN exit 7\n",
    "FORM x\n",
    "COPY a.txt\n",
    "WORKDIR\n",
    "COPY --from=5 /a /b\n",
];

#[test]
fn builds_fail_in_the_same_words() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    for text in FAILURES {
        let dockerfile = format!("FROM {}\n{text}", engine::BASE);
        let dir = folder("fidelity-failures");
        write(&dir, &FILES);
        write(&dir, &[("Dockerfile", &dockerfile)]);
        let (code, real) = engine.build(&dir, Builder::Classic, &["--no-cache"]);
        let request = request(&dockerfile, context(), Builder::Classic);
        let built = build::build(&request, &Catalogue::builtin(), &twin(), &mut Cache::new());
        let error = built.error.unwrap_or_else(|| panic!("{text}: built"));
        assert_eq!(Some(error.message.trim()), real.trim().lines().last(), "{text}");
        assert_eq!(error.exit_code, code, "{text}");
    }
}

/// Starts: what the image is given, and the words and exit code of `docker run` with them.
const STARTS: [(&str, &str); 9] = [
    ("a program that is not there", "ENTRYPOINT [\"/nope\"]\n"),
    ("a program that is not in PATH", "CMD [\"nope\"]\n"),
    ("a file without the execute bit", "COPY a.txt /a\nENTRYPOINT [\"/a\"]\n"),
    ("text that is no script", "COPY a.txt /a\nRUN chmod +x /a\nENTRYPOINT [\"/a\"]\n"),
    ("a script", "COPY run.sh /run.sh\nRUN chmod +x /run.sh\nCMD [\"/run.sh\"]\n"),
    ("a script whose interpreter is missing", "RUN echo '#!/bin/nope' > /s && chmod +x /s\nCMD [\"/s\"]\n"),
    ("a shell form", "CMD echo hi; exit 3\n"),
    ("a directory", "ENTRYPOINT [\"/tmp\"]\n"),
    ("a shell whose program is missing", "CMD /nope\n"),
];

#[test]
fn images_start_and_fail_in_the_same_words() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    for (law, text) in STARTS {
        let dockerfile = format!("FROM {}\n{text}", engine::BASE);
        let dir = folder("fidelity-starts");
        write(&dir, &FILES);
        write(&dir, &[("Dockerfile", &dockerfile)]);
        let (code, log) = engine.build(&dir, Builder::Classic, &[]);
        assert_eq!(code, 0, "{law}: {log}");
        let (code, real) = engine.run();
        let request = request(&dockerfile, context(), Builder::Classic);
        let built = build::build(&request, &Catalogue::builtin(), &twin(), &mut Cache::new());
        let run = start::start(&built.image.unwrap(), &[], &request.engine);
        assert_eq!(engine::words(&(run.stdout.clone() + &run.stderr)), engine::words(&real), "{law}");
        assert_eq!(run.exit_code, Some(code), "{law}");
    }
}

/// A program that asks for a loader which is not there: the story's heart, on a real kernel.
#[test]
fn a_missing_loader_fails_as_in_the_story() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let mut elf = Elf::new(Machine::X86_64, false);
    elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
    elf.needed = vec!["libc.so.6".into()];
    let bytes = elf::write(&elf);
    let dockerfile = format!("FROM {}\nCOPY app /app\nENTRYPOINT [\"/app\"]\n", engine::BASE);
    let dir = folder("fidelity-loader");
    write(&dir, &[("Dockerfile", &dockerfile)]);
    engine::write_program(&dir.join("app"), &bytes);
    let (code, log) = engine.build(&dir, Builder::Classic, &[]);
    assert_eq!(code, 0, "{log}");
    let (code, real) = engine.run();
    let mut tree = Tree::new();
    tree.write("/app", Content::inline(bytes), 0o755, 0, 0).unwrap();
    let request = request(&dockerfile, tree, Builder::Classic);
    let built = build::build(&request, &Catalogue::builtin(), &twin(), &mut Cache::new());
    let run = start::start(&built.image.unwrap(), &[], &request.engine);
    assert_eq!((run.stderr.as_str(), run.exit_code), (real.as_str(), Some(code)));
}
