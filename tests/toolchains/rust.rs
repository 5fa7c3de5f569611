//! cargo and rustc held against real ones: what programs ask for, how large they are, and what is refused.

use super::{Asks, MOST, asks};
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::command_table::new_shell;
use stageplay_core::elf;
use stageplay_core::exec::Credentials;
use stageplay_core::fs::Content;
use stageplay_core::image::Reference;
use stageplay_core::shell::Stream;
use stageplay_tests::{program, skipped, skipped_in_part, write};
use std::path::{Path, PathBuf};

const HELLO: &str = "fn main() {\n    println!(\"hello\");\n}\n";
const SERVER: &str = "use std::io::Write;\nuse std::net::TcpListener;\nfn main() {\n    let listener = TcpListener::bind(\"0.0.0.0:8080\").unwrap();\n    for stream in listener.incoming() {\n        stream.unwrap().write_all(b\"HTTP/1.1 200 OK\\r\\n\\r\\nhello\\n\").unwrap();\n    }\n}\n";
const MAPS: &str = "use std::collections::HashMap;\nuse std::{env, fs};\nfn main() {\n    let mut seen: HashMap<String, usize> = HashMap::new();\n    for name in env::args().skip(1) {\n        seen.insert(name.clone(), fs::read(&name).map_or(0, |bytes| bytes.len()));\n    }\n    println!(\"{seen:?}\");\n}\n";

/// `[package]` of a program, and what stands below.
fn manifest(rest: &str) -> String {
    format!("[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
}

/// What one run leaves.
struct Ran {
    status: i32,
    errors: String,
    program: Option<(Asks, u64)>,
}

/// A folder of its own, outside of this workspace: cargo would take it for a part.
fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("stageplay-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a folder");
    place
}

fn real(place: &Path, files: &[(&str, &str)], command: &str, built: &str) -> Ran {
    let app = place.join("app");
    let _ = std::fs::remove_dir_all(&app);
    std::fs::create_dir_all(&app).expect("a folder");
    write(&app, files);
    let mut run = program("sh");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO") && name != "CARGO_HOME") {
        run.env_remove(name);
    }
    let run = run.args(["-c", command]).current_dir(&app).env_remove("RUSTFLAGS").env("CARGO_TERM_COLOR", "never");
    let output = run.output().expect("a shell");
    let errors = String::from_utf8_lossy(&output.stderr).replace(&place.display().to_string(), "");
    let program = std::fs::read(app.join(built)).ok().map(|bytes| {
        let len = bytes.len() as u64;
        (asks(&elf::read(&Content::inline(bytes)).expect("an ELF file")), len)
    });
    Ran { status: output.status.code().unwrap_or(-1), errors, program }
}

fn simulated(files: &[(&str, &str)], command: &str, program: &str) -> Ran {
    let image = Catalogue::builtin().image(&Reference::parse("rust").expect("a name"), newest_day()).expect("an image");
    let env = &image.config.env;
    let machine = stageplay_core::elf::Machine::X86_64;
    let mut shell = new_shell(image.tree.clone(), "/app", env, Credentials::default(), machine);
    shell.fs.mkdir_all("/app", 0o755, 0, 0).expect("a folder");
    for (name, text) in files {
        let place = format!("/app/{name}");
        shell.fs.mkdir_all(stageplay_core::fs::path::parent(&place), 0o755, 0, 0).expect("a folder");
        shell.fs.write(&place, Content::inline(text.as_bytes()), 0o644, 0, 0).expect("a file");
    }
    // A machine that has the target; the image has not.
    assert_eq!(shell.run_script("rustup target add x86_64-unknown-linux-musl"), 0);
    let status = shell.run_script(command);
    let content = shell.fs.get(&format!("/app/{program}")).and_then(|node| node.content());
    let program = content.map(|content| (asks(&elf::read(content).expect("an ELF file")), content.len));
    Ran { status, errors: shell.printed(Stream::Stderr), program }
}

/// Every line that is said must be one of the real ones, in their order.
fn says_otherwise(ours: &str, real: &str) -> Option<String> {
    let mut rest = real.lines();
    ours.lines().find(|line| !rest.any(|other| other == *line)).map(str::to_string)
}

