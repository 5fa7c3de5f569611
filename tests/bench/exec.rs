//! How many ELF files a second are judged, beside libtree, the lddtree crate and ldd, in one run.
//!
//! `cargo xtask bench exec`: every ELF file under /usr against this machine's own root, on one thread.
//! libtree is taken from PATH or LIBTREE; what is not there is not measured.

use stageplay::disk::{Folder, processor_level};
use stageplay_core::elf::{Machine, is_elf};
use stageplay_core::exec::{Credentials, Start, System, Verdict};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Files that a slow peer is asked about, evenly chosen.
const FEW: usize = 300;

/// ELF files for this machine under a folder; links are not followed.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&entry.path(), found);
        } else if kind.is_file() {
            let mut head = [0; 20];
            let read = std::fs::File::open(entry.path()).and_then(|mut file| file.read_exact(&mut head));
            // ET_EXEC and ET_DYN.
            if read.is_ok() && is_elf(&head) && head[18] == 62 && matches!(head[16], 2 | 3) {
                found.push(entry.path());
            }
        }
    }
}

fn ours(files: &[PathBuf]) -> (usize, usize) {
    let folder = Folder::open(Path::new("/")).expect("a root");
    let system = System::new(&folder, Machine::X86_64).with_level(processor_level());
    let who = Credentials::default();
    let (mut starts, mut fails) = (0, 0);
    for file in files {
        let path = file.to_string_lossy().into_owned();
        let argv = [path.clone()];
        let outcome = system.check(Start { cwd: "/", path: &path, argv: &argv, env: &[], who: &who });
        match outcome.verdict {
            Verdict::Starts => starts += 1,
            _ => fails += 1,
        }
    }
    (starts, fails)
}

fn command(program: &str, files: &[PathBuf]) -> bool {
    let mut command = Command::new(program);
    command.args(files).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

fn main() {
    let mut files = Vec::new();
    collect(Path::new("/usr"), &mut files);
    files.sort();
    let few: Vec<PathBuf> = files.iter().step_by((files.len() / FEW).max(1)).cloned().collect();
    println!("{} ELF files under /usr", files.len());
    let mut rates: Vec<(&str, f64)> = Vec::new();
    let mut time = |name: &'static str, count: usize, work: &mut dyn FnMut() -> bool| {
        if !work() {
            return println!("{name:24} not here");
        }
        let start = Instant::now();
        work();
        rates.push((name, count as f64 / start.elapsed().as_secs_f64()));
    };
    let mut judged = (0, 0);
    time("stageplay", files.len(), &mut || {
        judged = ours(&files);
        true
    });
    let libtree = std::env::var("LIBTREE").unwrap_or_else(|_| "libtree".into());
    let all = |program: &str| files.chunks(2_000).all(|files| command(program, files));
    time("libtree", files.len(), &mut || all(&libtree));
    time("lddtree (crate)", few.len(), &mut || {
        few.iter().for_each(|file| {
            let _ = lddtree::DependencyAnalyzer::new("/".into()).analyze(file);
        });
        true
    });
    time("ldd", few.len(), &mut || few.iter().all(|file| command("ldd", std::slice::from_ref(file))));
    println!("{} load, {} do not\n\npeer                     files/s   stageplay is", judged.0, judged.1);
    let own = rates.first().map_or(0.0, |(_, rate)| *rate);
    for (name, rate) in &rates {
        println!("{name:24} {rate:7.0}   {:.1} times as fast", own / rate);
    }
}
