import assert from "node:assert/strict";
import { test } from "node:test";
import { isKind, manager } from "@ambit/guest";
import { enter, recover } from "@ambit/guest/testing";
import { thrownBy } from "./fake-host.js";

const generator = function* (args) {
    yield args;
};

function refused(claim, message, define) {
    test(claim, () => assert.throws(define, { name: "TypeError", message }));
}

refused("a name is needed", "a manager's name is a string that is not empty", () => manager("", generator));
refused(
    "a plain function is no manager",
    "the manager `a` is no generator function: write `function* (args) { … yield value; … }`",
    () => manager("a", () => 1),
);
refused(
    "an async generator cannot be a manager yet",
    "the manager `a` is asynchronous, which a manager cannot be yet: write `function*`, without `async`",
    () => manager("a", async function* () {}),
);
refused(
    "an async recover is refused",
    "the `recover` of the manager `a` is no plain function: write `recover(state) { … }`",
    () => manager("a", { recover: async () => {} }, generator),
);
refused(
    "a default that is not JSON is refused",
    "the default of the parameter `x` of the manager `a` is not JSON: at `[0]` it is undefined",
    () => manager("a", { parameters: { x: { initial: [undefined] } } }, generator),
);
refused(
    "a type that there is not is refused",
    "the parameter `x` of the manager `a` is of no type `path`: there are any, array, boolean, number, object, string",
    () => manager("a", { parameters: { x: { type: "path" } } }, generator),
);
refused(
    "what can be said of no parameter is refused",
    "the parameter `x` of the manager `a` has no `default`: there are type, doc, initial",
    () => manager("a", { parameters: { x: { type: "number", default: 3 } } }, generator),
);
refused(
    "what can be said of no manager is refused",
    "the manager `a` has no `recovers`: there are doc, parameters, recover",
    () => manager("a", { recovers: () => {} }, generator),
);
refused(
    "a default of another type is refused",
    "the default of the parameter `x` of the manager `a` is no string",
    () => manager("a", { parameters: { x: { type: "string", initial: 3 } } }, generator),
);

const typed = manager(
    "typed",
    { parameters: { path: { type: "string" }, keep: { initial: 3 }, label: { type: "string", initial: null }, rest: {} } },
    generator,
);

test("arguments are those that were given, and the defaults of the others", () => {
    assert.deepEqual(enter(typed, { path: "p", rest: [1] }).value, { path: "p", keep: 3, label: null, rest: [1] });
    assert.equal(enter(typed, { path: "p", label: null, rest: null }).value.label, null);
});

test("a default is not shared", () => {
    const growing = manager("growing", { parameters: { list: { initial: [] } } }, function* ({ list }) {
        list.push(1);
        yield list;
    });
    enter(growing);
    assert.deepEqual(enter(growing).value, [1]);
});

for (const [args, message] of [
    [{}, "argument `path` is missing, and has no default"],
    [{ path: 3 }, "argument `path` is of type number, and must be of type string"],
    [{ path: null }, "argument `path` is null, and must be of type string"],
    [{ path: "p", keep: "3" }, "argument `keep` is of type string, and must be of type number"],
    [{ pat: "p" }, "there is no argument `pat`: `typed` takes `path`, `keep`, `label`, `rest`"],
]) {
    test(`an argument that does not fit is refused: ${JSON.stringify(args)}`, () => {
        const error = thrownBy(() => enter(typed, args));
        assert.equal(error.message, message);
        assert.ok(isKind(error, "invalid-argument") && isKind(error, `invalid-argument:${/`(\w+)`/.exec(message)[1]}`));
    });
}

test("without parameters, arguments come as they are", () => {
    assert.deepEqual(enter(manager("any", generator), { a: 1, b: [true] }).value, { a: 1, b: [true] });
});

test("a manager is tested without a component", () => {
    const log = [];
    const logged = manager("logged", { recover: (state) => log.push(`recovered ${state}`) }, function* ({ name }, leave) {
        leave(name);
        try {
            yield name;
            log.push("completed");
        } catch (error) {
            log.push(error.message);
            if (error instanceof RangeError) throw error;
        }
    });
    const entered = enter(logged, { name: "a" });
    assert.deepEqual([entered.value, entered.left], ["a", ["a"]]);
    entered.exit();
    enter(logged, { name: "b" }).exit(new TypeError("suppressed"));
    const error = new RangeError("goes on");
    assert.equal(thrownBy(() => enter(logged, { name: "c" }).exit(error)), error);
    recover(logged, "c");
    assert.deepEqual(log, ["completed", "suppressed", "goes on", "recovered c"]);
});
