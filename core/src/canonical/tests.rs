use super::*;
use crate::dockerfile;
use crate::engine::{Builder, EngineProfile};
use crate::fs::Tree;
use crate::plan::{Wish, plan};

fn base() -> Config {
    Config { env: vec!["PATH=/bin".into(), "HOME=/root".into()], ..Config::default() }
}

fn request(text: &str, builder: Builder) -> Request {
    let mut request = Request::new(text, Tree::new(), EngineProfile::find("docker-28").unwrap());
    request.builder = builder;
    request
}

fn plan_of(request: &Request) -> Result<Plan, String> {
    let file = dockerfile::parse(&request.dockerfile).map_err(|error| error.message)?;
    let wish =
        Wish { target: request.target.as_deref(), build_args: request.build_args.clone(), platform: &request.platform };
    plan(&file, &wish, request.builder, request.engine.major()).map_err(|error| error.message)
}

fn written_with(text: &str, builder: Builder, args: &[(&str, &str)]) -> Result<Canonical, Refused> {
    let mut request = request(text, builder);
    request.build_args = args.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    written_of(&request, &ContextIndex::default())
}

fn written_of(request: &Request, context: &ContextIndex) -> Result<Canonical, Refused> {
    let text = &request.dockerfile;
    let plan = plan_of(request).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let base = |name: String| BaseImage { name, config: base() };
    let asked = images(&plan, request, "linux/amd64")?.into_iter();
    let bases = asked.map(|asked| (asked.key(), base(asked.reference.exact()))).collect();
    let written = canonical(
        &plan,
        request,
        Known { bases: &bases, platform: "linux/amd64", context, network: false, stopped: &|| false },
    )?;
    is_strict(&written.text);
    Ok(written)
}

fn written(text: &str) -> Result<String, Refused> {
    written_with(text, Builder::Buildkit, &[]).map(|written| written.text)
}

/// What holds of every text that is written.
fn is_strict(text: &str) {
    for line in text.lines() {
        let keyword = line.split(' ').next().unwrap();
        assert!(dockerfile::Keyword::ALL.iter().any(|(name, _)| *name == keyword), "{line}");
        assert!(
            !line.ends_with('\\') && !line.contains("<<") && line.chars().all(|c| !c.is_control() || c == '\t'),
            "{line}"
        );
        if !["HEALTHCHECK", "MAINTAINER", "ONBUILD"].contains(&keyword) {
            let line = line.replace("\\$", "").replace(&format!("=\"${HANDED_PREFIX}"), "");
            assert!(!line.contains('$'), "{line}");
        }
    }
    // It is read as it was written, also a second time.
    let file = dockerfile::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(file.instructions.len(), text.lines().count(), "{text}");
}

#[test]
fn every_instruction_becomes_one_line() {
    let text = r#"# escape=\
ARG V=3
FROM a:$V AS Build
ARG V
ENV A=1 B="two $A" \
    C='$A'
RUN echo $V && \
  # a comment
  echo <<x
RUN ["go", "build"]
WORKDIR /src/$A
COPY --chown=1:2 ["a*", "./b c/", "../d", "/x/"]
FROM scratch
COPY --from=build /src/out /out
LABEL a=b "c d"=e
EXPOSE 80 443/tcp
VOLUME /v "/$A"
USER nobody
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s CMD curl -f http://localhost/$X || exit 1
SHELL ["/bin/bash", "-c"]
CMD run it
ENTRYPOINT ["/out"]
"#;
    let expected = r#"ARG V="3"
FROM docker.io/library/a:3 AS s0
ARG V="3"
ENV A="1" B="two " C="\$A"
RUN ["/bin/sh", "-c", "echo \u0024V &&   echo \u003c\u003cx"]
RUN ["go", "build"]
WORKDIR "/src/1"
COPY --chown=1:2 [".stageplay-context/a*", ".stageplay-context/b c/", ".stageplay-context/d", "/x/"]
FROM scratch AS s1
COPY --from=s0 ["/src/out", "/out"]
LABEL "a"="b" "c d"="e"
EXPOSE 443/tcp 80
VOLUME ["/v", "/"]
USER "nobody"
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s CMD curl -f http://localhost/$X || exit 1
SHELL ["/bin/bash", "-c"]
CMD ["/bin/bash", "-c", "run it"]
ENTRYPOINT ["/out"]
"#;
    // `<<x` is no here-document without its end.
    let text = text.replace("  echo <<x\n", "  echo '<<x'\n");
    let expected = expected.replace("echo \\u003c\\u003cx", "echo '\\u003c\\u003cx'");
    assert_eq!(written(&text).unwrap(), expected);
}

#[test]
fn variables_are_those_of_the_builder() {
    let text = "FROM a\nENV X=env\nARG X=arg\nENV Y=$X P=$PATH:/x\nFROM a\nARG TARGETARCH\nENV T=$TARGETARCH\n";
    let text = text.replace("FROM a\nARG", "FROM a AS b\nARG");
    let both = |builder| written_with(&format!("{text}COPY --from=0 /x /x\n"), builder, &[]).unwrap().text;
    assert!(both(Builder::Buildkit).contains("ENV Y=\"arg\" P=\"/bin:/x\"\n"));
    assert!(both(Builder::Buildkit).contains("ARG TARGETARCH=\"amd64\"\nENV T=\"amd64\"\n"));
    assert!(both(Builder::Classic).contains("ENV Y=\"env\" P=\"/bin:/x\"\n"));
    assert!(both(Builder::Classic).contains("ARG TARGETARCH\nENV T=\"\"\n"));
    // What is given goes before the default, and no builder is told of it in another way.
    let given = written_with("FROM a\nARG V=1\nENV E=$V\n", Builder::Buildkit, &[("V", "it's $2")]).unwrap();
    assert!(given.text.contains("ARG V=\"it's \\$2\"\nENV E=\"it's \\$2\"\n"), "{}", given.text);
}

