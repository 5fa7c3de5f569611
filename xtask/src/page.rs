//! Builds the page into `dist`.

use crate::run::{Done, command, root, run, say, step};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// The folders and files that the page is made from.
const INPUTS: [&str; 9] = [
    "app",
    "core",
    "www",
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "rust-toolchain.toml",
    "xtask/src/page.mjs",
    "xtask/tools/Cargo.lock",
];

/// The programs of the page: what everybody loads at once, and the simulator in its worker.
const PROGRAMS: [&str; 2] = ["stageplay-app", "stageplay-simulator"];

/// Whom the page is built for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Page {
    /// Whoever works on this machine: builds sooner, downloads more.
    Local,
    /// Everybody: the smallest program. The tests use this one.
    Shipped,
}

impl Page {
    /// Cargo's profile for its program.
    fn profile(self) -> &'static str {
        match self {
            Page::Local => "page-local",
            Page::Shipped => "page",
        }
    }
}

/// The newest change below a path; `www/generated` is made from the rest.
fn newest(path: &Path) -> Option<SystemTime> {
    if path.ends_with("www/generated") {
        return None;
    }
    let meta = fs::metadata(path).ok()?;
    if meta.is_file() {
        return meta.modified().ok();
    }
    let entries = fs::read_dir(path).ok()?;
    entries.flatten().filter_map(|entry| newest(&entry.path())).max()
}

/// Whether `dist` is newer than everything it is made from, and good enough.
fn is_fresh(page: Page) -> bool {
    let stamp = root().join("dist/.made");
    let built = fs::read_to_string(&stamp).unwrap_or_default();
    let made = fs::metadata(&stamp).and_then(|meta| meta.modified()).ok();
    let changed = INPUTS.iter().filter_map(|input| newest(&root().join(input))).max();
    let is_enough = page == Page::Local || built == Page::Shipped.profile();
    is_enough && matches!((made, changed), (Some(made), Some(changed)) if made >= changed)
}

/// Builds the page into `dist` for everybody, whatever is there.
pub(crate) fn rebuild() -> Done {
    let _ = fs::remove_file(root().join("dist/.made"));
    build(Page::Shipped)
}

/// Builds the page into `dist`, unless nothing changed.
pub(crate) fn build(page: Page) -> Done {
    if is_fresh(page) {
        say("==> the page is up to date");
        return Ok(());
    }
    step("build the page (the first time takes a minute or two)", || {
        inputs()?;
        // A folder of its own: the server compiles at the same time.
        let target = root().join("target/page");
        let mut build = command("cargo");
        build.arg("build");
        for program in PROGRAMS {
            build.args(["--package", program, "--bin", program]);
        }
        run(build
            .args(["--target", "wasm32-unknown-unknown", "--profile", page.profile(), "--target-dir"])
            .arg(&target))?;
        let bindings = target.join("bindings");
        for name in PROGRAMS {
            let program = target.join("wasm32-unknown-unknown").join(page.profile()).join(format!("{name}.wasm"));
            run(command("page-bindings").arg(&program).arg(&bindings))?;
            if page == Page::Shipped {
                optimise(&bindings.join(format!("{name}_bg.wasm")))?;
            }
        }
        run(command("node")
            .arg(root().join("xtask/src/page.mjs"))
            .args(["target/page/bindings", "dist"])
            .env("STAGEPLAY_VERSION", env!("CARGO_PKG_VERSION")))?;
        fs::write(root().join("dist/.made"), page.profile())
            .map_err(|error| format!("cannot write dist/.made: {error}"))
    })
}

/// `wasm-opt` with the features that Rust's target has.
fn optimise(program: &Path) -> Done {
    const FEATURES: [&str; 6] = [
        "--enable-bulk-memory",
        "--enable-sign-ext",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-multivalue",
        "--enable-mutable-globals",
    ];
    run(command("wasm-opt").arg("-O1").args(FEATURES).arg(program).arg("-o").arg(program))
}

/// Compresses the page for the program that embeds it, once and as well as it goes. A page that is read from
/// its folder needs no such files: the server compresses it by itself, faster and less.
pub(crate) fn compress() -> Done {
    step("compress the page", || {
        let script = root().join("xtask/src/compress.mjs");
        run(command("node").arg(script).arg(root().join("dist")))
    })
}

/// What is made for the page from other sources: the editor's bundle, and the first visit. Trunk calls this before each
/// build.
pub(crate) fn inputs() -> Done {
    first_visit()?;
    editor()
}

/// The example's result as HTML and as data, from the simulator.
fn first_visit() -> Done {
    let out = root().join("www/generated/first-visit.html");
    let sources = ["app", "core", "www/i18n", "www/lessons"];
    let newest = sources.iter().filter_map(|source| newest(&root().join(source))).max();
    if fs::metadata(&out).and_then(|meta| meta.modified()).is_ok_and(|made| Some(made) >= newest) {
        return Ok(());
    }
    fs::create_dir_all(root().join("www/generated")).map_err(|error| format!("www/generated: {error}"))?;
    run(command("cargo").args(["run", "--quiet", "--package", "stageplay-prerender", "--"]).arg(&out))
}

fn editor() -> Done {
    let out = root().join("www/generated/editor.js");
    let source = root().join("www/editor/editor.mjs");
    let made = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let lock = root().join("package-lock.json");
    let sources = newest(&root().join("www/editor"));
    if made(&out).is_some_and(|out| Some(out) >= sources && Some(out) >= made(&lock)) {
        return Ok(());
    }
    run(command("esbuild")
        .arg(&source)
        .args(["--bundle", "--minify", "--format=iife", "--log-level=warning"])
        .arg(format!("--outfile={}", out.display())))
}
