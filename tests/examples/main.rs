//! The examples of `www/examples`: each builds and starts as its `[expect]` says.
//!
//! `UPDATE_DOCS=1 cargo test -p stageplay-tests --test examples` writes the table of docs/readers.md anew.

mod description;
mod outcome;

use description::{Example, Index, Texts, example, index};
use stageplay_tests::root;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most bytes of a file of an example.
const MAX_FILE_BYTES: u64 = 4096;
/// How many files an example has.
const FILES: std::ops::RangeInclusive<usize> = 2..=8;
/// The fewest examples.
const FEWEST: usize = 25;

fn folder() -> PathBuf {
    root().join("www/examples")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of a folder").path()).collect();
    paths.sort();
    paths
}

fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn names(index: &Index) -> Vec<String> {
    index.groups.iter().flat_map(|group| group.examples.clone()).collect()
}

#[test]
fn every_example_builds_and_starts_as_it_says() {
    let names = names(&index(&folder()));
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = folder().join(name);
                    let found = outcome::faults(&place.join("files"), &example(&place).expect);
                    let found = found.into_iter().map(|fault| format!("{name}: {fault}"));
                    faults.lock().expect("no worker panics while it holds the list").extend(found);
                }
            });
        }
    });
    let faults = faults.into_inner().expect("no worker panics while it holds the list");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_index_lists_every_folder_once() {
    let index = index(&folder());
    let mut listed = names(&index);
    assert!(listed.len() >= FEWEST, "only {} examples", listed.len());
    listed.sort();
    let folders: Vec<String> =
        entries(&folder()).iter().filter(|path| path.is_dir()).map(|path| name_of(path)).collect();
    assert_eq!(listed, folders);
    for name in &listed {
        let place = folder().join(name);
        let held: Vec<String> = entries(&place).iter().map(|path| name_of(path)).collect();
        assert_eq!(held, ["example.toml", "files"], "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        let Example { topics, .. } = example(&place);
        assert!((2..=6).contains(&topics.len()), "{name} has {} topics", topics.len());
        for topic in topics {
            let is_word = topic.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-+".contains(c));
            assert!(is_word && !topic.is_empty(), "{name}: topic {topic:?}");
        }
    }
}

#[test]
fn titles_and_summaries_are_in_both_languages() {
    let index = index(&folder());
    for group in &index.groups {
        check_texts("a group", &group.title, 1..=50);
    }
    for name in names(&index) {
        let Example { title, summary, .. } = example(&folder().join(&name));
        check_texts(&name, &title, 4..=50);
        check_texts(&name, &summary, 60..=420);
        assert!(is_chinese(&summary.chinese), "{name}: the summary is not Chinese");
        assert!(summary.english.ends_with('.') && summary.chinese.ends_with('。'), "{name}: the summary is cut");
        assert!(!summary.english.contains('\n') && !summary.chinese.contains('\n'), "{name}: one paragraph");
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Checks that neither language is missing, the length of the English text, and the Chinese punctuation.
fn check_texts(name: &str, texts: &Texts, length: std::ops::RangeInclusive<usize>) {
    let Texts { english, chinese } = texts;
    assert!(length.contains(&english.chars().count()), "{name}: {} characters: {english}", english.chars().count());
    assert!(!chinese.trim().is_empty() && english.is_ascii(), "{name}: {english} / {chinese}");
    let chars: Vec<char> = chinese.chars().collect();
    for pair in chars.windows(2) {
        let half_width = is_chinese(&pair[0].to_string()) && ",;:?!()".contains(pair[1]);
        assert!(!half_width, "{name}: {:?} behind {:?} is not full-width", pair[1], pair[0]);
    }
}

#[test]
fn the_files_are_few_and_small() {
    for name in names(&index(&folder())) {
        let files = files(&folder().join(&name).join("files"));
        assert!(FILES.contains(&files.len()), "{name} has {} files", files.len());
        assert!(files.iter().any(|path| name_of(path) == "Dockerfile"), "{name} has no Dockerfile");
        for path in files {
            let shown = path.display();
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert!(text.len() as u64 <= MAX_FILE_BYTES, "{shown} has {} bytes", text.len());
            assert!(text.ends_with('\n') && !text.contains('\r'), "{shown} has lines that do not end with a line feed");
            assert!(text.lines().all(|line| line.trim_end() == line), "{shown} has blanks at the end of a line");
        }
    }
}

#[test]
fn the_page_for_readers_lists_the_examples() {
    let index = index(&folder());
    let mut table = "\n| kind | example | what it shows |\n|---|---|---|\n".to_string();
    for group in &index.groups {
        for name in &group.examples {
            let title = example(&folder().join(name)).title.english;
            table +=
                &format!("| {} | [{name}](../www/examples/{name}/files/Dockerfile) | {title} |\n", group.title.english);
        }
    }
    table.push('\n');
    let path = root().join("docs/readers.md");
    let page = std::fs::read_to_string(&path).expect("docs/readers.md");
    let (start, end) = ("<!-- examples: generated -->\n", "<!-- /examples -->\n");
    let (before, rest) = page.split_once(start).expect("docs/readers.md has the line that starts the table");
    let (current, after) = rest.split_once(end).expect("docs/readers.md has the line that ends the table");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{start}{table}{end}{after}")).expect("the page can be written");
    } else {
        let how = "run UPDATE_DOCS=1 cargo test -p stageplay-tests --test examples";
        assert_eq!(current, table, "docs/readers.md differs: {how}");
    }
}
