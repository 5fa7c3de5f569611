//! uv and poetry held against the real ones: what environments weigh, which programs are in them, and what is
//! refused.
//!
//! Everything is pinned to the versions of the table. Needs Python 3.11, for which the table was made, and PyPI;
//! says "skipped" without one of them.

use super::{in_app, weight};
use stageplay_core::packages::index::{Indexes, PackageTable};
use stageplay_core::shell::Stream;
use stageplay_tests::{bytes, folder, program, skipped, write};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

const IMAGE: &str = "python:3.11-slim";

/// How far a modelled size may be from the real one, in percent.
const BOUND: f64 = 5.0;

/// A folder with the programs of uv and poetry, made once.
fn tools() -> Option<&'static PathBuf> {
    static TOOLS: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    TOOLS.get_or_init(install).as_ref()
}

fn install() -> Option<PathBuf> {
    let place = folder("python-tools");
    let script = "python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' && python3 -m venv tools && \
                  tools/bin/pip install --disable-pip-version-check -q 'uv==0.13.*' 'poetry==2.5.*' && \
                  mkdir -p programs && ln -sf ../tools/bin/uv ../tools/bin/poetry programs/";
    let done = program("sh").args(["-c", script]).current_dir(&place).output().expect("a shell");
    if !done.status.success() {
        skipped(&format!("no Python 3.11 with uv and poetry: {}", String::from_utf8_lossy(&done.stderr).trim()));
        return None;
    }
    // uv would take the environment that it is installed in for the project's.
    Some(place.join("programs"))
}

fn real(tools: &Path, place: &Path, command: &str) -> Output {
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    let mut run = program("sh");
    run.args(["-c", command]).current_dir(place).env("PATH", path).env("HOME", place.join("../home"));
    run.env_remove("VIRTUAL_ENV").env_remove("UV_CACHE_DIR").output().expect("a shell")
}

/// Packages and all that they need, pinned.
fn pins(table: &PackageTable, names: &[&str]) -> Vec<String> {
    let mut open: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut pinned = BTreeSet::new();
    while let Some(name) = open.pop() {
        let row = table.find(&name).expect("a package of the table");
        if pinned.insert(format!("{}=={}", row.name, row.version)) {
            open.extend(row.depends().map(str::to_string));
        }
    }
    pinned.into_iter().collect()
}

/// A project that needs packages, and some more to be developed.
fn manifest(table: &PackageTable, names: &[&str], dev: &[&str]) -> String {
    let list =
        |names: &[&str]| pins(table, names).iter().map(|pin| format!("\"{pin}\"")).collect::<Vec<_>>().join(", ");
    format!(
        "[project]\nname = \"demo\"\nversion = \"0.1.0\"\nrequires-python = \">=3.11,<4\"\ndependencies = [{}]\n\
         [dependency-groups]\ndev = [{}]\n\
         [[tool.poetry.source]]\nname = \"index\"\nurl = \"https://pypi.org/simple/\"\n",
        list(names),
        list(dev)
    )
}

