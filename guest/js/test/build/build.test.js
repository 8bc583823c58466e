import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../bin/ambit-guest.js", import.meta.url));
const IMPORT = 'import { manager } from "@ambit/guest";\n';

let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), "ambit-guest-test-"))));
after(() => rmSync(folder, { recursive: true }));

/** Runs the command in a folder of its own, and gives its status and what it printed. */
function run(args, node = []) {
    return new Promise((done) => {
        execFile(process.execPath, [...node, COMMAND, ...args], { cwd: folder }, (error, stdout, stderr) =>
            done({ status: error?.code ?? 0, stdout, stderr }),
        );
    });
}

async function build(name, text) {
    writeFileSync(join(folder, name), text);
    return run(["build", name]);
}

describe("ambit-guest", { concurrency: 2 }, () => {
    test("an app in TypeScript becomes a plugin", async () => {
        const app = `${IMPORT}
            import { enter } from "@ambit/guest/testing";
            import { readFileSync } from "node:fs";
            interface Named { readonly label: string }
            export const named = manager("named", function* ({ label }: Named) {
                console.log(label, Math.random(), readFileSync(label, "utf8"));
                yield label;
            });
            export const tried = () => enter(named).exit();`;
        const { status, stdout, stderr } = await build("named.ts", app);
        assert.deepEqual([status, stderr], [0, ""]);
        assert.match(stdout, /^named\.wasm {2}\d\.\d MB\n$/);
        const plugin = readFileSync(join(folder, "named.wasm"));
        for (const used of ["cli/stdout", "filesystem/preopens"]) assert.ok(plugin.includes(`wasi:${used}@`));
        assert.ok(!plugin.includes("wasi:http"));
    });

    for (const [claim, name, text, message] of [
        ["an app without managers", "none.js", "export const x = 1;", "the app has no managers: write `export const name = manager(\"name\", function* …)`"],
        [
            "two managers of one name",
            "twice.js",
            `${IMPORT}export const a = manager("a", function* () {}); export const b = manager("a", function* () {});`,
            "two managers of the app have the name `a`: give one another",
        ],
        [
            "a manager that is no generator function",
            "plain.ts",
            `${IMPORT}export const a = manager("a", (() => 1) as never);`,
            "plain.ts:2:18: the manager `a` is no generator function: write `function* (args) { … yield value; … }`",
        ],
        [
            "an async generator",
            "async.js",
            `${IMPORT}export const a = manager("a", async function* () {});`,
            "async.js:2:18: the manager `a` is asynchronous, which a manager cannot be yet: write `function*`, without `async`",
        ],
        [
            "a default that is not JSON",
            "default.js",
            `${IMPORT}export const a = manager("a", { parameters: { x: { initial: 1n } } }, function* () {});`,
            "default.js:2:18: the default of the parameter `x` of the manager `a` is not JSON: it is a bigint",
        ],
        ["a package that is missing", "missing.js", '\nimport "left-pad";', 'missing.js:2:8: Could not resolve "left-pad"'],
        [
            "a module of Node's that a plugin has not",
            "path.js",
            'import "node:path";',
            'path.js:1:8: Could not resolve "node:path": of Node\'s modules, a plugin has `node:fs`',
        ],
        [
            "a function of Node's that a plugin has not",
            "watch.js",
            'import { watch } from "node:fs"; watch();',
            'watch.js:1:10: No matching export in "node:fs" for import "watch"',
        ],
        ["a syntax error", "syntax.ts", "const x = 1;\nconst y = 1 2;\n", 'syntax.ts:2:13: Expected ";" but found "2"'],
        [
            "a module that throws",
            "throws.ts",
            "interface X {}\nconst x: X[] = [];\nconsole.log(x[0]!.toString());",
            "throws.ts:3:13: cannot read property 'toString' of undefined",
        ],
    ]) {
        test(`${claim} is one message`, async () => {
            assert.deepEqual(await build(name, text), { status: 1, stdout: "", stderr: `ambit-guest: ${message}\n` });
            assert.ok(!existsSync(join(folder, name.replace(/\.\w+$/, ".wasm"))));
        });
    }

    test("a file that is not there is named", async () => {
        const { status, stderr } = await run(["build", "none.ts"]);
        assert.deepEqual([status, stderr], [1, "ambit-guest: there is no file `none.ts`\n"]);
    });

    test("a place that cannot be written to is named", async () => {
        writeFileSync(join(folder, "ok.js"), `${IMPORT}export const a = manager("a", function* () { yield; });`);
        const { status, stderr } = await run(["build", "ok.js", "-o", "no/where.wasm"]);
        assert.equal(status, 1);
        assert.match(stderr, /^ambit-guest: `no\/where\.wasm` cannot be written: ENOENT.*\n$/);
    });

    for (const args of [[], ["build"], ["bild", "app.js"], ["build", "a.js", "b.js"], ["build", "--nope"]]) {
        test(`a wrong command line has status 2: ${args.join(" ")}`, async () => {
            const { status, stdout, stderr } = await run(args);
            assert.deepEqual([status, stdout], [2, ""]);
            assert.match(stderr, /^ambit-guest: .+\n$/);
        });
    }

    test("an old Node is named", async () => {
        const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"18.2.0"})';
        const { status, stderr } = await run(["--help"], ["--import", old]);
        assert.deepEqual([status, stderr], [1, "ambit-guest: this is Node 18.2.0, and Node 20 or newer is needed\n"]);
    });
});
