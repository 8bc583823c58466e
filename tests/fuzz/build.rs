//! Makes the component of `src/puppet.wat`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/puppet.wat");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("puppet.wasm"), wat::parse_file("src/puppet.wat")?)?;
    Ok(())
}