fn names(place: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn environments_weigh_what_uv_and_poetry_make_them_weigh() {
    let Some(tools) = tools() else { return };
    let table = Indexes::builtin().table("pypi").expect("the table");
    let work = folder("python-real");
    let mut wrong = Vec::new();
    let cases: [(&[&str], &str, &str, &str); 6] = [
        (&["flask", "requests"], "uv lock", "uv sync --frozen --no-dev", ".venv"),
        (&["flask", "requests"], "uv lock", "UV_COMPILE_BYTECODE=1 uv sync --locked", ".venv"),
        (&["django", "psycopg2-binary"], "uv lock", "uv sync --frozen --no-cache --no-default-groups", ".venv"),
        (&["numpy"], "true", "uv venv && uv pip install -r pyproject.toml", ".venv"),
        (
            &["flask", "requests"],
            "POETRY_VIRTUALENVS_CREATE=false poetry lock",
            "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-root --without dev",
            ".venv",
        ),
        (
            &["django"],
            "POETRY_VIRTUALENVS_CREATE=false poetry lock",
            "poetry config virtualenvs.in-project true && poetry sync --no-root",
            ".venv",
        ),
    ];
    for (index, (packages, lock, command, folder)) in cases.into_iter().enumerate() {
        let place = work.join(index.to_string()).join("app");
        let manifest = manifest(&table, packages, &["pytest"]);
        write(&place, &[("pyproject.toml", &manifest)]);
        let locked = real(tools, &place, lock);
        let lock_file = ["uv.lock", "poetry.lock"]
            .iter()
            .find_map(|name| Some((*name, std::fs::read_to_string(place.join(name)).ok()?)));
        let output = real(tools, &place, command);
        if !locked.status.success() || !output.status.success() {
            let words = [locked.stderr, output.stderr, output.stdout].concat();
            return skipped(&format!("{command}: {}", String::from_utf8_lossy(&words).trim()));
        }
        let mut files = vec![("pyproject.toml", manifest.as_str())];
        files.extend(lock_file.as_ref().map(|(name, text)| (*name, text.as_str())));
        let (status, shell) = in_app(IMAGE, &files, &format!("pip install -q uv poetry && {command}"));
        assert_eq!(status, 0, "{command}: {}", shell.printed(Stream::Stderr));
        assert!(shell.gaps.is_empty(), "{command}: {:?}", shell.gaps);
        let (ours, there) = (weight(&shell, &format!("/app/{folder}")), bytes(&place.join(folder)));
        let off = (ours as f64 - there as f64) * 100.0 / there.max(1) as f64;
        println!("  {off:6.1} % off ({ours} for {there} bytes): {} with {command}", packages.join(" "));
        if off.abs() > BOUND {
            wrong.push(format!("{command}: {ours}, really {there}"));
        }
        let programs: BTreeSet<String> =
            shell.fs.children(&format!("/app/{folder}/bin")).iter().map(|(name, _)| (*name).to_string()).collect();
        // How many names pip has is virtualenv's choice.
        let differ: Vec<String> = names(&place.join(folder).join("bin"))
            .symmetric_difference(&programs)
            .filter(|name| !name.starts_with("pip"))
            .cloned()
            .collect();
        if !differ.is_empty() {
            wrong.push(format!("{command}: other programs: {}", differ.join(" ")));
        }
    }
    let _ = std::fs::remove_dir_all(&work);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const PLAIN: &str = "[project]\nname = \"demo\"\nversion = \"0.1.0\"\nrequires-python = \">=3.11,<4\"\n";
const PACKAGED: &str = "[project]\nname = \"demo\"\nversion = \"0.1.0\"\nrequires-python = \">=3.11,<4\"\n\
                        [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";
const UV_LOCK: &str = "version = 1\nrevision = 5\nrequires-python = \">=3.11, <4\"\n\n[[package]]\nname = \"demo\"\n\
                       version = \"0.1.0\"\nsource = { virtual = \".\" }\n";
const UV_LOCK_PACKAGED: &str = "version = 1\nrevision = 5\nrequires-python = \">=3.11, <4\"\n\n[[package]]\nname = \"demo\"\n\
                                version = \"0.1.0\"\nsource = { editable = \".\" }\n";

#[test]
fn what_is_refused_is_refused_in_the_same_words() {
    let Some(tools) = tools() else { return };
    let work = folder("python-words");
    let mut wrong = Vec::new();
    let cases: [(&[(&str, &str)], &str); 17] = [
        (&[], "uv pip install flask"),
        (&[], "uv sync"),
        (&[], "poetry install"),
        (&[], "uv pip install --system -r nothing.txt"),
        (&[("pyproject.toml", PLAIN)], "uv sync --frozen"),
        (&[("pyproject.toml", PLAIN)], "uv sync --locked"),
        (&[("pyproject.toml", "[project\n")], "uv sync"),
        (&[("pyproject.toml", PLAIN), ("uv.lock", UV_LOCK)], "uv sync --frozen && test -x .venv/bin/python3"),
        (&[("pyproject.toml", PLAIN), ("uv.lock", UV_LOCK)], "uv run --frozen true"),
        (&[("pyproject.toml", PLAIN), ("uv.lock", UV_LOCK)], "uv run --frozen sh -c 'exit 7'"),
        (&[("pyproject.toml", PACKAGED), ("uv.lock", UV_LOCK_PACKAGED)], "uv sync --frozen"),
        (&[("pyproject.toml", PACKAGED), ("uv.lock", UV_LOCK_PACKAGED)], "uv sync --frozen --no-install-project"),
        (
            &[("pyproject.toml", PACKAGED), ("uv.lock", UV_LOCK_PACKAGED), ("src/demo/__init__.py", "")],
            "uv sync --frozen",
        ),
        (&[("pyproject.toml", PLAIN)], "poetry install --no-dev"),
        (&[("pyproject.toml", PLAIN)], "poetry install --with docs"),
        (&[("pyproject.toml", PLAIN)], "poetry install"),
        (&[("pyproject.toml", PLAIN), ("demo/__init__.py", "")], "poetry install"),
    ];
    for (index, (files, command)) in cases.into_iter().enumerate() {
        let place = work.join(index.to_string()).join("app");
        std::fs::create_dir_all(&place).expect("a folder");
        write(&place, files);
        let output = real(tools, &place, command);
        let (status, shell) = in_app(IMAGE, files, &format!("pip install -q uv poetry && {command}"));
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8_lossy(&said).replace(&place.display().to_string(), "/app");
        if Some(status) != output.status.code() {
            wrong.push(format!("{command}: exit {status}, really {:?}\n{said}", output.status.code()));
        }
        let ours = shell.printed(Stream::Stderr);
        if let Some(line) = ours.lines().find(|line| !said.lines().any(|real| real.trim() == line.trim())) {
            wrong.push(format!("{command}: `{line}` is not said; really:\n{said}"));
        }
    }
    let _ = std::fs::remove_dir_all(&work);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
