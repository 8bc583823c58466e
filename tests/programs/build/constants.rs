//! What the library includes: a constant for each program, and a macro that names all.

use std::path::PathBuf;

pub(crate) fn of(programs: &[(String, PathBuf)]) -> String {
    let paths: String = programs.iter().map(|(name, path)| constant(name, path)).collect();
    let calls: String = programs.iter().map(|(name, _)| format!("        $each! {{ {name} }}\n")).collect();
    format!("{paths}\n{EACH}    ($each:ident) => {{\n{calls}    }};\n}}\n")
}

fn constant(name: &str, path: &std::path::Path) -> String {
    let path = path.display().to_string();
    format!("/// Where the program `{name}` lies.\npub const {}: &str = {path:?};\n", name.to_uppercase())
}

const EACH: &str = "\
/// Calls the macro `$each` with the name of each program.
///
/// A battery of tests with a module for each program says so by it: a program without a module does not compile.
/// ```text
/// macro_rules! is_tested { ($name:ident) => { use $name as _; } }
/// programs::each!(is_tested);
/// ```
#[macro_export]
macro_rules! each {
";
