//! Installs what the page needs, at pinned versions, inside the project's target folder.

use crate::run::{Done, command, has, output, root, run, step, tools};
use std::fs;
use std::path::Path;

/// The newest trunk that the pinned Rust builds.
const TRUNK: &str = "0.21.14";

/// Everything that building the page needs. What is there already costs nothing.
pub(crate) fn everything() -> Done {
    let missing = missing();
    for (index, part) in missing.iter().enumerate() {
        let what = format!("set-up {}/{}: {}", index + 1, missing.len(), part.what());
        step(&what, || part.install())?;
    }
    Ok(())
}

/// The program that runs wasm tests; only `test` needs it.
pub(crate) fn test_runner() -> Done {
    if tools().join("bin/wasm-bindgen-test-runner").exists() {
        return Ok(());
    }
    step("set-up: wasm-bindgen's test runner", || wasm_bindgen(&wasm_bindgen_version(), "wasm-bindgen-test-runner"))
}

/// Judges from outside, in a Python environment of their own. They are no condition: without Python or
/// a package index the tests that ask them say "skipped".
pub(crate) fn peers() {
    let list = root().join("tests/peers.txt");
    let place = root().join("target/peers");
    let wanted = fs::read_to_string(&list).unwrap_or_default();
    if fs::read_to_string(place.join("peers.txt")).is_ok_and(|installed| installed == wanted) {
        return;
    }
    let installed = step("set-up: judges from PyPI", || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        let pip = place.join("bin/pip");
        run(command(&pip.to_string_lossy())
            .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&list))?;
        fs::write(place.join("peers.txt"), &wanted).map_err(|error| error.to_string())
    });
    if let Err(error) = installed {
        println!("    not there: {error}");
    }
}

fn wasm_bindgen(version: &str, program: &str) -> Done {
    run(cargo_install("wasm-bindgen-cli", version).args(["--bin", program, "--no-track", "--force"]))
}

/// One thing to install.
enum Part {
    WasmTarget,
    NpmPackages,
    WasmBindgen(String),
    Trunk,
}

fn missing() -> Vec<Part> {
    let mut parts = Vec::new();
    if !wasm_target_there() {
        parts.push(Part::WasmTarget);
    }
    if !npm_there() {
        parts.push(Part::NpmPackages);
    }
    let wanted = wasm_bindgen_version();
    if installed("wasm-bindgen").as_deref() != Some(wanted.as_str()) {
        parts.push(Part::WasmBindgen(wanted));
    }
    if installed("trunk").as_deref() != Some(TRUNK) {
        parts.push(Part::Trunk);
    }
    parts
}

/// The version of a tool in the tools folder, as it says itself.
fn installed(program: &str) -> Option<String> {
    let place = tools().join("bin").join(program);
    let text = place.exists().then(|| output(command(program).arg("--version"))).flatten()?;
    text.split_whitespace().nth(1).map(str::to_string)
}

fn wasm_target_there() -> bool {
    let sysroot = output(command("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir()
}

/// npm's packages are there if they were installed from this very lock file.
fn npm_there() -> bool {
    let stamp = fs::read_to_string(root().join("node_modules/.stageplay-lock")).unwrap_or_default();
    let lock = fs::read_to_string(root().join("package-lock.json")).unwrap_or_default();
    !lock.is_empty() && stamp == lock
}

/// wasm-bindgen's program must be of the very version of the library in Cargo.lock.
fn wasm_bindgen_version() -> String {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let mut lines = lock.lines();
    lines
        .by_ref()
        .find(|line| *line == "name = \"wasm-bindgen\"")
        .and_then(|_| lines.next())
        .and_then(|line| line.split('"').nth(1))
        .unwrap_or("0.2.130")
        .to_string()
}

impl Part {
    fn what(&self) -> String {
        match self {
            Part::WasmTarget => "Rust's wasm target".into(),
            Part::NpmPackages => "the editor's packages, esbuild and wasm-opt from npm".into(),
            Part::WasmBindgen(version) => {
                format!("wasm-bindgen {version}: compiles, about one minute")
            }
            Part::Trunk => format!("trunk {TRUNK}: compiles, about four minutes"),
        }
    }

    fn install(&self) -> Done {
        match self {
            Part::WasmTarget => {
                if !has("rustup") {
                    return Err(
                        "rustup is missing: install Rust with rustup, or add the target wasm32-unknown-unknown by hand"
                            .into(),
                    );
                }
                run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
            }
            Part::NpmPackages => {
                if !has("npm") {
                    return Err("npm is missing: install Node.js 18 or newer with npm".into());
                }
                run(command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
                fs::copy(root().join("package-lock.json"), root().join("node_modules/.stageplay-lock"))
                    .map(|_| ())
                    .map_err(|error| format!("cannot write into node_modules: {error}"))
            }
            Part::WasmBindgen(version) => {
                // A runner of another version would not fit any more.
                let _ = fs::remove_file(tools().join("bin/wasm-bindgen-test-runner"));
                wasm_bindgen(version, "wasm-bindgen")
            }
            // No TLS: trunk is only used offline here. It is most of the set-up's time.
            Part::Trunk => run(cargo_install("trunk", TRUNK).args(["--locked", "--no-default-features"])),
        }
    }
}

/// `cargo install` into the tools folder, without optimisation: these tools run for a second at a
/// time, and optimising them would cost minutes. Both share their compiled dependencies. Cargo's own
/// progress shows how far it is.
fn cargo_install(package: &str, version: &str) -> std::process::Command {
    let mut install = command("cargo");
    install
        .args(["install", package, "--version", version, "--debug", "--root"])
        .arg(tools())
        .arg("--target-dir")
        .arg(root().join("target/tools-build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")
        .env("CARGO_INCREMENTAL", "0");
    install
}
