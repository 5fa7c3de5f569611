//! Takes those of the simulator's words that the page says itself into the program.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

/// The beginnings of their ids.
const PREFIXES: [&str; 5] = ["compare.what.", "hover.", "instruction.", "page.", "rename."];

fn main() {
    let out = env::var("OUT_DIR").unwrap_or_default();
    for language in ["en", "zh-CN"] {
        let source = format!("../core/data/words/{language}.json");
        println!("cargo::rerun-if-changed={source}");
        let words = fs::read_to_string(&source).map_err(|error| error.to_string());
        let words: Result<BTreeMap<String, String>, String> =
            words.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
        let written = words.and_then(|mut words| {
            words.retain(|id, _| PREFIXES.iter().any(|prefix| id.starts_with(prefix)));
            let text = serde_json::to_string(&words).map_err(|error| error.to_string())?;
            fs::write(Path::new(&out).join(format!("{language}.json")), text).map_err(|error| error.to_string())
        });
        if let Err(error) = written {
            println!("cargo::error={source}: {error}");
        }
    }
}
