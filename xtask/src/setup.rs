//! Installs what the page and the tests need, at pinned versions, inside the project's target folder.
//!
//! `xtask/tools` pins the tools that are compiled, `package-lock.json` those from npm, `tests/peers.lock`
//! those from PyPI.

use crate::run::{Done, command, has, output, root, run, say, step, tools};
use std::fs;
use std::path::{Path, PathBuf};

/// Everything that building the page needs. What is there already costs nothing.
pub(crate) fn everything() -> Done {
    wasm_target()?;
    npm_packages()?;
    compiled("page-bindings", &[])
}

/// The program that cuts the simulator of the page for everybody into pieces.
pub(crate) fn splitter() -> Done {
    compiled("profile-split", &[])
}

/// What `serve --dev` needs beside that.
pub(crate) fn development() -> Done {
    compiled("wasm-bindgen", &["--features", "cli"])?;
    // No TLS: trunk is only used offline here.
    published("trunk", "trunk: compiles, about four minutes", &["--no-default-features"])
}

/// The program that runs wasm tests.
pub(crate) fn test_runner() -> Done {
    compiled("wasm-bindgen-test-runner", &["--features", "cli"])
}

/// The program that checks dependencies.
pub(crate) fn cargo_deny() -> Done {
    published("cargo-deny", "cargo-deny: compiles, about a minute", &[])
}

/// Programs from PyPI that judge ours, in a Python environment of their own. They are no condition: without Python or
/// a package index the tests that ask them say "skipped".
pub(crate) fn peers() {
    let (list, lock) = (root().join("tests/peers.txt"), root().join("tests/peers.lock"));
    let (place, stamp) = (root().join("target/peers"), root().join("target/peers/peers.lock"));
    if is_copy(&stamp, &lock) {
        return;
    }
    let installed = step("set-up: judges from PyPI", || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        let mut pip = command(&place.join("bin/pip").to_string_lossy());
        pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list).arg("-c").arg(&lock);
        run(&mut pip)?;
        copy(&lock, &stamp)
    });
    if let Err(error) = installed {
        say(&format!("    not there: {error}"));
    }
}

/// The site generators of `tests/embed/recipes.mjs`. They are no condition: a recipe without its generator is skipped.
pub(crate) fn generators() {
    let (lists, place) = (root().join("tests/embed/generators"), root().join("target/recipes"));
    let npm = || {
        let (list, folder) = (lists.join("package.json"), place.join("npm"));
        if is_copy(&folder.join("package.json"), &list) {
            return Ok(());
        }
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        copy(&list, &folder.join("package.json"))?;
        let mut npm = command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&folder);
        run(&mut npm).inspect_err(|_| {
            // Without the list the next run tries again.
            let _ = fs::remove_file(folder.join("package.json"));
        })
    };
    let mkdocs = || {
        let (list, folder) = (lists.join("requirements.txt"), place.join("mkdocs"));
        if is_copy(&folder.join("requirements.txt"), &list) {
            return Ok(());
        }
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = command(&folder.join("bin/pip").to_string_lossy());
        run(pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list))?;
        copy(&list, &folder.join("requirements.txt"))
    };
    let mdbook = || {
        if place.join("mdbook/bin/mdbook").exists() {
            return Ok(());
        }
        let list = lists.join("mdbook-version.txt");
        let version = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let mut cargo = command("cargo");
        cargo.args(["install", "--debug", "--locked", "--no-default-features", "mdbook", "--version", version.trim()]);
        cargo.arg("--root");
        run(cargo.arg(place.join("mdbook")).arg("--target-dir").arg(root().join("target/tools-build")))
    };
    let steps: [(&str, &dyn Fn() -> Done); 3] = [("npm", &npm), ("PyPI", &mkdocs), ("crates", &mdbook)];
    for (source, install) in steps {
        if let Err(error) = install() {
            say(&format!("    generators of {source} are not there: {error}"));
        }
    }
    if !has("hugo") || !has("jekyll") || !has("php") {
        say("    on Debian: apt-get install hugo jekyll php-cli wordpress");
    }
}

/// Rust's target for the page.
pub(crate) fn wasm_target() -> Done {
    let sysroot = output(command("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    step("set-up: Rust's wasm target", || {
        if !has("rustup") {
            return Err(
                "rustup is missing: install Rust with rustup, or add the target wasm32-unknown-unknown by hand".into(),
            );
        }
        run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
    })
}

