//! Turns the compiled wasm into the module that the browser loads, with wasm-bindgen as a library: its version is the one in
//! Cargo.lock, so the two halves can never disagree and nothing has to be installed.

use std::path::PathBuf;

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// The wasm file that cargo made.
    input: PathBuf,
    /// Folder for `gantry.js`, `gantry_bg.wasm` and `snippets/`.
    output: PathBuf,
    /// Drop function names and producer notes: smaller, but panics show no names.
    #[arg(long)]
    strip: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&arguments.input)
        .out_name("gantry")
        .web(true)?
        // The loader passes the hashed address itself; the default would name a file that does not exist.
        .omit_default_module_path(true)
        .typescript(false)
        .remove_name_section(arguments.strip)
        .remove_producers_section(arguments.strip)
        .generate(&arguments.output)
}
