import assert from "node:assert/strict";
import { test } from "node:test";
import { toJson } from "../dist/json.js";

const cycle = { a: [] };
cycle.a.push(cycle);

function nested(depth) {
    return depth === 0 ? 1 : [nested(depth - 1)];
}

for (const [value, flaw] of [
    [nested(128), "it is nested more than 127 deep"],
    [{ a: undefined }, "at `a` it is undefined"],
    [{ a: [1, 10n] }, "at `a[1]` it is a bigint"],
    [[NaN], "at `[0]` it is NaN"],
    [{ a: { b: -Infinity } }, "at `a.b` it is -Infinity"],
    [cycle, "at `a[0]` it contains itself"],
    [() => 1, "it is a function"],
    [[Symbol("s")], "at `[0]` it is a symbol"],
    [[1, , 2], "at `[1]` it is undefined"],
    [new Set([1]), "it is a Set, which is no plain object and has no toJSON"],
    [{ a: new Map() }, "at `a` it is a Map, which is no plain object and has no toJSON"],
    [new Uint8Array(2), "it is a Uint8Array, which is no plain object and has no toJSON"],
    ["\ud800", "it has half of a surrogate pair"],
    [{ "\udc00": 1 }, "at `\udc00` it has half of a surrogate pair"],
    [{ a: { toJSON: () => undefined } }, "at `a` it is undefined"],
]) {
    test(`this is no JSON: ${flaw}`, () => {
        assert.throws(() => toJson(value, "it all"), { name: "TypeError", message: `it all is not JSON: ${flaw}` });
    });
}

test("JSON is written", () => {
    const shared = [1];
    for (const value of [nested(127), null, true, 0.5, "ü😀", [], { a: [{}, shared, shared] }, Object.create(null)]) {
        assert.equal(toJson(value, "it"), JSON.stringify(value));
    }
    assert.equal(toJson(undefined, "it"), "null");
    assert.equal(toJson({ at: new Date(0) }, "it"), '{"at":"1970-01-01T00:00:00.000Z"}');
});
