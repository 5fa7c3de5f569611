//! `cargo xtask test`: every test there is, section by section.

use crate::run::{Done, command, root, run, step, tools};
use crate::{checks, page, serve, setup, tidy};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a section ended.
enum Ended {
    Passed,
    /// Passed, but some of its tests did not run.
    Partly(String),
    Skipped(String),
}

pub(crate) fn test(quick: bool) -> Done {
    let mut ended: Vec<(&str, Ended)> = Vec::new();
    let mut section = |name: &'static str, work: &dyn Fn() -> Done<Ended>| -> Done {
        let result = step(name, work)?;
        ended.push((name, result));
        Ok(())
    };
    section("format", &|| passed(run(command("cargo").args(["fmt", "--all", "--check"]))))?;
    section("rules of ARCHITECTURE.md", &|| passed(tidy::tidy()))?;
    section("clippy", &|| {
        passed(run(command("cargo").args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])))
    })?;
    section("native tests", &|| {
        run(&mut in_workspace("test", &["--lib", "--bins", "--test", "*", "--no-run"]))?;
        run(&mut in_workspace("build", &["--bin", "stageplay"]))?;
        run(&mut in_workspace("test", &["--doc"]))?;
        let own = ["properties", "explanations", "hints", "story", "contract", "checks"];
        let own = own.iter().flat_map(|name| ["--test", name]);
        passed(run(in_workspace("test", &["--lib", "--bins"]).args(own)))
    })?;
    section("BuildKit's own cases", &|| reality("conformance"))?;
    section("reality: shells and their tools", &|| reality("shell"))?;
    section("reality: compilers", &|| reality("toolchains"))?;
    section("reality: a Docker engine", &|| reality("fidelity"))?;
    section("reality: Debian's root", &|| reality("debian"))?;
    section("reality: kernel and loaders", &|| reality("exec"))?;
    section("reality: emulators", &|| reality("emulation"))?;
    section("reality: runtimes", &|| reality("runtimes"))?;
    setup::peers();
    section("reality: the server and real builds", &|| reality("server"))?;
    section("what runs it for others", &|| reality("deploy"))?;
    if quick {
        ended.push(("browser", Ended::Skipped("--quick".into())));
    } else {
        setup::everything()?;
        setup::test_runner()?;
        let browser = step("find a browser", checks::browser)?;
        let mut section = |name: &'static str, work: &dyn Fn() -> Done<Ended>| -> Done {
            let result = step(name, work)?;
            ended.push((name, result));
            Ok(())
        };
        section("wasm in a headless browser", &|| wasm(&browser))?;
        section("the page in a browser", &|| in_browser(&browser))?;
    }
    println!("\nsections:");
    let mut skipped = 0;
    for (name, how) in &ended {
        match how {
            Ended::Passed => println!("  passed   {name}"),
            Ended::Partly(why) => println!("  passed   {name}; not run: {why}"),
            Ended::Skipped(why) => {
                skipped += 1;
                println!("  skipped  {name}: {why}");
            }
        }
    }
    println!("\n{} passed, 0 failed, {skipped} skipped", ended.len() - skipped);
    Ok(())
}

/// Cargo on all packages at once: chosen one by one they would ask for their dependencies, core among
/// them, with other features, and each choice would compile them anew.
fn in_workspace(deed: &str, words: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args([deed, "--quiet", "--workspace"]).args(words).env("STAGEPLAY_BUILT", "1");
    cargo
}

fn passed(done: Done) -> Done<Ended> {
    done.map(|()| Ended::Passed)
}

/// A test that asks reality says by itself why it does not run.
fn reality(name: &str) -> Done<Ended> {
    let result =
        in_workspace("test", &["--test", name, "--", "--nocapture"]).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&result.stdout).into_owned() + &String::from_utf8_lossy(&result.stderr);
    if !result.status.success() {
        return Err(format!("the simulator and reality differ:\n{text}"));
    }
    let skipped: Vec<&str> = text.lines().filter_map(|line| line.split("skipped: ").nth(1)).collect();
    skipped.iter().for_each(|why| println!("    skipped: {why}"));
    let mut reasons = skipped.clone();
    reasons.sort_unstable();
    reasons.dedup();
    let why = reasons.join("; ");
    // "test result: ok. 14 passed; …": a test that says "skipped" counts among them.
    let passed = text.split("test result: ok. ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    Ok(match (skipped.len(), passed) {
        (0, _) => Ended::Passed,
        (some, Some(all)) if some < all => Ended::Partly(why),
        _ => Ended::Skipped(why),
    })
}

/// Core in the browser gives the bytes that it gives natively.
fn wasm(browser: &checks::Browser) -> Done<Ended> {
    let Some(driver) = &browser.driver else {
        return Ok(Ended::Skipped("no chromedriver: on Debian, sudo apt-get install chromium-driver".into()));
    };
    // The sample does not start, which is exit code 1 and no failure of the program.
    let mut native = command("target/debug/stageplay");
    native.args(["build", "--run", "--format", "json", "app/tests/sample"]);
    let report = native.output().map_err(|error| format!("cannot run the native program: {error}"))?.stdout;
    let path: PathBuf = root().join("target/native-report.json");
    std::fs::write(&path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut tests = command("cargo");
    tests
        .args(["test", "-p", "stageplay-app", "--target", "wasm32-unknown-unknown", "--test", "wasm"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools().join("bin/wasm-bindgen-test-runner"))
        .env("CHROMEDRIVER", driver)
        .env("STAGEPLAY_NATIVE_REPORT", &path)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    passed(run(&mut tests))
}

/// People's deeds, in a real browser on the built page.
fn in_browser(browser: &checks::Browser) -> Done<Ended> {
    passed(on_the_page(browser, "tests/browser/main.mjs", None))
}

/// The page's speed, in a real browser.
pub(crate) fn bench_in_browser(directory: &Path) -> Done {
    setup::everything()?;
    let browser = checks::browser()?;
    run(&mut in_workspace("build", &["--bin", "stageplay"]))?;
    on_the_page(&browser, "tests/bench/browser.mjs", Some(directory))
}

/// Runs a script of node that finds the built page served.
fn on_the_page(browser: &checks::Browser, script: &str, directory: Option<&Path>) -> Done {
    page::build(false)?;
    let server = serve::Server::start()?;
    let mut node = command("node");
    node.arg(script).args(directory);
    run(node.env("STAGEPLAY_PAGE", format!("{}/", server.address)).env("CHROME", &browser.chrome))
}
