//! The plugin `puppet.wat`, and the scripts that it plays: [`Script`].

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Value, json};

/// The bytes of the component.
pub const PUPPET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/puppet.wasm"));

/// What a scope of the manager `puppet` does: a text of commands, which `puppet.wat` explains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(pub String);

/// Commands with as many registers as they take. What ends a call early is rarer than what does not, and what takes a whole
/// budget is the rarest.
const COMMANDS: &[u8; 32] = b"nnnbggkkKKooccccCxxxXNerrr|||LLv";
const RARE: &[u8; 8] = b"tshhmMl|";

impl Script {
    /// The inputs of a manager that is to play it.
    #[must_use]
    pub fn inputs(&self) -> Value {
        json!({ "script": self.0 })
    }

    /// A script that leaves this checkpoint, and then does what it says.
    #[must_use]
    pub fn leaves(state: &str) -> Self {
        Self(format!("L{state}"))
    }
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut script = String::new();
        let length = bytes.int_in_range(0..=24_u8)?;
        for _ in 0..length {
            let byte: u8 = bytes.arbitrary()?;
            let command = match byte {
                0..248 => COMMANDS[usize::from(byte % 32)],
                _ => RARE[usize::from(byte - 248)],
            };
            script.push(char::from(command));
            if b"nbgkKohcCxXNer".contains(&command) {
                let registers: u8 = bytes.arbitrary()?;
                script.push(char::from(b'0' + registers % 8));
                if b"gkKcx".contains(&command) {
                    script.push(char::from(b'0' + registers / 8 % 8));
                }
            }
        }
        Ok(Self(script))
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (1, Some(49))
    }
}
