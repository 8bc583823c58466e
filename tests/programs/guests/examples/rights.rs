//! Uses rights that a host's user may grant, or not.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use ambit_guest::{Result, Scope, manager, plugin};

/// Gives the value of a variable, or nothing.
#[manager]
async fn variable(name: String, scope: Scope<Option<String>>) -> Result {
    scope.yields(env::var(name).ok()).await
}

/// Gives what a file holds.
#[manager]
async fn reads(path: PathBuf, scope: Scope<String>) -> Result {
    scope.yields(fs::read_to_string(path)?).await
}

/// Writes a file, and removes it.
#[manager]
async fn writes(path: PathBuf, text: String, scope: Scope) -> Result {
    fs::write(&path, text)?;
    let body = scope.yields(()).await;
    fs::remove_file(path)?;
    body
}

/// Gives the names in a directory.
#[manager]
async fn lists(path: PathBuf, scope: Scope<Vec<String>>) -> Result {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    scope.yields(names).await
}

/// Sends `ping` to an address, and gives the answer.
#[manager]
async fn connects(address: String, scope: Scope<String>) -> Result {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"ping")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    scope.yields(answer).await
}

/// Listens at an address.
#[manager]
async fn listens(address: String, scope: Scope) -> Result {
    let _listener = TcpListener::bind(address)?;
    scope.yields(()).await
}

/// Gives the program's arguments.
#[manager]
async fn program_arguments(scope: Scope<Vec<String>>) -> Result {
    scope.yields(env::args().collect()).await
}

plugin!(variable, reads, writes, lists, connects, listens, program_arguments);
