//! What a scope costs in CPython: [`cpython`].

use std::process::Command;

/// The same two in CPython, in nanoseconds.
pub(crate) fn cpython() -> Result<Vec<f64>, String> {
    const PROGRAM: &str = "\
import contextlib, timeit
@contextlib.contextmanager
def manager():
    yield
def completes():
    with manager():
        pass
def fails():
    try:
        with manager():
            raise FileNotFoundError
    except FileNotFoundError:
        pass
for function in completes, fails:
    print(min(timeit.repeat(function, number=20000, repeat=15)) / 20000 * 1e9)
";
    let output = Command::new("python3").args(["-c", PROGRAM]).output();
    let output = output.map_err(|error| format!("python3 cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let times = text.lines().map(str::parse).collect::<Result<Vec<f64>, _>>();
    times.map_err(|error| format!("python3 printed {text:?}: {error}"))
}
