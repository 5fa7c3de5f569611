//! Roots made of single pieces: a program, a loader, a library, some of them missing or damaged.

use crate::NOBODY;
use crate::roots::Root;
use stageplay_tests::{folder, program};
use std::fs;
use std::path::PathBuf;

/// A root and what is started in it.
pub(crate) struct Case {
    pub(crate) root: Root,
    pub(crate) programs: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) user: &'static str,
}

impl Case {
    fn new(name: &str, programs: &[&str]) -> Self {
        let programs = programs.iter().map(|program| program.to_string()).collect();
        Case { root: Root::empty(name), programs, env: Vec::new(), user: NOBODY }
    }

    fn with(self, place: &str, bytes: &[u8], mode: u32) -> Self {
        self.root.write(place, bytes, mode);
        self
    }

    fn linked(self, target: &str, place: &str) -> Self {
        self.root.link(target, place);
        self
    }

    fn env(mut self, pair: &str) -> Self {
        self.env.push(pair.to_string());
        self
    }
}

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
const LIBC: &str = "/lib/x86_64-linux-gnu/libc.so.6";

fn read(path: &str) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{path}: {error}"))
}

/// Compiles C; what comes of it.
fn compile(source: &str, flags: &[&str]) -> Result<Vec<u8>, String> {
    let dir: PathBuf = folder("exec-cc");
    fs::write(dir.join("x.c"), source).map_err(|error| error.to_string())?;
    let mut cc = program("cc");
    cc.current_dir(&dir).args(["x.c", "-o", "x", "-w"]).args(flags);
    let output = cc.output().map_err(|error| format!("cc: {error}"))?;
    if !output.status.success() {
        return Err(format!("cc: {}", String::from_utf8_lossy(&output.stderr)));
    }
    read(&dir.join("x").to_string_lossy())
}

/// Every case, or why there are none here.
pub(crate) fn all() -> Result<Vec<Case>, String> {
    let (loader, libc) = (read(LOADER)?, read(LIBC)?);
    let main = "int main(void) { return 0; }";
    let plain = compile(main, &[])?;
    let mut cases = scripts(&plain);
    cases.extend(damaged(&plain, &loader, &libc));
    let with_libc = |case: Case| case.with(LOADER, &loader, 0o755).with(LIBC, &libc, 0o755);

    cases.push(
        Case::new("a program alone", &["/x", "/none", "/dir", "/x/y"])
            .with("/x", &plain, 0o755)
            .with("/dir/f", b"", 0o644),
    );
    cases.push(Case::new("a program and the loader", &["/x"]).with("/x", &plain, 0o755).with(LOADER, &loader, 0o755));
    cases.push(with_libc(Case::new("all it needs", &["/x"]).with("/x", &plain, 0o755)));
    for flags in [&["-static"][..], &["-static-pie"], &["-no-pie"], &["-pie"]] {
        let program = compile(main, flags)?;
        cases.push(Case::new(&format!("cc {flags:?} in an empty root"), &["/x"]).with("/x", &program, 0o755));
        cases.push(with_libc(Case::new(&format!("cc {flags:?} with glibc"), &["/x"]).with("/x", &program, 0o755)));
    }
    for (name, mode) in [("0644", 0o644), ("0700", 0o700), ("0711", 0o711), ("0000", 0), ("0011", 0o011)] {
        cases.push(with_libc(Case::new(&format!("mode {name}"), &["/x"]).with("/x", &plain, mode)));
        cases.push(
            Case::new(&format!("loader of mode {name}"), &["/x"])
                .with("/x", &plain, 0o755)
                .with(LIBC, &libc, 0o755)
                .with(LOADER, &loader, mode),
        );
        cases.push(
            Case::new(&format!("library of mode {name}"), &["/x"])
                .with("/x", &plain, 0o755)
                .with(LOADER, &loader, 0o755)
                .with(LIBC, &libc, mode),
        );
    }
    cases.push(Case::new("loader is a folder", &["/x"]).with("/x", &plain, 0o755).with(
        &format!("{LOADER}/f"),
        b"",
        0o644,
    ));
    cases.push(Case::new("loader is empty", &["/x"]).with("/x", &plain, 0o755).with(LOADER, b"", 0o755));
    cases.push(Case::new("loader is text", &["/x"]).with("/x", &plain, 0o755).with(LOADER, &[b'x'; 200], 0o755));
    cases.push(Case::new("loader is a short text", &["/x"]).with("/x", &plain, 0o755).with(LOADER, b"hello", 0o755));
    cases.push(
        Case::new("loader is a loop", &["/x", "/lib64/ld-linux-x86-64.so.2"])
            .with("/x", &plain, 0o755)
            .linked("ld-linux-x86-64.so.2", LOADER),
    );
    cases.push(Case::new("loader is a link to nowhere", &["/x"]).with("/x", &plain, 0o755).linked("/nowhere", LOADER));
    cases.push(
        Case::new("links", &["/l", "/loop", "/broken", "/d/x", "/d/../x", "/x/", "/x/."])
            .with("/x", &plain, 0o755)
            .linked("x", "/l")
            .linked("loop", "/loop")
            .linked("none", "/broken")
            .linked("/", "/d"),
    );
    cases.extend(libraries(&with_libc)?);
    Ok(cases)
}

