//! Places that a command line or the environment names: what is not modelled of a tool may have been written there.

use crate::fs::path;
use crate::shell::Shell;

/// Parts of the names of options whose value is a place, also if it has no slash.
const PLACE_NAMES: [&str; 8] = ["dest", "dir", "folder", "out", "path", "prefix", "root", "target"];

/// Names of options that contain one of those and are not about a place.
const OTHER_NAMES: [&str; 3] = ["timeout", "without", "layout"];

/// Short options of common tools whose value is a place that they write to.
const SHORT_PLACES: [&str; 3] = ["-o", "-d", "-t"];

/// Ends of the names of variables that name what a tool reads: search paths, certificates, keys and configurations.
const READ_VARIABLES: [&str; 8] = ["PATH", "FILE", "CERT", "CERTS", "KEY", "CREDENTIALS", "CONFIG", "SHELL"];

/// Variables that every process has.
const COMMON_VARIABLES: [&str; 4] = ["HOME", "PWD", "OLDPWD", "TMPDIR"];

/// Words of a command line that are looked at, at most.
const MAX_WORDS: usize = 200;

/// Notes that a tool may have written to each place that its words or the environment name: whether something is there,
/// and how large it is, is not known from then on. `what` names the call.
///
/// A file that exists is taken for input, as is a directory that only a variable of another tool names. A directory in
/// which the files of `what` are recorded stays as it is.
pub(super) fn mark_named_places(shell: &mut Shell, tool: &str, words: &[String], what: &str) {
    for place in places_of_words(words) {
        mark(shell, &place, what, true);
    }
    for (name, value) in places_of_environment(shell) {
        let is_own = is_variable_of(&name, tool);
        if is_own || !READ_VARIABLES.iter().any(|end| name.ends_with(end)) {
            mark(shell, &value, what, is_own);
        }
    }
}

/// The places that words name: values of options, and other words with an absolute path.
fn places_of_words(words: &[String]) -> Vec<String> {
    let mut places = Vec::new();
    let mut option: Option<&str> = None;
    for word in words.iter().take(MAX_WORDS) {
        let before = option.take();
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            // `-L/usr/lib`: a letter with its value.
            None if word.starts_with('-') && word.get(2..).is_some_and(|rest| rest.starts_with('/')) => {
                (word.get(..2).unwrap_or_default(), word.get(2..).unwrap_or_default())
            }
            None if word.starts_with('-') => {
                option = Some(word);
                continue;
            }
            None => (before.unwrap_or_default(), word.as_str()),
        };
        if is_place(name, value) {
            places.push(value.to_string());
        }
    }
    places
}

/// Whether the value of an option is a place, by its form or by the option's name. Without a name only an absolute path is.
fn is_place(name: &str, value: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"*?[]{}$;|&<>()\"'`:,".contains(c);
    if value.is_empty() || value == "/" || !value.chars().all(is_plain) {
        return false;
    }
    if value.starts_with('/') {
        return true;
    }
    let name_says = || {
        let lower = name.to_ascii_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        SHORT_PLACES.contains(&name) || name.len() > 2 && has(&PLACE_NAMES) && !has(&OTHER_NAMES)
    };
    !name.is_empty() && !value.starts_with(['-', '@', '~']) && name_says()
}

/// The exported variables whose value is an absolute path.
fn places_of_environment(shell: &Shell) -> Vec<(String, String)> {
    let environment = shell.environment();
    let pairs = environment.iter().filter_map(|pair| pair.split_once('='));
    let places = pairs.filter(|(name, value)| !COMMON_VARIABLES.contains(name) && is_place("", value));
    places.map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// Whether a variable's name says that it is one of a tool: `PIP_TARGET`, `npm_config_cache`, `BUNDLE_PATH`.
fn is_variable_of(name: &str, tool: &str) -> bool {
    let own: &[&str] = match tool {
        "pip" | "pip3" => &["PIP", "PYTHONUSERBASE"],
        "npx" | "corepack" => &["NPM", "COREPACK"],
        "yarnpkg" => &["YARN"],
        "bundler" => &["BUNDLE"],
        "mvnw" => &["MVN", "MAVEN"],
        "mvn" => &["MAVEN"],
        "gradlew" => &["GRADLE"],
        "cpanm" | "cpan" => &["PERL"],
        "dotnet" => &["NUGET"],
        "gem" => &["RUBYGEMS"],
        _ => &[],
    };
    let upper = name.to_ascii_uppercase();
    upper.starts_with(&tool.to_ascii_uppercase()) || own.iter().any(|prefix| upper.starts_with(prefix))
}

/// Notes that something may be at a place. `also_inside`: if it is a directory, also in it.
fn mark(shell: &mut Shell, place: &str, what: &str, also_inside: bool) {
    let place = path::join(&shell.cwd, place.trim_end_matches('/'));
    if let Ok((real, node)) = shell.fs.stat("/", &place) {
        let (is_dir, real) = (node.is_dir(), real.to_string());
        if is_dir && also_inside && real != "/" && shell.fs.weighed(&real, what).is_none() {
            shell.fs.set_partial(&real);
        }
        return;
    }
    if shell.fs.may_hide("/", &place) {
        return;
    }
    // The first part of the path that is not there.
    let mut missing = place.as_str();
    while path::parent(missing) != "/" && shell.fs.stat("/", path::parent(missing)).is_err() {
        missing = path::parent(missing);
    }
    let Ok(folder) = shell.fs.resolve("/", path::parent(missing), true) else { return };
    if shell.fs.get(&folder).is_some_and(|node| node.is_dir()) {
        let why = format!("{what} may have written it");
        shell.fs.put_unknown_type(&path::join(&folder, path::file_name(missing)), &why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        places_of_words(&words)
    }

    #[test]
    fn values_of_options_that_are_paths_are_places() {
        assert_eq!(places("install --prefix app -C /x --loglevel error"), ["app", "/x"]);
        assert_eq!(places("publish /p:PublishDir=/pd -o out --self-contained false"), ["/pd", "out"]);
        assert_eq!(places("create-project laravel/laravel /app"), ["/app"]);
        assert_eq!(places("build --outDir=dist/web -Dmaven.repo.local=/m2 -L/perl"), ["dist/web", "/m2", "/perl"]);
        assert!(places("install https://x.y/z.tgz --index-url https://x.y --scope @a/b some/name / 'a b'").is_empty());
    }

    #[test]
    fn a_variable_belongs_to_a_tool_by_its_name() {
        assert!(is_variable_of("BUNDLE_PATH", "bundle") && is_variable_of("npm_config_prefix", "npm"));
        assert!(is_variable_of("PYTHONUSERBASE", "pip") && !is_variable_of("JAVA_HOME", "npm"));
    }
}
