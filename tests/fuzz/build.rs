//! Makes the components of `guests`, and all that the target `load` begins with.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "../programs/build/odd.rs"]
mod odd;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=guests");
    println!("cargo::rerun-if-changed=../programs/build/odd.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let guest = |name: &str| wat::parse_file(format!("guests/{name}.wat"));
    let (puppet, small) = (guest("puppet")?, guest("small")?);
    fs::write(out.join("puppet.wasm"), &puppet)?;

    // No binaries are kept in git. What a fuzzer begins with lies where it puts what it finds.
    let corpus = Path::new("corpus/load");
    fs::create_dir_all(corpus)?;
    for (name, bytes) in odd::files()?.into_iter().chain([("puppet", puppet), ("small", small)]) {
        fs::write(corpus.join(format!("{name}.wasm")), bytes)?;
    }
    Ok(())
}
