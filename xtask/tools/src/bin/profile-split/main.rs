//! `profile-split` cuts a program into a main piece and others that load later, by what runs of the program used.
//!
//! - `profile-split instrument PROGRAM OUT` writes a program that notes which of its functions are called, see
//!   [`instrument`].
//! - `profile-split split PROGRAM PROFILE LINKED FOLDER` writes `main.wasm`, `piece-1.wasm` and so on, and `whole.wasm`,
//!   see [`split`]. PROFILE holds the number of a function and that of its piece, a function a line; the main piece is 0,
//!   and all other functions are in one more. LINKED is the program as the linker wrote it, with relocations: they tell
//!   which data each function uses, see [`data`].
//!
//! PROGRAM is what `page-bindings` wrote, with the names of its functions.

mod data_segments;
mod instrument;
mod split;

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["instrument", program, out] => write(Path::new(out), &instrument::instrument(&read(program)?)?),
        ["split", program, profile, linked, folder] => {
            let profile = String::from_utf8(read(profile)?)?;
            let profile: BTreeMap<usize, usize> = profile.lines().map(line).collect::<Result<_>>()?;
            let pieces = split::split(&read(program)?, &profile, &read(linked)?)?;
            let folder = Path::new(folder);
            write(&folder.join("main.wasm"), &pieces.main)?;
            for (number, piece) in (1..).zip(&pieces.others) {
                write(&folder.join(format!("piece-{number}.wasm")), piece)?;
            }
            write(&folder.join("whole.wasm"), &pieces.whole)
        }
        _ => bail!("usage: profile-split instrument PROGRAM OUT | profile-split split PROGRAM PROFILE LINKED FOLDER"),
    }
}

/// A line of a profile.
fn line(text: &str) -> Result<(usize, usize)> {
    let (function, piece) = text.split_once(' ').context("a line of the profile has no piece")?;
    Ok((function.parse()?, piece.parse()?))
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {path}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
