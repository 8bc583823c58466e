import { readArguments } from "./arguments.js";
import { toJson } from "./json.js";
import type { Manager, Scope } from "./manager.js";
import { Broken, Raised } from "./raised.js";

/** Keeps what a manager leaves for its recovery, as JSON. */
export type Keep = (state: string) => void;

/** How a body ended. */
export type Body = { readonly failed: false } | { readonly failed: true; readonly error: unknown };

/** A manager that waits at its `yield`. */
export class Entered {
    readonly #scope: Scope;
    /** What it yielded, as JSON. */
    readonly value: string;

    private constructor(scope: Scope, value: string) {
        this.#scope = scope;
        this.value = value;
    }

    /** Runs `manager` up to its `yield`. Throws what it throws. */
    static enter(manager: Manager, inputs: string, keep: Keep): Entered {
        const args = readArguments(manager, inputs) as never;
        const scope = manager.start(args, (state) => keep(toJson(state, "the state of the checkpoint")));
        const { done, value } = scope.next();
        if (done) throw new Broken("did-not-yield");
        try {
            return new Entered(scope, toJson(value, "the value of the yield"));
        } catch (error) {
            throw refused(scope, error);
        }
    }

    /** Runs the rest of it. Returns if the manager came to its end, which suppresses an error of the body. */
    exit(body: Body): void {
        const { done } = body.failed ? this.#scope.throw(body.error) : this.#scope.next();
        if (!done) throw closed(this.#scope, new Broken("did-not-stop"));
    }
}

/** What comes of a manager whose value cannot be given to the body: it may release what it holds, as if the body had failed. */
function refused(scope: Scope, error: unknown): unknown {
    try {
        const { done } = scope.throw(error);
        const broken = new Broken("did-not-yield", { cause: error });
        return done ? broken : closed(scope, broken);
    } catch (thrown) {
        return thrown;
    }
}

/** Closes a generator that broke the contract: its `finally` runs. If that throws, `broken` was in flight then. */
function closed(scope: Scope, broken: Broken): unknown {
    try {
        scope.return(undefined);
        return broken;
    } catch (error) {
        if (typeof error === "object" && error !== null) Reflect.set(error, "context", broken);
        return error;
    }
}

/** Releases what a lost scope of `manager` held, of which `state` is the last checkpoint. */
export function recover({ name, recover }: Manager, state: string): void {
    if (!recover) {
        const message = `the manager \`${name}\` leaves no checkpoints, and cannot recover`;
        throw new Raised(message, { kinds: ["js:ambit.NoRecovery", "unsupported"] });
    }
    recover(JSON.parse(state) as never);
}