#[test]
fn rust_programs_ask_for_what_real_ones_ask_for() {
    let host = program("rustc").arg("-vV").output();
    if !host.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("host: x86_64-unknown-linux-gnu")) {
        return skipped("no rustc for glibc of x86-64");
    }
    let place = place("rust");
    let small = manifest(
        "[profile.release]\nstrip = true\nlto = true\nopt-level = \"z\"\npanic = \"abort\"\ncodegen-units = 1\n",
    );
    let own = manifest("[profile.tiny]\ninherits = \"release\"\nstrip = \"symbols\"\nlto = \"thin\"\n");
    let (plain, musl) = (manifest(""), "x86_64-unknown-linux-musl");
    let release = "target/release/app";
    let for_musl = format!("cargo build --release --target {musl}");
    let in_musl = format!("target/{musl}/release/app");
    let static_glibc = "RUSTFLAGS='-C target-feature=+crt-static' cargo build --release";
    let rustc_musl = format!("rustc -O -C strip=symbols --target {musl} -o app src/main.rs");
    let cases = [
        (plain.as_str(), HELLO, "cargo build", "target/debug/app"),
        (&plain, HELLO, "cargo build --release", release),
        (&plain, SERVER, "cargo build --release", release),
        (&plain, MAPS, "cargo build --release", release),
        (&plain, MAPS, "cargo build", "target/debug/app"),
        (&small, HELLO, "cargo build --release", release),
        (&small, SERVER, "cargo build -r", release),
        (&own, HELLO, "cargo build --profile tiny", "target/tiny/app"),
        (&plain, HELLO, "RUSTFLAGS='-C strip=symbols' cargo build --release", release),
        (&plain, HELLO, &for_musl, &in_musl),
        (&small, SERVER, &for_musl, &in_musl),
        (&plain, MAPS, "cargo install --path . --root out", "out/bin/app"),
        (&plain, HELLO, "rustc src/main.rs -o app", "app"),
        (&plain, SERVER, &rustc_musl, "app"),
        (&plain, HELLO, static_glibc, release),
    ];
    let mut wrong = Vec::new();
    for (manifest, main, command, program) in cases {
        let files = [("Cargo.toml", manifest), ("src/main.rs", main)];
        let real = real(&place, &files, command, program);
        let Some((asked, len)) = real.program.filter(|_| real.status == 0) else {
            skipped_in_part(&format!("{command}: the real one fails: {}", real.errors.lines().last().unwrap_or("")));
            continue;
        };
        let ours = simulated(&files, command, program);
        let Some((ours_ask, size)) = ours.program else {
            wrong.push(format!("{command}: no program: {}", ours.errors));
            continue;
        };
        if ours_ask != asked {
            wrong.push(format!("{command}\n    we say: {ours_ask:?}\n    really: {asked:?}"));
        }
        if command == static_glibc {
            continue;
        }
        let error = size.abs_diff(len) * 1000 / len.max(1);
        println!("  {:3}.{} % off ({size} for {len} bytes): {command}", error / 10, error % 10);
        if error > MOST * 10 {
            wrong.push(format!("{command}: {size} bytes, really {len}"));
        }
    }
    let _ = std::fs::remove_dir_all(&place);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cargo_refuses_is_refused_in_its_words() {
    if program("cargo").arg("--version").output().is_err() {
        return skipped("no cargo");
    }
    let place = place("cargo");
    let plain = manifest("");
    let beside = manifest("[dependencies]\nx = { path = \"lib/x\" }\n");
    let inside = manifest("[dependencies]\nx = { path = \"x\" }\n");
    let named = manifest("[[bin]]\nname = \"tool\"\npath = \"src/tool.rs\"\n");
    let library = manifest("").replace("app", "x");
    let workspace = "[workspace]\nmembers = [\"a\", \"crates/*\"]\nresolver = \"2\"\n";
    let cases: [(&[(&str, &str)], &str); 20] = [
        (&[], "cargo build"),
        (&[("Cargo.toml", &plain)], "cargo build --release"),
        (&[("Cargo.toml", "")], "cargo build"),
        (&[("Cargo.toml", "[package\n")], "cargo build || exit 1"),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo build --locked"),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo build && cargo build --locked && cat Cargo.lock"),
        (
            &[("Cargo.toml", &plain), ("src/main.rs", HELLO)],
            "cargo build --release --target riscv64gc-unknown-linux-musl",
        ),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo build --bin nothing"),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo build -p nothing"),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo build --profile nothing"),
        (
            &[("Cargo.toml", &plain), ("src/bin/one.rs", HELLO), ("src/bin/two/main.rs", HELLO)],
            "cargo build && ls target/debug/one target/debug/two",
        ),
        (
            &[("Cargo.toml", &plain), ("src/bin/one.rs", HELLO), ("src/bin/two.rs", HELLO)],
            "cargo build --bin two && ls target/debug/one",
        ),
        (&[("Cargo.toml", &beside), ("src/main.rs", HELLO)], "cargo build"),
        (
            &[("Cargo.toml", &inside), ("src/main.rs", HELLO), ("x/Cargo.toml", &library), ("x/src/lib.rs", "")],
            "cargo build && ./target/debug/app",
        ),
        (&[("Cargo.toml", &named), ("src/main.rs", HELLO)], "cargo build"),
        (&[("Cargo.toml", workspace)], "cargo build"),
        (
            &[
                ("Cargo.toml", workspace),
                ("a/Cargo.toml", &plain),
                ("a/src/main.rs", HELLO),
                ("crates/x/Cargo.toml", &library),
                ("crates/x/src/main.rs", HELLO),
            ],
            "cargo build --release && cd a && cargo build && ../target/release/x && ls ../target/debug/x",
        ),
        (
            &[],
            "cargo new --bin app --vcs none && cd app && cat Cargo.toml src/main.rs && cargo run && cargo new ../app",
        ),
        (&[("Cargo.toml", &plain), ("src/main.rs", HELLO)], "cargo init"),
        (&[], "rustc nothing.rs"),
    ];
    let mut wrong = Vec::new();
    for (files, command) in cases {
        let real = real(&place, files, command, "none");
        let ours = simulated(files, command, "none");
        if ours.status != real.status {
            wrong.push(format!(
                "{command}: exit {}, really {}\n{}{}",
                ours.status, real.status, ours.errors, real.errors
            ));
        }
        // How a broken manifest is shown is the parser's own, `ls` is another one here, and cargo builds at once what
        // it can, and nothing anew.
        let lines = |text: &str| -> String {
            text.lines()
                .filter(|line| !line.starts_with("ls:") && !line.starts_with("   Compiling"))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        if let Some(line) = says_otherwise(&lines(&ours.errors), &real.errors).filter(|_| !command.contains("|| exit"))
        {
            wrong.push(format!("{command}: `{line}` is not said; really:\n{}", real.errors));
        }
    }
    let _ = std::fs::remove_dir_all(place);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The placeholder that people build first, so that dependencies have a layer of their own.
#[test]
fn what_cargo_takes_for_fresh_is_not_built_anew() {
    if program("cargo").arg("--version").output().is_err() {
        return skipped("no cargo");
    }
    let place = place("fresh");
    let plain = manifest("");
    let says = |word: &str| format!("fn main() {{\n    println!(\"{word}\");\n}}\n");
    let (dummy, real_main) = (says("dummy"), format!("mod more;\n{}", says("real")));
    let files = [
        ("Cargo.toml", plain.as_str()),
        ("src/main.rs", &dummy),
        ("new/main.rs", &real_main),
        ("new/more.rs", "// more\n"),
    ];
    let build = "cargo build --release 2>&1 | grep -c Compiling >&2; ./target/release/app >&2";
    let old = "touch -d '2020-01-01 00:00:00' new/main.rs new/more.rs";
    let cases = [
        // An older file in its place is not noticed.
        format!("{old}; {build}; cp -p new/*.rs src/; {build}; {build}; touch src/main.rs; {build}"),
        // A newer one is; so is a module's change, and a flag's.
        format!(
            "{build}; {build}; cp new/*.rs src/; {build}; touch src/more.rs; {build}; export RUSTFLAGS=-Copt-level=1; {build}"
        ),
        format!("{build}; touch unrelated README.md; {build}; echo '# more' >> src/main.rs; rm src/main.rs; {build}"),
        format!(
            "{build}; printf '[profile.release]\nopt-level = 1\n' >> Cargo.toml; {build}; rm target/release/app; {build}; rm target/release/deps/app*; {build}; cargo clean 2>/dev/null; {build}"
        ),
    ];
    for command in cases {
        let (real, ours) = (real(&place, &files, &command, "none"), simulated(&files, &command, "none"));
        // A shell's own words for a program that is not there are another matter.
        let lines = |text: &str| {
            text.lines().filter(|line| !line.contains("not found")).map(str::to_string).collect::<Vec<_>>()
        };
        assert_eq!(lines(&ours.errors), lines(&real.errors), "{command}");
    }
    let _ = std::fs::remove_dir_all(place);
}
