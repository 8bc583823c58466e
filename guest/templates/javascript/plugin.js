// A plugin with one manager, `draft`.

import { renameSync, unlinkSync, writeFileSync } from "node:fs";
import { isKind, manager } from "@ambit/guest";

const doc = `A file that is written whole or not at all.

The value is the path of a draft beside it. If the body succeeds, the draft becomes the file; if it fails, the draft is removed, and
the file stays as it was.`;

const parameters = { path: { type: "string", doc: "The file." } };

export const draft = manager("draft", { doc, parameters, recover: discard }, function* ({ path }, leave) {
    const draft = `${path}.${Math.random().toString(36).slice(2)}`;
    leave(draft); //                              what is released though `ambit` is killed
    writeFileSync(draft, "", { flag: "wx" });
    try {
        yield draft; //                           enter ends here; the body runs; exit begins here, and the body's error is thrown here
        renameSync(draft, path);
    } finally {
        discard(draft);
    }
});

/** Removes a draft. It may run twice, or though there never was one. */
function discard(draft) {
    try {
        unlinkSync(draft);
    } catch (error) {
        if (!isKind(error, "not-found")) throw error;
    }
}
