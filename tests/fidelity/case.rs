//! The cases: Markdown below `cases/`, one heading a law, its Dockerfile and files in fences.

use std::path::Path;

/// One Dockerfile that engine and simulator are asked about.
#[derive(Debug)]
pub(crate) struct Case {
    /// `FILE/LAW`.
    pub(crate) name: String,
    /// With its FROM.
    pub(crate) dockerfile: String,
    /// Files beside those that every case has.
    pub(crate) files: Vec<(String, String)>,
    /// The image is started, too.
    pub(crate) start: bool,
    /// Why the simulator is known to differ under a builder: `> differs (classic): reason`.
    pub(crate) known: Vec<(String, String)>,
}

/// All cases whose name fits a pattern with `*`; all without one.
pub(crate) fn all(pattern: Option<&str>) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fidelity/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("cases").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let group = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("a case file");
        cases.extend(text.split("\n## ").skip(1).map(|section| read(&group, section)));
    }
    cases.retain(|case| pattern.is_none_or(|pattern| fits(pattern, &case.name)));
    cases
}

fn read(group: &str, section: &str) -> Case {
    let mut lines = section.lines();
    let law = lines.next().unwrap_or("").trim();
    let mut case = Case {
        name: format!("{group}/{law}"),
        dockerfile: String::new(),
        files: Vec::new(),
        start: false,
        known: Vec::new(),
    };
    while let Some(line) = lines.next() {
        if let Some((builder, reason)) = line.strip_prefix("> differs (").and_then(|rest| rest.split_once("): ")) {
            case.known.push((builder.into(), reason.into()));
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match info.split_once(' ').unwrap_or((info, "")) {
            ("dockerfile", flags) => {
                case.dockerfile = format!("FROM {}\n{body}", crate::engine::BASE);
                case.start = flags.contains("start");
            }
            ("file", name) => case.files.push((name.into(), body)),
            other => panic!("{}: an unknown fence {other:?}", case.name),
        }
    }
    assert!(!case.dockerfile.is_empty(), "{}: no Dockerfile", case.name);
    case
}

/// `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| fits(tail, &rest[at..]))
        }),
    }
}
