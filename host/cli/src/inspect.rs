//! `ambit inspect`: what a plugin offers.

use std::fmt::Write;

use ambit::{Description, Engine, ErrorKind, Journal, Parameter, Plugin};
use clap::{Args, ValueHint};
use serde::Serialize;
use serde_json::Value;

use crate::engine::{EngineOptions, not_loaded, set_up};
use crate::expression::{NAMES, is_name};
use crate::output::{as_json, print};
use crate::problem::{Failure, Problem};
use crate::report;
use crate::standard;
use crate::status::Status;
use crate::visible;

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
        let engine = self.engine.start(Journal::none())?;
        let plugins = self.plugins(&engine).map_err(|error| self.not_loaded(&error).ends(Status::Setup))?;
        plugins.iter().for_each(warn_of_names);
        let shown: Vec<_> = plugins.iter().map(Shown::of).collect();
        let text = match (self.json, shown.as_slice()) {
            (true, [plugin]) if self.plugin.is_some() => as_json(plugin),
            (true, plugins) => as_json(&plugins),
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
        match &self.plugin {
            Some(word) if error.kind() == ErrorKind::Unreadable && !word.contains('/') => {
                set_up(error).help(standard::meant(word))
            }
            Some(word) => not_loaded(error, word),
            None => set_up(error),
        }
    }
}

/// Each manager of a plugin, as it is written on the command line.
pub(crate) fn signatures(plugin: &Plugin) -> Vec<String> {
    Shown::of(plugin).managers.iter().map(signature).collect()
}

/// Says which managers and parameters no command line can name: programs can.
pub(crate) fn warn_of_names(plugin: &Plugin) {
    let warn = |what: String| report::say(&Problem::warning(what).help(NAMES));
    for Description { name: manager, parameters, .. } in plugin.managers() {
        let name = visible::line(manager);
        if !is_name(manager) {
            warn(format!("no command line can name the manager `{name}`"));
        }
        for parameter in parameters.iter().filter(|parameter| !is_name(&parameter.name)) {
            let parameter = visible::line(&parameter.name);
            warn(format!(
                "no command line can name the parameter `{parameter}` of `{name}`: it is given by its place"
            ));
        }
    }
}

/// What is printed of a plugin; as JSON, in this order.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    size: u64,
    /// Whether its managers await more than their yield.
    awaits: bool,
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
            awaits: plugin.awaits(),
            imports: plugin.imports(),
            managers: managers.collect(),
        }
    }
}

fn as_text(Shown { name, size, awaits, imports, managers }: &Shown<'_>) -> String {
    let awaits = if *awaits { ", managers that await" } else { "" };
    let mut text = format!("{}: {} KiB{awaits}\n", visible::line(name), size.div_ceil(1024));
    // Writing to a string does not fail, here and below.
    for manager in managers {
        let _ = write!(text, "\n  {}\n", visible::line(&signature(manager)));
        indent(&mut text, manager.doc, 6);
        for ShownParameter { name, doc, .. } in manager.parameters.iter().filter(|each| !each.doc.is_empty())
        {
            let _ = write!(text, "\n      {}\n", visible::line(name));
            indent(&mut text, doc, 10);
        }
    }
    let _ = writeln!(text, "\n  imports");
    for import in *imports {
        let _ = writeln!(text, "      {}", visible::line(import));
    }
    text
}

/// As it is written on the command line: `lock(path, wait=0)`.
fn signature(manager: &ShownManager<'_>) -> String {
    let parameters: Vec<_> = manager
        .parameters
        .iter()
        .map(|ShownParameter { name, initial, .. }| match initial {
            Some(initial) => format!("{name}={initial}"),
            None => (*name).to_owned(),
        })
        .collect();
    format!("{}({})", manager.name, parameters.join(", "))
}

fn indent(text: &mut String, lines: &str, by: usize) {
    for line in visible::text(lines).lines() {
        let _ = writeln!(text, "{}", format_args!("{:by$}{line}", "").to_string().trim_end());
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_for_people_and_exact_in_json() {
        let red = "\x1b[31m";
        let (name, doc) = (format!("a{red}\nb"), format!("One.\n\n\tTwo{red}."));
        let initial = Value::from("\u{9b}2J");
        let parameter = ShownParameter { name: &name, doc: &doc, initial: Some(&initial) };
        let manager = ShownManager { name: &name, doc: &doc, parameters: vec![parameter] };
        let shown = Shown {
            name: "p.wasm",
            size: 1,
            awaits: true,
            imports: from_ref(&name),
            managers: vec![manager],
        };
        let expected = r#"p.wasm: 1 KiB, managers that await

  a\u{1b}[31m\nb(a\u{1b}[31m\nb="\u{9b}2J")
      One.

      TABTwo\u{1b}[31m.

      a\u{1b}[31m\nb
          One.

          TABTwo\u{1b}[31m.

  imports
      a\u{1b}[31m\nb
"#;
        assert_eq!(as_text(&shown), expected.replace("TAB", "\t"));
        let read: Value = serde_json::from_str(&as_json(&shown)).unwrap();
        assert_eq!(read["managers"][0]["doc"], doc);
        assert_eq!(read["managers"][0]["parameters"][0]["initial"], initial);
    }
}
