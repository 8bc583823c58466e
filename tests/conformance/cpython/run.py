"""Runs a scenario on the CPython that runs this, with its own contextlib."""

import asyncio
import contextlib

from .errors import Raised, describe, matches, show
from .stack import AsyncStack, Stack

# What a manager leaves out, it does not do.
NOTHING = {"before": [], "yields": 1, "value": "value", "handlers": [], "else": [], "finally": []}


class Run:
    """One execution of a scenario; `trace` is what it logged, in order."""

    def __init__(self, scenario):
        self.scenario, self.trace = scenario, []

    def log(self, text):
        self.trace.append(text)

    # -- what a manager does ------------------------------------------------------------------

    def act(self, name, actions):
        for action in actions:
            if "log" in action:
                self.log(f"{name}: {action['log']}")
            else:
                raise Raised(**action["raise"])

    def handle(self, name, spec, exc):
        """The except clauses around the yield. Returns if the error is handled, raises if it is not."""
        for handler in spec["handlers"]:
            if not matches(handler["catch"], exc):
                continue
            self.log(f"{name}: caught {show(exc)}")
            self.act(name, handler["actions"])
            then = handler["then"]
            if then == "suppress":
                return
            if then == "reraise":
                raise exc
            new = Raised(**then["raise"])
            if then["from"] == "caught":
                raise new from exc
            if then["from"] == "none":
                raise new from None
            raise new
        raise exc

    def manager(self, name):
        spec, run = NOTHING | self.scenario["managers"][name], self

        @contextlib.contextmanager
        def generator():
            run.act(name, spec["before"])
            for _ in range(spec["yields"]):
                try:
                    try:
                        yield spec["value"]
                    except Exception as exc:
                        run.handle(name, spec, exc)
                    else:
                        run.act(name, spec["else"])
                finally:
                    run.act(name, spec["finally"])

        return generator

    def async_manager(self, name):
        spec, run = NOTHING | self.scenario["managers"][name], self

        @contextlib.asynccontextmanager
        async def generator():
            await asyncio.sleep(0)
            run.act(name, spec["before"])
            for _ in range(spec["yields"]):
                try:
                    try:
                        yield spec["value"]
                    except Exception as exc:
                        await asyncio.sleep(0)
                        run.handle(name, spec, exc)
                    else:
                        run.act(name, spec["else"])
                finally:
                    await asyncio.sleep(0)
                    run.act(name, spec["finally"])

        return generator

    # -- what the host's program does ---------------------------------------------------------

    def block(self, statements, caught=None):
        for statement in statements:
            ((verb, operand),) = statement.items()
            getattr(self, "do_" + verb)(operand, caught)

    def do_log(self, text, caught):
        self.log(f"body: {text}")

    def do_raise(self, error, caught):
        raise Raised(**error)

    def do_reraise(self, _, caught):
        raise caught

    def do_with(self, operand, caught):
        with self.manager(operand["manager"])() as value:
            self.log(f"body: {operand['manager']} gave {value}")
            self.block(operand["body"], caught)
        self.log(f"body: after {operand['manager']}")

    def do_try(self, operand, caught):
        try:
            self.block(operand["body"], caught)
            return
        except Exception as exc:
            if not matches(operand["catch"], exc):
                raise
            caught = exc
        # Outside the except clause, so that what happens here gets no implicit context of Python's own.
        self.log(f"body: caught {show(caught)}")
        self.block(operand["do"], caught)

    def do_decorate(self, operand, caught):
        """A manager used as a decorator: every call of the function enters a fresh one."""

        @self.manager(operand["manager"])()
        def function(call):
            self.log(f"body: call {call}")
            self.block(operand["body"], caught)
            return call

        for call in range(1, operand["calls"] + 1):
            self.log(f"body: returned {function(call)}")

    def do_stack(self, operand, caught):
        with Stack() as later:
            with Stack() as stack:
                for step in operand["steps"]:
                    ((verb, argument),) = step.items()
                    if verb == "enter":
                        self.log(f"body: {argument} gave {stack.enter_context(self.manager(argument)())}")
                    elif verb == "callback":
                        stack.callback(self.act, "callback", argument)
                    elif verb == "push":
                        stack.push(self.exit_function(argument))
                    elif verb == "pop_all":
                        later.push(stack.pop_all())
                        self.log("body: popped all")
                    elif verb == "close":
                        stack.close()
                        self.log("body: closed")
                    else:
                        self.block([step], caught)
            self.log("body: after stack")
        self.log("body: after popped")

    def exit_function(self, spec):
        def leave(_type, exc, _traceback):
            self.log(f"push: saw {'nothing' if exc is None else show(exc)}")
            self.act("push", spec["actions"])
            return exc is not None and matches(spec["suppress"], exc)

        return leave

    # -- the same program, async --------------------------------------------------------------

    async def ablock(self, statements, caught=None):
        for statement in statements:
            ((verb, operand),) = statement.items()
            step = getattr(self, "ado_" + verb, None)
            if step is not None:
                await step(operand, caught)
            else:
                getattr(self, "do_" + verb)(operand, caught)

    async def ado_with(self, operand, caught):
        async with self.async_manager(operand["manager"])() as value:
            self.log(f"body: {operand['manager']} gave {value}")
            await self.ablock(operand["body"], caught)
        self.log(f"body: after {operand['manager']}")

    async def ado_try(self, operand, caught):
        try:
            await self.ablock(operand["body"], caught)
            return
        except Exception as exc:
            if not matches(operand["catch"], exc):
                raise
            caught = exc
        # Outside the except clause, so that what happens here gets no implicit context of Python's own.
        self.log(f"body: caught {show(caught)}")
        await self.ablock(operand["do"], caught)

    async def ado_decorate(self, operand, caught):
        @self.async_manager(operand["manager"])()
        async def function(call):
            self.log(f"body: call {call}")
            await self.ablock(operand["body"], caught)
            return call

        for call in range(1, operand["calls"] + 1):
            self.log(f"body: returned {await function(call)}")

    async def ado_stack(self, operand, caught):
        async with AsyncStack() as later:
            async with AsyncStack() as stack:
                for step in operand["steps"]:
                    ((verb, argument),) = step.items()
                    if verb == "enter":
                        self.log(f"body: {argument} gave {await stack.enter_async_context(self.async_manager(argument)())}")
                    elif verb == "callback":
                        stack.callback(self.act, "callback", argument)
                    elif verb == "push":
                        stack.push(self.exit_function(argument))
                    elif verb == "pop_all":
                        later.push_async_exit(stack.pop_all())
                        self.log("body: popped all")
                    elif verb == "close":
                        await stack.aclose()
                        self.log("body: closed")
                    else:
                        await self.ablock([step], caught)
            self.log("body: after stack")
        self.log("body: after popped")


def expect(scenario):
    """The trace that CPython leaves, and how the program ended."""
    run = Run(scenario)
    try:
        if scenario.get("async"):
            asyncio.run(run.ablock(scenario["program"]))
        else:
            run.block(scenario["program"])
        end = "completed"
    except Exception as exc:
        end = {"error": describe(exc)}
    return {"trace": run.trace, "end": end}
