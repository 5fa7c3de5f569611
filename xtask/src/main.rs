//! Chores of the project: `cargo xtask serve`, `cargo xtask test`. No dependencies: starts at once.

mod chrome;
mod circles;
mod dependencies;
mod official;
mod packages;
mod page;
mod run;
mod serve;
mod setup;
mod test;
mod tidy;
mod wasm_opt;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--open] [--dev] [--port N]   set up what is missing, build, and serve the playground with real builds;
                                      --dev reloads at each change, without real builds
  test [--quick] [SECTION…]           run the tests, or some sections of them; --quick leaves out the browser
  test --list                         name the sections
  setup [peers]                       only set up what serve and test need; peers: the judges of tests/peers.txt
  dist [--keep DIR] [--site URL]      build what is published: the page in dist/ with compressed files, and the npm
                                      packages in target/packages; --keep copies the embeds of the earlier page in DIR,
                                      --site writes the page's own address into oembed.json
  bench parse DIR [--browser]         how fast the Dockerfiles in DIR are read and checked
  bench build                         how fast builds are simulated
  bench layers [ARCHIVE]              how fast an image archive is listed and scored, beside tar
  bench exec                          how many ELF files a second are judged, beside libtree and ldd
  bench grade                         how long 300 submissions of an exercise take
  bench web                           what the page weighs, and when a visitor sees what on slow networks
  bench backend                       real builds through the server beside docker build: time, latency, memory
  fidelity [--case GLOB]              hold the simulator against a real Docker engine, case by case
  fidelity --random SEED:COUNT        the same with so many Dockerfiles made up at random
  official DIR                        renew the histories of official images in core/data/official
  packages NAME                       renew a package index of core/data/packages: debian-12 and others
  tidy                                check the rules of ARCHITECTURE.md
";

/// Runs a benchmark of `tests/bench`.
fn bench(words: &[&str]) -> run::Done {
    let (name, place) = match words {
        ["parse", directory] => ("parse", Some(directory)),
        ["parse", directory, "--browser"] => ("browser", Some(directory)),
        ["build"] => ("build", None),
        ["web"] => return test::bench_web(),
        ["exec"] => ("exec", None),
        ["grade"] => ("grade", None),
        ["backend"] => ("backend", None),
        ["layers"] => ("layers", None),
        ["layers", archive] => ("layers", Some(archive)),
        _ => return Err(format!("no such benchmark\n\n{HELP}")),
    };
    let place = place.map(std::path::absolute).transpose().map_err(|error| error.to_string())?;
    if let ("browser", Some(directory)) = (name, &place) {
        return test::bench_in_browser(directory);
    }
    let cargo = ["bench", "--quiet", "-p", "stageplay-tests", "--bench", name, "--"];
    run::run(run::command("cargo").args(cargo).args(place))
}

/// Runs the cases of `tests/fidelity`; an engine that is there is asked, its answers are printed.
fn fidelity(words: &[&str]) -> run::Done {
    let mut tests = run::command("cargo");
    tests.args(["test", "--quiet", "-p", "stageplay-tests", "--test", "fidelity", "--", "--nocapture"]);
    match words {
        [] => tests.arg("every_case"),
        ["--case", pattern] => tests.arg("every_case").env("STAGEPLAY_CASE", pattern),
        ["--random", which] => tests.arg("random_builds").env("STAGEPLAY_RANDOM", which),
        _ => return Err("usage: cargo xtask fidelity [--case GLOB, such as 'copy/*' | --random SEED:COUNT]".into()),
    };
    run::run(&mut tests)
}

/// Builds what is published.
fn dist(words: &[&str]) -> run::Done {
    let (mut older, mut site) = (None, None);
    for pair in words.chunks(2) {
        match pair {
            ["--keep", folder] => older = Some(std::path::absolute(folder).map_err(|error| error.to_string())?),
            ["--site", address] => site = Some(*address),
            _ => return Err("usage: cargo xtask dist [--keep DIR] [--site URL]".into()),
        }
    }
    setup::everything()?;
    page::rebuild(older.as_deref(), site)?;
    page::packages()?;
    page::compress()
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let done = match words.first().map(String::as_str) {
        Some("serve") => serve::serve(&rest),
        Some("test") => test::test(&rest),
        Some("setup") if rest == ["peers"] => {
            setup::peers();
            Ok(())
        }
        Some("setup") => setup::everything(),
        Some("dist") => dist(&rest),
        Some("bench") => bench(&rest),
        Some("fidelity") => fidelity(&rest),
        Some("official") => official::official(&rest),
        Some("packages") => packages::packages(&rest),
        Some("tidy") => tidy::tidy(),
        // Called by trunk: see Trunk.toml.
        Some("page-inputs") => page::inputs(),
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command {other:?}\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}
