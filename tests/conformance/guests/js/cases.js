// The managers of cases that no scenario can tell; each language has them by the same names.

import { Raised, isKind, kinds, manager } from "@ambit/guest";

export const passing = manager("passing", function* () {
    yield;
});

export const wrapping = manager("wrapping", { doc: "Raises a new error from the body's." }, function* () {
    try {
        yield;
    } catch (error) {
        throw new Error("wrapped", { cause: error });
    }
});

export const cutting = manager("cutting", { doc: "Raises a new error, of which nothing is the context." }, function* () {
    try {
        yield;
    } catch {
        throw new Raised("new", { kinds: ["new"], context: null });
    }
});

export const documented = manager(
    "documented",
    {
        doc: "Has a first line.\n\nAnd a second paragraph.",
        parameters: {
            keep: { type: "boolean", doc: "Whether to keep it." },
            path: { initial: "here", doc: "Where it is." },
        },
    },
    function* ({ path }) {
        yield path;
    },
);

const names = ["self", "func", "args", "kwds", "inputs", "manager", "failure"];
const strings = Object.fromEntries(names.map((name) => [name, { type: "string" }]));

export const keywords = manager("keywords", { parameters: strings }, function* (args) {
    yield names.map((name) => args[name]);
});

let measured = 0;

export const measuring = manager("measuring", { parameters: { text: { type: "string" } } }, function* (args) {
    const { length } = args.text;
    args = undefined;
    measured += 1;
    yield [length, measured];
});

let depth = 0;

export const recursive = manager("recursive", { doc: "Gives how many are entered in this instance." }, function* () {
    depth += 1;
    try {
        yield depth;
    } finally {
        depth -= 1;
    }
});

let held = 0;

export const lock = manager("lock", { parameters: { permits: { initial: 1 } } }, function* ({ permits }) {
    if (held >= permits) throw new Raised("nothing is free", { kinds: ["locked"] });
    held += 1;
    try {
        yield;
    } finally {
        held -= 1;
    }
});

let current = "/";

export const chdir = manager("chdir", { parameters: { path: { type: "string" } } }, function* ({ path }) {
    const before = current;
    current = path;
    try {
        yield before;
    } finally {
        current = before;
    }
});

export const suppress = manager("suppress", { parameters: { kinds: { initial: [] } } }, function* (args) {
    try {
        yield;
    } catch (error) {
        const rest = without(args.kinds, error);
        if (rest) throw rest;
    }
});

/** What is left of an error without what is of these kinds: the same, where that is all. A group is split. */
function without(suppressed, error) {
    if (suppressed.some((kind) => isKind(error, kind))) return undefined;
    if (!(error instanceof AggregateError)) return error;
    const members = [...error.errors];
    const rest = members.map((member) => without(suppressed, member)).filter((member) => member !== undefined);
    if (rest.length === members.length && rest.every((member, at) => member === members[at])) return error;
    return rest.length > 0 ? new Group(rest, error) : undefined;
}

/** A group of the same kinds as another. */
class Group extends AggregateError {
    constructor(errors, other) {
        super(errors, other.message);
        this.name = kinds(other)[0];
    }
}

class Missing extends TypeError {
    code = "ENOENT";
}

export const missing = manager("missing", { doc: "Throws an error of a class of its own, when it is entered." }, function* () {
    throw new Missing("it is not there");
});
