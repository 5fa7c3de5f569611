//! Any bytes at all as a program, as a library that a program needs, and as a loader: read, judged
//! and listed without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stageplay_core::elf::{self, Elf, Machine};
use stageplay_core::exec::{Credentials, Start, System};
use stageplay_core::fs::{Content, Tree};
use stageplay_core::report::elf_report;

const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"];

fn program(loader: &str) -> Vec<u8> {
    let mut elf = Elf::new(Machine::X86_64, true);
    elf.interpreter = Some(loader.into());
    elf.needed = vec!["libany.so".into()];
    elf::write(&elf)
}

fuzz_target!(|bytes: &[u8]| {
    let any = Content::inline(bytes);
    let _ = elf_report(&any);
    let mut tree = Tree::new();
    for dir in ["/lib", "/lib64"] {
        let _ = tree.mkdir_all(dir, 0o755, 0, 0);
    }
    let _ = tree.write("/any", any.clone(), 0o755, 0, 0);
    let _ = tree.write("/lib/libany.so", any.clone(), 0o755, 0, 0);
    for (index, loader) in LOADERS.into_iter().enumerate() {
        let mut library = Elf::new(Machine::X86_64, true);
        library.soname = loader.rsplit('/').next().map(str::to_string);
        // The first bit decides whether the loader is any bytes, too.
        let content = if bytes.first().is_some_and(|byte| byte & 1 == 1) { any.clone() } else { Content::inline(elf::write(&library)) };
        let _ = tree.write(loader, content, 0o755, 0, 0);
        let _ = tree.write(&format!("/needs{index}"), Content::inline(program(loader)), 0o755, 0, 0);
    }
    let system = System::new(&tree, Machine::X86_64);
    let who = Credentials::default();
    for path in ["/any", "/needs0", "/needs1", "/lib/libany.so"] {
        let argv = [path.to_string()];
        let start = Start { cwd: "/", path, argv: &argv, env: &[], who: &who };
        let _ = system.check(start);
        let _ = system.ldd(start);
    }
});
