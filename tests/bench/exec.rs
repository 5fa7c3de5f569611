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
/// Times that a fast peer is asked.
const ROUNDS: usize = 7;

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
    // cargo's own folders would be searched for every library.
    command.env_remove("LD_LIBRARY_PATH");
    command.args(files).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// What is measured.
struct Peer<'a> {
    name: &'static str,
    rounds: usize,
    count: usize,
    work: Box<dyn FnMut() -> bool + 'a>,
    /// Seconds of its best round; nothing if it is not here.
    best: Option<f64>,
}

impl<'a> Peer<'a> {
    fn new(name: &'static str, rounds: usize, count: usize, work: impl FnMut() -> bool + 'a) -> Self {
        Peer { name, rounds, count, work: Box::new(work), best: Some(f64::INFINITY) }
    }

    /// The first round, 0, only warms up.
    fn take_turn(&mut self, round: usize) {
        let Some(best) = self.best.filter(|_| round <= self.rounds) else { return };
        let start = Instant::now();
        let worked = (self.work)();
        let seconds = start.elapsed().as_secs_f64();
        self.best = worked.then_some(if round == 0 { best } else { best.min(seconds) });
    }

    /// Files a second.
    fn rate(&self) -> Option<f64> {
        self.best.map(|seconds| self.count as f64 / seconds)
    }
}

fn main() {
    let mut files = Vec::new();
    collect(Path::new("/usr"), &mut files);
    files.sort();
    let few: Vec<PathBuf> = files.iter().step_by((files.len() / FEW).max(1)).cloned().collect();
    println!("{} ELF files under /usr", files.len());
    let libtree = std::env::var("LIBTREE").unwrap_or_else(|_| "libtree".into());
    let mut judged = (0, 0);
    let mut peers: Vec<Peer<'_>> = vec![
        Peer::new("stageplay", ROUNDS, files.len(), || {
            judged = ours(&files);
            true
        }),
        Peer::new("libtree", ROUNDS, files.len(), || files.chunks(2_000).all(|files| command(&libtree, files))),
        Peer::new("lddtree (crate)", 1, few.len(), || {
            few.iter().for_each(|file| {
                let _ = lddtree::DependencyAnalyzer::new("/".into()).analyze(file);
            });
            true
        }),
        Peer::new("ldd", 1, few.len(), || few.iter().all(|file| command("ldd", std::slice::from_ref(file)))),
    ];
    // One after the other: in turn each would find the processor's caches full of another's data.
    for peer in &mut peers {
        (0..=ROUNDS).for_each(|round| peer.take_turn(round));
    }
    let rates: Vec<(&str, Option<f64>)> = peers.iter().map(|peer| (peer.name, peer.rate())).collect();
    drop(peers);
    println!("{} load, {} do not; the best of {ROUNDS} rounds", judged.0, judged.1);
    println!("\npeer                     files/s   stageplay is");
    let own = rates.first().and_then(|(_, rate)| *rate).unwrap_or(0.0);
    for (name, rate) in rates {
        match rate {
            Some(rate) => println!("{name:24} {rate:7.0}   {:.2} times as fast", own / rate),
            None => println!("{name:24} not here"),
        }
    }
}
