// What authors write in TypeScript, and what they cannot. `tsc -p test` reads it; nothing runs it.

import { type Json, type Manager, Raised, isKind, manager } from "@ambit/guest";
import { enter } from "@ambit/guest/testing";

export const plain: Manager = manager("plain", function* () {
    yield;
});

export const named = manager("named", function* ({ label }: { label: string }) {
    const nothing: unknown = yield label;
    return nothing;
});

export const declared = manager(
    "declared",
    {
        doc: "Says what it takes.",
        parameters: {
            path: { type: "string", doc: "Where." },
            keep: { initial: 3 },
            label: { type: "string", initial: null },
            tags: { initial: [] },
            rest: {},
        },
        recover: (state: { path: string }) => void state.path.length,
    },
    function* ({ path, keep, label, tags, rest }, leave) {
        const all: [string, number, string | null, readonly Json[], Json] = [path, keep, label, tags, rest];
        leave({ path });
        // @ts-expect-error: it is not of the type that recover takes
        leave({ path: 3 });
        // @ts-expect-error: it is a number
        keep.length;
        try {
            yield { all };
        } catch (error) {
            if (!isKind(error, "not-found")) throw new Raised("it failed", { kinds: ["timed-out"], cause: error, context: null });
        }
    },
);

export const unrecovered = manager("unrecovered", { parameters: {} }, function* (_, leave) {
    // @ts-expect-error: nothing would recover from it
    leave("state");
    yield;
});

// @ts-expect-error: a set is not JSON
manager("set", function* () {
    yield new Set([1]);
});

// @ts-expect-error: an async generator cannot be a manager yet
manager("later", async function* () {
    yield 1;
});

// @ts-expect-error: there is no such type
manager("typed", { parameters: { path: { type: "path" } } }, function* () {
    yield;
});

export class Exhausted extends Raised {
    static override readonly kinds = ["js:pool.Exhausted", "timed-out"];
}

enter(declared, { path: "p", rest: null }).exit(new Exhausted("none free"));
