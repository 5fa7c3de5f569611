//! COPY's newer flags, which the engine of the fidelity tests does not know.

use super::built;

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
