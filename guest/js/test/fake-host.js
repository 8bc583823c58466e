// The contract's `errors` and `checkpoints`, in memory. A handle is good until it is disposed or given away, as in a component.

import assert from "node:assert/strict";
import { plugin } from "../dist/plugin.js";

/** What the host owns. */
class Owned {
    constructor(kinds, message, family = "error", members = []) {
        Object.assign(this, { kinds, message, family, members, notes: [], cause: undefined, context: undefined });
    }
}

export class Host {
    /** The handles that nobody has released yet. */
    live = new Set();
    /** The states that were left. */
    left = [];
    /** What `leave` answers, if it is to fail. */
    refuses = undefined;

    constructor() {
        const host = this;
        this.Raised = class Raised {
            #owned;

            constructor(kinds, message) {
                for (const text of [...kinds, message]) assert.ok(text.isWellFormed(), "the host takes only UTF-8");
                this.#hold(new Owned([...kinds], message));
            }

            static broken(rule) {
                return Raised.of(new Owned([rule, "protocol"], rule, "fault"));
            }

            static group(kinds, message, members) {
                return Raised.of(new Owned([...kinds], message, "error", members.map((each) => each.owned)));
            }

            static of(owned) {
                const handle = new Raised([], "");
                handle.#hold(owned);
                return handle;
            }

            #hold(owned) {
                this.#owned = owned;
                host.live.add(this);
            }

            get owned() {
                assert.ok(host.live.has(this), "the handle was released");
                return this.#owned;
            }

            family = () => this.owned.family;
            kinds = () => [...this.owned.kinds];
            message = () => this.owned.message;
            isSame = (other) => this.owned === other.owned;
            members = () => this.owned.members.map(Raised.of);
            notes = () => [...this.owned.notes];
            addNote = (note) => void this.owned.notes.push(note);
            cause = () => (this.owned.cause ? Raised.of(this.owned.cause) : null);
            setCause = (cause) => void (this.owned.cause = cause?.owned ?? null);
            context = () => (this.owned.context ? Raised.of(this.owned.context) : null);
            setContext = (context) => void (this.owned.context = context?.owned ?? null);
            hidesContext = () => this.owned.cause !== undefined;
            [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
                host.live.delete(this);
            }
        };
    }

    leave = (state) => {
        if (this.refuses) throw this.Raised.of(this.refuses);
        this.left.push(state);
    };

    error(message, kinds = ["python:builtins.OSError"], family = "error", members = []) {
        return new Owned(kinds, message, family, members);
    }

    /** Enters the manager of an app of its own, and gives what a host can see and do. */
    enter(manager, args = {}) {
        const { managers } = plugin({ manager }, this);
        const [scope, value] = this.#taking(() => managers.Scope.enter(manager.name, JSON.stringify(args)));
        return {
            value: JSON.parse(value),
            /** Exits it, the body having failed with `failure` or completed. What comes out is thrown, as the host's own. */
            exit: (failure) => this.#taking(() => scope.exit(failure ? this.Raised.of(failure) : null)),
        };
    }

    /** Takes the handle that is thrown. No other may be left. */
    #taking(action) {
        try {
            return action();
        } catch (handle) {
            assert.ok(handle instanceof this.Raised, `a component would trap: ${handle}`);
            const { owned } = handle;
            this.live.delete(handle);
            throw owned;
        }
    }
}

/** What `action` throws. */
export function thrownBy(action) {
    try {
        action();
    } catch (error) {
        return error;
    }
    assert.fail("nothing was thrown");
}
