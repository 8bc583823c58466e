import { existsSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildFailure, BuildOptions, Message } from "esbuild";
import { Problem } from "./problem.js";

/** An app and all that it imports, as one JavaScript module. */
export interface Bundle {
    readonly code: string;
    readonly sourceMap: string;
    /** The WIT interfaces that it imports. */
    readonly interfaces: readonly string[];
}

/** Makes one module of an app in JavaScript or TypeScript. Its exports are those of a plugin. */
export async function bundle(app: string): Promise<Bundle> {
    if (!existsSync(app)) throw new Problem(`there is no file \`${relative("", app)}\``);
    const { build } = await import("esbuild").catch((error: unknown) => {
        throw new Problem("esbuild is not installed: run `npm install` where @ambit/guest is", { cause: error });
    });
    const entry = `import * as app from ${JSON.stringify(app)};
        import { component } from ${JSON.stringify(own("component.js"))};
        export const { managers, recovery } = component(app);`;
    const options = {
        stdin: { contents: entry, resolveDir: dirname(app), sourcefile: "plugin" },
        alias: {
            "@ambit/guest": own("index.js"),
            "@ambit/guest/testing": own("testing.js"),
            "node:fs": own("wasi/fs.js"),
            fs: own("wasi/fs.js"),
        },
        inject: [own("wasi/console.js")],
        external: ["ambit:*", "wasi:*"],
        bundle: true,
        charset: "utf8",
        format: "esm",
        keepNames: true,
        logLevel: "silent",
        metafile: true,
        outfile: "plugin.js",
        platform: "neutral",
        mainFields: ["module", "main"],
        sourcemap: "external",
        target: "es2023",
        write: false,
    } satisfies BuildOptions;
    // esbuild throws some of what is wrong, and rejects with the rest.
    const { outputFiles, metafile } = await (async () => build(options))().catch((failure: unknown) => {
        throw problemOf(failure as Error | BuildFailure);
    });
    const text = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const interfaces = [...new Set(imports.filter((each) => each.external).map((each) => each.path))];
    return { code: text(".js"), sourceMap: text(".map"), interfaces };
}

/** A file of this package's own. */
function own(path: string): string {
    return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function problemOf(failure: Error | BuildFailure): Problem {
    const [said] = failure.message.split("\n");
    const what = "errors" in failure ? failure.errors.map(show).join("\n") : `esbuild does not run: ${said}`;
    return new Problem(what, { cause: failure });
}

function show({ location, text }: Message): string {
    const what = text.replace(/"[^"]*\/wasi\/fs\.js"/, '"node:fs"');
    const hint = /^Could not resolve "(node:|(assert|path|os|util|crypto|events|buffer|child_process|url)")/.test(text)
        ? ": of Node's modules, a plugin has `node:fs`"
        : "";
    const place = location ? `${location.file}:${location.line}:${location.column + 1}: ` : "";
    return `${place}${what}${hint}`;
}
