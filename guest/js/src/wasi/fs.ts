/**
 * The part of `node:fs` that a plugin has, over the directories that the host's user granted. What a function throws is
 * Node's, with its `code`; for a path in no granted directory that is `ENOENT`, of the kinds `not-granted` and `not-found`.
 *
 * @module
 */
import { at, type Descriptor, type DescriptorFlags, type OpenFlags } from "./descriptor.js";
import { decode, encode } from "./utf8.js";

type Encoding = "utf8" | "utf-8" | { readonly encoding?: "utf8" | "utf-8" | null } | null;
type WriteOptions = Encoding | { readonly flag?: "w" | "wx"; readonly flush?: boolean };

const CHUNK = 65536;

export function readFileSync(path: string, options?: Encoding): Uint8Array | string {
    const bytes = opened("open", path, {}, { read: true }, (file) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        for (let end = false; !end; ) {
            const [chunk, last] = file.read(CHUNK, size);
            chunks.push(chunk);
            size += chunk.length;
            end = last || chunk.length === 0;
        }
        const all = new Uint8Array(size);
        chunks.reduce((offset, chunk) => (all.set(chunk, offset), offset + chunk.length), 0);
        return all;
    });
    return isText(options) ? text(bytes, path) : bytes;
}

export function writeFileSync(path: string, data: string | Uint8Array, options?: WriteOptions): void {
    const bytes = typeof data === "string" ? encode(data) : data;
    const { flag = "w", flush = false } = typeof options === "object" && options ? (options as { flag?: string; flush?: boolean }) : {};
    if (flag !== "w" && flag !== "wx") throw new TypeError(`writeFileSync has no flag \`${flag}\` in a plugin: it has w and wx`);
    const open = flag === "wx" ? { create: true, exclusive: true } : { create: true, truncate: true };
    opened("open", path, open, { write: true }, (file) => {
        for (let offset = 0; offset < bytes.length; ) {
            offset += file.write(bytes.subarray(offset, offset + CHUNK), offset);
        }
        if (flush) file.sync();
    });
}

export function existsSync(path: string): boolean {
    try {
        opened("access", path, {}, { read: true }, () => undefined);
        return true;
    } catch {
        return false;
    }
}

export function renameSync(from: string, to: string): void {
    at("rename", from, (directory, name) =>
        at("rename", to, (target, newName) => directory.renameAt(name, target, newName)),
    );
}

export function unlinkSync(path: string): void {
    at("unlink", path, (directory, name) => directory.unlinkFileAt(name));
}

export function mkdirSync(path: string): void {
    at("mkdir", path, (directory, name) => directory.createDirectoryAt(name));
}

export function rmdirSync(path: string): void {
    at("rmdir", path, (directory, name) => directory.removeDirectoryAt(name));
}

function opened<T>(
    call: string,
    path: string,
    open: OpenFlags,
    flags: DescriptorFlags,
    act: (file: Descriptor) => T,
): T {
    return at(call, path, (directory, name) => {
        const file = directory.openAt({ symlinkFollow: true }, name, open, flags);
        try {
            return act(file);
        } finally {
            file[Symbol.dispose]();
        }
    });
}

function text(bytes: Uint8Array, path: string): string {
    try {
        return decode(bytes);
    } catch (cause) {
        throw new TypeError(`'${path}' is not UTF-8`, { cause });
    }
}

function isText(options: Encoding | undefined): boolean {
    const encoding = typeof options === "object" ? options?.encoding : options;
    return encoding === "utf8" || encoding === "utf-8";
}

export default { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync };
