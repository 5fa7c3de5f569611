//! The programs of PHP's official images that build extensions (`docker-php-ext-install` and its like), and `pecl install`.
//!
//! `docker-php-ext-configure` unpacks PHP's sources, and `docker-php-ext-install` removes them again if it or a
//! configuration before it unpacked them.

use crate::commands::estimated_files::{write_estimated_files, write_unknown_files};
use crate::fs::{Content, path};
use crate::measure::{Way, typical_tool_size};
use crate::shell::Shell;

const SOURCES: &str = "/usr/src/php";
const EXTENSIONS: &str = "/usr/local/lib/php/extensions";
const SETTINGS: &str = "/usr/local/etc/php/conf.d";
/// The name of PHP's sources that are removed by the next installation.
const UNPACKED: &str = "PHP's sources";
/// Extensions of the Zend engine, which are loaded by another setting.
const ZEND_EXTENSIONS: [&str; 2] = ["opcache", "xdebug"];

/// Runs one of the programs; `None` for another command line.
pub(super) fn run(shell: &mut Shell, name: &str, words: &[String]) -> Option<i32> {
    let names: Vec<String> = extension_names(words);
    match name {
        "docker-php-source" if words.iter().any(|word| word == "delete") => {
            let _ = shell.fs.remove(SOURCES);
        }
        "docker-php-source" => unpack_sources(shell, "docker-php-source extract"),
        "docker-php-ext-configure" => unpack_sources(shell, UNPACKED),
        "docker-php-ext-install" if !names.is_empty() => {
            for name in &names {
                add_extension(shell, &format!("docker-php-ext-install {name}"), "php-extension");
                enable(shell, name);
            }
            if shell.fs.weighed(SOURCES, UNPACKED).is_some() {
                let _ = shell.fs.remove(SOURCES);
            }
        }
        "docker-php-ext-enable" if !names.is_empty() => names.iter().for_each(|name| enable(shell, name)),
        "pecl" if words.first().is_some_and(|verb| verb == "install") && names.len() > 1 => {
            for name in names.iter().skip(1) {
                add_extension(shell, &format!("pecl install {name}"), "pecl-extension");
            }
            let tree = typical_tool_size("source-tree")?;
            let what = format!("pecl's sources of {}", names.get(1).map_or("", String::as_str));
            write_estimated_files(shell, "/tmp/pear", &what, tree, Way::RealBuild);
        }
        _ => return None,
    }
    let shown: Vec<&str> = std::iter::once(name).chain(words.iter().map(String::as_str)).take(3).collect();
    shell.gap("unlisted-files", shown.join(" "));
    Some(0)
}

/// The extensions of a command line: words that are no options, and no number of jobs.
fn extension_names(words: &[String]) -> Vec<String> {
    let is_name = |word: &&String| !word.starts_with('-') && !word.chars().all(|c| c.is_ascii_digit());
    words.iter().filter(is_name).cloned().collect()
}

fn unpack_sources(shell: &mut Shell, what: &str) {
    if shell.fs.stat("/", SOURCES).is_err() {
        write_unknown_files(shell, SOURCES, what, Way::RealBuild);
    }
}

/// Weighs the library of an extension. One that was built before is replaced.
fn add_extension(shell: &mut Shell, what: &str, figure: &str) {
    let Some(typical) = typical_tool_size(figure) else { return };
    if let Ok(place) = shell.fs.mkdir_all(EXTENSIONS, 0o755, 0, 0) {
        let size = typical.size_of(what, Way::RealBuild);
        shell.fs.weigh_whole(&place, what, size);
    }
}

/// Writes the setting that loads an extension.
fn enable(shell: &mut Shell, name: &str) {
    let name = path::file_name(name).split('-').next().unwrap_or(name);
    let key = if ZEND_EXTENSIONS.contains(&name) { "zend_extension" } else { "extension" };
    let len = format!("{key}={name}\n").len() as u64;
    let content = Content::modelled([], len, "as docker-php-ext-enable writes it since PHP 7.2");
    let _ = shell.put_file(&format!("{SETTINGS}/docker-php-ext-{name}.ini"), content);
}
