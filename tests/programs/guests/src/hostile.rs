//! The hostile things that the programs of the table of faults do (`host/lib/tests/faults`): one in one phase. Their inputs say which, or,
//! where there are none yet, a marker in their bytes.

use std::hint::black_box;
use std::io::Write as _;
use std::mem::forget;
use std::time::Duration;

use ambit_guest::bindings::ambit::scope::errors::Raised;

/// What is done ahead of any inputs: `CAUSE/PHASE` in place of the dots. Who loads the program writes that over them, in its bytes.
static MARKER: [u8; 64] = *b"AMBIT-HOSTILE:..................................................";

/// A handle that nobody gave.
pub const FOREIGN: u32 = 77_777;

/// The bytes of a flood.
const FLOOD: usize = 16 << 20;

/// The bytes of a value too large.
const LARGE: usize = 256 << 10;

/// What a scope was asked to do, and when.
#[derive(Debug)]
pub struct Asked {
    cause: String,
    phase: String,
}

impl Asked {
    /// What these inputs ask for, which are texts without escapes.
    #[must_use]
    pub fn by(inputs: &str) -> Self {
        Self { cause: input(inputs, "cause"), phase: input(inputs, "phase") }
    }

    /// What it does in this phase.
    #[must_use]
    pub fn in_phase(&self, phase: &str) -> &str {
        if self.phase == phase { &self.cause } else { "nothing" }
    }
}

/// The default of its parameters, as JSON; with what it does where it is described done.
#[must_use]
pub fn described() -> String {
    let cause = marked("describe");
    commit(cause);
    if cause == "invalid-json" { "{not JSON" } else { r#""nothing""# }.to_owned()
}

/// Does in an enter what is not the scope's handle: gives the value, or raises.
///
/// # Errors
/// One of a ring, where that is asked for.
pub fn entered(cause: &str, value: String) -> Result<String, Raised> {
    match cause {
        "value-too-large" => return Ok(format!("\"{}\"", "x".repeat(LARGE))),
        "invalid-json" => return Ok("{not JSON".to_owned()),
        "cycle-of-causes" => return Err(ring(Raised::new(&["ring".to_owned()], "one of a ring"))),
        "foreign-handle" => {}
        cause => commit(cause),
    }
    Ok(value)
}

/// Does it in an exit, and answers.
///
/// # Errors
/// What was given, or what is no error of this guest.
pub fn exited(cause: &str, failure: Option<Raised>) -> Result<(), Raised> {
    match (cause, failure) {
        #[expect(unsafe_code, reason = "no safe code can have a handle that is not its own")]
        ("foreign-handle", _) => Err(unsafe { Raised::from_handle(FOREIGN) }),
        ("dropped-handle", Some(failure)) => Err(dropped(failure)),
        ("cycle-of-causes", Some(failure)) => Err(ring(failure)),
        (cause, failure) => {
            commit(cause);
            failure.map_or(Ok(()), Err)
        }
    }
}

/// What the marker says that it does in this phase.
#[must_use]
pub fn marked(phase: &str) -> &'static str {
    // The compiler must not take the bytes for known: they are written over once it is done.
    let marker = str::from_utf8(black_box(&MARKER)).unwrap_or_default();
    let asked = marker.split(':').nth(1).unwrap_or_default().trim_end_matches('.');
    asked.split_once('/').filter(|(_, asked)| *asked == phase).map_or("nothing", |(cause, _)| cause)
}

/// An input, which is text without escapes.
fn input(inputs: &str, name: &str) -> String {
    let (_, after) = inputs.split_once(&format!("\"{name}\":\"")).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}

/// Does it; comes back where that is possible.
pub fn commit(cause: &str) {
    match cause {
        "trap" => core::arch::wasm32::unreachable(),
        "panic" => panic!("hostile on purpose"),
        "out-of-memory" => drop(black_box(vec![1_u8; 1 << 30])),
        "stack-overflow" => drop(black_box(deep(1))),
        "deep-calls" => drop(black_box(nested(black_box(u64::MAX)))),
        "endless-loop" => loop {
            black_box(());
        },
        "endless-allocation" => loop {
            forget(black_box(vec![1_u8; 1 << 16]));
        },
        "hanging-import" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "stderr-flood" => flood(),
        "invalid-utf8" => drop(Raised::new(&[not_utf8()], "of a kind that is no text")),
        #[expect(unsafe_code, reason = "no safe code can have a handle that is not its own")]
        "foreign-handle" => drop(unsafe { Raised::from_handle(FOREIGN) }.message()),
        "dropped-handle" => drop(dropped(Raised::new(&[], "dropped")).message()),
        "cycle-of-causes" => drop(ring(Raised::new(&[], "one of a ring"))),
        "million-causes" => {
            let link = |each: u32| Raised::new(&[], &each.to_string());
            drop((1..1_000_000).fold(link(0), |cause, each| {
                let raised = link(each);
                raised.set_cause(Some(&cause));
                raised
            }));
        }
        _ => {}
    }
}

fn deep(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if frame[0] == 0 { 0 } else { deep(depth + 1) + frame[63] }
}

/// It has nothing in memory: it ends the stack of WebAssembly itself.
fn nested(depth: u64) -> u64 {
    if depth == 0 { 1 } else { nested(depth - 1).wrapping_mul(3) ^ depth }
}

fn flood() {
    let bytes = [b'x'; 4096];
    for _ in 0..FLOOD / bytes.len() {
        drop(std::io::stderr().write_all(&bytes));
    }
}

#[expect(unsafe_code, reason = "no safe code can make such a string")]
fn not_utf8() -> String {
    unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe]) }
}

/// A second owner of a handle that is released.
#[expect(unsafe_code, reason = "no safe code can have one")]
fn dropped(raised: Raised) -> Raised {
    let handle = raised.handle();
    drop(raised);
    unsafe { Raised::from_handle(handle) }
}

/// The error, with one behind it that was to be raised from it.
fn ring(first: Raised) -> Raised {
    let second = Raised::new(&["ring".to_owned()], "another of a ring");
    first.set_cause(Some(&second));
    second.set_cause(Some(&first));
    second.set_context(Some(&first));
    first
}
