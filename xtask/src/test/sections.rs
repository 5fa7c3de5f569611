//! The sections of the test suite, and what each does.

use super::logs;
use super::outcome::Outcome;
use crate::page::{self, Page};
use crate::run::{Done, command, log_lines, root, run, say, tools, within_section};
use crate::{chrome, dependencies, serve, setup, tidy};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What only one section at a time may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resource {
    /// Cargo's lock of `target/`.
    Cargo,
    /// The Docker engine: its images, containers and build cache.
    Engine,
    /// The built page in `dist/`, and the tools that build it.
    Page,
}

/// A part of the test suite that can run by itself.
#[derive(Debug)]
pub(super) struct Section {
    /// What `cargo xtask test ID` calls it.
    pub(super) id: &'static str,
    /// One line for people.
    pub(super) about: &'static str,
    /// Cargo's options for the test programs that it runs; `compile` builds them.
    pub(super) programs: &'static [&'static str],
    /// What no other section may use at the same time.
    pub(super) uses: &'static [Resource],
    /// Sections that end before this one begins, if they run at all.
    pub(super) after: &'static [&'static str],
    /// Nothing runs beside it.
    pub(super) alone: bool,
    /// `--quick` leaves it out.
    pub(super) needs_browser: bool,
    /// Only runs when it is named.
    pub(super) on_request: bool,
    /// It is ended, and has failed, if it takes longer: several times of what it takes on two processors.
    pub(super) limit: Duration,
    /// Does it; the argument is the ids of all sections that run.
    pub(super) work: fn(&[&'static str]) -> Done<Outcome>,
}

impl Section {
    const fn new(id: &'static str, about: &'static str, work: fn(&[&'static str]) -> Done<Outcome>) -> Self {
        Section {
            id,
            about,
            programs: &[],
            uses: &[],
            after: &[],
            alone: false,
            needs_browser: false,
            on_request: false,
            limit: Duration::from_secs(20 * 60),
            work,
        }
    }

    /// A section that runs test programs.
    const fn of(self, programs: &'static [&'static str]) -> Self {
        Section { programs, after: &["compile"], ..self }
    }

    const fn using(self, uses: &'static [Resource]) -> Self {
        Section { uses, ..self }
    }

    const fn after(self, after: &'static [&'static str]) -> Self {
        Section { after, ..self }
    }

    const fn alone(self) -> Self {
        Section { alone: true, ..self }
    }

    const fn in_browser(self) -> Self {
        Section { needs_browser: true, ..self }
    }

    const fn on_request(self) -> Self {
        Section { on_request: true, ..self }
    }

    const fn within_minutes(self, minutes: u64) -> Self {
        Section { limit: Duration::from_secs(minutes * 60), ..self }
    }
}

/// The test programs of `unit`.
const UNIT: [&str; 14] = [
    "--lib",
    "--bins",
    "--test",
    "properties",
    "--test",
    "explanations",
    "--test",
    "hints",
    "--test",
    "starts",
    "--test",
    "assume_context",
    "--test",
    "data_on_demand",
];

/// All sections, in the order in which they start where nothing hinders them: the long ones first.
pub(super) static SECTIONS: [Section; 26] = [
    Section::new("format", "rustfmt changes nothing", |_| {
        passed(run(command("cargo").args(["fmt", "--all", "--check"])))
    }),
    Section::new("tidy", "the rules of ARCHITECTURE.md", |_| passed(tidy::tidy())),
    Section::new("dependencies", "licences, duplicates, sources and advisories of the crates, by cargo-deny", |_| {
        dependencies::check()
    }),
    Section::new("compile", "the program and the test programs", compile).using(&[Resource::Cargo]).within_minutes(40),
    Section::new("fidelity", "a Docker engine builds and starts the same", |_| test_program("fidelity"))
        .of(&["--test", "fidelity"])
        .using(&[Resource::Engine])
        .within_minutes(40),
    Section::new("clippy", "no warning of clippy", |_| {
        let arguments = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
        passed(run(command("cargo").args(arguments)))
    })
    .using(&[Resource::Cargo])
    .after(&["compile"]),
    Section::new("unit", "tests of single modules, and the examples in the documentation", |_| {
        run(&mut in_workspace("test", &["--doc"]))?;
        passed(run(&mut in_workspace("test", &UNIT)))
    })
    .of(&UNIT)
    .using(&[Resource::Cargo])
    .within_minutes(40),
    Section::new("build-page", "the page and the tools that build it", |_| {
        setup::everything()?;
        page::build(Page::Shipped)?;
        setup::tool_tests()?;
        // No part of it grows unnoticed.
        passed(run(command("node").args(["tests/bench/weights.mjs", "dist"])))
    })
    .using(&[Resource::Page])
    .after(&["compile"])
    .in_browser()
    .within_minutes(40),
    Section::new("story", "the lessons", |_| test_program("story")).of(&["--test", "story"]),
    Section::new("examples", "the examples of the page", |_| test_program("examples")).of(&["--test", "examples"]),
    Section::new("contract", "the command line and its JSON", |_| test_program("contract")).of(&["--test", "contract"]),
    Section::new("checks", "the pages of our checks, and the examples for repositories", |_| test_program("checks"))
        .of(&["--test", "checks"]),
    Section::new("conformance", "BuildKit's own cases", |_| test_program("conformance")).of(&["--test", "conformance"]),
    Section::new("projects", "well-known example projects", |_| test_program("projects")).of(&["--test", "projects"]),
    Section::new("shell", "dash, bash and busybox, and the tools of each", |_| test_program("shell"))
        .of(&["--test", "shell"]),
    Section::new("toolchains", "gcc, strip, ldconfig, cmake, cargo, npm, yarn, pnpm", |_| test_program("toolchains"))
        .of(&["--test", "toolchains"]),
    Section::new("debian", "Debian's own root, and pip", |_| test_program("debian")).of(&["--test", "debian"]),
    Section::new("exec", "kernels and loaders", |_| test_program("exec")).of(&["--test", "exec"]),
    Section::new("runtimes", "runc and crun", |_| test_program("runtimes")).of(&["--test", "runtimes"]),
    Section::new("deploy", "the image, certificates, compose and Kubernetes files", |_| {
        setup::peers();
        test_program("deploy")
    })
    .of(&["--test", "deploy"]),
    Section::new("wasm", "core in a browser gives the bytes that it gives natively", |_| wasm())
        .of(&["--bin", "stageplay"])
        .using(&[Resource::Cargo])
        .in_browser(),
    // Its registration with the kernel holds for the whole machine.
    Section::new("emulation", "programs of another processor", |_| test_program("emulation"))
        .of(&["--test", "emulation"])
        .alone(),
    // It measures times, and counts what is on the engine.
    Section::new("server", "who may ask the server, and real builds through it", |_| server())
        .of(&["--test", "server"])
        .using(&[Resource::Engine])
        .alone()
        .within_minutes(40),
    Section::new("page", "what people do on the page, in a browser", |_| {
        setup::everything()?;
        let browser = chrome::browser()?;
        passed(on_the_page(&browser, "tests/browser/main.mjs", None))
    })
    .of(&["--bin", "stageplay"])
    .after(&["compile", "build-page"])
    .using(&[Resource::Engine, Resource::Page])
    .alone()
    .in_browser()
    .within_minutes(40),
    // It measures times.
    Section::new("embed", "embeds in other people's pages, and the npm packages", |_| embed())
        .of(&["--bin", "stageplay"])
        .after(&["compile", "build-page"])
        .using(&[Resource::Page])
        .alone()
        .in_browser(),
    Section::new("recipes", "embeds in sites of Hugo, Jekyll, MkDocs and others; only when named", |_| recipes())
        .of(&["--bin", "stageplay"])
        .after(&["compile", "build-page"])
        .using(&[Resource::Page])
        .in_browser()
        .on_request(),
];

/// The test programs that `compile` built, by their names.
static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// Cargo on all packages at once: chosen one by one they would ask for their dependencies, core among
/// them, with other features, and each choice would compile them anew.
fn in_workspace(verb: &str, words: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args([verb, "--quiet", "--workspace"]).args(words).env("STAGEPLAY_BUILT", "1");
    cargo
}

fn passed(done: Done) -> Done<Outcome> {
    done.map(|()| Outcome::Passed)
}

/// Builds the program, and the test programs of the sections that run.
fn compile(sections: &[&'static str]) -> Done<Outcome> {
    run(&mut in_workspace("build", &["--bin", "stageplay", "--bin", "stageplay-prerender"]))?;
    let chosen = SECTIONS.iter().filter(|section| sections.contains(&section.id));
    let options: Vec<&str> = chosen.flat_map(|section| section.programs).copied().collect();
    if options.is_empty() {
        return Ok(Outcome::Passed);
    }
    let mut cargo = command("cargo");
    cargo.args(["test", "--workspace", "--no-run"]).args(options);
    // "  Executable shell/main.rs (target/debug/deps/shell-c733a47a4641f41f)"
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    log_lines(&mut cargo, |line| {
        let path = line.trim().strip_prefix("Executable ")?.split_once(" (")?.1.strip_suffix(')')?;
        let (name, _) = Path::new(path).file_name()?.to_str()?.rsplit_once('-')?;
        built.insert(name.to_string(), root().join(path));
        Some(())
    })?;
    Ok(Outcome::Passed)
}

/// Runs a test program of `tests/`. It says by itself which of its tests do not run, and why.
fn test_program(name: &str) -> Done<Outcome> {
    Ok(outcome(&output_of(name, &[])?))
}

/// Those tests of the server that need no engine wait most of the time: they run beside those that ask one, of which
/// only one runs at a time.
fn server() -> Done<Outcome> {
    const WITHOUT_ENGINE: &str = "client_limits::";
    setup::peers();
    let (front, others) = thread::scope(|scope| {
        let front = scope.spawn(|| within_section("server", || output_of("server", &[WITHOUT_ENGINE])));
        let others = output_of("server", &["--skip", WITHOUT_ENGINE]);
        (front.join().unwrap_or_else(|_| Err("the tests without an engine could not be run".into())), others)
    });
    match (front, others) {
        (Ok(front), Ok(others)) => Ok(outcome(&(front + &others))),
        (front, others) => Err([front.err(), others.err()].into_iter().flatten().collect::<Vec<_>>().join("\n")),
    }
}

/// What a test program prints.
///
/// It is started without cargo, which would wait for its lock of `target/` while another section compiles.
///
/// # Errors
/// A test failed: what the program printed.
fn output_of(name: &str, arguments: &[&str]) -> Done<String> {
    let program = BUILT.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    let program = program.ok_or(format!("{name} was not compiled"))?;
    let tests = root().join("tests");
    let mut test = command(&program.to_string_lossy());
    test.arg("--nocapture").args(arguments).current_dir(&tests);
    test.env("CARGO_MANIFEST_DIR", &tests).env("STAGEPLAY_BUILT", "1");
    // In a file, so that it can be shown if the program does not end.
    let path = logs::of_program(name, arguments);
    let fault = |error: std::io::Error| format!("{}: {error}", program.display());
    let file = fs::File::create(&path).map_err(fault)?;
    let status = test.stdout(file.try_clone().map_err(fault)?).stderr(file).status().map_err(fault)?;
    let text = String::from_utf8_lossy(&fs::read(&path).map_err(fault)?).into_owned();
    if status.success() { Ok(text) } else { Err(text) }
}

/// How tests ended that did not fail: those that did not run say "skipped".
fn outcome(text: &str) -> Outcome {
    let that_say = |word: &str| -> Vec<&str> { text.lines().filter_map(|line| line.split(word).nth(1)).collect() };
    let (skipped, in_part) = (that_say("skipped: "), that_say("skipped in part: "));
    skipped.iter().for_each(|why| say(&format!("skipped: {why}")));
    in_part.iter().for_each(|why| say(&format!("skipped in part: {why}")));
    let mut reasons = [skipped.as_slice(), &in_part].concat();
    reasons.sort_unstable();
    reasons.dedup();
    let why = reasons.join("; ");
    // "test result: ok. 14 passed; …": a test that says "skipped" counts among them.
    let counts =
        text.split("test result: ok. ").skip(1).filter_map(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    match (skipped.len(), counts.sum::<usize>()) {
        (0, _) if in_part.is_empty() => Outcome::Passed,
        (some, all) if some < all => Outcome::PassedInPart(why),
        _ => Outcome::Skipped(why),
    }
}

/// Core in the browser gives the bytes that it gives natively.
fn wasm() -> Done<Outcome> {
    setup::wasm_target()?;
    setup::test_runner()?;
    let browser = chrome::browser()?;
    let Some(driver) = &browser.driver else {
        return Ok(Outcome::Skipped("no chromedriver: on Debian, sudo apt-get install chromium-driver".into()));
    };
    // The sample does not start, which is exit code 1 and no failure of the program.
    let mut native = command("target/debug/stageplay");
    native.args(["build", "--run", "--format", "json", "app/tests/sample"]);
    let report = native.output().map_err(|error| format!("cannot run the native program: {error}"))?.stdout;
    let path: PathBuf = root().join("target/native-report.json");
    std::fs::write(&path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut tests = command("cargo");
    tests
        .args(["test", "-p", "stageplay-simulator", "--target", "wasm32-unknown-unknown", "--test", "wasm"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools().join("bin/wasm-bindgen-test-runner"))
        .env("CHROMEDRIVER", driver)
        .env("STAGEPLAY_NATIVE_REPORT", &path)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    passed(run(&mut tests))
}

/// Embeds in a browser, then the packages as somebody installs them.
fn embed() -> Done<Outcome> {
    setup::everything()?;
    let browser = chrome::browser()?;
    page::build(Page::Shipped)?;
    run(command("node").args(["tests/embed/main.mjs", "dist"]).env("CHROME", &browser.chrome))?;
    page::packages()?;
    let mut native = command("target/debug/stageplay");
    let report = native.args(["build", "--run", "--format", "json", "app/tests/sample"]).output();
    let path = root().join("target/packages/native-report.json");
    let report = report.map_err(|error| format!("cannot run the native program: {error}"))?.stdout;
    std::fs::write(&path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    let script = ["tests/embed/packages.mjs", "target/packages"];
    passed(run(command("node").args(script).arg(&path).env("CHROME", &browser.chrome)))
}

/// Sites with an embed, each built by its own generator. Generators that are not there are skipped.
fn recipes() -> Done<Outcome> {
    setup::everything()?;
    setup::generators();
    let browser = chrome::browser()?;
    page::build(Page::Shipped)?;
    let mut node = command("node");
    node.args(["tests/embed/recipes.mjs", "dist", "target/debug/stageplay"]).env("CHROME", &browser.chrome);
    let result = node.output().map_err(|error| format!("cannot run node: {error}"))?;
    let text = String::from_utf8_lossy(&result.stdout).into_owned() + &String::from_utf8_lossy(&result.stderr);
    if !result.status.success() {
        return Err(text);
    }
    Ok(outcome(&text))
}

/// What the page weighs, and when a visitor sees what.
pub(crate) fn bench_web() -> Done {
    setup::everything()?;
    let browser = chrome::browser()?;
    page::build(Page::Shipped)?;
    page::compress()?;
    run(command("node").args(["tests/bench/web.mjs", "dist"]).env("CHROME", &browser.chrome))
}

/// The page's speed, in a real browser.
pub(crate) fn bench_in_browser(directory: &Path) -> Done {
    setup::everything()?;
    let browser = chrome::browser()?;
    run(&mut in_workspace("build", &["--bin", "stageplay"]))?;
    on_the_page(&browser, "tests/bench/browser.mjs", Some(directory))
}

/// Runs a script of node that finds the built page served.
fn on_the_page(browser: &chrome::Browser, script: &str, directory: Option<&Path>) -> Done {
    page::build(Page::Shipped)?;
    let server = serve::Server::start()?;
    let mut node = command("node");
    node.arg(script).args(directory);
    run(node.env("STAGEPLAY_PAGE", format!("{}/", server.address)).env("CHROME", &browser.chrome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_did_not_run_are_told() {
        let ran = "test result: ok. 2 passed; 0 failed";
        assert!(matches!(outcome(ran), Outcome::Passed));
        assert!(matches!(outcome(&format!("skipped: no gcc\n{ran}")), Outcome::PassedInPart(why) if why == "no gcc"));
        assert!(
            matches!(outcome(&format!("skipped in part: no php\nskipped in part: no php\n{ran}")), Outcome::PassedInPart(why) if why == "no php")
        );
        assert!(matches!(outcome(&format!("skipped: no\ntest a ... skipped: no\n{ran}")), Outcome::Skipped(_)));
        let two = format!("{ran}\nskipped: no engine\nskipped: no engine\n{ran}");
        assert!(matches!(outcome(&two), Outcome::PassedInPart(_)), "of two programs");
    }
}
