import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { isKind } from "@ambit/guest";
import { enter, recover } from "@ambit/guest/testing";
import { config } from "./config.js";

const TEXT = '{\n\t"debug": false,\n\t"log": { "level": "info", "file": "x" }\n}\n';

let folder;
let path;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "config-"));
    path = join(folder, "app.json");
    writeFileSync(path, TEXT, { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

function isRestored() {
    assert.deepEqual(readdirSync(folder), ["app.json"]);
    assert.equal(readFileSync(path, "utf8"), TEXT);
    assert.equal(statSync(path).mode & 0o777, 0o600);
}

test("the body sees other settings, in the style of the file", () => {
    const entered = enter(config, { path, set: { debug: true, log: { file: null }, port: 80 } });
    assert.equal(entered.value, path);
    assert.equal(
        readFileSync(path, "utf8"),
        '{\n\t"debug": true,\n\t"log": {\n\t\t"level": "info"\n\t},\n\t"port": 80\n}\n',
    );
    entered.exit();
    isRestored();
});

test("the file is restored if the body fails, and though it removed the edited one", () => {
    const entered = enter(config, { path, set: { debug: true } });
    rmSync(path);
    const error = new Error("boom");
    assert.throws(() => entered.exit(error), error);
    isRestored();
});

test("the file is recovered if the scope is lost, once and again", () => {
    const [files] = enter(config, { path, set: { debug: true } }).left;
    recover(config, files);
    isRestored();
    recover(config, files);
    isRestored();
});

test("a key that is called __proto__ is a key like any other", () => {
    const set = JSON.parse('{ "__proto__": { "polluted": true } }');
    const entered = enter(config, { path, set });
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(path, "utf8"))), ["debug", "log", "__proto__"]);
    assert.equal({}.polluted, undefined);
    entered.exit();
});

for (const [text, message] of [
    ["{", "is not JSON"],
    ["[1]", "is no JSON object"],
]) {
    test(`a file that ${message} is left as it is`, () => {
        writeFileSync(path, text);
        assert.throws(
            () => enter(config, { path, set: {} }),
            (error) => error.message === `\`${path}\` ${message}` && isKind(error, "invalid-argument"),
        );
        assert.equal(readFileSync(path, "utf8"), text);
    });
}

test("a file that is not there is not found", () => {
    assert.throws(
        () => enter(config, { path: join(folder, "none"), set: {} }),
        (error) => isKind(error, "not-found"),
    );
});
