//! One run of a host's program: [`Run`].

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use ambit::{Answer, Engine, ExitStack, Family, Manager, Raised, Released};
use ambit_fuzz::Script;
use arbitrary::Arbitrary;
use serde::de::IgnoredAny;

use crate::stacks::{Expected, Function};

/// What the host does with the stack that it has at hand, or with a manager.
#[derive(Debug, Arbitrary)]
pub(crate) enum Step {
    Enter(Script),
    Callback(Does),
    Finalizer(Does),
    Push(Does),
    /// Takes a new stack to hand.
    Begin,
    /// Puts the stack at hand into the one below.
    PushStack,
    /// Moves all entries into a new stack, which is at hand then.
    PopAll,
    Close,
    Unwind(Thrown),
    Drop,
    With(Script, Ends),
}

/// What a function of the host's own does in an exit.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) enum Does {
    Pass,
    End,
    Reraise,
    Raise(Thrown),
    Lose,
    Panic,
}

/// An error of the host's program.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(crate) enum Thrown {
    Error,
    Cancelled,
    Fault,
    Panic,
}

/// How a body ends.
#[derive(Debug, Arbitrary)]
pub(crate) enum Ends {
    Well,
    WithText,
    /// It asks whether its time is over.
    InTime,
    With(Thrown),
    InPanic,
    Nested(Script, Thrown),
}

impl Thrown {
    fn raised(self) -> Raised {
        let (family, kind) = match self {
            Self::Error => (Family::Error, "puppet"),
            Self::Cancelled => (Family::Cancelled, "cancelled"),
            Self::Fault => (Family::Fault, "trap"),
            Self::Panic => (Family::Fault, "panic"),
        };
        Raised::new(family, [kind], "thrown by the host")
    }
}

/// What the host's own functions panic with. The panic hook, which ends the fuzzer, is not told of it.
struct Deliberate;

fn panic() -> ! {
    resume_unwind(Box::new(Deliberate))
}

/// Runs what may panic on purpose.
fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(payload) if payload.is::<Deliberate>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Which functions ran, by number.
type Trace = Rc<RefCell<Vec<usize>>>;

pub(crate) struct Run<'a> {
    engine: &'a Engine,
    manager: &'a Manager,
    /// Whether the manager gives bodies no time.
    is_over: bool,
    trace: Trace,
    stacks: Vec<(ExitStack<'static>, Expected)>,
    count: usize,
}

/// More scopes or functions of one run say nothing new.
const STEPS: usize = 40;

impl<'a> Run<'a> {
    pub(crate) fn new(engine: &'a Engine, manager: &'a Manager, is_over: bool) -> Self {
        let stacks = vec![(ExitStack::new(), Expected::default())];
        Self { engine, manager, is_over, trace: Trace::default(), stacks, count: 0 }
    }

    pub(crate) fn play(mut self, steps: Vec<Step>) {
        for step in steps.into_iter().take(STEPS) {
            self.step(step);
        }
        while !self.stacks.is_empty() {
            self.drop_stack();
        }
    }

    fn step(&mut self, step: Step) {
        if self.stacks.is_empty() {
            self.stacks.push((ExitStack::new(), Expected::default()));
        }
        match step {
            Step::Enter(script) => {
                let manager = self.manager;
                let (stack, expected) = self.at_hand();
                match stack.enter::<IgnoredAny>(manager, script.inputs()) {
                    Ok(IgnoredAny) => expected.scope(),
                    Err(raised) => check_finite(&raised),
                }
                assert_eq!(stack.len(), expected.len());
            }
            Step::Callback(does) => {
                let (number, trace) = self.number();
                let (stack, expected) = self.at_hand();
                stack.callback(move || does.finish(number, &trace));
                expected.function(does.function(number));
            }
            Step::Finalizer(does) => {
                let (number, trace) = self.number();
                let (stack, expected) = self.at_hand();
                let tied = stack.finalizer(move |released| {
                    if let Released::Lost(fault) = released {
                        assert_eq!(fault.family(), Family::Fault);
                    }
                    does.finish(number, &trace)
                });
                assert_eq!(tied.is_ok(), expected.tie(does.function(number)));
            }
            Step::Push(does) => {
                let (number, trace) = self.number();
                let (stack, expected) = self.at_hand();
                stack.push(move |pending| does.exit(number, &trace, pending));
                expected.function(does.function(number));
            }
            Step::Begin => self.stacks.push((ExitStack::new(), Expected::default())),
            Step::PushStack => {
                let Some((stack, inner)) = self.stacks.pop() else { return };
                match self.stacks.last_mut() {
                    Some((below, expected)) => {
                        below.push_stack(stack);
                        expected.stack(inner);
                    }
                    None => self.stacks.push((stack, inner)),
                }
            }
            Step::PopAll => {
                let (stack, expected) = self.at_hand();
                let moved = (stack.pop_all(), std::mem::take(expected));
                assert!(stack.is_empty());
                self.stacks.push(moved);
            }
            Step::Close => {
                let (stack, expected) = self.at_hand();
                let expected = std::mem::take(expected);
                let closed = caught(|| stack.close());
                assert!(stack.is_empty());
                assert_eq!(closed.is_none(), expected.panics(), "a panic goes on");
                if let Some(Err(raised)) = closed {
                    check_finite(&raised);
                }
                self.check_ran(&expected);
            }
            Step::Unwind(thrown) => self.unwind(thrown),
            Step::Drop => self.drop_stack(),
            Step::With(script, ends) => self.with(&script, ends),
        }
    }

