import type { Json } from "./json.js";
import { type Declared, fits, type Manager, typeOf } from "./manager.js";
import { Raised } from "./raised.js";

/** Reads the arguments of an enter: those that were given, and the defaults of the others. */
export function readArguments({ name, parameters }: Manager, inputs: string): object {
    const given = parse(inputs);
    if (!parameters) return given;
    const unknown = Object.keys(given).find((each) => !parameters.some((parameter) => parameter.name === each));
    if (unknown !== undefined) {
        const known = parameters.map((parameter) => `\`${parameter.name}\``).join(", ") || "no arguments";
        throw invalid(`there is no argument \`${unknown}\`: \`${name}\` takes ${known}`, unknown);
    }
    return Object.fromEntries(parameters.map((parameter) => [parameter.name, argument(parameter, given)]));
}

function parse(inputs: string): Record<string, Json> {
    try {
        const given: unknown = JSON.parse(inputs);
        if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Record<string, Json>;
    } catch {
        // It is no JSON at all.
    }
    throw invalid("the arguments are no JSON object");
}

function argument(parameter: Declared, given: Record<string, Json>): Json {
    const { name, type, initial } = parameter;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
        if (initial === undefined) throw invalid(`argument \`${name}\` is missing, and has no default`, name);
        return JSON.parse(initial) as Json;
    }
    if (!fits(parameter, value)) {
        throw invalid(`argument \`${name}\` is ${value === null ? "null" : `of type ${typeOf(value)}`}, and must be of type ${type}`, name);
    }
    return value;
}

function invalid(message: string, name?: string): Raised {
    const detailed = name === undefined ? [] : [`invalid-argument:${name}`];
    return new Raised(message, { kinds: ["js:ambit.InvalidArgument", ...detailed, "invalid-argument"] });
}
