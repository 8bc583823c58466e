import stderr from "wasi:cli/stderr@0.2.12";
import stdout from "wasi:cli/stdout@0.2.12";
import { writeLine } from "./stream.js";

/** The `console` of an app: a line on stdout, or on stderr for what is wrong. */
export const console = {
    debug: out,
    error: err,
    info: out,
    log: out,
    warn: err,
};

function out(...values: readonly unknown[]): void {
    writeLine(stdout.getStdout(), values.map(show).join(" "));
}

function err(...values: readonly unknown[]): void {
    writeLine(stderr.getStderr(), values.map(show).join(" "));
}

function show(value: unknown): string {
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
    try {
        return JSON.stringify(value);
    } catch {
        return String(value);
    }
}
