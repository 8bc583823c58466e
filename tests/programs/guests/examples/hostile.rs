//! Does one hostile thing in one phase: its inputs say which, or, where there are none yet, a marker in its bytes. The table
//! of faults (`host/lib/tests/faults`) asks for each.
#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "plugin" });
    export!(Plugin with_types_in self);
    pub(crate) use super::Plugin;
}

use std::hint::black_box;
use std::io::Write as _;
use std::mem::forget;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bindings::ambit::scope::errors::Raised;
use bindings::exports::ambit::scope::managers;

/// What it does ahead of any inputs: `CAUSE/PHASE` in place of the dots. Who loads it writes that over them, in its bytes.
static MARKER: [u8; 64] = *b"AMBIT-HOSTILE:..................................................";

/// How many scopes this instance entered: the value of each, so that the host sees which ones share an instance.
static ENTERED: AtomicU32 = AtomicU32::new(0);

/// A handle that nobody gave.
const FOREIGN: u32 = 77_777;

/// The bytes of a value too large.
const LARGE: usize = 256 << 10;

/// The bytes of a flood.
const FLOOD: usize = 16 << 20;

struct Plugin;

struct Scope {
    cause: String,
    phase: String,
}

/// Runs as the component is instantiated.
#[expect(unsafe_code, reason = "this name is what makes a component run it then")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    commit(marked("load"));
}

impl managers::Guest for Plugin {
    type Scope = Scope;

    fn describe() -> Vec<managers::Manager> {
        let cause = marked("describe");
        commit(cause);
        let initial = if cause == "invalid-json" { "{not JSON" } else { r#""nothing""# };
        let parameter = |name: &str| managers::Parameter {
            name: name.to_owned(),
            doc: String::new(),
            initial: Some(initial.to_owned()),
        };
        let parameters = vec![parameter("cause"), parameter("phase")];
        vec![managers::Manager { name: "hostile".to_owned(), doc: String::new(), parameters }]
    }
}

impl managers::GuestScope for Scope {
    fn enter(_manager: String, inputs: String) -> Result<(managers::Scope, String), Raised> {
        let mut value = (ENTERED.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        let scope = Self { cause: input(&inputs, "cause"), phase: input(&inputs, "phase") };
        match scope.in_phase("enter") {
            "value-too-large" => value = format!("\"{}\"", "x".repeat(LARGE)),
            "invalid-json" => value = "{not JSON".to_owned(),
            #[expect(unsafe_code, reason = "no safe code can have a handle that is not its own")]
            "foreign-handle" => return Ok((unsafe { managers::Scope::from_handle(FOREIGN) }, value)),
            "cycle-of-causes" => return Err(ring(Raised::new(&["ring".to_owned()], "one of a ring"))),
            cause => commit(cause),
        }
        Ok((managers::Scope::new(scope), value))
    }

    fn exit(&self, failure: Option<Raised>) -> Result<(), Raised> {
        match (self.in_phase("exit"), failure) {
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
}

impl Scope {
    /// What it does in this phase.
    fn in_phase(&self, phase: &str) -> &str {
        if self.phase == phase { &self.cause } else { "nothing" }
    }
}

/// Runs when the host releases the scope, after its exit.
impl Drop for Scope {
    fn drop(&mut self) {
        commit(self.in_phase("drop"));
    }
}

/// What the marker says that it does in this phase.
fn marked(phase: &str) -> &'static str {
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
fn commit(cause: &str) {
    match cause {
        "trap" => core::arch::wasm32::unreachable(),
        "panic" => panic!("hostile on purpose"),
        "out-of-memory" => drop(black_box(vec![1_u8; 1 << 30])),
        "stack-overflow" => drop(black_box(deep(1))),
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
