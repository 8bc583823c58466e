//! What `--verbose` tells: [`listen`].

use tracing_subscriber::EnvFilter;

/// Writes on stderr what the library traces: once `-v`, what each scope does; twice, all of it; thrice, Wasmtime too.
/// The variable `AMBIT_LOG` asks for the same with a filter, such as `ambit=debug`.
pub(crate) fn listen(verbose: u8, colors: bool) {
    let filter = match verbose {
        0 => match EnvFilter::try_from_env("AMBIT_LOG") {
            Ok(filter) => filter,
            Err(_) => return,
        },
        1 => EnvFilter::new("ambit=debug"),
        2 => EnvFilter::new("ambit=trace"),
        _ => EnvFilter::new("trace"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .with_target(false)
        .init();
}
