//! `page-bindings PROGRAM.wasm FOLDER [--split]`: what `wasm-bindgen --target web --no-typescript` makes of a program.
//!
//! With `--split` the program is first cut at its `#[wasm_split]` functions. All that comes of it stands in a folder of
//! `FOLDER` with the program's name: the bindings, `pieces.js`, which loads the pieces, and a WebAssembly file for each.

use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let (program, folder) =
        words.next().zip(words.next()).context("usage: page-bindings PROGRAM.wasm FOLDER [--split]")?;
    let own_folder = folder.join(program.file_stem().context("the program has no name")?);
    let _ = fs::remove_dir_all(&own_folder);
    if words.next().is_some_and(|word| word == Path::new("--split")) {
        let main = split(&program, &own_folder)?;
        bind(&main, &own_folder, true)?;
        return fs::remove_file(&main).context("cannot remove the unbound program");
    }
    bind(&program, &folder, false)
}

/// Writes the pieces of a program. Returns the path of what is left of it.
fn split(program: &Path, folder: &Path) -> Result<PathBuf> {
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let (main, bindings) = (folder.join(format!("{name}.wasm")), format!("./{name}.js"));
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &bindings;
    options.link_name = "./pieces.js";
    wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cannot split {name}: {error:?}"))?;
    Ok(main)
}

/// Writes the bindings. `has_pieces` says whether others import the program's table of functions.
fn bind(program: &Path, folder: &Path, has_pieces: bool) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    // `profile-split` knows functions by the names that the linker has for them.
    bindgen
        .input_path(program)
        .web(true)?
        .typescript(false)
        .demangle(false)
        .keep_lld_exports(has_pieces)
        .generate(folder)
}
