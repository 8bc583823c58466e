//! From expressions to managers that can be entered: [`prepare`]. All that can be wrong is found here.

use std::collections::HashMap;

use ambit::{Engine, Error, Grant, Limits, Manager, Plugin, Policy};

use crate::engine::{not_loaded, set_up};
use crate::expression::Expression;
use crate::inputs::Inputs;
use crate::problem::{Failure, Problem};
use crate::report;
use crate::standard;
use crate::status::Status;

/// A manager that can be entered.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) expression: Expression,
    pub(crate) manager: Manager,
    pub(crate) inputs: Inputs,
}

/// Loads the plugins, each once, looks the managers up, and checks their arguments. Nothing is entered.
pub(crate) fn prepare(
    engine: &Engine,
    expressions: Vec<Expression>,
    grants: &[Grant],
    limits: Limits,
    policy: &Policy,
) -> Result<Vec<Prepared>, Failure> {
    let mut loaded = HashMap::new();
    let prepare_one = |expression: Expression| {
        let manager = look_up(engine, &mut loaded, &expression)?;
        let inputs = Inputs::bind(&expression, &manager.description().parameters)
            .map_err(|wrong| wrong.ends(Status::Usage))?;
        let mut manager = manager.limits(limits).policy(policy.clone()).output(report::pass_on);
        for grant in grants {
            manager = manager.grant(grant.clone()).map_err(|error| set_up(&error).ends(Status::Setup))?;
        }
        Ok(Prepared { expression, manager, inputs })
    };
    expressions.into_iter().map(prepare_one).collect()
}

fn look_up(
    engine: &Engine,
    loaded: &mut HashMap<String, Plugin>,
    expression: &Expression,
) -> Result<Manager, Failure> {
    let name = &expression.name;
    let path = expression.plugin.as_ref();
    let key = path.map_or_else(|| format!(":{}", name.value), |path| path.value.clone());
    let plugin = match loaded.get(&key) {
        Some(plugin) => plugin.clone(),
        None => {
            let plugin = match path {
                Some(path) => engine.load(&path.value),
                None => standard::load(engine, &name.value).ok_or_else(|| not_standard(expression))?,
            };
            let part = path.unwrap_or(name);
            let plugin = plugin.map_err(|error| {
                let wrong = not_loaded(&error, &part.value);
                expression.underline(wrong, &part.span, "this plugin").ends(Status::Setup)
            })?;
            loaded.insert(key, plugin.clone());
            plugin
        }
    };
    plugin.manager(&name.value).map_err(|error| no_such(expression, &error))
}

fn no_such(expression: &Expression, error: &Error) -> Failure {
    expression.underline(set_up(error), &expression.name.span, "no such manager").ends(Status::Usage)
}

fn not_standard(expression: &Expression) -> Failure {
    let name = &expression.name;
    let wrong = Problem::new(format!("there is no standard manager `{}`", name.value));
    let wrong = wrong.help(standard::meant(&name.value));
    expression.underline(wrong, &name.span, "no such manager").ends(Status::Usage)
}
