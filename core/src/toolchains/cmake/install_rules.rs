//! `install(…)` of a CMakeLists.txt: the recipes of `make install`.

use super::project::Project;
use crate::fs::path;

impl Project {
    /// Adds the recipes of one `install` command; a kind without a model is a gap.
    pub(super) fn install(&mut self, folder: &str, words: &[String]) {
        let is_word = |word: &String| word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let value = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned();
        let names: Vec<&String> = words.iter().skip(1).take_while(|word| !is_word(word)).collect();
        let kind = words.first().map_or("", String::as_str);
        let usual = if kind == "TARGETS" { "bin" } else { "share" };
        let to = value("DESTINATION").unwrap_or_else(|| usual.into());
        let to = if to.starts_with('/') { to } else { format!("$(prefix)/{to}") };
        for name in names {
            let recipe = match kind {
                "TARGETS" => format!("install -D -m 755 {name} $(DESTDIR){to}/{name}"),
                "PROGRAMS" | "FILES" => {
                    let mode = if kind == "PROGRAMS" { 755 } else { 644 };
                    format!(
                        "install -D -m {mode} {} $(DESTDIR){to}/{}",
                        path::join(folder, name),
                        path::file_name(name)
                    )
                }
                "DIRECTORY" => format!("mkdir -p $(DESTDIR){to} && cp -r {} $(DESTDIR){to}/", path::join(folder, name)),
                kind => {
                    self.gaps.insert(format!("install({kind})"));
                    continue;
                }
            };
            self.installs.push(recipe);
        }
    }
}
