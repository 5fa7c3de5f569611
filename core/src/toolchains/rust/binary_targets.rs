//! The programs of a package: src/main.rs, src/bin, `[[bin]]`; "can't find bin … at path".

use super::cargo_request::CargoError;
use super::workspace::Member;
use crate::fs::path;
use crate::shell::Shell;

fn is_file(shell: &Shell, place: &str) -> bool {
    shell.fs.stat("/", place).is_ok_and(|(_, node)| !node.is_dir())
}

/// The programs of a package: their names and the files with `main`.
pub(crate) fn programs(shell: &mut Shell, member: &Member) -> Result<Vec<(String, String)>, CargoError> {
    let Some(package) = &member.manifest.package else { return Ok(Vec::new()) };
    let place = |name: &str| path::join(&member.folder, name);
    let mut found: Vec<(String, String)> = Vec::new();
    for bin in &member.manifest.bin {
        let name = bin.name.clone().unwrap_or_else(|| package.name.clone());
        let usual = [format!("src/bin/{name}.rs"), format!("src/bin/{name}/main.rs"), "src/main.rs".to_string()];
        let file = match &bin.path {
            Some(file) => Some(place(file)).filter(|file| is_file(shell, file)),
            None => usual.iter().map(|file| place(file)).find(|file| is_file(shell, file)),
        };
        match file {
            Some(file) => found.push((name, file)),
            None if shell.fs.may_hide("/", &place("src/unlisted.rs")) => {
                shell.gap("unlisted-file", place(bin.path.as_deref().unwrap_or("src/main.rs")));
            }
            None => {
                let file = place(bin.path.as_deref().unwrap_or(&format!("src/bin/{name}.rs")));
                let at = place("Cargo.toml");
                return Err((
                    format!(
                        "error: can't find bin `{name}` at path `{file}`\n --> {at}\nerror: could not compile due to 1 previous target resolution error\n"
                    ),
                    101,
                ));
            }
        }
    }
    let known = |found: &[(String, String)], file: &str| found.iter().any(|(_, known)| known == file);
    if is_file(shell, &place("src/main.rs")) && !known(&found, &place("src/main.rs")) {
        found.push((package.name.clone(), place("src/main.rs")));
    }
    for (name, node) in shell.fs.children(&place("src/bin")) {
        let file =
            if node.is_dir() { place(&format!("src/bin/{name}/main.rs")) } else { place(&format!("src/bin/{name}")) };
        let name = name.trim_end_matches(".rs").to_string();
        if file.ends_with(".rs") && is_file(shell, &file) && !known(&found, &file) {
            found.push((name, file));
        }
    }
    let library = member.manifest.lib.as_ref().map(|lib| lib.path.clone().unwrap_or_else(|| "src/lib.rs".into()));
    let has_library = library.is_some() || is_file(shell, &place("src/lib.rs"));
    if found.is_empty() && !has_library && !shell.fs.may_hide("/", &place("src/unlisted.rs")) {
        let at = place("Cargo.toml");
        return Err((
            format!(
                "error: failed to parse manifest at `{at}`\n\nCaused by:\n  no targets specified in the manifest\n  either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present\n"
            ),
            101,
        ));
    }
    Ok(found)
}
