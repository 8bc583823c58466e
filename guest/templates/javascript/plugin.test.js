// `npm test` runs these, without a component.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { enter, recover } from "@ambit/guest/testing";
import { draft } from "./plugin.js";

let folder;
let path;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "demo-"));
    path = join(folder, "notes");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("what a body wrote becomes the file", () => {
    const entered = enter(draft, { path });
    writeFileSync(entered.value, "new");
    entered.exit();
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.deepEqual(readdirSync(folder), ["notes"]);
});

test("a body that fails leaves the file as it was", () => {
    writeFileSync(path, "old");
    const entered = enter(draft, { path });
    writeFileSync(entered.value, "new");
    const error = new Error("boom");
    assert.throws(() => entered.exit(error), error);
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(folder), ["notes"]);
});

test("a draft is removed if its scope is lost", () => {
    const [left] = enter(draft, { path }).left;
    recover(draft, left);
    recover(draft, left);
    assert.deepEqual(readdirSync(folder), []);
});
