import { SourceMap } from "node:module";
import { relative, resolve } from "node:path";
import type { Bundle } from "./bundle.js";
import { Problem } from "./problem.js";
import { WORLD, withWorld } from "./wit.js";

/** Makes a component of a bundle: QuickJS with its modules evaluated, as a snapshot. */
export async function componentize({ code, sourceMap, interfaces }: Bundle): Promise<Uint8Array> {
    const { componentize } = await import("componentize-qjs").catch((error: unknown) => {
        const message = `componentize-qjs is not installed for ${process.platform} on ${process.arch}: run \`npm install\` where @ambit/guest is`;
        throw new Problem(message, { cause: error });
    });
    return withWorld(interfaces, async (witPath) => {
        const options = { witPath, world: WORLD, jsSource: code, sync: true };
        const { component } = await componentize(options).catch((error: unknown) => {
            throw thrownBy(String((error as Error).message), sourceMap);
        });
        check(component);
        return component;
    });
}

/** What the app's modules threw as they were evaluated, and where. */
function thrownBy(said: string, sourceMap: string): Problem {
    const [, what = said] = /evaluation: (?:Error: )?([^]*?)(?:\n {4}at |$)/.exec(said) ?? [];
    const places = [...said.matchAll(/\(?componentize-qjs:user\.js:(\d+):(\d+)\)?/g)];
    const map = new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
    const sources = places.map(([, line, column]) => map.findEntry(Number(line) - 1, Number(column) - 1));
    const own = sources.find((entry) => "originalSource" in entry && !isOurs(entry.originalSource));
    if (!own || !("originalSource" in own)) return new Problem(what.trim());
    const place = `${relative("", resolve(own.originalSource))}:${own.originalLine + 1}:${own.originalColumn + 1}`;
    return new Problem(`${place}: ${what.trim()}`);
}

function isOurs(source: string): boolean {
    return source === "plugin" || resolve(source).startsWith(resolve(import.meta.dirname, ".."));
}

/** A component begins with these bytes, and a plugin exports the contract's `managers`. */
const COMPONENT = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const EXPORT = "ambit:scope/managers@0.1.0";

function check(component: Uint8Array): void {
    const bytes = Buffer.from(component);
    if (COMPONENT.every((byte, at) => bytes[at] === byte) && bytes.includes(EXPORT)) return;
    throw new Problem("componentize-qjs made something that is no plugin; please report it, with the app");
}
