import { Crossing } from "./crossing.js";
import { Entered, type Keep, recover } from "./drive.js";
import type { Handle, Handles } from "./handle.js";
import { isManager, type Manager } from "./manager.js";
import { Raised } from "./raised.js";

/** What the host offers to a plugin. `leave` throws a handle. */
export interface Host {
    readonly Raised: Handles;
    readonly leave: Keep;
}

/** The managers among an app's exports. */
export function managersOf(app: object): readonly Manager[] {
    const managers = [...new Set(Object.values(app).filter(isManager))];
    if (managers.length === 0) {
        throw new TypeError("the app has no managers: write `export const name = manager(\"name\", function* …)`");
    }
    const names = managers.map((manager) => manager.name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw new TypeError(`two managers of the app have the name \`${twice}\`: give one another`);
    return managers;
}

/** A plugin's exports: the world's `managers` and `recovery` over the managers that an app exports. */
export function plugin(app: object, host: Host) {
    const managers = managersOf(app);

    /** Runs `action`, and throws the handle of what that throws. Nothing else may be thrown: it would be a trap. */
    function answer<T>(crossing: Crossing, action: () => T): T {
        try {
            return action();
        } catch (thrown) {
            throw crossing.give(thrown);
        }
    }

    function leave(crossing: Crossing, state: string): void {
        try {
            host.leave(state);
        } catch (raised) {
            throw crossing.restore(raised as Handle);
        }
    }

    function find(name: string): Manager {
        const found = managers.find((manager) => manager.name === name);
        if (found) return found;
        const known = managers.map((manager) => `\`${manager.name}\``).join(", ");
        const message = `there is no manager \`${name}\`: the plugin offers ${known}`;
        throw new Raised(message, { kinds: ["js:ambit.NoSuchManager", "not-found"] });
    }

    /** A scope that the host holds. */
    class Scope {
        readonly #crossing = new Crossing(host.Raised);
        #entered: Entered | undefined;

        static enter(manager: string, inputs: string): [Scope, string] {
            const scope = new Scope();
            const crossing = scope.#crossing;
            const entered = answer(crossing, () => Entered.enter(find(manager), inputs, (state) => leave(crossing, state)));
            scope.#entered = entered;
            return [scope, entered.value];
        }

        exit(failure: Handle | null): void {
            const entered = this.#entered;
            this.#entered = undefined;
            answer(this.#crossing, () => {
                const body = failure
                    ? { failed: true as const, error: this.#crossing.restore(failure) }
                    : { failed: false as const };
                if (entered) entered.exit(body);
                else if (body.failed) throw body.error;
            });
            this.#crossing.close();
        }    }

    return {
        managers: {
            Scope,
            describe: () =>
                managers.map(({ name, doc, parameters = [] }) => ({
                    name,
                    doc,
                    parameters: parameters.map(({ name, doc, initial }) => ({ name, doc, initial: initial ?? null })),
                })),
        },
        recovery: {
            recover(manager: string, state: string): void {
                answer(new Crossing(host.Raised), () => recover(find(manager), state));
            },
        },
    };
}
