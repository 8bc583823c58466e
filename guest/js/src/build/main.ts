import { renameSync, rmSync, writeFileSync } from "node:fs";
import { parse, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.js";
import { componentize } from "./componentize.js";
import { Problem } from "./problem.js";

const USAGE = `Makes a plugin of an app in JavaScript or TypeScript that exports managers

Usage: ambit-guest build APP [-o FILE]

  APP               the app's module: app.ts, app.js
  -o, --out FILE    the component; without it, the app's name with .wasm, in this folder
  -h, --help        shows this`;

/**
 * The command `ambit-guest`. Sets the exit status: 0, 1 if the app or the machine
 * has a problem, 2 if the command line has.
 */
export async function main(args: string[]): Promise<void> {
    try {
        const { app, out } = read(args);
        const component = await componentize(await bundle(app));
        write(out, component);
        console.log(`${out}  ${(component.length / 1e6).toFixed(1)} MB`);
    } catch (error) {
        if (error instanceof Shown) console.log(USAGE);
        else if (error instanceof Problem) console.error(`ambit-guest: ${error.message}`);
        else throw error;
        process.exitCode = error instanceof Shown ? 0 : error instanceof Misused ? 2 : 1;
    }
}

function write(out: string, component: Uint8Array): void {
    const draft = `${out}.${process.pid}`;
    try {
        // In one step: a host may read the one that is there.
        writeFileSync(draft, component);
        renameSync(draft, out);
    } catch (error) {
        rmSync(draft, { force: true });
        throw new Problem(`\`${out}\` cannot be written: ${(error as Error).message}`, { cause: error });
    }
}

class Shown extends Error {}
class Misused extends Problem {}

function read(args: string[]): { app: string; out: string } {
    const { values, positionals } = parsed(args);
    if (values.help) throw new Shown();
    const [command, app, ...more] = positionals;
    if (command !== "build" || app === undefined || more.length > 0) {
        throw new Misused("it is called as `ambit-guest build APP [-o FILE]`; --help says more");
    }
    return { app: resolve(app), out: values.out ?? `${parse(app).name}.wasm` };
}

function parsed(args: string[]) {
    try {
        const options = { out: { type: "string", short: "o" }, help: { type: "boolean", short: "h" } } as const;
        return parseArgs({ args, allowPositionals: true, options });
    } catch (error) {
        throw new Misused((error as Error).message);
    }
}
