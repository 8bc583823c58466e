/** What a {@link Raised} is made with. */
export interface RaisedOptions {
    /** The path of its types, most specific first, in place of that of its class: `["timed-out"]`. */
    readonly kinds?: readonly string[];
    /** What it was raised from. `null`: from nothing, which hides its context, as Python's `raise … from None`. */
    readonly cause?: unknown;
    /** What was in flight when it was raised. `null`: nothing, so that the host hangs the body's error nowhere. */
    readonly context?: unknown;
}

const restored = new WeakMap<object, { readonly kinds: readonly string[]; readonly family: string }>();

/**
 * An error with kinds of its own. A class derived from it names them once, and is then matched by the first of them,
 * wherever the error comes from:
 *
 * ```js
 * class Exhausted extends Raised { static kinds = ["js:pool.Exhausted", "timed-out"]; }
 * throw new Exhausted("no connection was free for 5 s");
 * // elsewhere, perhaps in another component
 * if (error instanceof Exhausted) …
 * ```
 *
 * Any `Error` can be thrown out of a manager; its class and the bases of that become kinds: `js:TypeError`, `js:Error`.
 * Errors that the host gives are of classes made for their kinds, with the built-in class as a base where a kind names
 * one: what a Python or Rust body raised as `js:TypeError` is an `instanceof TypeError`.
 */
export class Raised extends Error {
    /** The path of the types of all errors of this class, most specific first. */
    static readonly kinds?: readonly string[];

    declare readonly kinds?: readonly string[];
    declare context?: unknown;

    constructor(message?: string, options: RaisedOptions = {}) {
        super(message, "cause" in options ? { cause: options.cause } : undefined);
        if (options.kinds) this.kinds = options.kinds;
        if ("context" in options) this.context = options.context;
    }

    static override [Symbol.hasInstance](error: unknown): boolean {
        const kind = Object.hasOwn(this, "kinds") ? this.kinds?.[0] : undefined;
        return kind === undefined ? Function.prototype[Symbol.hasInstance].call(this, error) : isKind(error, kind);
    }
}

/**
 * The body was told to stop: `interrupted`, `timed-out` or `abandoned`. Use it to clean up in another way. It cannot be
 * suppressed, nor replaced: it goes on, whatever the manager does.
 *
 * The host makes it. One that a manager makes is an error like any other.
 */
export class Cancelled extends Raised {}

/**
 * The machinery failed: a trap, a spent budget, a broken contract, a panic. It can be replaced, and is suppressed only
 * where the host's user allows it. The host makes it.
 */
export class Fault extends Raised {}

/** The fault of a manager that broke the contract's rule. */
export class Broken extends Fault {
    constructor(
        readonly rule: "did-not-yield" | "did-not-stop",
        options?: RaisedOptions,
    ) {
        super(`the generator ${rule.replaceAll("-", " ")}`, { ...options, kinds: [rule] });
    }
}

/** The path of an error's types, most specific first. Whatever can be thrown has one. */
export function kinds(error: unknown): readonly string[] {
    if (typeof error !== "object" || error === null) return [`js:${error === null ? "null" : typeof error}`];
    const known = restored.get(error)?.kinds;
    if (known) return known;
    const own = error instanceof Raised ? (error.kinds ?? (error.constructor as typeof Raised).kinds) : undefined;
    return own ?? [...new Set([...names(error).map((name) => `js:${name}`), ...portable(error)])];
}

/** Whether `kind` stands anywhere in the path of the error's types: `isKind(error, "not-found")`. */
export function isKind(error: unknown, kind: string): boolean {
    return kinds(error).includes(kind);
}

/** The detail of a kind: `"3"`, asked for `exit-status`, where `exit-status:3` stands in the path. */
export function detail(error: unknown, kind: string): string | undefined {
    return kinds(error).find((each) => each.startsWith(`${kind}:`))?.slice(kind.length + 1);
}

/** Says of an error that the host made what its kinds and its family are. */
export function identify(error: object, kinds: readonly string[], family: string): void {
    restored.set(error, { kinds, family });
}

/** The names of its class and of the bases of that, and ahead of them the name that it gives itself. */
function names(error: object): string[] {
    const found: string[] = [];
    if (Object.hasOwn(error, "name") && "name" in error) found.push(String(error.name));
    for (let each: object = Object.getPrototypeOf(error); each; each = Object.getPrototypeOf(each)) {
        const name = each.constructor.name;
        const isBase = each === Raised.prototype || each === Object.prototype;
        if (name && !(isBase && found.length > 0)) found.push(name);
    }
    return found;
}

/** The portable kinds of the system's errors, by their codes, as `node:fs` has them. */
const PORTABLE = new Map([
    ["ENOENT", "not-found"],
    ["EACCES", "permission-denied"],
    ["EPERM", "permission-denied"],
    ["EROFS", "permission-denied"],
    ["EEXIST", "already-exists"],
    ["EINVAL", "invalid-argument"],
    ["ETIMEDOUT", "timed-out"],
    ["EINTR", "interrupted"],
    ["ENOMEM", "out-of-memory"],
    ["ENOTSUP", "unsupported"],
]);

function portable(error: object): string[] {
    const kind = "code" in error ? PORTABLE.get(String(error.code)) : isOutOfMemory(error) ? "out-of-memory" : undefined;
    return kind === undefined ? [] : [kind];
}

/** The engine has neither a code for it nor a class of its own. */
function isOutOfMemory(error: object): boolean {
    return error instanceof Error && error.constructor.name === "InternalError" && error.message === "out of memory";
}
