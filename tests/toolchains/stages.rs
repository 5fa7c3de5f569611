//! Rust programs in several stages: where they start, and why not.

use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request, build as simulate};
use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image_start::start;
use stageplay_core::measure::{Honesty, Size};

/// Builds a package of one file, copies its program to `/app` of an image and starts it: what it says, its exit code
/// and the size of the last layer.
fn started(builder: &str, build: &str, program: &str, base: &str, manifest: &str) -> (String, Option<i32>, Size) {
    let engine = EngineProfile::find("docker-28").expect("it is there");
    let mut context = Tree::new();
    context.mkdir_all("/src", 0o755, 0, 0).expect("it is there");
    let main = "fn main() {\n    println!(\"hello\");\n}\n";
    for (path, text) in [("/src/main.rs", main), ("/Cargo.toml", manifest)] {
        context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0).expect("it is there");
    }
    let text = format!(
        "FROM {builder} AS b\nWORKDIR /w\nCOPY . .\nRUN {build}\nFROM {base}\nCOPY --from=b {program} /app\nCMD [\"/app\"]\n"
    );
    let built =
        simulate(&Request::new(text, context, engine.clone()), &Catalogue::builtin(), &NoImages, &mut Cache::new());
    let Some(image) = built.image.filter(|_| built.error.is_none()) else {
        return (built.error.map(|error| error.message).unwrap_or_default(), None, Size::ZERO);
    };
    let run = start(&image, &[], &engine);
    let size = image.layers.last().expect("it is there").size.clone();
    (format!("{}{}", run.stdout, run.stderr), run.exit_code, size)
}

const PLAIN: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n";
const RELEASE: &str = "/w/target/release/app";

#[test]
fn the_library_of_the_builder_decides_where_a_program_starts() {
    let (said, code, size) = started("rust:slim", "cargo build --release", RELEASE, "debian:trixie-slim", PLAIN);
    assert_eq!((said.as_str(), code, size.honesty()), ("hello\n", Some(0), Honesty::Modelled));
    assert_eq!(size.bytes(), Some(445_904));
    // glibc's loader is not in Alpine; without cargo's own C library it starts anywhere.
    let (said, code, _) = started("rust:slim", "cargo build --release", RELEASE, "alpine:3.22", PLAIN);
    assert!(said.contains("no such file or directory") && code != Some(0), "{said}");
    let (said, ..) = started("rust:slim", "cargo build --release", RELEASE, "gcr.io/distroless/static-debian12", PLAIN);
    assert!(said.contains("no such file or directory"), "{said}");
    let (said, code, _) = started("rust:alpine", "cargo build --release", RELEASE, "scratch", PLAIN);
    assert_eq!((said.as_str(), code), ("hello\n", Some(0)));
    // Alpine's own Rust links what is shared: libgcc is not in the bare image.
    let own = "apk add --no-cache rust cargo && cargo build --release";
    let (said, code, _) = started("alpine:3.22", own, RELEASE, "alpine:3.22", PLAIN);
    assert!(said.contains("libgcc_s.so.1") && code != Some(0), "{said}");
}

#[test]
fn a_target_must_be_added_first() {
    let musl = "cargo build --release --target x86_64-unknown-linux-musl";
    let program = "/w/target/x86_64-unknown-linux-musl/release/app";
    let (said, code, _) = started("rust:slim", musl, program, "scratch", PLAIN);
    assert!(said.contains("exit code: 101") && code.is_none(), "{said}");
    let added = format!("rustup target add x86_64-unknown-linux-musl && {musl}");
    let (said, code, size) = started("rust:slim", &added, program, "scratch", PLAIN);
    assert_eq!((said.as_str(), code, size.bytes()), ("hello\n", Some(0), Some(554_984)));
}

#[test]
fn crates_add_what_is_not_known_and_may_ask_for_libraries() {
    let serde = format!("{PLAIN}[dependencies]\nserde = \"1\"\n");
    let (said, code, size) = started("rust:slim", "cargo build --release", RELEASE, "debian:trixie-slim", &serde);
    assert_eq!((said.as_str(), code, size.honesty()), ("hello\n", Some(0), Honesty::Unknown));
    let openssl = format!("{PLAIN}[dependencies]\nopenssl = \"0.10\"\n");
    let install = "apt-get update && apt-get install -y libssl-dev pkg-config && cargo build --release";
    let (said, code, _) = started("rust:slim", install, RELEASE, "debian:bookworm-slim", &openssl);
    assert!(said.contains("libssl.so.3: cannot open shared object file") && code == Some(127), "{said} {code:?}");
    // Whether the image has the library's development files is not listed: nothing is made up.
    let (said, code, size) = started("rust:slim", "cargo build --release", RELEASE, "debian:bookworm-slim", &openssl);
    assert_eq!((said.as_str(), code, size.honesty()), ("", None, Honesty::Unknown));
}

#[test]
fn hostile_manifests_end_in_an_error() {
    for manifest in [
        "",
        "[",
        "[package]\nname = 3\n",
        "\u{0}",
        "[workspace]\nmembers = [\"nothing\", \"/\", \"..\", \"**/**\"]\n",
        &"[a]\n".repeat(9_000),
    ] {
        let (said, code, _) = started("rust:slim", "cargo build", RELEASE, "scratch", manifest);
        assert!(code.is_none() && !said.is_empty(), "{manifest:.20}");
    }
}
