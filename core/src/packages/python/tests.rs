//! What is installed from lockfiles of uv and poetry, without the real tools.

use super::pyproject::{DependencySelection, Project};
use super::toml_file::read_toml;
use crate::elf::Machine;
use crate::exec::Credentials;
use crate::fs::{Content, Tree};
use crate::shell::Shell;

const MANIFEST: &str = r#"
[project]
name = "My_Demo"
dependencies = ["flask>=3", "uvicorn[standard]; python_version >= '3.8'", "colorama; sys_platform == 'win32'"]
[project.optional-dependencies]
db = ["psycopg2-binary"]
[dependency-groups]
dev = ["pytest"]
"#;

const UV: &str = r#"
version = 1
[[package]]
name = "my-demo"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "flask" }, { name = "uvicorn", extra = ["standard"] }]
[package.optional-dependencies]
db = [{ name = "psycopg2-binary" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }, { name = "local" }]
[[package]]
name = "flask"
version = "3.1.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }, { name = "flask" }]
[[package]]
name = "uvicorn"
version = "0.54.0"
source = { registry = "https://pypi.org/simple" }
[package.optional-dependencies]
standard = [{ name = "uvloop", marker = "platform_python_implementation != 'PyPy'" }]
[[package]]
name = "uvloop"
version = "0.23.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "psycopg2-binary"
version = "2.9"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "pytest"
version = "9.2.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "local"
version = "1"
source = { editable = "../local" }
"#;

const POETRY: &str = r#"
[[package]]
name = "flask"
version = "3.1.3"
groups = ["main"]
[[package]]
name = "colorama"
version = "0.4.6"
groups = ["main", "dev"]
markers = {main = "sys_platform == 'win32'", dev = "sys_platform == 'win32'"}
[[package]]
name = "psycopg2-binary"
version = "2.9"
groups = ["main"]
markers = "extra == 'db'"
[[package]]
name = "pytest"
version = "9.2.0"
groups = ["dev"]
[[package]]
name = "forked"
version = "1"
groups = ["main"]
[package.source]
type = "git"
[metadata]
lock-version = "2.1"
"#;

/// A lockfile from before poetry 2, which does not list groups.
const OLD: &str = r#"
[[package]]
name = "Flask"
version = "3.1.3"
[package.dependencies]
Werkzeug = ">=3"
[[package]]
name = "werkzeug"
version = "3.1.9"
[[package]]
name = "pytest"
version = "9.2.0"
[[package]]
name = "psycopg2-binary"
version = "2.9"
[extras]
db = ["psycopg2-binary"]
"#;

fn shell(files: &[(&str, &str)]) -> Shell {
    let mut tree = Tree::new();
    for (name, text) in files {
        tree.write(&format!("/{name}"), Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
    }
    crate::command_table::new_shell(tree, "/", &[], Credentials::default(), Machine::X86_64)
}

fn selection(main: bool, groups: &[&str], extras: &[&str]) -> DependencySelection {
    let all = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    DependencySelection { main, groups: all(groups), extras: all(extras) }
}

/// The names of the packages to install, followed by the direct references.
fn taken(lock: &str, text: &str, selection: &DependencySelection) -> Vec<String> {
    let shell = shell(&[("pyproject.toml", MANIFEST), (lock, text)]);
    let project = Project::find(&shell, "/").unwrap_or_else(|_| panic!("a project"));
    let table = read_toml(&shell, &format!("/{lock}")).unwrap();
    let requirements = match lock {
        "uv.lock" => project.locked_by_uv(&shell, &table, selection),
        _ => project.locked_by_poetry(&shell, &table, selection),
    };
    let mut names: Vec<String> = requirements.packages.into_iter().map(|(name, _)| name).collect();
    names.sort();
    names.extend(requirements.direct_references);
    names
}

#[test]
fn a_lock_of_uv_is_followed_from_the_project_on() {
    let take = |main, groups: &[&str], extras: &[&str]| taken("uv.lock", UV, &selection(main, groups, extras));
    assert_eq!(take(true, &[], &[]), ["flask", "uvicorn", "uvloop"]);
    assert_eq!(take(true, &[], &["db"]), ["flask", "psycopg2-binary", "uvicorn", "uvloop"]);
    assert_eq!(take(false, &["dev"], &[]), ["pytest", "local"]);
}

#[test]
fn a_lock_of_poetry_tells_groups_and_conditions() {
    let take = |main, groups: &[&str], extras: &[&str]| taken("poetry.lock", POETRY, &selection(main, groups, extras));
    assert_eq!(take(true, &[], &[]), ["flask", "forked"]);
    assert_eq!(take(true, &["dev"], &["db"]), ["flask", "psycopg2-binary", "pytest", "forked"]);
    assert_eq!(take(false, &["dev"], &[]), ["pytest"]);
}

#[test]
fn an_older_lock_of_poetry_is_followed_from_the_manifest_on() {
    let take = |main, groups: &[&str], extras: &[&str]| taken("poetry.lock", OLD, &selection(main, groups, extras));
    assert_eq!(take(true, &[], &[]), ["flask", "werkzeug"]);
    assert_eq!(take(true, &["dev"], &["db"]), ["flask", "psycopg2-binary", "pytest", "werkzeug"]);
}
