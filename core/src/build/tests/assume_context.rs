//! Builds whose context lacks files (`--assume-context`).

use super::*;

fn build_with(text: &str, files: &[(&str, &str)], assume_context: bool, builder: Builder) -> Built {
    let engine = EngineProfile::find("docker-28").unwrap();
    let mut context = Tree::new();
    for (path, text) in files {
        context.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
        context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let request = Request { assume_context, builder, ..Request::new(text, context, engine) };
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn assuming(text: &str, files: &[(&str, &str)]) -> Built {
    let classic = build_with(text, files, true, Builder::Classic);
    let built = build_with(text, files, true, Builder::Buildkit);
    let needs_buildkit = text.contains("--parents") || text.contains("--mount") || text.contains("--chmod");
    let code = |built: &Built| built.error.as_ref().map(|error| error.code);
    assert!(needs_buildkit || code(&classic) == code(&built), "{text}: {:?}", classic.error);
    built
}

fn assumed(built: &Built) -> Vec<(&str, usize)> {
    built.assumed.iter().map(|one| (one.path.as_str(), one.line)).collect()
}

fn tree(text: &str) -> Tree {
    let built = assuming(text, &[]);
    assert!(built.error.is_none(), "{text}: {:?}", built.error);
    built.image.unwrap().tree.clone()
}

#[test]
fn a_missing_source_fails_unless_it_is_assumed() {
    let text = "FROM alpine\nCOPY package.json ./src/ /app/\nADD Makefile /app/\n";
    assert_eq!(build_with(text, &[], false, Builder::Buildkit).error.unwrap().code, "copy-not-found");
    let built = assuming(text, &[]);
    assert!(built.error.is_none(), "{:?}", built.error);
    assert_eq!(assumed(&built), [("package.json", 2), ("src/", 2), ("Makefile", 3)]);
    let size = built.image.unwrap().size();
    let parts: Vec<&str> = size.parts().iter().map(|part| &*part.what).collect();
    assert!(size.range().is_some() && parts.len() == 3 && parts.contains(&"src"), "{parts:?}");
}

/// The parts of the size of an image that are estimated, and those that are not known.
fn uncertain(text: &str) -> (Vec<String>, Vec<String>) {
    let size = assuming(text, &[]).image.unwrap().size();
    let names = |ranged: bool| {
        let parts = size.parts().iter().filter(|part| part.range.is_some() == ranged);
        parts.map(|part| part.what.to_string()).collect()
    };
    (names(true), names(false))
}

#[test]
fn the_sizes_of_assumed_files_are_estimated_once_wherever_they_are_copied_to() {
    for (text, estimated) in [
        ("FROM node:22\nCOPY run.sh conf /x/\n", ["conf", "run.sh"].as_slice()),
        ("FROM node:22\nCOPY package*.json /x/\n", &["package*.json"]),
        ("FROM node:22\nCOPY server /srv/app\n", &["server"]),
        ("FROM node:22\nCOPY . /app\n", &["."]),
        ("FROM node:22 AS a\nCOPY . /app\nFROM node:22\nCOPY --from=a /app /srv\n", &["."]),
        ("FROM node:22 AS a\nCOPY server /srv/app\nFROM node:22\nCOPY --from=a /srv /srv\n", &["server"]),
        ("FROM node:22 AS a\nCOPY server /srv/app\nFROM node:22\nCOPY --from=a /srv/app /x\n", &["server"]),
        ("FROM node:22 AS a\nCOPY src/ /a/b/\nRUN mv /a /c\nFROM node:22\nCOPY --from=a /c /\n", &["src"]),
        ("FROM node:22\nCOPY server /srv/app\nRUN true\n", &["server"]),
    ] {
        let (known, unknown) = uncertain(text);
        assert_eq!(
            (known.as_slice(), unknown.len()),
            (&estimated.iter().map(|x| x.to_string()).collect::<Vec<_>>()[..], 0),
            "{text}: {unknown:?}"
        );
    }
    assert_eq!(uncertain("FROM node:22\nCOPY app.jar app.exe data.zip /x/\n").1, ["app.exe", "data.zip"]);
}

#[test]
fn what_tools_write_from_unknown_inputs_is_estimated_and_keeps_its_estimate_when_it_is_copied_on() {
    let node = "FROM node:22 AS a\nWORKDIR /app\nCOPY package.json .\nRUN npm install --omit=dev\n";
    let python = "FROM python:3.12 AS a\nCOPY requirements.txt .\nRUN pip install";
    for (text, estimated) in [
        (node.to_string(), ["npm install --omit=dev", "npm's cache", "package.json"].as_slice()),
        (format!("{node}FROM node:22\nCOPY --from=a /app/node_modules /x\n"), &["npm install --omit=dev"]),
        (format!("{node}COPY . .\nRUN npm run build\nFROM node:22\nCOPY --from=a /app/dist /x\n"), &["/app/dist"]),
        (
            format!("{python} -r requirements.txt\n"),
            &["pip install requirements.txt", "pip's cache of requirements.txt", "requirements.txt"],
        ),
        (
            format!("{python} --no-cache-dir -r requirements.txt\n"),
            &["pip install requirements.txt", "requirements.txt"],
        ),
        ("FROM golang:1.22 AS a\nCOPY . .\nRUN go build -o /a\nFROM debian:12\nCOPY --from=a /a /a\n".into(), &["/a"]),
        (
            "FROM rust AS a\nWORKDIR /s\nCOPY . .\nRUN cargo build --release\nFROM debian:12\n\
             COPY --from=a /s/target/release/a /a\n"
                .into(),
            &["/s/target/release/a"],
        ),
    ] {
        let (mut known, unknown) = uncertain(&text);
        known.sort();
        assert_eq!(known, estimated, "{text}");
        assert_eq!(unknown, [""; 0], "{text}");
    }
    // What a second installation changes is not known, nor what other tools keep.
    for text in [format!("{node}RUN npm install --omit=dev\n"), node.replace("npm", "yarn")] {
        assert!(!uncertain(&text).1.is_empty(), "{text}");
    }
}

#[test]
fn what_is_estimated_of_a_directory_is_not_estimated_again_with_the_context() {
    let size = |text: &str| assuming(text, &[]).image.unwrap().size();
    let whole = size("FROM node:22\nCOPY . /app\n");
    let conf = "FROM node:22 AS a\nCOPY src/ nginx/nginx.conf /x/\nFROM node:22\nCOPY --from=a /x/nginx.conf /\n";
    let apart = size(&format!("{conf}COPY . /app\n"));
    assert!(apart.parts().len() > 3, "{apart:?}");
    let added = apart.bytes().unwrap() - whole.bytes().unwrap();
    assert_eq!(added, size(conf).bytes().unwrap() - size("FROM node:22\n").bytes().unwrap());
}

#[test]
fn what_is_there_is_used_as_it_is() {
    let files = [("/package.json", "{}"), ("/src/a.js", "1")];
    let text = "FROM alpine\nCOPY . /app\nCOPY package.json src /app/\n";
    let (assuming, strict) = (assuming(text, &files), build_with(text, &files, false, Builder::Buildkit));
    assert!(assuming.assumed.is_empty());
    let (one, two) = (assuming.image.unwrap(), strict.image.unwrap());
    assert_eq!((one.size(), &one.id), (two.size(), &two.id));
    assert!(!one.tree.may_hide("/", "/app/other.js"));
}

#[test]
fn a_context_of_which_something_is_missing_may_hold_more() {
    let files = [("/package.json", "{}"), ("/src/a.js", "1"), ("/lib/b.js", "2")];
    let built = assuming("FROM alpine\nCOPY . /app\nCOPY lib/config.yml /etc/\n", &files);
    assert_eq!(assumed(&built), [("lib/config.yml", 3)]);
    let tree = &built.image.unwrap().tree;
    // The file that is named in line 3 is part of the context that line 2 copies.
    assert!(tree.get("/app/lib/config.yml").is_some() && tree.get("/app/src/a.js").is_some());
    assert!(tree.may_hide("/", "/app/server.js") && tree.may_hide("/", "/app/lib/c.js"));
    assert!(!tree.may_hide("/", "/app/src/c.js"));
}

#[test]
fn a_context_of_dockerfiles_alone_holds_unknown_files() {
    let built = assuming("FROM alpine\nWORKDIR /app\nCOPY . .\n", &[("/Dockerfile", "x"), ("/.dockerignore", "a")]);
    assert_eq!(assumed(&built), [(".", 3)]);
    let image = built.image.unwrap();
    assert!(image.tree.get("/app/Dockerfile").is_some() && image.tree.may_hide("/", "/app/main.py"));
    let everything = assuming("FROM alpine\nCOPY . /app\n", &[("/.dockerignore", "*")]);
    assert!(everything.assumed.is_empty() && !everything.image.unwrap().tree.may_hide("/", "/app/x"));
}

#[test]
fn what_is_ignored_for_sure_is_missing() {
    let code = |ignore: &str, source: &str| {
        let built = assuming(&format!("FROM alpine\nCOPY {source} /app/\n"), &[("/.dockerignore", ignore)]);
        built.error.map(|error| error.code)
    };
    assert_eq!(code("dist", "dist"), Some("copy-not-found"));
    assert_eq!(code("dist", "dist/app.js"), Some("copy-not-found"));
    assert_eq!(code("*\n!src", "package.json"), Some("copy-not-found"));
    assert_eq!(code("*\n!src", "src/app.js"), None);
    assert_eq!(code("*\n!dist/app.js", "dist"), None);
    assert_eq!(code("node_modules", "package.json"), None);
    assert_eq!(code("*\n!package.json", "package*.json"), None);
    let files = [("/.dockerignore", "*.json")];
    let classic = build_with("FROM alpine\nCOPY package*.json /app/\n", &files, true, Builder::Classic);
    assert_eq!(classic.error.map(|error| error.code), Some("copy-not-found"));
}

#[test]
fn a_path_may_be_a_file_or_a_directory() {
    tree("FROM alpine\nCOPY app /app\nRUN cd /app && ls\nRUN /app\nRUN cat /app && /app/tool\n");
    let made = tree("FROM alpine\nCOPY app /app\n");
    assert!(made.get("/app").is_none() && made.is_unknown_type("/app") && made.may_hide("/", "/app/server"));
    assert!(!made.may_hide("/", "/server"));
}

#[test]
fn a_file_keeps_its_name_and_takes_owner_and_mode() {
    let made = tree("FROM alpine\nCOPY --chown=7:8 --chmod=640 requirements.txt /tmp/\nCOPY --link a.json /x.json\n");
    let node = made.get("/tmp/requirements.txt").unwrap();
    assert_eq!((node.mode, node.uid, node.gid, node.content().unwrap().bytes_known()), (0o640, 7, 8, false));
    assert!(made.get("/x.json").is_some_and(|node| !node.is_dir()));
}

#[test]
fn a_file_of_unknown_output_has_unknown_content() {
    let made = tree(
        "FROM alpine\nRUN wget -O - https://a.b/x > /x; echo a > /y; (echo b; wget -O - https://a.b/x) >> /y; : > /z\n",
    );
    let known = |path: &str| made.get(path).unwrap().content().unwrap().bytes_known();
    assert!(!known("/x") && !known("/y") && known("/z"));
}

#[test]
fn a_pattern_matches_something_of_unknown_name() {
    let built = assuming("FROM alpine\nCOPY package.json package-lock.json* /app/\nCOPY *.csproj /src/\n", &[]);
    assert_eq!(assumed(&built), [("package.json", 2), ("package-lock.json*", 2), ("*.csproj", 3)]);
    let image = built.image.unwrap();
    assert!(image.tree.get("/app/package.json").is_some());
    assert!(image.tree.may_hide("/", "/app/package-lock.json") && image.tree.may_hide("/", "/src/Web.csproj"));
    let made = tree("FROM alpine\nCOPY target/*.jar app.jar\n");
    assert!(made.get("/app.jar").is_some_and(|node| !node.is_dir()));
}

#[test]
fn parent_directories_are_kept() {
    let built = assuming("FROM alpine\nCOPY --parents api/go.mod lib/x /src/\nCOPY --parents **/pom.xml /m/\n", &[]);
    assert!(built.error.is_none(), "{:?}", built.error);
    let made = &built.image.unwrap().tree;
    assert!(made.get("/src/api/go.mod").is_some() && made.may_hide("/", "/src/lib/x/y"));
    assert!(made.may_hide("/", "/m/web/pom.xml") && !made.may_hide("/", "/src/z"));
}

#[test]
fn an_archive_may_unpack_to_anything() {
    let made = tree("FROM alpine\nADD app.tar.gz /opt/\nRUN /opt/app/install\n");
    assert!(made.may_hide("/", "/opt/app/bin/run") && made.get("/opt/app.tar.gz").is_none());
}

#[test]
fn a_bind_mount_is_assumed() {
    let built = assuming(
        "FROM alpine\nRUN --mount=type=bind,source=tool,target=/m /m/run && cp /m/a /a\nRUN --mount=target=. ls\n\
         RUN --mount=source=a.sh,target=/a.sh sh /a.sh\n",
        &[],
    );
    assert!(built.error.is_none(), "{:?}", built.error);
    assert_eq!(assumed(&built), [("tool", 2), (".", 3), ("a.sh", 4)]);
    assert!(!built.image.unwrap().tree.is_unknown_type("/m"));
}

#[test]
fn unknown_files_may_go_into_any_directory_and_replace_what_is_there() {
    let made = tree("FROM alpine\nCOPY rootfs/ /\n");
    assert!(made.may_hide("/", "/usr/local/bin/entry.sh") && made.may_hide("/", "/etc/app.conf"));
    assert!(made.get("/etc/passwd").unwrap().content().unwrap().bytes_known());
    let text =
        "FROM alpine\nWORKDIR /app\nRUN mkdir src keep && echo dummy > src/main.rs && echo 1 > keep/a\nCOPY . .\n";
    let built = assuming(text, &[("/.dockerignore", "keep\n")]);
    let made = &built.image.unwrap().tree;
    assert!(made.may_hide("/", "/app/src/lib.rs") && !made.may_hide("/", "/app/keep/b"));
    let known = |path: &str| made.get(path).unwrap().content().unwrap().bytes_known();
    assert!(!known("/app/src/main.rs") && known("/app/keep/a"));
}

#[test]
fn what_a_stage_may_hold_is_copied_without_knowing_its_type() {
    let made = tree(
        "FROM alpine AS build\nCOPY . /src\nRUN mkdir -p /out/bin && /src/build\nFROM alpine\n\
         COPY --from=build /src/dist /usr/share/html\nCOPY --from=build /out /usr/local\n\
         COPY --from=build /src/*.js /js/\n",
    );
    assert!(made.may_hide("/", "/usr/share/html/index.html") && made.may_hide("/", "/js/a.js"));
    assert!(made.may_hide("/", "/usr/local/bin/tool"));
}
