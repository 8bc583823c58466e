import preopens from "wasi:filesystem/preopens@0.2.12";
import { Raised } from "../raised.js";

/** WASI's `descriptor`: an open file or directory. */
export interface Descriptor {
    read(length: number, offset: number): [Uint8Array, boolean];
    write(buffer: Uint8Array, offset: number): number;
    sync(): void;
    openAt(path: PathFlags, name: string, open: OpenFlags, flags: DescriptorFlags): Descriptor;
    createDirectoryAt(path: string): void;
    removeDirectoryAt(path: string): void;
    renameAt(oldPath: string, newDescriptor: Descriptor, newPath: string): void;
    unlinkFileAt(path: string): void;
    [Symbol.dispose](): void;
}

type PathFlags = { symlinkFollow?: boolean };
export type OpenFlags = { create?: boolean; directory?: boolean; exclusive?: boolean; truncate?: boolean };
export type DescriptorFlags = { read?: boolean; write?: boolean; mutateDirectory?: boolean };

/** Does something with a path in the directory that was granted and is nearest to it. `call` is named in its errors. */
export function at<T>(call: string, path: string, act: (directory: Descriptor, rest: string) => T): T {
    const granted = preopens.getDirectories();
    try {
        const [nearest] = granted
            .flatMap(([directory, name]) => {
                const rest = within(parts(path), parts(name));
                return rest ? [{ directory, rest }] : [];
            })
            .sort((one, other) => one.rest.length - other.rest.length);
        if (!nearest) throw notGranted(call, path);
        return act(nearest.directory, nearest.rest.join("/") || ".");
    } catch (error) {
        throw systemError(error, call, path);
    } finally {
        for (const [directory] of granted) directory[Symbol.dispose]();
    }
}

/** A path's parts; those of one that begins at the root have an empty one first. */
function parts(path: string): string[] {
    return path.toWellFormed().split("/").filter((part, index) => (part !== "" || (index === 0 && path !== "")) && part !== ".");
}

function within(path: readonly string[], directory: readonly string[]): string[] | undefined {
    return directory.every((part, index) => part === path[index]) && (directory[0] === "") === (path[0] === "")
        ? path.slice(directory.length)
        : undefined;
}

/** For who asks by `code` or by `not-found` it is as if nothing were there: neither is there anything to release. */
function notGranted(syscall: string, path: string): Raised {
    const kinds = ["js:ambit.NotGranted", `not-granted:dir:${path}`, "not-granted", "not-found"];
    return Object.assign(new Raised(`\`${path}\` is in no directory that was granted`, { kinds }), { code: "ENOENT", syscall, path });
}

/** An error of the system as Node has it: with the `code`, the `syscall` and the `path`. */
function systemError(error: unknown, syscall: string, path: string): unknown {
    const payload: unknown = error instanceof Error && "payload" in error ? error.payload : undefined;
    if (typeof payload !== "string") return error;
    const [code, message] = CODES.get(payload) ?? ["EIO", payload.replaceAll("-", " ")];
    return Object.assign(new Error(`${code}: ${message}, ${syscall} '${path}'`), { code, syscall, path });
}

const CODES = new Map<string, readonly [code: string, message: string]>([
    ["access", ["EACCES", "permission denied"]],
    ["bad-descriptor", ["EBADF", "bad file descriptor"]],
    ["busy", ["EBUSY", "resource busy or locked"]],
    ["cross-device", ["EXDEV", "cross-device link not permitted"]],
    ["exist", ["EEXIST", "file already exists"]],
    ["insufficient-space", ["ENOSPC", "no space left on device"]],
    ["interrupted", ["EINTR", "interrupted"]],
    ["invalid", ["EINVAL", "invalid argument"]],
    ["is-directory", ["EISDIR", "illegal operation on a directory"]],
    ["loop", ["ELOOP", "too many symbolic links encountered"]],
    ["name-too-long", ["ENAMETOOLONG", "name too long"]],
    ["no-entry", ["ENOENT", "no such file or directory"]],
    ["not-directory", ["ENOTDIR", "not a directory"]],
    ["not-empty", ["ENOTEMPTY", "directory not empty"]],
    ["not-permitted", ["EPERM", "operation not permitted"]],
    ["read-only", ["EROFS", "read-only file system"]],
    ["unsupported", ["ENOTSUP", "operation not supported"]],
]);
