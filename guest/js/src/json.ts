/** Values that are JSON, all the way down. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Writes `value` as JSON, and refuses what `JSON.stringify` would drop or change without a word. `what` names the value in
 * the error; `undefined` itself is `null`.
 *
 * An object is written if it is plain, or says by `toJSON` what it is.
 *
 * @throws TypeError that says where in the value something is no JSON.
 */
export function toJson(value: unknown, what: string): string {
    const flaw = value === undefined ? undefined : flawOf(value, [], new Set());
    if (flaw === undefined) return JSON.stringify(value) ?? "null";
    const place = flaw.place.length > 0 ? `at \`${flaw.place.join("")}\` ` : "";
    throw new TypeError(`${what} is not JSON: ${place}it ${flaw.is}`);
}

/** Hosts read no JSON that is deeper. */
const DEEPEST = 127;

interface Flaw {
    readonly place: readonly string[];
    readonly is: string;
}

function flawOf(value: unknown, place: readonly string[], around: Set<object>): Flaw | undefined {
    switch (typeof value) {
        case "boolean":
            return undefined;
        case "string":
            return value.isWellFormed() ? undefined : { place, is: "has half of a surrogate pair" };
        case "number":
            return Number.isFinite(value) ? undefined : { place, is: `is ${value}` };
        case "object":
            return value === null ? undefined : flawOfObject(value, place, around);
        case "undefined":
            return { place, is: "is undefined" };
        default:
            return { place, is: `is a ${typeof value}` };
    }
}

function flawOfObject(value: object, place: readonly string[], around: Set<object>): Flaw | undefined {
    if (around.has(value)) return { place, is: "contains itself" };
    if (around.size === DEEPEST) return { place: [], is: `is nested more than ${DEEPEST} deep` };
    around.add(value);
    const flaw = flawWithin(value, place, around);
    around.delete(value);
    return flaw;
}

function flawWithin(value: object, place: readonly string[], around: Set<object>): Flaw | undefined {
    if ("toJSON" in value && typeof value.toJSON === "function") return flawOf(value.toJSON(""), place, around);
    if (!Array.isArray(value) && !isPlain(value)) {
        return { place, is: `is a ${value.constructor?.name || "object of a class"}, which is no plain object and has no toJSON` };
    }
    const entries: Iterable<[string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, each] of entries) {
        const inner = [...place, step(key, place.length === 0)];
        const flaw = flawOf(String(key), inner, around) ?? flawOf(each, inner, around);
        if (flaw) return flaw;
    }
    return undefined;
}

function step(key: string | number, isFirst: boolean): string {
    if (typeof key === "number") return `[${key}]`;
    return isFirst ? key : `.${key}`;
}

function isPlain(value: object): boolean {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
}
