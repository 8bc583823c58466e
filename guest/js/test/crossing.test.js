import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Cancelled, Fault, Raised, addNote, detail, isKind, kinds, manager, notes } from "@ambit/guest";
import { Host, thrownBy } from "./fake-host.js";

let host;
beforeEach(() => (host = new Host()));
afterEach(() => assert.equal(host.live.size, 0, "handles are left"));

/** A manager that gives the body's error to `look`. */
const looking = (look) =>
    manager("looking", function* () {
        try {
            yield;
        } catch (error) {
            look(error);
        }
    });

/** What goes out of a manager that does this with the body's error. */
const outOf = (look, failure = host.error("boom")) => thrownBy(() => host.enter(looking(look)).exit(failure));
const rethrow = (error) => {
    throw error;
};

test("an error that is thrown again is the host's own", () => {
    const failure = host.error("boom");
    assert.equal(outOf(rethrow, failure), failure);
});

test("an error that is not caught is the host's own", () => {
    const failure = host.error("boom");
    const open = manager("open", function* () {
        yield;
    });
    assert.equal(thrownBy(() => host.enter(open).exit(failure)), failure);
});

test("an error that is caught is suppressed", () => {
    host.enter(looking(() => {})).exit(host.error("boom"));
});

test("an equal error is another", () => {
    const failure = host.error("boom", ["not-found"]);
    const out = outOf(() => rethrow(new Raised("boom", { kinds: ["not-found"] })), failure);
    assert.notEqual(out, failure);
    assert.deepEqual([out.kinds, out.message], [["not-found"], "boom"]);
});

test("an error of a kind of JavaScript's own is of that class", () => {
    for (const class_ of [Error, TypeError, RangeError, SyntaxError, URIError]) {
        host.enter(looking((error) => {
            assert.ok(error instanceof class_);
            assert.equal(error.name, class_.name);
            assert.equal(String(error), `${class_.name}: boom`);
        })).exit(host.error("boom", [`js:${class_.name}`, "not-found"]));
    }
});

test("an error of another language is of a class made for its kinds", () => {
    host.enter(looking((error) => {
        assert.ok(error instanceof Raised);
        assert.equal(error.name, "FileNotFoundError");
        assert.deepEqual(kinds(error), ["python:builtins.FileNotFoundError", "python:builtins.OSError", "not-found"]);
        assert.ok(isKind(error, "not-found") && !isKind(error, "python:builtins.KeyError"));
    })).exit(host.error("x", ["python:builtins.FileNotFoundError", "python:builtins.OSError", "not-found"]));
});

test("a kind that names a built-in class among others brings it as a base", () => {
    host.enter(looking((error) => {
        assert.ok(error instanceof TypeError);
        assert.equal(error.name, "Shape");
    })).exit(host.error("x", ["js:app.Shape", "js:TypeError", "js:Error"]));
});

test("a kind that names something that is no error class does no harm", () => {
    for (const kind of ["js:Object", "js:eval", "js:nothing", "js:", "", "js:__proto__", "js:constructor"]) {
        host.enter(looking((error) => assert.ok(error instanceof Raised))).exit(host.error("x", [kind]));
    }
});

test("an author's class matches by its kind what comes from elsewhere", () => {
    class Exhausted extends Raised {
        static kinds = ["js:pool.Exhausted", "timed-out"];
    }
    host.enter(looking((error) => {
        assert.ok(error instanceof Exhausted);
        assert.ok(!(new Raised("x") instanceof Exhausted));
        assert.ok(new Exhausted("x") instanceof Exhausted);
    })).exit(host.error("x", ["js:pool.Exhausted", "timed-out"]));
    assert.deepEqual(outOf(() => rethrow(new Exhausted("none free"))).kinds, ["js:pool.Exhausted", "timed-out"]);
});

test("a class and its bases become kinds, and a code the portable one", () => {
    class Missing extends TypeError {}
    const kindsOf = (thrown) => outOf(() => rethrow(thrown)).kinds;
    assert.deepEqual(kindsOf(new Missing("x")), ["js:Missing", "js:TypeError", "js:Error"]);
    assert.deepEqual(kindsOf(Object.assign(new Error("x"), { name: "AbortError" })), ["js:AbortError", "js:Error"]);
    assert.deepEqual(kindsOf(Object.assign(new Error("x"), { code: "ENOENT" })), ["js:Error", "not-found"]);
    assert.deepEqual(kindsOf(new Raised("x")), ["js:Raised", "js:Error"]);
    class InternalError extends Error {}
    assert.deepEqual(kindsOf(new InternalError("out of memory")), ["js:InternalError", "js:Error", "out-of-memory"]);
    assert.deepEqual(kindsOf(new InternalError("x")), ["js:InternalError", "js:Error"]);
});

test("whatever is thrown arrives as an error", () => {
    const evil = new Proxy({}, { get: () => rethrow("get"), getPrototypeOf: () => rethrow("proto") });
    const cases = [
        ["text", "js:string", "text"],
        [undefined, "js:undefined", "undefined"],
        [null, "js:null", "null"],
        [7n, "js:bigint", "7"],
        [Symbol("s"), "js:symbol", "Symbol(s)"],
        [{ message: "plain" }, "js:Object", "plain"],
        [evil, "js:Error", "an error that cannot be read"],
    ];
    for (const [thrown, kind, message] of cases) {
        const out = outOf(() => rethrow(thrown));
        assert.deepEqual([out.kinds[0], out.message], [kind, message]);
    }
});

