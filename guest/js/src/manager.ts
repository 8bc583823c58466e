import type { Json } from "./json.js";
import { toJson } from "./json.js";

/** A manager, as {@link manager} makes it. Export it from the app, and it is offered to hosts. */
export interface Manager<A = never, S = never> {
    /** Its name, unique in the app. */
    readonly name: string;
    /** What it does, in Markdown; its first line stands alone. */
    readonly doc: string;
    /** In the order in which positional arguments fill them; absent where it takes whatever a host gives by name. */
    readonly parameters?: readonly Declared[];
    /** The author's function. */
    readonly start: (args: A, leave: Leave<S>) => Scope;
    /** Releases what a lost scope held. */
    readonly recover?: (state: S) => void;
}

/** A parameter, as it was declared. */
export interface Declared {
    readonly name: string;
    readonly doc: string;
    readonly type: Type;
    /** Its default, as JSON. */
    readonly initial?: string;
}

/** What a manager's generator yields: one value, which is JSON, or nothing. */
export type Scope = Generator<Json | void, unknown, unknown>;

/**
 * Leaves a state from which `recover` can release what the scope holds, in place of what was left before. Call it *ahead* of
 * what it tells of: when it returns, a host that keeps a journal has it on the disk. It throws if the host does not keep
 * it: then acquire nothing, and let the error go on.
 */
export type Leave<S> = (state: S) => void;

/** What can be said of a manager. */
export interface Options<P extends Parameters, S> {
    /** What it does, in Markdown; its first line stands alone. */
    readonly doc?: string;
    /** Its parameters, in the order in which positional arguments fill them. Others are refused. */
    readonly parameters?: P;
    /**
     * Releases what a lost scope held: one whose enter or exit was cut or failed, or whose host died. It is given what was
     * left last, in another instance with the same rights. It may be called again, so it does nothing where all is released.
     */
    readonly recover?: (state: S) => void;
}

/** Parameters, by their names. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A parameter. An argument that is not of its type is refused, and none of the manager's code runs. */
export interface Parameter {
    /** The type of its arguments. Without it, that of `initial`; if that is absent or `null`, any JSON. */
    readonly type?: Type;
    /** What it is for, in Markdown. */
    readonly doc?: string;
    /** Its default; without one it must be given. `null` may be given too where it is the default. */
    readonly initial?: Json;
}

/** A type of JSON. */
export type Type = keyof Types;

interface Types {
    any: Json;
    array: readonly Json[];
    boolean: boolean;
    number: number;
    object: { readonly [key: string]: Json };
    string: string;
}

/** The arguments of a manager with these parameters. */
export type Arguments<P extends Parameters> = { readonly [K in keyof P]: Argument<P[K]> };

/** The argument for such a parameter. */
export type Argument<P extends Parameter> = P extends { type: infer T extends Type }
    ? Types[T] | (P extends { initial: null } ? null : never)
    : P extends { initial: infer I }
      ? Widened<I>
      : Json;

type Widened<I> = I extends null
    ? Json
    : I extends string
      ? string
      : I extends number
        ? number
        : I extends boolean
          ? boolean
          : I extends readonly unknown[]
            ? readonly Json[]
            : Types["object"];

/**
 * Makes a manager of a generator function with one `yield`: what stands ahead of it is enter, what stands after it is exit.
 *
 * ```js
 * export const config = manager("config", { parameters: { path: { type: "string" } } }, function* ({ path }) {
 *     const before = readFileSync(path, "utf8");
 *     try {
 *         yield path;
 *     } finally {
 *         writeFileSync(path, before);
 *     }
 * });
 * ```
 *
 * The body's error is thrown at the `yield`. An error of enter means that there is nothing to exit. A generator that ends
 * without a `yield`, or yields again, breaks the contract, which is a fault; the latter is closed, so that its `finally` runs.
 * A scope that the host gives up is exited with a {@link Cancelled} of the kind `abandoned`.
 *
 * @throws TypeError if what is declared cannot be a manager.
 */
