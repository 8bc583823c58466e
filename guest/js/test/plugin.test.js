import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Raised, manager } from "@ambit/guest";
import { plugin } from "../dist/plugin.js";
import { Host, thrownBy } from "./fake-host.js";

let host;
beforeEach(() => (host = new Host()));
afterEach(() => assert.equal(host.live.size, 0, "handles are left"));

const named = manager("named", function* ({ label }) {
    yield label;
});

test("a plugin offers the managers that its app exports, each once", () => {
    const parameters = { path: { type: "string", doc: "Where." }, keep: { initial: 3 }, extra: { initial: null } };
    const config = manager("config", { doc: "Keeps.", parameters }, function* () {
        yield;
    });
    const { managers } = plugin({ named, default: named, config, other: 3, manager }, host);
    assert.deepEqual(managers.describe(), [
        { name: "named", doc: "", parameters: [] },
        {
            name: "config",
            doc: "Keeps.",
            parameters: [
                { name: "path", doc: "Where.", initial: null },
                { name: "keep", doc: "", initial: "3" },
                { name: "extra", doc: "", initial: "null" },
            ],
        },
    ]);
});

test("an app without managers is refused", () => {
    assert.throws(() => plugin({ x: 1 }, host), /^TypeError: the app has no managers/);
});

test("two managers of one name are refused", () => {
    const other = manager("named", function* () {
        yield;
    });
    assert.throws(() => plugin({ named, other }, host), /^TypeError: two managers of the app have the name `named`/);
});

test("a value crosses as JSON", () => {
    assert.deepEqual(host.enter(named, { label: { a: [1, null, "ü"] } }).value, { a: [1, null, "ü"] });
    assert.equal(host.enter(named).value, null);
});

test("a manager that is not there is not found", () => {
    const { managers } = plugin({ named }, host);
    const handle = thrownBy(() => managers.Scope.enter("nobody", "{}"));
    assert.equal(handle.message(), "there is no manager `nobody`: the plugin offers `named`");
    assert.ok(handle.kinds().includes("not-found"));
    handle[Symbol.dispose]();
});

test("a scope that exits again has nothing to say", () => {
    const failure = host.error("boom");
    const entered = host.enter(named, { label: 1 });
    entered.exit();
    entered.exit();
    assert.equal(thrownBy(() => entered.exit(failure)), failure);
});

test("a generator that never yields is a fault", () => {
    const silent = manager("silent", function* () {});
    const out = thrownBy(() => host.enter(silent));
    assert.deepEqual([out.family, out.kinds[0]], ["fault", "did-not-yield"]);
});

test("a generator that yields again is a fault, and is closed", () => {
    const log = [];
    const twice = manager("twice", function* () {
        try {
            yield;
            yield;
        } finally {
            log.push("closed");
        }
    });
    const out = thrownBy(() => host.enter(twice).exit());
    assert.deepEqual([out.kinds[0], log], ["did-not-stop", ["closed"]]);
});

test("what a generator throws as it is closed has the fault as its context", () => {
    const twice = manager("twice", function* () {
        try {
            yield;
            yield;
        } finally {
            throw new Error("in finally");
        }
    });
    const out = thrownBy(() => host.enter(twice).exit());
    assert.equal(out.message, "in finally");
    assert.equal(out.context.kinds[0], "did-not-stop");
});

test("a value that is not JSON is thrown at the yield, so that what is held is released", () => {
    const log = [];
    const bad = manager("bad", function* () {
        try {
            yield { when: 10n };
        } finally {
            log.push("released");
        }
    });
    const out = thrownBy(() => host.enter(bad));
    assert.equal(out.message, "the value of the yield is not JSON: at `when` it is a bigint");
    assert.deepEqual([out.kinds, log], [["js:TypeError", "js:Error"], ["released"]]);
});

test("a manager that suppresses that its value is not JSON did not yield", () => {
    const bad = manager("bad", function* () {
        try {
            yield NaN;
        } catch {}
    });
    const out = thrownBy(() => host.enter(bad));
    assert.deepEqual([out.kinds[0], out.cause.message], ["did-not-yield", "the value of the yield is not JSON: it is NaN"]);
});

const tempdir = manager("tempdir", { recover: ({ path }) => removed.push(path) }, function* ({ path }, leave) {
    leave({ path });
    yield path;
});
const removed = [];

test("a checkpoint is left with the host, and recovered from", () => {
    host.enter(tempdir, { path: "/tmp/x" });
    assert.deepEqual(host.left, ['{"path":"/tmp/x"}']);
    plugin({ tempdir }, host).recovery.recover("tempdir", host.left[0]);
    assert.deepEqual(removed, ["/tmp/x"]);
});

test("a checkpoint that is not kept is an error of the host's", () => {
    host.refuses = host.error("the journal is full");
    assert.equal(thrownBy(() => host.enter(tempdir, { path: "x" })), host.refuses);
});

test("a manager without recovery says so", () => {
    const handle = thrownBy(() => plugin({ named }, host).recovery.recover("named", "1"));
    assert.ok(handle.kinds().includes("unsupported"));
    handle[Symbol.dispose]();
});

test("an error of the recovery's own goes out", () => {
    const failing = manager("failing", { recover: () => { throw new Raised("still there"); } }, function* () {
        yield;
    });
    const handle = thrownBy(() => plugin({ failing }, host).recovery.recover("failing", "null"));
    assert.equal(handle.message(), "still there");
    handle[Symbol.dispose]();
});
