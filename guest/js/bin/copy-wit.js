// Puts the contract into the package that is about to be packed; in the repository it is read from its own place.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

const from = new URL("../../../wit/", import.meta.url);
const to = new URL("../wit/", import.meta.url);
mkdirSync(to, { recursive: true });
for (const file of readdirSync(from).filter((name) => name.endsWith(".wit"))) cpSync(new URL(file, from), new URL(file, to));
