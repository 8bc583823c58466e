//! Files that are no plugins of this contract, though some look like it.

use std::error::Error;
use std::fs;

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A name, and what the file holds.
type File = (&'static str, Vec<u8>);

/// All of them.
pub(crate) fn files() -> Result<Vec<File>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CONTRACT}");
    let contract = fs::read_to_string(CONTRACT)?;
    let newer = contract.replace("ambit:scope@0.1.0", "ambit:scope@0.9.0");
    Ok(vec![
        ("not_wasm", b"this is text, and no WebAssembly".to_vec()),
        ("truncated", b"\0asm\x0d\0\x01\0\x01\x80".to_vec()),
        ("core_module", b"\0asm\x01\0\0\0".to_vec()),
        ("other_world", component(&[OTHER_WORLD], "tool")?),
        ("other_version", component(&[&newer], "plugin")?),
        ("needs_more", component(&[&contract, NEEDS_MORE], "plugin-and-more")?),
        ("describe_traps", component(&[&contract], "plugin")?),
    ])
}

const CONTRACT: &str = "../../wit/released/0.1.0.wit";

/// A component that has nothing to do with the contract.
const OTHER_WORLD: &str = "package odd:tool; world tool { export run: func() -> string; }";

/// A plugin that asks for what no host has.
const NEEDS_MORE: &str = "\
    package odd:more;
    interface moon { phase: func() -> u32; }
    world plugin-and-more { include ambit:scope/plugin@0.1.0; import moon; }";

/// A component of the last text's world, all of whose functions trap.
fn component(texts: &[&str], world: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let mut package = None;
    for (number, text) in texts.iter().enumerate() {
        package = Some(resolve.push_str(format!("{number}.wit"), text)?);
    }
    let world = resolve.select_world(package.as_slice(), Some(world))?;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&module)?.encode()?)
}
