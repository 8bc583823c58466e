//! `ambit inspect`: what a plugin offers.

use std::fmt::Write;

use ambit::{Description, Engine, ErrorKind, Parameter, Plugin};
use clap::{Args, ValueHint};
use serde::Serialize;
use serde_json::Value;

use crate::engine::{EngineOptions, set_up};
use crate::output::print;
use crate::problem::{Failure, Problem};
use crate::standard;
use crate::status::Status;

/// Shows what a plugin offers: its managers, their parameters and defaults, and what it imports
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  All standard managers:
    ambit inspect
  One of them:
    ambit inspect tempdir
  A plugin of your own:
    ambit inspect ./managers.wasm
  The same for programs:
    ambit inspect ./managers.wasm --json > managers.json
")]
pub(crate) struct Inspect {
    /// A plugin's file, or the name of a standard manager; as a default, all of these
    #[arg(value_name = "PLUGIN.wasm|NAME", value_hint = ValueHint::FilePath)]
    plugin: Option<String>,
    /// Prints JSON: an object for a plugin, a list of them for all standard ones
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineOptions,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let engine = self.engine.start()?;
        let plugins = self.plugins(&engine).map_err(|error| self.not_loaded(&error).ends(Status::Setup))?;
        let text = match (self.json, plugins.as_slice()) {
            (true, [plugin]) if self.plugin.is_some() => as_json(&Shown::of(plugin)),
            (true, plugins) => as_json(&plugins.iter().map(Shown::of).collect::<Vec<_>>()),
            (false, plugins) => plugins.iter().map(as_text).collect::<Vec<_>>().join("\n"),
        };
        print(text.as_bytes())
    }

    /// A name of a standard manager is one, even where a file is called so: `./NAME` is the file.
    fn plugins(&self, engine: &Engine) -> Result<Vec<Plugin>, ambit::Error> {
        match &self.plugin {
            Some(plugin) => {
                standard::load(engine, plugin).unwrap_or_else(|| engine.load(plugin)).map(|one| vec![one])
            }
            None => standard::names().filter_map(|name| standard::load(engine, name)).collect(),
        }
    }

    /// A word that is neither a standard manager nor a file was meant to be the one or the other.
    fn not_loaded(&self, error: &ambit::Error) -> Problem {
        let wrong = set_up(error);
        match &self.plugin {
            Some(word) if error.kind() == ErrorKind::Unreadable && !word.contains('/') => {
                wrong.help(standard::meant(word))
            }
            _ => wrong,
        }
    }
}

/// What is printed of a plugin as JSON, in this order.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    size: u64,
    imports: &'a [String],
    managers: Vec<ShownManager<'a>>,
}

#[derive(Serialize)]
struct ShownManager<'a> {
    name: &'a str,
    doc: &'a str,
    parameters: Vec<ShownParameter<'a>>,
}

#[derive(Serialize)]
struct ShownParameter<'a> {
    name: &'a str,
    doc: &'a str,
    /// Absent where it must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<&'a Value>,
}

impl<'a> Shown<'a> {
    fn of(plugin: &'a Plugin) -> Self {
        let managers = plugin.managers().map(|Description { name, doc, parameters, .. }| ShownManager {
            name,
            doc,
            parameters: parameters
                .iter()
                .map(|Parameter { name, doc, initial, .. }| ShownParameter {
                    name,
                    doc,
                    initial: initial.as_ref(),
                })
                .collect(),
        });
        Self {
            name: plugin.name(),
            size: plugin.size(),
            imports: plugin.imports(),
            managers: managers.collect(),
        }
    }
}

fn as_json(shown: &impl Serialize) -> String {
    // Text, numbers and JSON values can always be written.
    serde_json::to_string_pretty(shown).unwrap_or_default() + "\n"
}

fn as_text(plugin: &Plugin) -> String {
    let mut text = format!("{}: {} KiB\n", plugin.name(), plugin.size().div_ceil(1024));
    // Writing to a string does not fail, here and below.
    for manager in plugin.managers() {
        let _ = write!(text, "\n  {}\n", signature(manager));
        indent(&mut text, &manager.doc, 6);
        for Parameter { name, doc, .. } in manager.parameters.iter().filter(|each| !each.doc.is_empty()) {
            let _ = write!(text, "\n      {name}\n");
            indent(&mut text, doc, 10);
        }
    }
    let _ = writeln!(text, "\n  imports");
    for import in plugin.imports() {
        let _ = writeln!(text, "      {import}");
    }
    text
}

/// As it is written on the command line: `lock(path, wait=0)`.
fn signature(manager: &Description) -> String {
    let parameters: Vec<_> = manager
        .parameters
        .iter()
        .map(|Parameter { name, initial, .. }| match initial {
            Some(initial) => format!("{name}={initial}"),
            None => name.clone(),
        })
        .collect();
    format!("{}({})", manager.name, parameters.join(", "))
}

fn indent(text: &mut String, lines: &str, by: usize) {
    for line in lines.lines() {
        let _ = writeln!(text, "{}", format_args!("{:by$}{line}", "").to_string().trim_end());
    }
}
