//! What Python's modules weigh once their packages' scripts have compiled them: asked of the release's own Python.

use super::{debian, starts, text};
use crate::run::{Done, command, output, root, run};
use std::fs;
use std::path::Path;

/// Where packages have the modules that their scripts compile, in the column of files.
const MODULES: &str = "+/usr/lib/python3";

/// Columns of a table's row, from 0 on: files, and the one that is renewed.
const FILES: usize = 5;
const COLUMN: usize = 8;

/// Compiles the modules of the extracted package, and prints the bytes of what came of it.
const COMPILE: &str = "python3 -m compileall -q /stageplay/usr/lib/python3* >/dev/null 2>&1; \
                       find /stageplay -name '*.pyc' -printf '%s\\n' | awk '{ sum += $1 } END { print sum + 0 }'";

/// Renews the last column of a Debian table. In `place` is a root of the release in which Python is installed.
pub(super) fn add(name: &str, place: &Path) -> Done {
    let file = root().join(format!("core/data/packages/{name}.tsv"));
    let suite = debian::suite(name).ok_or("only Debian's packages are compiled when they are installed")?;
    let index = debian::fetch(suite, false)?;
    let debs = starts::debs(&index.packages);
    let mut table = String::new();
    for line in text(&file)?.lines() {
        let mut fields: Vec<String> = line.split('\t').map(str::to_string).collect();
        let name = fields.first().map(|name| name.trim_start_matches('*').to_string()).unwrap_or_default();
        if !line.starts_with(['#', '=']) && fields.len() > 2 {
            fields.truncate(COLUMN);
            let has_modules = fields.get(FILES).is_some_and(|files| files.contains(MODULES));
            if let Some((deb, _)) = debs.get(&name).filter(|_| has_modules) {
                let bytes = bytes(&index.uri, deb, place)?;
                println!("{name}: {bytes}");
                fields.resize(COLUMN, String::new());
                // Some have libraries only.
                fields.extend(Some(bytes).filter(|bytes| bytes != "0"));
            }
        }
        table.push_str(fields.join("\t").trim_end());
        table.push('\n');
    }
    fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))
}

fn bytes(uri: &str, deb: &str, place: &Path) -> Done<String> {
    let out = place.join("stageplay");
    let _ = fs::remove_dir_all(&out);
    let file = starts::download(uri, deb, &root().join("target/packages"))?;
    run(command("dpkg-deb").arg("-x").arg(&file).arg(&out))?;
    let bytes = output(command("chroot").arg(place).args(["sh", "-c", COMPILE]));
    let _ = fs::remove_dir_all(&out);
    bytes.map(|bytes| bytes.trim().to_string()).ok_or_else(|| format!("no Python runs in {}", place.display()))
}
