// What a component imports, as componentize-qjs gives it: a WIT interface is the default export of a module, and an
// `err` is an `Error` with the `payload`.

declare module "ambit:scope/errors@0.1.0" {
    const errors: { readonly Raised: import("../handle.js").Handles };
    export default errors;
}

declare module "ambit:scope/checkpoints@0.1.0" {
    const checkpoints: { leave(state: string): void };
    export default checkpoints;
}

declare module "wasi:random/random@0.2.12" {
    const random: { getRandomBytes(length: number): Uint8Array };
    export default random;
}

declare module "wasi:cli/stdout@0.2.12" {
    const stdout: { getStdout(): import("./stream.js").OutputStream };
    export default stdout;
}

declare module "wasi:cli/stderr@0.2.12" {
    const stderr: { getStderr(): import("./stream.js").OutputStream };
    export default stderr;
}

declare module "wasi:filesystem/preopens@0.2.12" {
    const preopens: { getDirectories(): [import("./descriptor.js").Descriptor, string][] };
    export default preopens;
}

// What QuickJS has of ECMAScript 2026, and TypeScript's `es2024` not yet.

interface Uint8ArrayConstructor {
    fromBase64(text: string): Uint8Array;
}

interface Uint8Array {
    toBase64(): string;
}