    fn unwind(&mut self, thrown: Thrown) {
        let raised = thrown.raised();
        let (stack, expected) = self.at_hand();
        let expected = std::mem::take(expected);
        let ending = caught(|| stack.unwind(Some(raised.clone())));
        if let Some(ending) = &ending {
            ending.pending.iter().for_each(check_finite);
            if matches!(thrown, Thrown::Cancelled | Thrown::Panic) {
                let pending = ending.pending.as_ref();
                assert!(
                    pending.is_some_and(|pending| pending.is_same(&raised)),
                    "it was stopped: {ending:?}"
                );
            }
        }
        assert_eq!(ending.is_none(), expected.panics(), "a panic goes on");
        self.check_ran(&expected);
    }

    fn drop_stack(&mut self) {
        let Some((stack, expected)) = self.stacks.pop() else { return };
        let leaks = self.engine.leak_count();
        let ended = caught(|| drop(stack));
        assert_eq!(ended.is_none(), expected.panics(), "a panic goes on");
        assert_eq!(self.engine.leak_count() - leaks, expected.scopes(), "each scope that is dropped is told");
        self.check_ran(&expected);
    }

    /// The same manager by itself, inside of whatever is entered.
    fn with(&mut self, script: &Script, ends: Ends) {
        let (manager, inputs) = (self.manager, script.inputs());
        match ends {
            Ends::Well => {
                let ended = manager.with(inputs, |_: IgnoredAny| Ok::<_, Raised>(7));
                match ended {
                    Ok(outcome) => assert_eq!(outcome.completed(), Some(7)),
                    Err(failure) => check_finite(failure.raised()),
                }
            }
            Ends::WithText => {
                let ended = manager.with(inputs, |_: IgnoredAny| Err::<(), _>("the body's own".to_owned()));
                if let Err(failure) = ended {
                    check_finite(failure.raised());
                    if let Ok(own) = failure.into_body() {
                        assert_eq!(own, "the body's own");
                    }
                }
            }
            Ends::InTime => {
                let mut over = None;
                let ended = manager.with(inputs, |_: IgnoredAny| {
                    over = Some(ambit::check().is_err());
                    ambit::check()
                });
                assert!(over.is_none_or(|over| over == self.is_over), "its time is over, or it is not");
                if over == Some(true) {
                    let failure = ended.expect_err("nobody stops a cancellation");
                    assert!(failure.body().is_some_and(|own| own.family() == Family::Cancelled));
                }
            }
            Ends::With(thrown) => self.with_thrown(script, thrown),
            Ends::InPanic => {
                let mut entered = false;
                let ended = caught(|| {
                    manager.with(inputs, |_: IgnoredAny| -> Result<(), Raised> {
                        entered = true;
                        panic()
                    })
                });
                assert_eq!(ended.is_none(), entered, "a panic of the body goes on");
            }
            Ends::Nested(inner, thrown) => {
                let ended = manager.with(inputs, |_: IgnoredAny| {
                    manager.with(inner.inputs(), |_: IgnoredAny| Err::<(), _>(thrown.raised()))
                });
                if let Err(failure) = ended {
                    check_finite(failure.raised());
                }
            }
        }
    }

    fn with_thrown(&self, script: &Script, thrown: Thrown) {
        let raised = thrown.raised();
        let mut entered = false;
        let ended = self.manager.with(script.inputs(), |_: IgnoredAny| {
            entered = true;
            Err::<(), _>(raised.clone())
        });
        let goes_on = matches!(thrown, Thrown::Cancelled | Thrown::Panic);
        match ended {
            Ok(outcome) => assert!(outcome.is_suppressed() && !goes_on),
            Err(failure) => {
                check_finite(failure.raised());
                assert!(!(entered && goes_on) || failure.body().is_some_and(|own| own.is_same(&raised)));
            }
        }
    }

    /// Compares what ran with what should have, since the last time.
    fn check_ran(&self, expected: &Expected) {
        assert_eq!(self.trace.take(), expected.order());
    }

    fn at_hand(&mut self) -> &mut (ExitStack<'static>, Expected) {
        self.stacks.last_mut().expect("there is one as a step begins")
    }

    fn number(&mut self) -> (usize, Trace) {
        self.count += 1;
        (self.count, self.trace.clone())
    }
}

impl Does {
    fn function(self, number: usize) -> Function {
        Function { number, panics: matches!(self, Self::Panic) }
    }

    /// Does it where no error is shown.
    fn finish(self, number: usize, trace: &Trace) -> Result<(), Raised> {
        match self.exit(number, trace, None) {
            Answer::Raised(raised) => Err(raised),
            _ => Ok(()),
        }
    }

    fn exit(self, number: usize, trace: &Trace, pending: Option<&Raised>) -> Answer {
        trace.borrow_mut().push(number);
        match self {
            Self::Pass => Answer::Passed,
            Self::End => Answer::Ended,
            Self::Reraise => pending.cloned().map_or(Answer::Passed, Answer::Raised),
            Self::Raise(thrown) => Answer::Raised(thrown.raised()),
            Self::Lose => Answer::Lost(Thrown::Fault.raised()),
            Self::Panic => panic(),
        }
    }
}

/// Longer than any chain that these limits allow.
const LONG: usize = 10_000;

/// Its chain has an end, and can be shown.
fn check_finite(raised: &Raised) {
    assert!(raised.chain().take(LONG).count() < LONG, "a chain has no end");
    let first: &dyn std::error::Error = raised;
    assert!(std::iter::successors(Some(first), |error| error.source()).take(LONG).count() < LONG);
    assert!(!format!("{raised} {raised:?}").is_empty());
}
