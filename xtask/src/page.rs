//! Builds the page into `dist`.

use crate::run::{Done, command, root, run, say, step};
use crate::setup;
use crate::wasm_opt::optimise_all;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// The folders and files that the page is made from.
const INPUTS: [&str; 12] = [
    "app",
    "core",
    "embed",
    "www",
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "rust-toolchain.toml",
    "xtask/src/bundle.mjs",
    "xtask/src/page.mjs",
    "xtask/src/profile.mjs",
    "xtask/tools",
];

/// The program that everybody loads at once.
const PAGE: &str = "stageplay-app";

/// The simulator, which runs in a worker.
const SIMULATOR: &str = "stageplay-simulator";

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

/// Builds the page into `dist` for everybody, whatever is there. `older` is a folder with an earlier page, of which the
/// embeds are kept: their addresses stand in other people's pages. `site` is the page's own address.
pub(crate) fn rebuild(older: Option<&Path>, site: Option<&str>) -> Done {
    let _ = fs::remove_file(root().join("dist/.made"));
    build_with(Page::Shipped, older, site)
}

/// Makes the npm packages below `target/packages`, as folders and as files to publish.
pub(crate) fn packages() -> Done {
    step("make the npm packages", || {
        let out = root().join("target/packages");
        let mut make = command("node");
        make.arg(root().join("embed/build.mjs")).args(["--packages", "target/page/bindings", "dist"]);
        run(make.arg(env!("CARGO_PKG_VERSION")).arg(&out))?;
        for name in ["element", "simulator"] {
            run(command("npm").args(["pack", "--silent", "--pack-destination"]).arg(&out).arg(out.join(name)))?;
        }
        Ok(())
    })
}

/// Builds the page into `dist`, unless nothing changed.
pub(crate) fn build(page: Page) -> Done {
    build_with(page, None, None)
}

fn build_with(page: Page, older: Option<&Path>, site: Option<&str>) -> Done {
    if is_fresh(page) {
        say("==> the page is up to date");
        return Ok(());
    }
    step("build the page (the first time takes a minute or two)", || {
        first_visit()?;
        // A folder of its own: the server compiles at the same time.
        let target = root().join("target/page");
        let mut build = command("cargo");
        build.arg("build");
        for program in [PAGE, SIMULATOR] {
            build.args(["--package", program, "--bin", program]);
            // Of the page for everybody pieces load when they are needed.
            if page == Page::Shipped {
                build.args(["--features", &format!("{program}/split")]);
            }
        }
        run(build
            .args(["--target", "wasm32-unknown-unknown", "--profile", page.profile(), "--target-dir"])
            .arg(&target))?;
        let bindings = target.join("bindings");
        let linked =
            |name: &str| target.join("wasm32-unknown-unknown").join(page.profile()).join(format!("{name}.wasm"));
        let bind =
            |name: &str, options: &[&str]| run(command("page-bindings").arg(linked(name)).arg(&bindings).args(options));
        bind(SIMULATOR, &[])?;
        if page == Page::Shipped {
            bind(PAGE, &["--split"])?;
            optimise_all(&bindings.join(PAGE))?;
            split_by_profile(&linked(SIMULATOR), &bindings)?;
        } else {
            bind(PAGE, &[])?;
        }
        let mut assemble = command("node");
        assemble.arg(root().join("xtask/src/page.mjs")).args(["target/page/bindings", "dist"]);
        if let Some(older) = older {
            assemble.env("STAGEPLAY_KEEP", older);
        }
        if let Some(site) = site {
            assemble.env("STAGEPLAY_SITE", site);
        }
        run(assemble.env("STAGEPLAY_VERSION", env!("CARGO_PKG_VERSION")))?;
        fs::write(root().join("dist/.made"), page.profile())
            .map_err(|error| format!("cannot write dist/.made: {error}"))
    })
}

/// Cuts the simulator into what the first example needs, what others need and the rest, which stand in a folder of the
/// bindings with the whole program, for npm's package.
fn split_by_profile(linked: &Path, bindings: &Path) -> Done {
    let program = bindings.join(format!("{SIMULATOR}_bg.wasm"));
    let pieces = bindings.join(SIMULATOR);
    fs::create_dir_all(&pieces).map_err(|error| format!("{}: {error}", pieces.display()))?;
    let (counting, profile) = (bindings.join("counting.wasm"), bindings.join("profile.txt"));
    setup::splitter()?;
    run(command("profile-split").arg("instrument").arg(&program).arg(&counting))?;
    let script = root().join("xtask/src/profile.mjs");
    let bound = bindings.join(format!("{SIMULATOR}.js"));
    run(command("node").arg(script).arg(&bound).arg(&counting).arg(&profile))?;
    run(command("profile-split").arg("split").arg(&program).arg(&profile).arg(linked).arg(&pieces))?;
    optimise_all(&pieces)
}

/// Compresses the page for the program that embeds it, once and as well as it goes. A page that is read from
/// its folder needs no such files: the server compresses it by itself, faster and less.
pub(crate) fn compress() -> Done {
    step("compress the page", || {
        let script = root().join("xtask/src/compress.mjs");
        run(command("node").arg(script).arg(root().join("dist")))
    })
}

/// What is made for the page from other sources: the bundles of scripts, and the first visit. Trunk calls this before each
/// build.
pub(crate) fn inputs() -> Done {
    first_visit()?;
    scripts()
}

/// The first visit as HTML and as data, from the simulator, and the examples and exercises.
fn first_visit() -> Done {
    let out = root().join("www/generated/first-visit.html");
    let sources = ["app", "core", "www/examples", "www/i18n", "www/lessons", "www/packs"];
    let newest = sources.iter().filter_map(|source| newest(&root().join(source))).max();
    if fs::metadata(&out).and_then(|meta| meta.modified()).is_ok_and(|made| Some(made) >= newest)
        && root().join("www/generated/embed-packs").is_dir()
    {
        return Ok(());
    }
    let folder = root().join("www/generated");
    fs::create_dir_all(&folder).map_err(|error| format!("www/generated: {error}"))?;
    // The tests built it, with all other programs. Cargo would wait until no other section compiles.
    let built = root().join("target/debug/stageplay-prerender");
    if fs::metadata(&built).and_then(|meta| meta.modified()).is_ok_and(|made| Some(made) >= newest) {
        return run(command(&built.to_string_lossy()).arg(&folder));
    }
    run(command("cargo").args(["run", "--quiet", "--package", "stageplay-prerender", "--"]).arg(&folder))
}

/// The scripts that are not part of the page's program, a file each.
fn scripts() -> Done {
    run(command("node").arg(root().join("xtask/src/bundle.mjs")))
}