/// npm's packages are there if they were installed from this very lock file.
fn npm_packages() -> Done {
    let lock = root().join("package-lock.json");
    let stamp = root().join("node_modules/.stageplay-lock");
    if is_copy(&stamp, &lock) {
        return Ok(());
    }
    step("set-up: the editor's packages, esbuild and wasm-opt from npm", || {
        if !has("npm") {
            return Err("npm is missing: install Node.js 18 or newer with npm".into());
        }
        run(command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
        copy(&lock, &stamp)
    })
}

/// Whether a file was copied from another as that is now.
fn is_copy(copy: &Path, original: &Path) -> bool {
    matches!((fs::read(copy), fs::read(original)), (Ok(copy), Ok(original)) if copy == original)
}

fn copy(from: &Path, to: &Path) -> Done {
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("cannot write {}: {error}", to.display()))
}

/// A program of `xtask/tools`, compiled anew when its source, the manifest or the lock file change.
fn compiled(program: &str, options: &[&str]) -> Done {
    let stamp = tools().join(format!("{program}.sources"));
    let sources = tool_sources(program)?;
    if tools().join("bin").join(program).exists() && fs::read(&stamp).is_ok_and(|known| known == sources) {
        return Ok(());
    }
    step(&format!("set-up: {program}: compiles, less than a minute"), || {
        let mut install = install();
        install.args(["--locked", "--path"]).arg(root().join("xtask/tools"));
        run(install.args(["--no-track", "--force", "--bin", program]).args(options))?;
        fs::write(&stamp, &sources).map_err(|error| format!("{}: {error}", stamp.display()))
    })
}

/// What a program of `xtask/tools` is compiled from, one file after the other.
fn tool_sources(program: &str) -> Result<Vec<u8>, String> {
    let folder = root().join("xtask/tools");
    let source = folder.join("src/bin").join(program);
    let mut files = match fs::read_dir(&source) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![source.with_extension("rs")],
    };
    files.sort();
    files.extend([folder.join("Cargo.lock"), folder.join("Cargo.toml")]);
    let read = |file: &PathBuf| fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()));
    Ok(files.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat())
}

/// A program that is published without a library, from the lock file that it is published with.
fn published(program: &str, what: &str, options: &[&str]) -> Done {
    let version = version(program).ok_or(format!("xtask/tools/Cargo.toml does not say which {program}"))?;
    let stamp = tools().join(format!("{program}.version"));
    if tools().join("bin").join(program).exists() && fs::read_to_string(&stamp).is_ok_and(|known| known == version) {
        return Ok(());
    }
    step(&format!("set-up: {what}"), || {
        run(install().args([program, "--version", &version, "--locked", "--no-track", "--force"]).args(options))?;
        fs::write(&stamp, &version).map_err(|error| format!("{}: {error}", stamp.display()))
    })
}

/// The version of a tool that `[package.metadata.install]` of `xtask/tools/Cargo.toml` names.
fn version(program: &str) -> Option<String> {
    let manifest = fs::read_to_string(root().join("xtask/tools/Cargo.toml")).ok()?;
    let (_, section) = manifest.split_once("[package.metadata.install]\n")?;
    let mut lines = section.lines().take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| line.strip_prefix(program)?.strip_prefix(" = \""))?;
    Some(value.trim_end_matches('"').to_string())
}

/// The unit tests of the programs of `xtask/tools` that have some.
pub(crate) fn tool_tests() -> Done {
    let mut test = command("cargo");
    test.args(["test", "--quiet", "--locked", "--bin", "profile-split", "--manifest-path"]);
    run(in_tools_build(test.arg(root().join("xtask/tools/Cargo.toml"))))
}

/// `cargo install` into the tools folder, without optimisation: these tools run for a second at a
/// time, and optimising them would cost minutes. They share their compiled dependencies.
fn install() -> std::process::Command {
    let mut install = command("cargo");
    in_tools_build(install.args(["install", "--debug", "--root"]).arg(tools()));
    install
}

/// Lets cargo compile for the tools, in a target folder of their own.
fn in_tools_build(cargo: &mut std::process::Command) -> &mut std::process::Command {
    cargo
        .arg("--target-dir")
        .arg(root().join("target/tools-build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")
        .env("CARGO_INCREMENTAL", "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version of a crate in a lock file.
    fn locked(lock: PathBuf, name: &str) -> String {
        let text = fs::read_to_string(&lock).unwrap();
        let (_, rest) = text.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        rest.split('"').next().unwrap().to_string()
    }

    #[test]
    fn wasm_bindgen_is_of_the_version_of_the_pages_library() {
        let library = locked(root().join("Cargo.lock"), "wasm-bindgen");
        let tools = root().join("xtask/tools/Cargo.lock");
        assert_eq!(locked(tools.clone(), "wasm-bindgen-cli-support"), library);
        assert_eq!(locked(tools, "wasm-bindgen-cli"), library);
    }

    #[test]
    fn tools_without_a_library_have_a_version() {
        for program in ["cargo-deny", "trunk"] {
            assert!(version(program).is_some_and(|version| version.starts_with("0.")), "{program}");
        }
        assert_eq!(version("nothing"), None);
    }
}