test("text that is not Unicode is made so", () => {
    const out = outOf(() => rethrow(addNote(new Error("half \ud800"), "note \ud800")));
    assert.equal(out.message, "half \ufffd");
    assert.deepEqual(out.notes, ["note \ufffd"]);
});

test("causes, contexts and notes go out", () => {
    const failure = host.error("boom");
    const out = outOf((error) => {
        const inner = new Error("inner", { cause: error });
        rethrow(addNote(new Raised("outer", { cause: inner, context: "a string" }), "while saving"));
    }, failure);
    assert.equal(out.cause.message, "inner");
    assert.equal(out.cause.cause, failure);
    assert.deepEqual([out.context.kinds, out.context.message], [["js:string"], "a string"]);
    assert.deepEqual(out.notes, ["while saving"]);
});

test("a cause of null is none, and one that is not given is open", () => {
    const shut = outOf(() => rethrow(new Raised("x", { cause: null, context: null })));
    assert.deepEqual([shut.cause, shut.context], [null, null]);
    const open = outOf(() => rethrow(new Error("x")));
    assert.deepEqual([open.cause, open.context], [undefined, undefined]);
});

test("causes, contexts and notes come in", () => {
    const [cause, context, failure] = ["cause", "context", "boom"].map((message) => host.error(message));
    Object.assign(failure, { cause, context, notes: ["seen"] });
    const out = outOf((error) => {
        assert.deepEqual([error.cause.message, error.context.message, notes(error)], ["cause", "context", ["seen"]]);
        assert.equal(error.cause.cause, undefined);
        assert.equal(error.cause, error.cause, "the same error is the same object");
        addNote(error, "and noted");
        rethrow(error.cause);
    }, failure);
    assert.equal(out, cause);
    assert.deepEqual(failure.notes, ["seen", "and noted"]);
});

test("an error from nothing has null as its cause", () => {
    const failure = Object.assign(host.error("boom"), { cause: null });
    host.enter(looking((error) => assert.equal(error.cause, null))).exit(failure);
});

test("what an author sets on the host's error is set there", () => {
    const failure = host.error("boom");
    const out = outOf((error) => {
        error.cause = new Error("why");
        error.context = null;
        rethrow(error);
    }, failure);
    assert.equal(out, failure);
    assert.deepEqual([out.cause.message, out.context], ["why", null]);
});

test("a ring of causes ends", () => {
    const out = outOf(() => {
        const [one, other] = [new Error("one"), new Error("other")];
        [one.cause, other.cause] = [other, one];
        rethrow(one);
    });
    assert.equal(out.cause.message, "other");
});

test("a chain of 10,000 causes goes out", () => {
    let out = outOf(() => {
        let error = new Error("0");
        for (let n = 1; n <= 10_000; n++) error = new Error(String(n), { cause: error });
        rethrow(error);
    });
    for (let n = 10_000; n > 0; n--) out = out.cause;
    assert.equal(out.message, "0");
});

test("a group is an AggregateError, in and out", () => {
    const [one, other] = [host.error("one", ["js:TypeError"]), host.error("other")];
    const group = host.error("two failed", ["python:builtins.ExceptionGroup"], "error", [one, other]);
    const out = outOf((error) => {
        assert.ok(error instanceof AggregateError);
        assert.deepEqual(error.errors.map(String), ["TypeError: one", "OSError: other"]);
        rethrow(new AggregateError([...error.errors, new Error("third"), "fourth"], "four failed"));
    }, group);
    assert.equal(out.message, "four failed");
    assert.deepEqual(out.kinds, ["js:AggregateError", "js:Error"]);
    assert.ok(out.members[0] === one && out.members[1] === other);
    assert.deepEqual(out.members.slice(2).map((each) => each.message), ["third", "fourth"]);
});

test("an error that is no group has no errors", () => {
    host.enter(looking((error) => assert.ok(!("errors" in error)))).exit(host.error("x", ["js:TypeError"]));
});

test("a cancellation and a fault have classes of their own", () => {
    host.enter(looking((error) => {
        assert.ok(error instanceof Cancelled && !(error instanceof Fault));
        assert.equal(detail(error, "exit-status"), undefined);
    })).exit(host.error("stop", ["interrupted"], "cancelled"));
    host.enter(looking((error) => {
        assert.ok(error instanceof Fault && isKind(error, "trap"));
    })).exit(host.error("trapped", ["trap"], "fault"));
});

test("the detail of a kind is found", () => {
    host.enter(looking((error) => assert.equal(detail(error, "exit-status"), "3")))
        .exit(host.error("status 3", ["exit-status:3", "exit-status"]));
});

test("an error that is thrown twice is two errors", () => {
    const busy = new Error("busy");
    const refusing = manager("refusing", function* () {
        throw busy;
    });
    const [one, other] = [0, 1].map(() => thrownBy(() => host.enter(refusing)));
    assert.notEqual(one, other);
    assert.equal(other.message, "busy");
});

test("an error that outlives its scope can still be thrown", () => {
    let kept;
    host.enter(looking((error) => (kept = error))).exit(host.error("boom", ["timed-out"]));
    const out = outOf(() => rethrow(kept));
    assert.deepEqual([out.kinds, out.message], [["timed-out"], "boom"]);
});
