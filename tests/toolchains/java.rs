//! javac, jar and jlink: what the real ones write is what the models say they write.

use super::in_app;
use stageplay_tests::{folder, program, skipped, write};
use std::collections::BTreeSet;
use std::path::Path;

const MAIN: &str = "package a.b;\npublic class Main {\n  interface Each { int of(int x); }\n  enum Kind { ONE, TWO }\n  public static void main(String[] args) {\n    Each each = new Each() { public int of(int x) { return x + 1; } };\n    System.out.println(each.of(1) + Kind.ONE.name());\n  }\n}\n";

/// The paths below a folder.
fn below(place: &Path, found: &mut BTreeSet<String>, top: &Path) {
    for entry in std::fs::read_dir(place).expect("a folder").flatten() {
        let path = entry.path();
        found.insert(path.strip_prefix(top).expect("below it").to_string_lossy().into_owned());
        if path.is_dir() {
            below(&path, found, top);
        }
    }
}

#[test]
fn java_writes_where_it_is_said_to_write() {
    let there = |name: &str| program(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if !["javac", "jar", "jlink"].into_iter().all(there) {
        return skipped("no JDK");
    }
    let scripts = [
        "javac -d out src/a/b/Main.java",
        "javac src/a/b/Main.java",
        "javac -d out src/a/b/Main.java && jar cf app.jar -C out .",
        "javac -d out src/a/b/Main.java && jar --create --file=lib.jar --main-class=a.b.Main -C out .",
        "javac -d out src/a/b/Main.java && jar cfe run.jar a.b.Main -C out . && jar tf run.jar && mkdir x && cd x && jar xf ../run.jar",
        "jlink --add-modules java.base --output jre",
    ];
    for script in scripts {
        let dir = folder("java");
        write(&dir, &[("src/a/b/Main.java", MAIN)]);
        let done = program("sh").args(["-c", script]).current_dir(&dir).output().expect("sh runs");
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
        let mut real = BTreeSet::new();
        below(&dir, &mut real, &dir);
        let (status, shell) = in_app("eclipse-temurin:21-jdk", &[("src/a/b/Main.java", MAIN)], script);
        assert_eq!(status, 0, "{script}");
        for path in &real {
            let place = format!("/app/{path}");
            let known = shell.fs.stat("/", &place).is_ok() || shell.fs.may_hide("/", &place);
            assert!(known, "{script}: {path} is written, and is said not to be there");
        }
        let ours: Vec<&str> = shell.fs.walk("/app").filter_map(|(path, _)| path.strip_prefix("/app/")).collect();
        for path in ours {
            assert!(real.contains(path), "{script}: {path} is said to be written, and is not there");
        }
        assert!(!shell.gaps.is_empty(), "{script}: that not all is known is told");
    }
}
