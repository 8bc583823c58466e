import { Cancelled, Fault, Raised } from "./raised.js";

type ErrorClass = new (message: string) => Error;

const made = new Map<string, ErrorClass>();
const MOST = 1000;

/**
 * The class of the errors of that path: named by its first kind, derived from the class of the rest, and in the end from
 * the built-in class that a kind names, or from that of its family. `shared` are properties of every error of such a class.
 */
export function classOf(
    path: readonly string[],
    family: string,
    isGroup: boolean,
    shared: PropertyDescriptorMap,
): ErrorClass {
    const key = JSON.stringify([path, family, isGroup]);
    const known = made.get(key);
    if (known) return known;
    const of = make(path, family, isGroup);
    Object.defineProperties(of.prototype, shared);
    if (made.size === MOST) made.clear();
    made.set(key, of);
    return of;
}

function make(path: readonly string[], family: string, isGroup: boolean): ErrorClass {
    const kinds = path.filter((kind, at) => !kind.startsWith(`${path[at + 1]}:`));
    const root = family === "cancelled" ? Cancelled : family === "fault" ? Fault : isGroup ? Group : Raised;
    return kinds.reduceRight<ErrorClass>((base, kind) => {
        const name = kind.slice(Math.max(kind.lastIndexOf("."), kind.lastIndexOf(":")) + 1);
        return derive(isGroup || family !== "error" ? base : (builtIn(kind) ?? base), name);
    }, root);
}

function derive(base: ErrorClass, name: string): ErrorClass {
    const derived = { [name]: class extends base {} }[name] as ErrorClass;
    Object.defineProperty(derived.prototype, "name", { value: name, writable: true, configurable: true });
    return derived;
}

/** The class of the language's own that a kind names: `TypeError` for `js:TypeError`. */
function builtIn(kind: string): ErrorClass | undefined {
    if (!kind.startsWith("js:")) return undefined;
    const named: unknown = Reflect.get(globalThis, kind.slice("js:".length));
    return named === Error || Object.getPrototypeOf(named ?? {}) === Error ? (named as ErrorClass) : undefined;
}

/** An `AggregateError` whose members are asked for when they are wanted. */
class Group extends AggregateError {
    constructor(message: string) {
        super([], message);
        Reflect.deleteProperty(this, "errors");
    }
}