fn scripts(plain: &[u8]) -> Vec<Case> {
    let mut case = Case::new("scripts without their interpreters", &[]);
    let mut add = |name: &str, text: &[u8]| {
        case.root.write(name, text, 0o755);
        case.programs.push(name.to_string());
    };
    add("/missing", b"#!/bin/sh\necho\n");
    add("/dos", b"#!/bin/sh\r\necho\r\n");
    add("/blank", b"#!   \n");
    add("/only", b"#!");
    add("/noline", b"#!/none");
    add("/arg", b"#! /none -e -x \n");
    add("/self", b"#!/self\n");
    add("/dirs", b"#!/\n");
    add("/text", b"hello\n");
    add("/empty", b"");
    add("/nul", b"\0\0\0\0");
    add("/two", b"#!/missing\n");
    add("/program", b"#!/x\n");
    add("/long", &[b"#!/".as_slice(), &[b'a'; 300], b"\n"].concat());
    add("/longarg", &[b"#!/none ".as_slice(), &[b'a'; 300], b"\n"].concat());
    add("/longblank", &[b"#!".as_slice(), &[b' '; 300], b"/none\n"].concat());
    add("/longname", &[b"#!/".as_slice(), &[b'a'; 240], b"\n"].concat());
    for depth in 1..=7 {
        let next = if depth == 7 { "/x".to_string() } else { format!("/nested{}", depth + 1) };
        add(&format!("/nested{depth}"), format!("#!{next}\n").as_bytes());
    }
    vec![case.with("/x", plain, 0o755)]
}

fn damaged(plain: &[u8], loader: &[u8], libc: &[u8]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut lengths: Vec<usize> = vec![0, 1, 4, 16, 63, 64, 100, 200, 500, 900, 1000, 2000, 4096, 5000, 8192];
    lengths.extend((1..8).map(|part| plain.len() * part / 8));
    for len in lengths.into_iter().filter(|len| *len < plain.len()) {
        let cut = &plain[..len];
        let name = format!("a program cut to {len} of {} bytes", plain.len());
        cases
            .push(Case::new(&name, &["/x"]).with("/x", cut, 0o755).with(LOADER, loader, 0o755).with(LIBC, libc, 0o755));
    }
    for len in [0, 10, 63, 64, 200, 1000, 4096, 100_000] {
        let name = format!("a library cut to {len} bytes");
        let cut = &libc[..len.min(libc.len())];
        cases.push(
            Case::new(&name, &["/x"]).with("/x", plain, 0o755).with(LOADER, loader, 0o755).with(LIBC, cut, 0o755),
        );
    }
    let patch = |name: &str, at: usize, bytes: &[u8]| {
        let mut patched = plain.to_vec();
        patched[at..at + bytes.len()].copy_from_slice(bytes);
        Case::new(name, &["/x"]).with("/x", &patched, 0o755).with(LOADER, loader, 0o755).with(LIBC, libc, 0o755)
    };
    cases.push(patch("for aarch64", 18, &[183, 0]));
    cases.push(patch("for an unknown machine", 18, &[0xff, 0xee]));
    cases.push(patch("a relocatable file", 16, &[1, 0]));
    cases.push(patch("a core dump", 16, &[4, 0]));
    cases.push(patch("no program headers", 56, &[0, 0]));
    cases.push(patch("program headers of a wrong size", 54, &[32, 0]));
    cases.push(patch("program headers far outside", 32, &[0, 0, 0, 0x10]));
    let mut arm = libc.to_vec();
    arm[18] = 183;
    cases.push(
        Case::new("a library for aarch64", &["/x"])
            .with("/x", plain, 0o755)
            .with(LOADER, loader, 0o755)
            .with(LIBC, &arm, 0o755),
    );
    let text = [b'x'; 100];
    cases.push(
        Case::new("a library of text", &["/x"])
            .with("/x", plain, 0o755)
            .with(LOADER, loader, 0o755)
            .with(LIBC, &text, 0o755),
    );
    cases
}

