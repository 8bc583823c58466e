//! Compiles the guests, and writes a constant with the path of each.

mod constants;
mod odd;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use ambit_guest_build::{Guest, script};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);

    let guests = script::build(Guest::package("program-guests").examples())?;
    let mut programs: Vec<_> = guests.into_iter().map(|guest| (guest.name, guest.path)).collect();
    for (name, bytes) in odd::files()? {
        let path = out.join(format!("{name}.wasm"));
        fs::write(&path, bytes)?;
        programs.push((name.to_owned(), path));
    }
    fs::write(out.join("constants.rs"), constants::of(&programs))?;
    Ok(())
}
