/** The contract's `raised`: a handle of an error that the host owns. */
export interface Handle {
    family(): string;
    kinds(): string[];
    message(): string;
    isSame(other: Handle): boolean;
    members(): Handle[];
    notes(): string[];
    addNote(note: string): void;
    cause(): Handle | null;
    setCause(cause: Handle | null): void;
    context(): Handle | null;
    setContext(context: Handle | null): void;
    hidesContext(): boolean;
    [Symbol.dispose](): void;
}

/** The contract's `errors`, which makes errors. */
export interface Handles {
    new (kinds: readonly string[], message: string): Handle;
    broken(rule: string): Handle;
    group(kinds: readonly string[], message: string, members: readonly Handle[]): Handle;
}

/** The handles of the errors that have one now. */
export const handles = new WeakMap<object, Handle>();
