// A JSON file with other settings for as long as the body runs.

import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { Raised, isKind, manager } from "@ambit/guest";

const doc = `A JSON file with other settings, restored in the end.

The value is its path. The original lies beside it meanwhile, and is put back as it was, whatever becomes of the edited one.`;

const parameters = {
    path: { type: "string", doc: "The file: a JSON object." },
    set: {
        type: "object",
        doc: "What is other: objects are merged, `null` takes a setting away, all else takes the place of what was there.",
    },
};

export const config = manager("config", { doc, parameters, recover: restore }, function* ({ path, set }, leave) {
    const text = readFileSync(path, "utf8");
    const edited = write(merge(parse(text, path), set), text);

    const unique = Math.random().toString(36).slice(2);
    const files = { path, original: `${path}.${unique}.original`, draft: `${path}.${unique}.draft` };
    leave(files);
    try {
        writeFileSync(files.draft, edited, { flag: "wx" });
        renameSync(path, files.original);
        renameSync(files.draft, path);
        yield path;
    } finally {
        restore(files);
    }
});

/** Puts the original back. Where that has been done, or nothing was moved, it does nothing. */
function restore({ path, original, draft }) {
    unlessGone(() => unlinkSync(draft));
    unlessGone(() => renameSync(original, path));
}

function unlessGone(action) {
    try {
        action();
    } catch (error) {
        if (!isKind(error, "not-found")) throw error;
    }
}

function parse(text, path) {
    try {
        const settings = JSON.parse(text);
        if (isObject(settings)) return settings;
    } catch (cause) {
        throw new NotSettings(`\`${path}\` is not JSON`, { cause });
    }
    throw new NotSettings(`\`${path}\` is no JSON object`);
}

class NotSettings extends Raised {
    static kinds = ["js:config.NotSettings", "invalid-argument:path", "invalid-argument"];
}

/** RFC 7396. */
function merge(settings, patch) {
    const merged = new Map(Object.entries(settings));
    for (const [key, value] of Object.entries(patch)) {
        const before = merged.get(key);
        if (value === null) merged.delete(key);
        else merged.set(key, isObject(value) ? merge(isObject(before) ? before : {}, value) : value);
    }
    return Object.fromEntries(merged);
}

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Writes settings in the style of the text that they come from. */
function write(settings, like) {
    const [, indent = ""] = /\n([ \t]+)/.exec(like) ?? [];
    return JSON.stringify(settings, null, indent) + (like.endsWith("\n") ? "\n" : "");
}
