/** A plugin in a component: the host is the one that the component's imports are. */
import checkpoints from "ambit:scope/checkpoints@0.1.0";
import errors from "ambit:scope/errors@0.1.0";
import random from "wasi:random/random@0.2.12";
import { plugin } from "./plugin.js";

/** The exports of a component that offers the managers which `app` exports. */
export function component(app: object) {
    return plugin(app, { Raised: errors.Raised, leave });
}

function leave(state: string): void {
    try {
        checkpoints.leave(state);
    } catch (error) {
        throw (error as { payload: unknown }).payload;
    }
}

// The seed of the engine's own is in the snapshot that the component starts from: it would give the same numbers each time.
Math.random = () => random.getRandomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48;