#[test]
fn stages_that_are_not_built_are_not_written() {
    let text = "FROM a AS one\nRUN x\nFROM b AS two\nRUN y\nFROM one\nRUN z\n";
    let lines = |builder| written_with(text, builder, &[]).unwrap().text.lines().count();
    assert_eq!((lines(Builder::Buildkit), lines(Builder::Classic)), (4, 6));
}

#[test]
fn here_documents_become_files_and_scripts() {
    let text = "FROM a\nENV N=world\nRUN <<EOF\necho hi\nEOF\nRUN cat <<A <<-B > /x\na\nA\n\tb\n\tB\nRUN <<-PY\n\t#!/usr/bin/python\n\tprint()\n\tPY\nCOPY <<hello <<\"raw\" /d/\nhi $N\nhello\n$N\nraw\n";
    let written = written_with(text, Builder::Buildkit, &[]).unwrap();
    let lines: Vec<&str> = written.text.lines().collect();
    assert_eq!(lines[2], r#"RUN ["/bin/sh", "-c", "echo hi\n"]"#);
    assert_eq!(lines[3], r#"RUN ["/bin/sh", "-c", "cat \u003c\u003cA \u003c\u003c-B > /x\na\nA\n\tb\nB"]"#);
    assert_eq!(
        lines[4],
        r#"RUN --mount=type=bind,source=/.stageplay-inline/0,target=/dev/pipes ["/bin/sh", "-c", "/dev/pipes/PY"]"#
    );
    assert_eq!(lines[5], r#"COPY [".stageplay-inline/1/hello", ".stageplay-inline/2/raw", "/d/"]"#);
    let files: Vec<(&str, u32, &str)> =
        written.files.iter().map(|file| (file.path.as_str(), file.mode, file.text.as_str())).collect();
    assert_eq!(
        files,
        [
            (".stageplay-inline/0/PY", 0o755, "#!/usr/bin/python\nprint()\n"),
            (".stageplay-inline/1/hello", 0o644, "hi world\n"),
            (".stageplay-inline/2/raw", 0o644, "$N\n"),
        ]
    );
    assert_eq!(written_with(text, Builder::Classic, &[]).unwrap_err().code, "inexpressible");
}

#[test]
fn mounts_have_each_key_once_and_name_what_was_looked_up() {
    let line = |mount: &str| {
        let text = written(&format!("FROM a AS x\nFROM a\nENV D=/t\nRUN --mount={mount} true\n"));
        text.map(|text| text.lines().last().unwrap().split(' ').nth(1).unwrap().to_string())
            .map_err(|refused| refused.code)
    };
    assert_eq!(line("type=bind,dst=$D,FROM=x").unwrap(), "--mount=type=bind,target=/t,from=s0");
    assert_eq!(line("target=/t,src=a/../../b").unwrap(), "--mount=target=/t,source=/.stageplay-context/b");
    assert_eq!(line("target=/t").unwrap(), "--mount=target=/t,source=/.stageplay-context");
    assert_eq!(
        line("type=cache,id=x,target=/c,sharing=locked").unwrap(),
        "--mount=type=cache,id=x,target=/c,sharing=locked"
    );
    assert_eq!(
        line("'\"from=reg.example/evil\"',target=/m").unwrap(),
        "--mount=from=reg.example/evil:latest,target=/m"
    );
    for odd in ["from=x,from=reg.example/evil,target=/m", "target=\"/a b\"", "target=/a,target=/b"] {
        assert!(line(odd).is_err(), "{odd}");
    }
}

#[test]
fn every_image_that_is_read_is_named() {
    let digest = format!("b@sha256:{}", "0".repeat(64));
    let text = format!(
        "ARG V=3\nFROM a:$V AS x\nFROM {digest}\nCOPY --from=c/d:1 / /\nCOPY --from=x / /\nRUN --mount=type=bind,From=e,target=/m true\nRUN --mount=type=cache,\"from=f\",target=/m true\n"
    );
    let request_of = request;
    let request = request_of(&text, Builder::Buildkit);
    let plan = plan_of(&request).unwrap();
    let names: Vec<String> =
        images(&plan, &request, "linux/amd64").unwrap().iter().map(|asked| asked.reference.exact()).collect();
    let digest = format!("docker.io/library/{digest}");
    assert_eq!(
        names,
        [
            "docker.io/library/a:3",
            &digest,
            "docker.io/c/d:1",
            "docker.io/library/e:latest",
            "docker.io/library/f:latest"
        ]
    );
    let own = "FROM a AS alpine\nCOPY --from=alpine /x /x\n";
    let request = request_of(own, Builder::Classic);
    let plan = plan_of(&request).unwrap();
    assert_eq!(images(&plan, &request, "linux/amd64").unwrap_err().code, "circular-stage");
}

/// A builder looks up the base of a stage for the platform that FROM names, and everything else for the platform that
/// is built for.
#[test]
fn every_image_is_asked_for_the_platform_that_the_builder_takes() {
    let text = "FROM --platform=$BUILDPLATFORM a AS x\nFROM --platform=linux/Aarch64 b AS y\nFROM --platform=linux c AS z\nFROM d\nCOPY --from=e / /\nCOPY --from=x / /\nCOPY --from=y / /\nCOPY --from=z / /\nFROM --platform=linux/arm64 scratch AS t\nRUN --mount=from=f,target=/m true\nCOPY --from=3 / /\n";
    for (platform, builder, from) in [
        ("linux/amd64", Builder::Buildkit, ["", "--platform=linux/arm64 ", "", "", "--platform=linux/arm64 "]),
        ("linux/arm64", Builder::Buildkit, ["--platform=linux/amd64 ", "", "--platform=linux/amd64 ", "", ""]),
        (
            "linux/arm64",
            Builder::Classic,
            ["", "--platform=linux/arm64 ", "", "--platform=linux/arm64 ", "--platform=linux/arm64 "],
        ),
    ] {
        let text = text.replace("$BUILDPLATFORM", "linux/amd64");
        let text = if builder == Builder::Classic {
            text.replace("RUN --mount=from=f,target=/m true", "COPY --from=f / /")
        } else {
            text
        };
        let mut request = request(&text, builder);
        request.platform = platform.to_string();
        let asked = images(&plan_of(&request).unwrap(), &request, "linux/amd64").unwrap();
        let asked: Vec<String> =
            asked.iter().map(|one| format!("{} {}", one.reference.repository, one.platform)).collect();
        let expected = ["a linux/amd64", "b linux/arm64", "c linux/amd64"].map(String::from).into_iter();
        let expected: Vec<String> = expected.chain(["d", "e", "f"].map(|name| format!("{name} {platform}"))).collect();
        assert_eq!(asked, expected);
        let written = written_of(&request, &ContextIndex::default()).unwrap().text;
        let lines: Vec<&str> = written.lines().filter(|line| line.starts_with("FROM")).collect();
        let names = [
            "docker.io/library/a:latest",
            "docker.io/library/b:latest",
            "docker.io/library/c:latest",
            "docker.io/library/d:latest",
            "scratch",
        ];
        let expected: Vec<String> = from
            .iter()
            .zip(names)
            .enumerate()
            .map(|(index, (flag, name))| format!("FROM {flag}{name} AS s{index}"))
            .collect();
        assert_eq!(lines, expected, "{platform}");
    }
    // An image for each platform.
    let mut twice = request("FROM --platform=linux/arm64 a AS x\nFROM a\nCOPY --from=x / /\n", Builder::Buildkit);
    let asked = |request: &Request| images(&plan_of(request).unwrap(), request, "linux/amd64").unwrap().len();
    assert_eq!(asked(&twice), 2);
    twice.platform = "linux/arm64/v8".to_string();
    assert_eq!(asked(&twice), 1);
    // Which architecture a builder takes is not known.
    assert_eq!(written("FROM --platform=windows a\n").unwrap_err().code, "inexpressible");
}

#[test]
fn what_reaches_out_is_refused() {
    for (line, code) in [
        ("RUN --network=host true", "host-network"),
        ("RUN --security=insecure true", "insecure"),
        ("ADD http://10.0.0.1/x /x", "network"),
        ("ADD ht\"tp\"://10.0.0.1/x /x", "network"),
        ("ADD git@host:a/b /x", "network"),
        ("ADD https://host/a.git#main /x", "network"),
        ("ADD [\"http://h/x\", \"/x\"]", "network"),
        ("ENV U=http://h/x\nADD $U /x", "network"),
        ("ADD HTTPS\\://h/x /x", "network"),
        ("ONBUILD ADD http://h/x /x", "network"),
        ("ONBUILD COPY --from=b /x /x\nFROM s", "inexpressible"),
        ("ONBUILD ADD $X /x\nFROM s", "inexpressible"),
        ("ENV A=\"${B:-\u{1}}\"", "inexpressible"),
        ("EXPOSE $NOTHING", "inexpressible"),
        // What a builder would take for a flag.
        ("ENV F=--x\nEXPOSE $F", "inexpressible"),
        ("ENV F=--x\nSTOPSIGNAL $F", "inexpressible"),
        ("ARG A --x", "inexpressible"),
        ("COPY --chown=\"a b\" x /x", "inexpressible"),
    ] {
        let refused = written(&format!("FROM a AS s\n{line}\n")).expect_err(line);
        let last = line.lines().filter(|line| !line.starts_with("FROM")).count();
        assert_eq!((refused.code, refused.line), (code, 1 + last), "{line}");
    }
    let text = written("FROM a\nENV Y=--x\nENV $Y=1 --z=2\nHEALTHCHECK CMD --x\n").unwrap();
    assert!(text.ends_with("ENV \"--x\"=\"1\" \"--z\"=\"2\"\nHEALTHCHECK CMD --x\n"), "{text}");
    // Words behind an array are no array to us: what was read is what is written.
    let text = written("FROM a\nADD [\"http\\u003a//h/x\",\"/x\"] z\n").unwrap();
    assert!(text.lines().last().unwrap().starts_with("ADD [\"\\\".stageplay-context/[http"), "{text}");
}

#[test]
fn values_are_bounded() {
    let mut text = String::from("FROM a\nENV A=0123456789\n");
    text.push_str(&"ENV A=$A$A\n".repeat(22));
    let refused = written(&text).unwrap_err();
    assert_eq!((refused.code, refused.line), ("too-large", 14));
    // Each for itself is short enough.
    let many: String = (0..10).map(|index| format!("ENV A{index}={}\n", "x".repeat(20_000))).collect();
    let refused = written(&format!("FROM a\n{many}")).unwrap_err();
    assert_eq!((refused.code, refused.line), ("too-large", 7));
    let long = format!("FROM a\nRUN echo {} \\\n {}\n", "x".repeat(40_000), "y".repeat(40_000));
    assert_eq!(written(&long).unwrap_err().code, "too-large");
    // No program has so long a name, and runc waits for ever when it quotes it.
    let long = "\\\"".repeat(4_097);
    for text in
        [format!("RUN [\"{long}\"]"), format!("SHELL [\"{long}\"]\nRUN a"), format!("ONBUILD RUN [\"{long}\"]\nFROM b")]
    {
        assert_eq!(written(&format!("FROM a AS b\n{text}\n")).unwrap_err().code, "too-large");
    }
}

#[test]
fn what_stages_keep_is_shared_and_bounded() {
    let mut text = String::from("FROM a AS s\n");
    text.extend((0..300).map(|index| format!("ENV e{index}={}\n", "x".repeat(1_000))));
    text.push_str("ARG A=1\nENV B=2\nARG B=3\nENV C=$B\nFROM s AS a0\n");
    text.extend((1..500).map(|index| format!("FROM a{} AS a{index}\n", index - 1)));
    text.push_str("FROM a499\nENV D=$A$B$e7\n");
    let last = |builder| written_with(&text, builder, &[]).map(|one| one.text.lines().last().unwrap().to_string());
    assert_eq!(last(Builder::Buildkit).unwrap(), format!("ENV D=\"12{}\"", "x".repeat(1_000)));
    let refused = written(&format!("FROM a\n{}", "ENV a=1\n".repeat(40_000))).unwrap_err();
    assert_eq!((refused.code, refused.message.contains("too many variables")), ("too-large", true), "{refused:?}");
    let carried = |count| {
        let stages: String = (0..count).map(|index| format!("COPY --from={} /x /x\n", index + 1)).collect();
        written(&format!(
            "FROM a AS s\n{}{}FROM a\n{stages}",
            "ONBUILD RUN x\n".repeat(5_000),
            "FROM s\n".repeat(count)
        ))
    };
    assert!(carried(5).is_ok());
    let refused = carried(20).unwrap_err();
    assert_eq!((refused.code, refused.message.contains("triggers")), ("too-large", true), "{refused:?}");
}

/// The code of the refusal of an instruction, with its line; both builders give the same. `fine` if none refuses it.
fn refusal_in(context: &ContextIndex, lines: &str) -> (&'static str, usize) {
    let of = |builder| match written_of(&request(&format!("FROM a AS s\n{lines}"), builder), context) {
        Ok(_) => ("fine", 0),
        Err(refused) => (refused.code, refused.line),
    };
    let (classic, buildkit) = (of(Builder::Classic), of(Builder::Buildkit));
    assert_eq!(classic, buildkit, "{lines}");
    buildkit
}

#[test]
fn links_that_lead_out_of_the_context_are_not_followed() {
    let names = ["f", "d/f", "sub/f", "up", "far", "abs", "sub/up", "sub/over", "chain", "loop", "d/in"];
    let links = [
        ("up", ".."),
        ("far", "d/../.."),
        ("abs", "/f"),
        ("sub/up", ".."),
        ("sub/over", "../.."),
        ("chain", "sub/over"),
        ("loop", "loop"),
        ("d/in", "../sub"),
    ];
    let links = links.iter().map(|(name, target)| (name.to_string(), target.to_string())).collect();
    let context = ContextIndex::new(names.map(str::to_string).to_vec(), links);
    for source in [
        "up",
        "up/Dockerfile",
        "/up/f",
        "./d/../up",
        "far/x",
        "abs",
        "chain",
        "chain/f",
        "loop",
        "u*",
        "*/over",
        "?bs",
        "[x]bs",
        "\\abs",
        "sub/up/up",
        "d/in/over",
        "d/in/ov*",
        "$E",
    ] {
        let lines = format!("ENV E=abs\nCOPY f {source} /x/\n");
        assert_eq!(refusal_in(&context, &lines), ("context-link", 3), "{source}");
    }
    for lines in ["ADD abs /x\n", "COPY --chown=1 up/f /x\n", "ONBUILD COPY abs /x\nFROM s\n"] {
        assert_eq!(refusal_in(&context, lines), ("context-link", 2), "{lines}");
    }
    for line in
        ["RUN --mount=source=up,target=/m true", "COPY --parents sub/./over/x d/f /x/", "COPY --parents **/f /x/"]
    {
        let refused = written_of(&request(&format!("FROM a\n{line}\n"), Builder::Buildkit), &context).unwrap_err();
        assert_eq!((refused.code, refused.line), ("context-link", 2), "{line}");
    }
    // Links that are copied as what they are, and those that stay in the context.
    for source in [".", "/", "d", "sub", "sub/up/f", "sub/up", "d/in/f", "d/*", "*f", "absent"] {
        assert_eq!(refusal_in(&context, &format!("COPY {source} /x/\n")).0, "fine", "{source}");
    }
    assert_eq!(refusal_in(&context, "COPY --from=b up abs /x/\nONBUILD COPY up /x\n").0, "fine");
    // Many links that lead through many others take no endless time.
    let links = (0..20_000).map(|n| (format!("l{n}"), format!("l{}{}", n + 1, "/.".repeat(2_000)))).collect();
    let context = ContextIndex::new(Vec::new(), links);
    assert_eq!(refusal_in(&context, "COPY l0 /x\n").0, "context-link");
}

#[test]
fn sources_and_files_are_bounded_together() {
    let context =
        |count: usize| ContextIndex::new((0..count).map(|n| format!("d{}/f{n}", n / 100)).collect(), BTreeMap::new());
    let (large, small) = (context(50_000), context(19_900));
    let many = |instruction: &str, source: &str, count: usize| format!("{instruction}{} /x/\n", source.repeat(count));
    assert_eq!(refusal_in(&large, &"COPY d1*/f*.js /x/\n".repeat(30)).0, "fine");
    assert_eq!(refusal_in(&large, &"COPY d1*/f*.js /x/\n".repeat(41)), ("too-large", 41));
    assert_eq!(refusal_in(&small, &many("COPY", " y*y", 2_300)), ("too-large", 2));
    assert_eq!(refusal_in(&small, &many("ADD", " .", 2_300)), ("too-large", 2));
    assert_eq!(refusal_in(&small, &many("COPY", " d1/f100", 1_500)).0, "fine");
    assert_eq!(refusal_in(&small, &many("COPY", " d1", 1_500)).0, "fine");
    assert_eq!(refusal_in(&small, &many("COPY", &format!(" {}*", "y".repeat(6_000)), 1)).0, "fine");
    assert_eq!(refusal_in(&small, &many("COPY", &format!(" {}*", "y".repeat(6_000)), 2)), ("too-large", 2));
    assert_eq!(refusal_in(&large, &format!("ONBUILD COPY *a *b *c /x/\n{}", "FROM s\n".repeat(3))).0, "fine");
    let triggers = |builder| {
        let text = format!("FROM a AS s\nONBUILD COPY *a *b *c /x/\n{}", "FROM s\n".repeat(14));
        written_of(&request(&text, builder), &large).map_err(|refused| refused.code)
    };
    assert_eq!(triggers(Builder::Classic).unwrap_err(), "too-large");
    // How many files a stage has is not known.
    assert_eq!(refusal_in(&small, &many("COPY --from=b", " y*y", 100)).0, "fine");
    assert_eq!(refusal_in(&small, &many("COPY --from=b", " y*y", 101)), ("too-large", 2));
    assert_eq!(refusal_in(&small, &many("COPY --from=b", " y", 1_001)), ("too-large", 2));
    let excludes = |count| format!("FROM a\nCOPY{} . /x\n", " --exclude=a*".repeat(count));
    let excluded = |count| written_of(&request(&excludes(count), Builder::Buildkit), &large).map_err(|one| one.code);
    assert!(excluded(100).is_ok());
    assert_eq!(excluded(200).unwrap_err(), "too-large");
}

#[test]
fn what_is_added_is_asked_in_time_that_does_not_grow_with_its_words() {
    let added: AddedFiles = (0..100_000).map(|n| format!("{CONTEXT}/x{n}")).collect();
    let written = Canonical { added, ..Canonical::default() };
    let unpacked: u64 = (0..200_000).map(|n| written.added.uses(&format!("{CONTEXT}/x{n}"))).sum();
    assert_eq!(unpacked, 100_000);
}

#[test]
fn a_name_that_looks_like_a_here_document_is_none() {
    // BuildKit takes `<<x` for one also among the words of an array (found by the fuzz target `canonical`).
    assert!(written("FROM a\nEXPOSE 64NV ---4 -.8SE").is_err(), "sorted, a port would stand where a flag does");
    assert!(written("FROM a\nVOLUME \"\"").is_err(), "a volume that is empty once it is expanded");
    let text = written("FROM a\nVOLUME [\"<<x\"]\nCOPY a $E<</b\n").unwrap();
    assert!(text.ends_with("COPY [\".stageplay-context/a\", \"\\\"\\u003c\\u003c/b\\\"\"]\n"), "{text}");
}

#[test]
fn what_is_added_by_name_may_be_unpacked() {
    let text = "FROM a\nENV D=lib\nADD $D/../b*.tar dir /x/\nCOPY c.tar /x\n";
    let written = written_with(text, Builder::Buildkit, &[]).unwrap();
    let unpacks = |name: &str| written.added.uses(&format!("{CONTEXT}/{name}")) > 0;
    assert!(unpacks("b.tar") && unpacks("bomb.tar") && unpacks("dir"));
    for class in ["[!b]omb.tar", "d[^x]bomb.tar"] {
        let written = written_with(&format!("FROM a\nADD {class} /x\n"), Builder::Classic, &[]).unwrap();
        assert_eq!((written.added.uses("d/bomb.tar"), written.added.uses("bomb.tar")), (1, 1), "{class}");
    }
    assert!(!unpacks("c.tar") && !unpacks("dir/b.tar") && !unpacks("lib/b.tar"));
    assert!(written_with("FROM a\nCOPY b.tar /x\n", Builder::Buildkit, &[]).unwrap().added.is_empty());
}

/// A builder unpacks a file for each source that means it.
#[test]
fn what_is_added_counts_as_often_as_it_is() {
    let links = [("d", "real"), ("l", "real/b.tar")].map(|(name, target)| (name.to_string(), target.to_string()));
    let names = ["a.tar", "d", "l", "real", "real/b.tar"].map(str::to_string);
    let context = ContextIndex::new(names.to_vec(), links.into());
    let uses = |lines: &str, name: &str| {
        let written = written_of(&request(&format!("FROM a AS s\n{lines}"), Builder::Classic), &context).unwrap();
        written.added.uses(&format!("{CONTEXT}/{name}"))
    };
    assert_eq!(uses("ADD a.tar ./a.tar *.tar /x/\nADD [\"a.tar\", \"/y\"]\nCOPY a.tar /z\n", "a.tar"), 4);
    assert_eq!(uses("ADD a[.]tar a.tar /x/\n", "a.tar"), 2);
    // A source is the file that it leads to.
    assert_eq!(uses("ADD l d/b.tar d/*.tar real/b.tar /x/\n", "real/b.tar"), 4);
    assert_eq!(uses("ADD l /x/\n", "l"), 0);
    // A trigger adds where it is carried out, each time.
    let trigger = "ONBUILD ADD a.tar /x/\n";
    assert_eq!(uses(trigger, "a.tar"), 0);
    assert_eq!(uses(&format!("{trigger}FROM s\nFROM s\n"), "a.tar"), 2);
    assert_eq!(context.resolved_links().collect::<Vec<_>>(), [("d", "real".to_string()), ("l", "real/b.tar".into())]);
}

#[test]
fn triggers_are_written_as_they_will_be_carried_out() {
    let text = "FROM a AS low\nONBUILD COPY src/ /src\nONBUILD RUN make $X\nFROM low\nRUN y\n";
    let written = written_with(text, Builder::Buildkit, &[]).unwrap();
    let copy = "COPY [\".stageplay-context/src/\", \"/src\"]";
    assert!(written.text.contains(&format!("ONBUILD {copy}\n")), "{}", written.text);
    assert_eq!(written.triggers[0], (copy.to_string(), "COPY src/ /src".to_string()));
    assert_eq!(written.triggers[1].1, "RUN make $X");
}

/// Forms that a fresh pair of eyes found refused, or built in another way.
#[test]
fn what_people_write_is_not_refused() {
    let text = "FROM a\nHEALTHCHECK CMD [ -f /x ] || exit 1\nHEALTHCHECK CMD wget \\\n\t\thttp://x\nRUN <<E\nE\nCOPY <<.hidden /d/\na\n.hidden\nADD <<x.tar /t/\na\nx.tar\nRUN --mount=type=bind,from=,source=a,target=/m true\nONBUILD ENV N $N\nONBUILD COPY a /b\nLABEL a=\"b\u{a0}c\"\n";
    let written = written_with(text, Builder::Buildkit, &[]).unwrap();
    let lines: Vec<&str> = written.text.lines().skip(1).collect();
    let expected = [
        "HEALTHCHECK CMD [ -f /x ] || exit 1",
        "HEALTHCHECK CMD wget \t\thttp://x",
        r#"RUN ["/bin/sh", "-c", ""]"#,
        r#"COPY [".stageplay-inline/0/.hidden", "/d/"]"#,
        r#"COPY [".stageplay-inline/1/x.tar", "/t/"]"#,
        r#"RUN --mount=type=bind,source=/.stageplay-context/a,target=/m ["true"]"#,
        "ONBUILD ENV N $N",
        "ONBUILD COPY a /b",
        "LABEL \"a\"=\"b\u{a0}c\"",
    ];
    assert_eq!(lines[..5], expected[..5]);
    assert!(lines[5].starts_with("RUN --mount=type=bind,source=/.stageplay-context/a,target=/m "), "{}", lines[5]);
    assert_eq!(lines[6..], expected[6..]);
    assert!(written.added.is_empty());
    assert_eq!(written.as_written("COPY .stageplay-inline/0/.hidden /d/"), "COPY <<.hidden /d/");
}

#[test]
fn no_name_that_a_person_chose_is_a_build_argument_of_the_engine() {
    for builder in [Builder::Classic, Builder::Buildkit] {
        for name in ["KEY", "BUILDKIT_SYNTAX", "SOURCE_DATE_EPOCH", "BUILDKIT_ATTEST_SBOM", "TARGETOS"] {
            for value in ["evil\n", "\r1", "\u{85}"] {
                let text = format!("ARG {name}\nFROM a\nARG {name}=x\nRUN x\nONBUILD ARG {name}\nFROM a\nARG Z\n");
                let text = format!("{text}COPY --from=0 /x /x\n");
                let written = written_with(&text, builder, &[(name, value), ("UNUSED", value), ("Z", "1")]).unwrap();
                let args: Vec<(&str, &str)> =
                    written.args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                assert_eq!(args, [("STAGEPLAY_ARG_0", value)]);
                let lines: Vec<&str> = written.text.lines().collect();
                let given = format!("ARG {name}=\"$STAGEPLAY_ARG_0\"");
                assert_eq!(lines[..3], ["ARG STAGEPLAY_ARG_0", &given, &given], "{}", written.text);
                let alone = format!("ARG {name}");
                assert_eq!(lines[4..7], [&*alone, r#"RUN ["/bin/sh", "-c", "x"]"#, &format!("ONBUILD {alone}")]);
                assert_eq!((written.preceding, &written.lines[..3]), (vec![alone.clone(), alone], &[1, 1, 1][..]));
            }
        }
        let proxy = written_with("FROM a\nRUN x\n", builder, &[("http_proxy", "p"), ("HTTP_PROXYX", "p")]).unwrap();
        assert_eq!(proxy.args.into_keys().collect::<Vec<_>>(), ["http_proxy"]);
        let refused =
            |text: &str, value: &str| written_with(text, builder, &[("A", value)]).unwrap_err().code.to_string();
        assert_eq!(refused("FROM a\nARG A\n", "a\0\n"), "inexpressible");
        assert_eq!(refused("FROM a\nARG A\n", &"\n".repeat(40_000)), "too-large");
        // Another argument cannot hold the value.
        assert_eq!(refused("FROM a\nARG A\nENV B=$A\n", "\n"), "inexpressible");
        assert_eq!(refused("FROM a\nARG STAGEPLAY_ARG_0\nARG A\n", "\n"), "reserved-name");
    }
}

#[test]
fn arguments_of_base_images_get_their_values_from_the_text() {
    let written = |text: &str, trigger: &str, args: &[(&str, &str)]| {
        let mut request = request(text, Builder::Buildkit);
        request.build_args = args.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let config = Config { on_build: vec![trigger.to_string()], ..base() };
        let name = "docker.io/library/a:latest".to_string();
        let key = (name.clone(), "linux/amd64".to_string());
        let bases = BTreeMap::from([(key, BaseImage { name, config })]);
        let plan = plan_of(&request).unwrap();
        canonical(
            &plan,
            &request,
            Known {
                bases: &bases,
                platform: "linux/amd64",
                context: &ContextIndex::default(),
                network: false,
                stopped: &|| false,
            },
        )
    };
    let text = "FROM a\nENV Y=$X\n";
    let given = written(text, "ARG X", &[("X", "1")]).unwrap();
    assert!(given.text.starts_with("ARG X=\"1\"\nFROM") && given.text.ends_with("Y=\"1\"\n"), "{}", given.text);
    assert!(given.args.is_empty());
    let given = written("ARG X=2\nFROM a\nENV Y=$X\n", "ARG X", &[]).unwrap();
    assert!(given.text.ends_with("Y=\"2\"\n"), "{}", given.text);
    let key = written("FROM a\nRUN x\n", "ARG BUILDKIT_SYNTAX", &[("BUILDKIT_SYNTAX", "a\nb")]).unwrap();
    assert_eq!(key.args.into_keys().collect::<Vec<_>>(), ["STAGEPLAY_ARG_0"]);
    // A default goes before an ARG of the text, so it cannot be replaced.
    assert!(written(text, "ARG X=1", &[("X", "1")]).is_ok());
    assert_eq!(written(text, "ARG BUILDKIT_SYNTAX=1", &[("BUILDKIT_SYNTAX", "2")]).unwrap_err().code, "onbuild");
}

#[test]
fn what_the_engine_says_has_the_persons_paths() {
    for (said, shown) in [
        ("\"/.stageplay-context/a\": not found", "\"/a\": not found"),
        ("COPY .stageplay-context/. /x # buildkit", "COPY . /x # buildkit"),
        ("stat .stageplay-context/b: no", "stat b: no"),
        ("lstat /.stageplay-context: no", "lstat /: no"),
        ("else", "else"),
    ] {
        assert_eq!(as_written(said), shown);
    }
    let written = Canonical { lines: vec![1, 5, 9], ..Canonical::default() };
    assert_eq!(
        written.as_written("dockerfile parse error line 3: Unknown flag"),
        "dockerfile parse error line 9: Unknown flag"
    );
    assert_eq!(written.as_written("parse error on line 7: x"), "parse error on line 7: x");
}

#[test]
fn here_documents_have_their_names_in_what_the_engine_says() {
    let documents = "COPY <<one <<two /d/\na\none\nb\ntwo\n".repeat(1_000);
    let written = written_with(&format!("FROM a\n{documents}"), Builder::Buildkit, &[]).unwrap();
    for (said, shown) in [
        ("COPY .stageplay-inline/0/one .stageplay-inline/1/two /d/", "COPY <<one <<two /d/"),
        ("/.stageplay-inline/1999/two: not found", "/<<two: not found"),
        // Names of nothing that was written.
        (".stageplay-inline/2000/two .stageplay-inline/0/two", ".stageplay-inline/2000/two .stageplay-inline/0/two"),
        ("a=.stageplay-inline .stageplay-inline/", "a=.stageplay-inline .stageplay-inline/"),
        (".stageplay-inline/007/one .stageplay-inline/7/", ".stageplay-inline/007/one .stageplay-inline/7/"),
    ] {
        assert_eq!(written.as_written(said), shown);
    }
    // In proportion to the text, however many documents there are: 2,000 times 200,000 names would take minutes.
    let said = "LABEL a=.stageplay-inline ".repeat(200_000);
    assert_eq!(written.as_written(&said), said);
}

#[test]
fn writing_ends_when_nobody_waits() {
    let links = (0..20_000).map(|number| (format!("{}{number:05}", "a".repeat(55)), "/x".to_string()));
    let links: BTreeMap<String, String> = links.collect();
    let context = ContextIndex::new(links.keys().cloned().collect(), links);
    let pattern = format!("{}*b", "*a".repeat(29));
    let request = request(&format!("FROM scratch\nCOPY {} /x/\n", vec![pattern; 90].join(" ")), Builder::Classic);
    let asked = std::cell::Cell::new(0);
    let stopped = || asked.replace(asked.get() + 1) >= 1_000;
    let bases = BTreeMap::new();
    let known = Known { bases: &bases, platform: "linux/amd64", context: &context, network: false, stopped: &stopped };
    let refused = canonical(&plan_of(&request).unwrap(), &request, known).unwrap_err();
    assert_eq!(refused.code, STOPPED);
    assert!(asked.get() < 1_100, "it goes on after it was stopped");
}

#[test]
fn what_stages_inherit_is_bounded() {
    let many: String = (0..2_000).map(|number| format!(" a{number}=1")).collect();
    let mut text = format!("FROM scratch AS s0\nENV{many}\n");
    (1..200).for_each(|number| text.push_str(&format!("FROM s{} AS s{number}\n", number - 1)));
    assert_eq!(written(&text).unwrap_err().code, "too-large");
}

/// Builders keep a copy for each step.
#[test]
fn what_each_step_keeps_is_bounded() {
    let many = |count: usize, line: &str| line.repeat(count);
    let variables = |count: usize| -> String {
        (0..count).map(|number| format!("ENV a{number}={}\n", "x".repeat(4_000))).collect()
    };
    let arguments = variables(100).replace("ENV", "ARG");
    let labels = variables(100).replace("ENV", "LABEL");
    let directories = many(32, &format!("WORKDIR {}\n", "d/".repeat(2_000)));
    let run = "RUN [\"a\"]\n";
    for builder in [Builder::Classic, Builder::Buildkit] {
        let code = |lines: &str| {
            let found = written_with(&format!("FROM a AS s\n{lines}"), builder, &[("HTTP_PROXY", &"x".repeat(20_000))]);
            found.map_err(|refused| refused.code)
        };
        assert_eq!(code(&(variables(100) + &many(50, run))).unwrap_err(), "too-large");
        assert_eq!(code(&(arguments.clone() + &many(38, run))).unwrap_err(), "too-large");
        assert_eq!(code(&(labels.clone() + &many(50, run))).unwrap_err(), "too-large");
        assert_eq!(code(&(directories.clone() + &many(500, run))).unwrap_err(), "too-large");
        // What the engine gets beside the text counts as well.
        assert_eq!(code(&many(1_000, run)).unwrap_err(), "too-large");
        assert!(code(&(variables(25) + &many(50, run))).is_ok());
        // BuildKit makes a step of instructions that change files, the classic builder of all.
        let labelled = code(&(variables(60) + &many(60, "LABEL a=b\n")));
        assert_eq!(labelled.is_ok(), builder == Builder::Buildkit);
    }
    // Stages inherit, and triggers are steps.
    let triggers = many(80, "ONBUILD RUN [\"a\"]\n");
    let text = format!("FROM a AS s\n{}{triggers}FROM s\n", variables(60));
    assert_eq!(written(&text).unwrap_err().code, "too-large");
    assert!(written(&text.replace("FROM s\n", "FROM a\n")).is_ok());
    // A directory that begins at the root takes the place of the one before.
    assert!(written(&format!("FROM a\n{}{}", many(500, "WORKDIR /d/d/d\n"), many(500, run))).is_ok());
}

#[test]
fn ports_and_volumes_are_bounded() {
    assert!(written("FROM scratch\nEXPOSE 1-65535\n").is_ok());
    assert_eq!(written("FROM scratch\nEXPOSE 1-65535\nEXPOSE 1-65535/udp\n").unwrap_err().code, "too-large");
    for range in ["0-18446744073709551615", "1-18446744073709551615"] {
        assert_eq!(written(&format!("FROM scratch\nEXPOSE 80\nEXPOSE {range}\n")).unwrap_err().code, "too-large");
    }
    let volumes: String = (0..201).map(|number| format!("VOLUME /v{number}\n")).collect();
    assert_eq!(written(&format!("FROM scratch\n{volumes}")).unwrap_err().code, "too-large");
}

#[test]
fn volumes_of_the_classic_builder_are_few_and_apart() {
    let code = |text: &str, builder| written_with(text, builder, &[]).err().map_or("", |refused| refused.code);
    let many: String = (0..17).map(|number| format!("VOLUME /v{number}\n")).collect();
    let empty = written_with("FROM scratch\nENV X=\nVOLUME [\"/a\", \"$X\"]\n", Builder::Classic, &[]).unwrap_err();
    assert_eq!((empty.code, &*empty.message), ("inexpressible", "VOLUME of an empty path"));
    for (lines, expected) in [
        (many.as_str(), "too-large"),
        ("VOLUME /v /w /v/\nVOLUME /vv\n", ""),
        ("VOLUME /v /v/v\n", "nested-volume"),
        ("VOLUME /v/v\nRUN a\nVOLUME v\n", "nested-volume"),
        ("ENV V=/x/../v/y\nVOLUME /v/ $V\n", "nested-volume"),
        ("VOLUME /v\nFROM scratch\nVOLUME /v/v\n", ""),
        ("VOLUME /\nVOLUME /v\n", "nested-volume"),
        ("VOLUME /v\nONBUILD VOLUME /w/x\nFROM a\nVOLUME /w\n", "nested-volume"),
    ] {
        assert_eq!(code(&format!("FROM scratch AS a\n{lines}"), Builder::Classic), expected, "{lines}");
        assert_eq!(code(&format!("FROM scratch AS a\n{lines}"), Builder::Buildkit), "", "{lines}");
    }
}

#[test]
fn ports_and_arguments_count_with_each_step_of_the_classic_builder() {
    let code = |text: &str, builder| written_with(text, builder, &[]).err().map_or("", |refused| refused.code);
    let ports = |labels: usize| format!("FROM scratch\nEXPOSE 1-65535\n{}", "LABEL a=b\n".repeat(labels));
    let args = |runs: usize| {
        let args: String = (0..15).map(|number| format!("ARG a{number}={}\n", "x".repeat(4_000))).collect();
        format!("FROM scratch\n{args}{}", "RUN [\"a\"]\n".repeat(runs))
    };
    let triggers = format!("FROM scratch AS a\nEXPOSE 1-65535\n{}FROM a\n", "ONBUILD LABEL a=b\n".repeat(8));
    for (text, expected) in
        [(ports(40), "too-large"), (ports(3), ""), (args(40), "too-large"), (args(8), ""), (triggers, "too-large")]
    {
        assert_eq!(code(&text, Builder::Classic), expected, "{text}");
        assert_eq!(code(&text, Builder::Buildkit), "", "{text}");
    }
}

#[test]
fn what_an_escape_or_a_class_may_match_is_measured() {
    for pattern in ["?\\/bomb.tar.gz", "*\\/bomb.tar.gz", "a[^x]bomb.tar.gz"] {
        let added: AddedFiles = [format!(".stageplay-context/{pattern}")].into_iter().collect();
        assert_eq!(added.uses(".stageplay-context/a/bomb.tar.gz"), 1, "{pattern}");
    }
}
