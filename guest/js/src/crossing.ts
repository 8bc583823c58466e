import { classOf } from "./class.js";
import { type Handle, type Handles, handles } from "./handle.js";
import { notes } from "./notes.js";
import { Broken, identify, kinds } from "./raised.js";

/**
 * The errors of one scope that are known on both sides, as objects here and by handles there. An error that was given is
 * the same object each time, and is given back as the same error.
 */
export class Crossing {
    readonly #make: Handles;
    readonly #known: object[] = [];

    constructor(make: Handles) {
        this.#make = make;
    }

    /** The error of a handle, which is the crossing's from now on. */
    restore(handle: Handle): Error {
        const message = handle.message();
        const known = this.#known.find((each) => saying(each) === message && handles.get(each)?.isSame(handle));
        if (known) {
            handle[Symbol.dispose]();
            return known as Error;
        }
        const path = handle.kinds();
        const family = handle.family();
        const members = handle.members();
        const isGroup = members.length > 0;
        const error = new (classOf(path, family, isGroup, isGroup ? LINKS_OF_A_GROUP : LINKS))(message);
        for (const member of members) member[Symbol.dispose]();
        identify(error, path, family);
        crossings.set(error, this);
        return this.#hold(error, handle);
    }

    /** The handle of what was thrown, for the host to keep. All others are released, and the crossing is over. */
    give(thrown: unknown): Handle {
        const handle = this.#lower(thrown);
        // What these are linked to becomes known as they are linked, and is then linked itself.
        for (const error of this.#known) this.#link(error);
        for (const error of this.#known) if (handles.get(error) === handle) handles.delete(error);
        this.close();
        return handle;
    }

    /** Releases all handles. */
    close(): void {
        for (const error of this.#known.splice(0)) {
            handles.get(error)?.[Symbol.dispose]();
            handles.delete(error);
        }
    }

    #hold<E extends object>(error: E, handle: Handle): E {
        handles.set(error, handle);
        this.#known.push(error);
        return error;
    }

    #lower(thrown: unknown): Handle {
        const error = Object(thrown) as object; // a primitive, boxed: each throw of it is an error of its own
        const known = handles.get(error);
        if (known) return known;
        const handle = this.#create(thrown);
        for (const note of notes(error)) handle.addNote(note.toWellFormed());
        this.#hold(error, handle);
        return handle;
    }

    #create(thrown: unknown): Handle {
        const rule = read(() => (thrown instanceof Broken ? thrown.rule : undefined), undefined);
        if (rule) return this.#make.broken(rule);
        const path = read(() => kinds(thrown).map((kind) => String(kind).toWellFormed()), ["js:Error"]);
        const message = saying(thrown).toWellFormed();
        const members = read<unknown[]>(() => (thrown instanceof AggregateError ? [...thrown.errors] : []), []);
        if (members.length === 0) return new this.#make(path, message);
        return this.#make.group(path, message, members.filter((each) => each !== thrown).map((each) => this.#lower(each)));
    }

    #link(error: object): void {
        const handle = handles.get(error);
        const cause = own(error, "cause");
        if (cause !== undefined) handle?.setCause(cause === null ? null : this.#lower(cause));
        const context = own(error, "context");
        if (context !== undefined) handle?.setContext(context === null ? null : this.#lower(context));
    }
}

const crossings = new WeakMap<object, Crossing>();

/** What an error of the host's is linked to is asked of the host when it is wanted. What is set here shadows it. */
function linked(name: string, read: (handle: Handle) => Handle | Handle[] | null | undefined): PropertyDescriptorMap {
    function get(this: object): unknown {
        const handle = handles.get(this);
        const crossing = crossings.get(this);
        const found = handle && read(handle);
        if (!found || !crossing) return found;
        return Array.isArray(found) ? found.map((each) => crossing.restore(each)) : crossing.restore(found);
    }
    function set(this: object, value: unknown): void {
        Object.defineProperty(this, name, { value, writable: true, configurable: true });
    }
    return { [name]: { get, set, configurable: true } };
}

const LINKS: PropertyDescriptorMap = {
    ...linked("cause", (handle) => handle.cause() ?? (handle.hidesContext() ? null : undefined)),
    ...linked("context", (handle) => handle.context() ?? undefined),
};
const LINKS_OF_A_GROUP: PropertyDescriptorMap = { ...LINKS, ...linked("errors", (handle) => handle.members()) };

/** A property of its own, as an author sets it. */
function own(error: object, name: string): unknown {
    return read(() => (Object.hasOwn(error, name) ? Reflect.get(error, name) : undefined), undefined);
}

/** What an error says; whatever was thrown, and whatever that does when it is asked. */
function saying(thrown: unknown): string {
    const message = typeof thrown === "object" && thrown !== null ? own(thrown, "message") : undefined;
    return typeof message === "string" ? message : read(() => String(thrown), "an error that cannot be read");
}

function read<T>(ask: () => T, otherwise: T): T {
    try {
        return ask();
    } catch {
        return otherwise;
    }
}
