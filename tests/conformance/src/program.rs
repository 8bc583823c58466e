//! Runs the program of a scenario on a host: [`play`].

use std::cell::Cell;

use ambit_core::{Answer, Family, Policy, Raised, settle};

use crate::actions::act;
use crate::name::{links, matches, show};
use crate::scenario::{ExitFunction, Statement, Step};
use crate::{End, Entries, Expected, Flow, Host, Scenario, Trace};

/// Plays a scenario on a host that logs to the same trace.
pub(crate) async fn play(scenario: &Scenario, host: &impl Host, trace: &Trace) -> Expected {
    let program = Program { host, trace };
    let end = match program.block(&scenario.program, None).await {
        Ok(()) => End::Completed,
        Err(raised) => End::Error(links(&raised)),
    };
    Expected { trace: trace.lines(), end }
}

/// As in Python, whatever exits may suppress a broken contract.
pub(crate) fn policy() -> Policy {
    Policy::default().suppress_faults(true)
}

struct Program<'a, H> {
    host: &'a H,
    trace: &'a Trace,
}

impl<H: Host> Program<'_, H> {
    /// Runs statements; `caught` is what the enclosing `try` caught.
    async fn block(&self, statements: &[Statement], caught: Option<&Raised>) -> Flow {
        for statement in statements {
            // Blocks lie inside of blocks.
            Box::pin(self.run(statement, caught)).await?;
        }
        Ok(())
    }

    async fn run(&self, statement: &Statement, caught: Option<&Raised>) -> Flow {
        match statement {
            Statement::Log(text) => self.log(text),
            Statement::Raise(thrown) => return Err(thrown.raised()),
            Statement::Reraise(_) => return Err(caught.cloned().unwrap_or_else(nothing_caught)),
            Statement::With { manager, body } => {
                let body = async |value: &str| {
                    self.log(format_args!("{manager} gave {value}"));
                    self.block(body, caught).await
                };
                self.host.with(manager, body).await?;
                self.log(format_args!("after {manager}"));
            }
            Statement::Try { body, catch, handler } => match self.block(body, caught).await {
                Err(raised) if matches(catch, &raised) => {
                    self.log(format_args!("caught {}", show(&raised)));
                    self.block(handler, Some(&raised)).await?;
                }
                ended => ended?,
            },
            Statement::Decorate { manager, calls, body } => self.calls(manager, *calls, body, caught).await?,
            Statement::Stack { steps } => Box::pin(self.stack(steps, caught)).await?,
        }
        Ok(())
    }

    async fn calls(&self, manager: &str, calls: u32, body: &[Statement], caught: Option<&Raised>) -> Flow {
        let function = self.host.decorate(manager, async |call| {
            self.log(format_args!("call {call}"));
            self.block(body, caught).await?;
            Ok(call)
        })?;
        for call in 1..=calls {
            match function(call).await? {
                Some(returned) => self.log(format_args!("returned {returned}")),
                None => self.log("returned None"),
            }
        }
        Ok(())
    }

    async fn stack(&self, steps: &[Step], caught: Option<&Raised>) -> Flow {
        let with_later = async |later: &mut H::Stack| {
            let with_stack = async |stack: &mut H::Stack| {
                for step in steps {
                    self.step(step, stack, later, caught).await?;
                }
                Ok(())
            };
            self.unwound(with_stack).await?;
            self.log("after stack");
            Ok(())
        };
        self.unwound(with_later).await?;
        self.log("after popped");
        Ok(())
    }

    /// Runs the body with a stack, which as a whole is one of the things that exit: where it raises another error than
    /// the body's, that one is hung on the end of its chain, even if an entry suppressed it in between.
    ///
    /// So it is in the recordings, for whose stacks Python does this by itself. It is the runner's to do, since the nested
    /// `with`s that a stack stands for do not, and `contextlib.ExitStack` undoes it on purpose, as
    /// `test_exit_exception_chaining` of CPython's tests asks.
    async fn unwound(&self, body: impl AsyncFnOnce(&mut H::Stack) -> Flow) -> Flow {
        let given = Cell::new(None);
        let body = async |stack: &mut H::Stack| {
            body(stack).await.inspect_err(|raised| given.set(Some(raised.clone())))
        };
        let ended = self.host.stack(body).await;
        let answer = ended.map_or_else(Answer::Raised, |()| Answer::Ended);
        settle(given.take(), answer, &policy()).pending.map_or(Ok(()), Err)
    }

    async fn step(
        &self,
        step: &Step,
        stack: &mut H::Stack,
        later: &mut H::Stack,
        caught: Option<&Raised>,
    ) -> Flow {
        match step {
            Step::Enter(manager) => {
                let value = self.host.enter(stack, manager).await?;
                self.log(format_args!("{manager} gave {value}"));
            }
            Step::Callback(actions) => {
                let (actions, trace) = (actions.clone(), self.trace.clone());
                stack.callback(move || act("callback", &actions, &trace));
            }
            Step::Push(function) => {
                let (function, trace) = (function.clone(), self.trace.clone());
                stack.push(move |pending| function.exit(pending, &trace));
            }
            Step::PopAll(_) => {
                later.push_stack(stack.pop_all());
                self.log("popped all");
            }
            Step::Close(_) => {
                stack.close().await?;
                self.log("closed");
            }
            Step::Statement(statement) => Box::pin(self.run(statement, caught)).await?,
        }
        Ok(())
    }

    fn log(&self, text: impl std::fmt::Display) {
        self.trace.log(format!("body: {text}"));
    }
}

impl ExitFunction {
    fn exit(&self, pending: Option<&Raised>, trace: &Trace) -> Answer {
        trace.log(format!("push: saw {}", pending.map_or_else(|| "nothing".into(), show)));
        match act("push", &self.actions, trace) {
            Err(raised) => Answer::Raised(raised),
            Ok(()) if pending.is_some_and(|pending| matches(&self.suppress, pending)) => Answer::Ended,
            Ok(()) => Answer::Passed,
        }
    }
}

/// A recording never has it; in a file that somebody wrote it shows up as the end of the program.
fn nothing_caught() -> Raised {
    Raised::new(Family::Error, ["Scenario"], "`reraise` stands in no `try`")
}
