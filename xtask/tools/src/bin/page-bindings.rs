//! `page-bindings PROGRAM.wasm FOLDER`: what `wasm-bindgen --target web --no-typescript` makes of the page's program.

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let (program, folder) = words.next().zip(words.next()).context("usage: page-bindings PROGRAM.wasm FOLDER")?;
    wasm_bindgen_cli_support::Bindgen::new().input_path(program).web(true)?.typescript(false).generate(folder)
}
