import { encode } from "./utf8.js";

/** WASI's `output-stream`. */
export interface OutputStream {
    blockingWriteAndFlush(contents: Uint8Array): void;
    [Symbol.dispose](): void;
}

/** WASI takes that many bytes at a time. */
const MOST = 4096;

/** Writes a line, and closes the stream. */
export function writeLine(stream: OutputStream, line: string): void {
    const bytes = encode(`${line}\n`);
    try {
        for (let at = 0; at < bytes.length; at += MOST) stream.blockingWriteAndFlush(bytes.subarray(at, at + MOST));
    } finally {
        stream[Symbol.dispose]();
    }
}
