import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "./problem.js";

/** The name of the world that a {@link withWorld} folder has. */
export const WORLD = "app";

/**
 * Calls `use` with a folder of WIT that has one world: the contract's `recoverable`, and those WASI interfaces which the
 * app imports. So a component asks for no more than its app uses.
 */
export async function withWorld<T>(interfaces: readonly string[], use: (folder: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "ambit-guest-"));
    try {
        const imports = interfaces.filter((each) => each.startsWith("wasi:")).map((each) => `  import ${each};\n`);
        writeFileSync(
            join(folder, "app.wit"),
            `package ambit:app;\n\nworld ${WORLD} {\n  include ambit:scope/recoverable@0.1.0;\n${imports.join("")}}\n`,
        );
        copy(contract(), join(folder, "deps", "scope"));
        for (const name of ["io", "cli", "random", "filesystem"]) {
            const deps = join(folder, "deps", name);
            mkdirSync(deps);
            cpSync(packaged(`wasi/${name}.wit`), join(deps, `${name}.wit`));
        }
        return await use(folder);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The folder of the contract: in the package, or in the repository that the package lies in. */
function contract(): string {
    const found = [packaged("wit"), packaged("../../wit")].find((each) => existsSync(join(each, "plugin.wit")));
    if (found === undefined) throw new Problem("the contract's WIT is missing: install @ambit/guest anew");
    return found;
}

function copy(from: string, to: string): void {
    mkdirSync(to, { recursive: true });
    for (const file of readdirSync(from).filter((each) => each.endsWith(".wit"))) cpSync(join(from, file), join(to, file));
}

function packaged(path: string): string {
    return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
