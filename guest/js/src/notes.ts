import { handles } from "./handle.js";

const unsent = new WeakMap<object, string[]>();

/** Adds a line for whoever reads the error, and gives the error back: `throw addNote(error, "while saving")`. */
export function addNote<E>(error: E, note: string): E {
    if (typeof error !== "object" || error === null) return error;
    const handle = handles.get(error);
    if (handle) handle.addNote(note.toWellFormed());
    else unsent.set(error, [...(unsent.get(error) ?? []), note]);
    return error;
}

/** The lines that were added on the way, oldest first. */
export function notes(error: unknown): readonly string[] {
    if (typeof error !== "object" || error === null) return [];
    return handles.get(error)?.notes() ?? unsent.get(error) ?? [];
}
