//! Tests of builds that the fidelity tests cannot compare with a real engine.

mod apt_repositories;
mod assume_context;
mod base_image_accounts;
mod build_cache;
mod copies_of_images;
mod copy_flags;
mod estimated_sizes;
mod missing_packages;
mod named_outputs;
mod packages;
mod run_documents;
mod uncertain_failures;
mod url_answers;

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
