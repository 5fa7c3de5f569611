//! pip's configuration: variables, configuration files, and `pip config set`
//! (pip's documentation, "Configuration").

use super::install_packages::{at_home, is_set, make_folder};
use crate::fs::{Content, path};
use crate::shell::Shell;

/// The values that pip takes for true, as `strtobool` does.
const TRUE: [&str; 5] = ["y", "yes", "t", "true", "1"];

/// Whether a switch of `pip install` is on by a variable or by a configuration file. A file of unknown content may
/// turn it on: a gap says so.
pub(crate) fn is_switched_on(shell: &mut Shell, option: &str) -> bool {
    let variable = format!("PIP_{}", option.replace('-', "_").to_uppercase());
    if is_set(shell, &variable) {
        return true;
    }
    let mut is_on = false;
    for place in files(shell) {
        match shell.read(&place) {
            Ok(Some(bytes)) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                is_on = value_of(&text, option).map_or(is_on, |value| TRUE.contains(&value.to_lowercase().as_str()));
            }
            Ok(None) => {
                shell.gap("unknown-content", place);
                is_on = true;
            }
            Err(_) => {}
        }
    }
    is_on
}

/// The configuration files, the last one with the highest precedence.
fn files(shell: &Shell) -> Vec<String> {
    let set = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    let mut files = vec!["/etc/xdg/pip/pip.conf".into(), "/etc/pip.conf".into()];
    files.push(at_home(shell, ".pip/pip.conf"));
    files.push(user_file(shell));
    files.extend(set("VIRTUAL_ENV").map(|root| format!("{root}/pip.conf")));
    files.extend(set("PIP_CONFIG_FILE"));
    files
}

fn user_file(shell: &Shell) -> String {
    match shell.var("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => format!("{folder}/pip/pip.conf"),
        None => at_home(shell, ".config/pip/pip.conf"),
    }
}

/// The value of an option in the sections that `pip install` reads.
fn value_of(text: &str, option: &str) -> Option<String> {
    let mut section = String::new();
    let mut found: [Option<String>; 2] = [None, None];
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_lowercase();
        }
        let Some((key, value)) = line.split_once(['=', ':']).filter(|_| !line.starts_with(['#', ';'])) else {
            continue;
        };
        if key.trim().to_lowercase().replace('_', "-") == option {
            match section.as_str() {
                "global" => found[0] = Some(value.trim().to_string()),
                "install" => found[1] = Some(value.trim().to_string()),
                _ => {}
            }
        }
    }
    let [global, install] = found;
    install.or(global)
}

/// `pip config [--global|--user|--site] set SECTION.NAME VALUE`; `None` if the words say something else.
pub(crate) fn config(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let plain: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let ["config", "set", name, value] = plain.as_slice() else { return None };
    let (section, key) = name.split_once('.')?;
    let place = match words.iter().any(|word| word == "--global") {
        true => "/etc/pip.conf".to_string(),
        false => user_file(shell),
    };
    let old = match shell.read(&place) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => {
            shell.gap("unknown-content", place);
            return Some(0);
        }
        Err(_) => String::new(),
    };
    let heading = format!("[{section}]");
    let mut lines: Vec<String> = old.lines().map(str::to_string).collect();
    let at = lines.iter().position(|line| line.trim() == heading).unwrap_or_else(|| {
        lines.push(heading.clone());
        lines.len() - 1
    });
    lines.insert(at + 1, format!("{key} = {value}"));
    make_folder(shell, path::parent(&place));
    let text = lines.join("\n") + "\n\n";
    let _ = shell.put_file(&place, Content::inline(text.into_bytes()));
    shell.out(format!("Writing to {place}\n"));
    Some(0)
}
