/**
 * A manager in a unit test, without a component: `node --test`, or any other runner.
 *
 * @module
 */
import { Entered, recover as recovered } from "./drive.js";
import type { Json } from "./json.js";
import type { Manager } from "./manager.js";

/** A manager that was entered, for a test to look at and to exit. */
export interface EnteredInTest {
    /** What it yielded, as the body sees it. */
    readonly value: Json;
    /** The checkpoints that it has left, oldest first. */
    readonly left: readonly Json[];
    /**
     * Exits it. Without an error the body completed; with one it failed, and this returns if the manager suppressed that,
     * else throws it, or what replaces it.
     */
    exit(...error: readonly [] | readonly [error: unknown]): void;
}

/** Enters a manager. Throws what it throws. */
export function enter(manager: Manager, args: Readonly<Record<string, unknown>> = {}): EnteredInTest {
    const left: Json[] = [];
    const entered = Entered.enter(manager, JSON.stringify(args), (state) => left.push(JSON.parse(state) as Json));
    return {
        value: JSON.parse(entered.value) as Json,
        left,
        exit: (...errors: readonly unknown[]) =>
            entered.exit(errors.length > 0 ? { failed: true, error: errors[0] } : { failed: false }),
    };
}

/** Calls a manager's `recover` with a checkpoint that it left. */
export function recover(manager: Manager, state: Json): void {
    recovered(manager, JSON.stringify(state));
}
