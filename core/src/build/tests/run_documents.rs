//! RUN with a here-document that is a program, with a secret, and the ignore file of a Dockerfile.

use super::*;

#[test]
fn a_document_with_an_interpreter_is_run_by_it() {
    let printed = |text: &str| {
        let built = built(text);
        assert!(built.error.is_none(), "{text}: {:?}", built.error);
        let output = built.steps.iter().flat_map(|step| &step.output).flat_map(|(_, bytes)| bytes.clone()).collect();
        (String::from_utf8(output).unwrap(), built.image.unwrap())
    };
    let (text, image) = printed("FROM debian:12\nRUN <<EOF\n#!/bin/bash\nx=(one two)\necho ${x[1]} $0\nEOF\n");
    assert_eq!(text, "two /dev/pipes/EOF\n");
    assert!(image.tree.stat("/", "/dev/pipes").is_err());
    assert_eq!(printed("FROM alpine\nRUN <<-EOF\n\t#!/bin/sh -e\n\techo $0\n\tEOF\n").0, "/dev/pipes/EOF\n");
    // With a command of its own in front, the document is that command's input.
    assert_eq!(printed("FROM alpine\nRUN cat <<EOF\n#!/bin/none\nEOF\n").0, "#!/bin/none\n");
    let failed = built("FROM alpine\nRUN <<EOF\n#!/bin/bash\necho hi\nEOF\n").error.unwrap();
    assert!(failed.message.contains("exit code: 127"), "{}", failed.message);
}

#[test]
fn the_ignore_file_of_a_dockerfile_takes_precedence() {
    let paths = |builder: Builder, name: &str| {
        let mut context = Tree::new();
        context.mkdir("/docker", 0o755, 0, 0).unwrap();
        for (path, text) in [
            ("/.dockerignore", "one\n"),
            ("/Dockerfile.dockerignore", "two\n"),
            ("/docker/Own.dockerignore", "one\ntwo\n"),
            ("/one", ""),
            ("/two", ""),
        ] {
            context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
        }
        let engine = EngineProfile::find("docker-28").unwrap();
        let text = "FROM scratch\nCOPY . /\n";
        let request = Request { name: name.into(), builder, ..Request::new(text, context, engine) };
        let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
        let image = built.image.unwrap();
        ["/one", "/two"].map(|path| image.tree.stat("/", path).is_ok())
    };
    assert_eq!(paths(Builder::Buildkit, "Dockerfile"), [true, false]);
    assert_eq!(paths(Builder::Buildkit, "docker/Own"), [false, false]);
    assert_eq!(paths(Builder::Buildkit, "Other"), [false, true]);
    assert_eq!(paths(Builder::Classic, "Dockerfile"), [false, true]);
}

#[test]
fn a_required_secret_that_is_not_given_ends_the_build() {
    let build_with = |flags: &str, has_secrets: bool| {
        let engine = EngineProfile::find("docker-28").unwrap();
        let text = format!("FROM alpine\nRUN --mount=type=secret,{flags} echo hi\n");
        let request = Request { has_secrets, ..Request::new(text, Tree::new(), engine) };
        let error = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new()).error;
        error.map(|error| error.message)
    };
    let missing = |id: &str| Some(format!("failed to solve: secret {id}: not found"));
    assert_eq!(build_with("id=token,required=true", false), missing("token"));
    assert_eq!(build_with("id=token,target=/run/other,required", false), missing("token"));
    assert_eq!(build_with("target=/run/other,required=1", false), missing("other"));
    assert_eq!(build_with("id=token,required=false", false), None);
    assert_eq!(build_with("id=token", false), None);
    assert_eq!(build_with("id=token,required=true", true), None);
}
