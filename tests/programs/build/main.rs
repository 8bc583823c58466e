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
    let awaiting = script::build(Guest::package("program-guests-that-await").examples().awaits())?;
    let guests = guests.into_iter().chain(awaiting);
    let mut programs: Vec<_> = guests.map(|guest| (guest.name, guest.path)).collect();
    for (name, bytes) in odd::files()? {
        let path = out.join(format!("{name}.wasm"));
        fs::write(&path, bytes)?;
        programs.push((name.to_owned(), path));
    }
    fs::write(out.join("constants.rs"), constants::of(&programs))?;
    Ok(())
}
