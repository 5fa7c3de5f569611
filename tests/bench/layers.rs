//! How fast an image archive is listed and scored, beside `tar -tf` on its layers, in one run.
//!
//! `cargo xtask bench layers [ARCHIVE]`; without one an archive of 600 MB with 23,000 files is made.

use serde_json::json;
use stageplay_tests::{root, stageplay, stdout};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const LAYERS: usize = 4;
const FILES: usize = 5_750;
const SIZE: usize = 26_000;

/// A header of a regular file or a folder.
fn header(name: &str, kind: u8, size: usize) -> [u8; 512] {
    let mut block = [0; 512];
    let mut set = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, name.as_bytes());
    set(100, b"0000644\x000000000\x000000000\x00");
    set(124, format!("{size:011o}").as_bytes());
    set(148, b"        ");
    set(156, &[kind]);
    set(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn make(path: &Path) -> std::io::Result<()> {
    let padded = SIZE.next_multiple_of(512);
    let length = FILES * (512 + padded) + 1024;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut add = |name: &str, bytes: &[u8]| -> std::io::Result<()> {
        out.write_all(&header(name, b'0', bytes.len()))?;
        out.write_all(bytes)?;
        out.write_all(&vec![0; bytes.len().next_multiple_of(512) - bytes.len()])
    };
    let names: Vec<String> = (0..LAYERS).map(|layer| format!("{layer}/layer.tar")).collect();
    let history: Vec<_> = names.iter().map(|name| json!({ "created_by": name })).collect();
    add("config.json", json!({ "config": {}, "history": history }).to_string().as_bytes())?;
    let manifest = json!([{ "Config": "config.json", "RepoTags": ["bench:1"], "Layers": names }]);
    add("manifest.json", manifest.to_string().as_bytes())?;
    let data = vec![7; padded];
    for (layer, name) in names.iter().enumerate() {
        out.write_all(&header(name, b'0', length))?;
        for file in 0..FILES {
            // The last layer writes the first one's files again.
            let folder = layer % (LAYERS - 1);
            out.write_all(&header(&format!("usr{folder}/d{}/f{file}", file % 200), b'0', SIZE))?;
            out.write_all(&data)?;
        }
        out.write_all(&[0; 1024])?;
    }
    out.write_all(&[0; 1024])
}

/// The archive's layers as files of their own, for tar.
fn layers(archive: &Path, folder: &Path) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder");
    let done = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(folder).status();
    assert!(done.is_ok_and(|status| status.success()), "tar cannot unpack {}", archive.display());
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("an archive of docker save");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let names = manifest[0]["Layers"].as_array().cloned().unwrap_or_default();
    names.iter().filter_map(|name| Some(folder.join(name.as_str()?))).collect()
}

fn best(mut once: impl FnMut()) -> Duration {
    let mut timed = || {
        let start = Instant::now();
        once();
        start.elapsed()
    };
    timed();
    (0..ROUNDS).map(|_| timed()).min().unwrap_or_default()
}

/// Most memory of a process that has ended is in no standard library: `/usr/bin/time` tells it.
fn memory(program: &Path, archive: &Path) -> String {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(program)
        .args(["layers", "--format", "json"])
        .arg(archive)
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_string()).unwrap_or_default();
    text.parse::<f64>().map_or_else(|_| "not measured".into(), |kib| format!("{:.1} MiB", kib / 1024.0))
}

fn main() {
    let given = std::env::args().skip(1).find(|word| word != "--bench").map(PathBuf::from);
    let work = root().join("target/bench-layers");
    std::fs::create_dir_all(&work).expect("target/ can be written");
    let archive = given.unwrap_or_else(|| {
        let path = work.join("made.tar");
        make(&path).expect("600 MB of disk");
        path
    });
    let program = PathBuf::from(stageplay().get_program());
    let tars = layers(&archive, &work.join("unpacked"));
    // Both find the files in the page cache.
    let _ = std::io::copy(&mut File::open(&archive).expect("the archive"), &mut std::io::sink());
    let mut listed = 0;
    let peer = best(|| {
        listed = tars
            .iter()
            .map(|tar| stdout(&Command::new("tar").arg("-tf").arg(tar).output().expect("tar")).lines().count())
            .sum();
    });
    let ours = best(|| {
        let done = Command::new(&program).args(["layers", "--format", "json"]).arg(&archive).output();
        assert!(done.is_ok_and(|output| output.status.success()), "cargo build --release -p stageplay");
    });
    println!("{} bytes, {listed} entries", std::fs::metadata(&archive).map_or(0, |meta| meta.len()));
    println!("                                     ms   of tar -tf");
    println!(
        "stageplay layers               {:8.1}   {:8.2}",
        ours.as_secs_f64() * 1e3,
        peer.as_secs_f64() / ours.as_secs_f64()
    );
    println!("tar -tf, layer by layer        {:8.1}       1.00", peer.as_secs_f64() * 1e3);
    println!("memory of stageplay layers     {}", memory(&program, &archive));
    let _ = std::fs::remove_dir_all(&work);
}