export function manager<A extends object = Types["object"]>(name: string, start: (args: A) => Scope): Manager;
export function manager<const P extends Parameters = {}, S = never>(
    name: string,
    options: Options<P, S>,
    start: (args: Arguments<P>, leave: Leave<S>) => Scope,
): Manager;
export function manager(name: string, ...rest: readonly unknown[]): Manager {
    if (typeof name !== "string" || name === "") throw new TypeError("a manager's name is a string that is not empty");
    const [options, start] = rest.length > 1 ? rest : [{}, rest[0]];
    checkGenerator(`the manager \`${name}\``, start);
    checkKeys(`the manager \`${name}\``, options as object, OPTIONS);
    const { doc = "", parameters, recover } = options as Options<Parameters, never>;
    if (recover !== undefined) checkRecover(name, recover);
    return Object.freeze(
        Object.assign(Object.create(MANAGER) as object, {
            name,
            doc,
            start,
            ...(parameters && { parameters: Object.entries(parameters).map(([each, of]) => declare(name, each, of)) }),
            ...(recover && { recover }),
        }),
    ) as Manager;
}

const MANAGER = {};

/** Whether {@link manager} made it. */
export function isManager(value: unknown): value is Manager {
    return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === MANAGER;
}

function checkGenerator(what: string, start: unknown): void {
    const sort = Object.prototype.toString.call(start).slice("[object ".length, -1);
    if (sort === "GeneratorFunction") return;
    if (sort.startsWith("Async")) {
        throw new TypeError(`${what} is asynchronous, which a manager cannot be yet: write \`function*\`, without \`async\``);
    }
    throw new TypeError(`${what} is no generator function: write \`function* (args) { … yield value; … }\``);
}

function checkRecover(name: string, recover: unknown): void {
    if (Object.prototype.toString.call(recover) === "[object Function]") return;
    throw new TypeError(`the \`recover\` of the manager \`${name}\` is no plain function: write \`recover(state) { … }\``);
}

function declare(manager: string, name: string, parameter: Parameter): Declared {
    const what = `the parameter \`${name}\` of the manager \`${manager}\``;
    checkKeys(what, parameter, KEYS);
    const { type, doc = "", initial } = parameter;
    if (type !== undefined && !(type in TYPES)) {
        throw new TypeError(`${what} is of no type \`${type}\`: there are ${Object.keys(TYPES).join(", ")}`);
    }
    if (initial === undefined) return { name, doc, type: type ?? "any" };
    const text = toJson(initial, `the default of ${what}`);
    const declared = { name, doc, type: type ?? (initial === null ? "any" : typeOf(initial)), initial: text };
    if (!fits(declared, initial)) throw new TypeError(`the default of ${what} is no ${type}`);
    return declared;
}

/** What is misspelt would be ignored: a default under another name, a `recover` that is never called. */
function checkKeys(what: string, given: object, known: Record<string, true>): void {
    const unknown = Object.keys(given).find((each) => !Object.hasOwn(known, each));
    if (unknown !== undefined) throw new TypeError(`${what} has no \`${unknown}\`: there are ${Object.keys(known).join(", ")}`);
}

const KEYS: Record<keyof Parameter, true> = { type: true, doc: true, initial: true };
const OPTIONS: Record<keyof Options<Parameters, never>, true> = { doc: true, parameters: true, recover: true };

const TYPES: Record<Type, true> = { any: true, array: true, boolean: true, number: true, object: true, string: true };

/** Whether a value can be an argument for the parameter. */
export function fits({ type, initial }: Pick<Declared, "type" | "initial">, value: Json): boolean {
    return type === "any" || typeOf(value) === type || (value === null && initial === "null");
}

/** The type of JSON that a value is of. */
export function typeOf(value: Json): Type {
    return Array.isArray(value) ? "array" : (typeof value as Type);
}
