//! COPY's newer flags, which the engine that fidelity asks does not know.

mod packages;
mod remote;
mod reruns;

use super::*;
use crate::fs::Content;

fn built(text: &str) -> Built {
    let engine = EngineProfile::find("docker-28").unwrap();
    let mut context = Tree::new();
    for path in ["/a/b/c/one.txt", "/a/b/two.md", "/a/three.txt", "/d/four.txt"] {
        context.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
        context.write(path, Content::inline(path.as_bytes()), 0o644, 0, 0).unwrap();
    }
    let request = Request::new(text, context, engine);
    build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new())
}

fn files(text: &str) -> Vec<String> {
    let built = built(&format!("FROM scratch\n{text}\n"));
    assert_eq!((&built.error, built.diagnostics.len()), (&None, 0), "{text}: {:?}", built.diagnostics);
    let tree = built.image.unwrap().tree.clone();
    tree.walk("/").filter(|(_, node)| !node.is_dir()).map(|(path, _)| path.to_string()).collect()
}

#[test]
fn parents_come_along_up_to_the_pivot() {
    assert_eq!(files("COPY --parents a/b/c/one.txt /x/"), ["/x/a/b/c/one.txt"]);
    assert_eq!(files("COPY --parents a/./b/*.md a/b /x/"), ["/x/a/b/c/one.txt", "/x/a/b/two.md", "/x/b/two.md"]);
    assert_eq!(files("COPY --parents **/*.txt /x/"), ["/x/a/b/c/one.txt", "/x/a/three.txt", "/x/d/four.txt"]);
    assert!(built("FROM scratch\nCOPY --parents a/nope /x/\n").error.is_some());
}

#[test]
fn excluded_files_stay_behind() {
    assert_eq!(files("COPY --exclude=*.txt --exclude=b/c a /x"), ["/x/b/two.md"]);
    assert_eq!(files("COPY --exclude=**/*.txt . /x"), ["/x/a/b/two.md"]);
    // A file that is named itself is copied all the same.
    assert_eq!(files("COPY --exclude=*.txt a/three.txt /x/"), ["/x/three.txt"]);
    assert_eq!(files("COPY --parents --exclude=**/*.md a /x/"), ["/x/a/b/c/one.txt", "/x/a/three.txt"]);
}

#[test]
fn history_tells_flags_and_expanded_words() {
    let built = built("FROM scratch\nARG N=three\nCOPY --chown=1:2 --chmod=600 a/$N.txt /x/\n");
    let step = built.steps.last().unwrap();
    assert_eq!(step.created_by, "COPY --chown=1:2 --chmod=600 a/three.txt /x/ # buildkit");
}

#[test]
fn a_failure_that_the_shell_passes_over_is_told() {
    let told = |script: &str| -> Vec<String> {
        let built = built(&format!("FROM alpine\nRUN {script}\n"));
        assert!(built.error.is_none(), "{script}: {:?}", built.error);
        let remarks = built.diagnostics.iter().filter(|one| one.code == "ignored-failure");
        remarks.map(|one| one.params[0].1.clone()).collect()
    };
    assert_eq!(told("cp /nope /x; echo done"), ["cp /nope /x"]);
    assert_eq!(told("set -x; rm /nope/x; true"), ["rm /nope/x"]);
    for quiet in [
        "[ -f /nope ] && echo x; echo y",
        "cp /nope /x || true; echo y",
        "if cp /nope /x; then :; fi; echo y",
        "! cp /nope /x; echo y",
    ] {
        assert!(told(quiet).is_empty(), "{quiet}");
    }
}

/// Seen with Docker 20.10: what is not taken, or left out, is not sent.
#[test]
fn the_context_is_what_steps_take() {
    let bytes = |lines: &str| built(&format!("FROM scratch\n{lines}\n")).context_bytes;
    let everything = bytes("COPY . /\n");
    let (a, b, one) = (bytes("COPY a /\n"), bytes("COPY a/b /\n"), bytes("COPY a/b/c/one.txt /\n"));
    assert!(everything > a && a > b && b > one && one > 0, "{everything} {a} {b} {one}");
    assert_eq!(bytes("COPY --parents a/**/one.txt /\n"), one);
    assert_eq!(bytes("COPY <<E /x\ntext\nE\n"), 0);
}