/// Programs with a library of their own: where it is looked for, and what it lacks.
fn libraries(with_libc: &dyn Fn(Case) -> Case) -> Result<Vec<Case>, String> {
    let dir = folder("exec-libraries");
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let library = |name: &str, source: &str, flags: &[&str]| -> Result<Vec<u8>, String> {
        let soname = format!("-Wl,-soname,{name}");
        let bytes = compile(source, &[&["-shared", "-fPIC", &soname], flags].concat())?;
        fs::write(path(name), &bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    };
    let one = library("libone.so", "int one(void) { return 1; } int two(void) { return 2; }", &[])?;
    let less = library("libless.so", "int one(void) { return 1; }", &["-Wl,-soname,libone.so"])?;
    fs::write(path("v1.map"), "V_1 { global: one; local: *; };").map_err(|error| error.to_string())?;
    fs::write(path("v2.map"), "V_1 { global: one; local: *; }; V_2 { global: two; } V_1;")
        .map_err(|error| error.to_string())?;
    let script = |name: &str| format!("-Wl,--version-script={}", path(name));
    let versioned =
        library("libver.so", "int one(void) { return 1; } int two(void) { return 2; }", &[&script("v2.map")])?;
    let uses = "int one(void); int two(void); int main(void) { return one() == 1 && two() == 2 ? 0 : 1; }";
    let data =
        "int one(void); int two(void); int (*p)(void) = two; int main(void) { return one() == 1 && p() == 2 ? 0 : 1; }";
    let (l, here) = ("-L".to_string() + &dir.to_string_lossy(), "-lone");
    let link = |source: &str, flags: &[&str]| compile(source, &[&[l.as_str()], flags].concat());
    let lazy = link(uses, &[here, "-Wl,-z,lazy"])?;
    let now = link(uses, &[here, "-Wl,-z,now"])?;
    let by_data = link(data, &[here, "-Wl,-z,lazy"])?;
    let of_versions = link(uses, &["-lver", "-Wl,-z,lazy"])?;
    let old = library("libver.so", "int one(void) { return 1; }", &[&script("v1.map")])?;
    let none = library("libver.so", "int one(void) { return 1; } int two(void) { return 2; }", &[])?;
    let system = "/usr/lib/x86_64-linux-gnu";
    let mut cases = Vec::new();
    let case = |name: &str, program: &[u8]| with_libc(Case::new(name, &["/app/x"]).with("/app/x", program, 0o755));
    for (name, program) in [("lazy", &lazy), ("now", &now), ("data", &by_data)] {
        cases.push(case(&format!("{name}: no library"), program));
        cases.push(case(&format!("{name}: the library"), program).with(&format!("{system}/libone.so"), &one, 0o644));
        cases.push(
            case(&format!("{name}: LD_LIBRARY_PATH"), program)
                .with("/else/libone.so", &one, 0o644)
                .env("LD_LIBRARY_PATH=/none:/else"),
        );
        if name != "lazy" {
            cases.push(case(&format!("{name}: a symbol missing"), program).with(
                &format!("{system}/libone.so"),
                &less,
                0o644,
            ));
        }
        cases.push(
            case(&format!("{name}: LD_BIND_NOW"), program)
                .with(&format!("{system}/libone.so"), &less, 0o644)
                .env("LD_BIND_NOW=1"),
        );
    }
    for (name, library) in [("new", &versioned), ("old", &old), ("without versions", &none)] {
        cases.push(case(&format!("versions: {name}"), &of_versions).with(
            &format!("{system}/libver.so"),
            library,
            0o644,
        ));
    }
    for (flag, place) in [
        ("-Wl,-rpath,$ORIGIN/lib", "/app/lib/libone.so"),
        ("-Wl,-rpath,${ORIGIN}", "/app/libone.so"),
        ("-Wl,-rpath,/opt/$LIB", "/opt/lib/x86_64-linux-gnu/libone.so"),
        ("-Wl,-rpath,/opt:/srv", "/srv/libone.so"),
        ("-Wl,-rpath,relative", "/relative/libone.so"),
    ] {
        for kind in ["-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"] {
            let program = link(uses, &[here, flag, kind])?;
            cases.push(case(&format!("{flag} {kind}"), &program).with(place, &one, 0o644));
            cases.push(
                case(&format!("{flag} {kind}, against LD_LIBRARY_PATH"), &program)
                    .with(place, &one, 0o644)
                    .with("/else/libone.so", &less, 0o644)
                    .env("LD_LIBRARY_PATH=/else")
                    .env("LD_BIND_NOW=1"),
            );
            cases.push(case(&format!("{flag} {kind}, not there"), &program));
        }
    }
    let middle = |kind: &str| {
        compile(
            "int one(void); int mid(void) { return one(); }",
            &[&l, here, "-shared", "-fPIC", "-Wl,-soname,libmid.so", "-Wl,-rpath,$ORIGIN/sub", kind],
        )
    };
    for kind in ["-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"] {
        let mid = middle(kind)?;
        fs::write(path("libmid.so"), &mid).map_err(|error| error.to_string())?;
        for own in ["-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"] {
            let program = link(
                "int mid(void); int main(void) { return mid() != 1; }",
                &["-lmid", "-Wl,-rpath,/own", own, "-Wl,--allow-shlib-undefined"],
            )?;
            let title = format!("through a library {kind} of a program {own}");
            cases.push(
                case(&format!("{title}: beside the library"), &program).with("/own/libmid.so", &mid, 0o644).with(
                    "/own/sub/libone.so",
                    &one,
                    0o644,
                ),
            );
            cases.push(
                case(&format!("{title}: where only the program looks"), &program)
                    .with("/own/libmid.so", &mid, 0o644)
                    .with("/own/libone.so", &one, 0o644),
            );
            cases.push(case(&format!("{title}: nowhere"), &program).with("/own/libmid.so", &mid, 0o644));
        }
    }
    cases.push(
        case("LD_PRELOAD that is missing", &lazy)
            .with(&format!("{system}/libone.so"), &one, 0o644)
            .env("LD_PRELOAD=/none.so libnone.so"),
    );
    cases.push(
        case("LD_PRELOAD brings the symbol", &now)
            .with(&format!("{system}/libone.so"), &less, 0o644)
            .with("/more.so", &none, 0o644)
            .env("LD_PRELOAD=/more.so"),
    );
    cases.push(case("a hardware folder", &lazy).with(
        &format!("{system}/glibc-hwcaps/x86-64-v2/libone.so"),
        &one,
        0o644,
    ));
    let weak = link(
        "int three(void) __attribute__((weak)); int one(void); int main(void) { return three ? 1 : one() != 1; }",
        &[here, "-Wl,-z,now"],
    )?;
    cases.push(case("a weak symbol missing", &weak).with(&format!("{system}/libone.so"), &less, 0o644));
    Ok(cases)
}
