//! Takes the words of the page into the program: those of the interface, a file for each part of the page, and those of
//! the simulator's that the page says itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The beginnings of the ids of the simulator's words that the page says.
const PREFIXES: [&str; 5] = ["compare.what.", "hover.", "instruction.", "page.", "rename."];

type Words = BTreeMap<String, String>;

fn main() {
    // What cuts the program into pieces reads the relocations.
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    for language in ["en", "zh-CN"] {
        let written = interface(language)
            .and_then(|words| write(&words, &format!("interface-{language}.json")))
            .and_then(|()| simulator(language))
            .and_then(|words| write(&words, &format!("simulator-{language}.json")));
        if let Err(error) = written {
            println!("cargo::error={error}");
        }
    }
}

fn read(path: &Path) -> Result<Words, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(words: &Words, name: &str) -> Result<(), String> {
    let out = env::var("OUT_DIR").unwrap_or_default();
    let text = serde_json::to_string(words).map_err(|error| error.to_string())?;
    fs::write(Path::new(&out).join(name), text).map_err(|error| format!("{name}: {error}"))
}

/// The words of `www/i18n/LANGUAGE/*.json`.
fn interface(language: &str) -> Result<Words, String> {
    let folder = format!("../www/i18n/{language}");
    println!("cargo::rerun-if-changed={folder}");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut all = Words::new();
    for path in paths {
        for (id, text) in read(&path)? {
            if all.insert(id.clone(), text).is_some() {
                return Err(format!("{}: another file has words of {id} too", path.display()));
            }
        }
    }
    Ok(all)
}

/// The simulator's words with one of the prefixes.
fn simulator(language: &str) -> Result<Words, String> {
    let path = format!("../core/data/words/{language}.json");
    println!("cargo::rerun-if-changed={path}");
    let mut words = read(Path::new(&path))?;
    words.retain(|id, _| PREFIXES.iter().any(|prefix| id.starts_with(prefix)));
    Ok(words)
}
