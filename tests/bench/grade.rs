//! How long `stageplay grade` takes for 300 submissions, all different, on all processors.
//!
//! `cargo xtask bench grade`

use stageplay_core::exercise::{Files, PackFile, Submission, Work};
use stageplay_tests::{folder, root, stageplay, write};
use std::time::Instant;

/// The most seconds for 300 submissions on 2 processors, of a release build.
const LIMIT: f64 = 10.0;

fn submission(student: usize) -> String {
    let dockerfile = format!(
        "FROM debian:12-slim\nLABEL student={student}\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\nENTRYPOINT [\"curl\", \"--version\"]\n"
    );
    let files = Files::from([("Dockerfile".to_string(), PackFile::text(&dockerfile))]);
    let work = Work { pack: "remove-in-the-same-layer".into(), files, ..Work::default() };
    Submission { student: format!("s{student}"), version: "0.1.0".into(), work: vec![work], ..Submission::default() }
        .to_text()
}

fn main() {
    let dir = folder("bench-grade");
    let all: Vec<String> = (0..300).map(submission).collect();
    write(&dir, &[("all.txt", &all.join("\n"))]);
    // The program is compiled before anything is measured.
    stageplay().arg("--version").output().expect("stageplay runs");
    let pack = root().join("www/packs/layers/remove-in-the-same-layer");
    for format in ["csv", "html"] {
        let start = Instant::now();
        let output =
            stageplay().arg("grade").arg(&pack).arg("all.txt").args(["--format", format]).current_dir(&dir).output();
        let output = output.expect("stageplay runs");
        let took = start.elapsed().as_secs_f64();
        assert!(output.status.success(), "{output:?}");
        println!("300 submissions, {format:4}  {took:6.2} s");
        assert!(cfg!(debug_assertions) || took < LIMIT, "more than {LIMIT} s");
    }
}
