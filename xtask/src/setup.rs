//! Installs what the page and the tests need, at pinned versions, inside the project's target folder.
//!
//! `xtask/tools` pins the tools that are compiled, `package-lock.json` those from npm, `tests/peers.lock`
//! those from PyPI.

use crate::run::{Done, command, has, output, root, run, say, step, tools};
use std::fs;
use std::path::Path;

/// Everything that building the page needs. What is there already costs nothing.
pub(crate) fn everything() -> Done {
    wasm_target()?;
    npm_packages()?;
    compiled("page-bindings", &[])
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

/// A program of `xtask/tools`, compiled from its lock file.
fn compiled(program: &str, options: &[&str]) -> Done {
    let lock = root().join("xtask/tools/Cargo.lock");
    let stamp = tools().join(format!("{program}.lock"));
    if tools().join("bin").join(program).exists() && is_copy(&stamp, &lock) {
        return Ok(());
    }
    step(&format!("set-up: {program}: compiles, less than a minute"), || {
        let mut install = install();
        install.args(["--locked", "--path"]).arg(root().join("xtask/tools"));
        run(install.args(["--no-track", "--force", "--bin", program]).args(options))?;
        copy(&lock, &stamp)
    })
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

/// `cargo install` into the tools folder, without optimisation: these tools run for a second at a
/// time, and optimising them would cost minutes. They share their compiled dependencies.
fn install() -> std::process::Command {
    let mut install = command("cargo");
    install
        .args(["install", "--debug", "--root"])
        .arg(tools())
        .arg("--target-dir")
        .arg(root().join("target/tools-build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")
        .env("CARGO_INCREMENTAL", "0");
    install
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

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
