/**
 * Context managers in JavaScript: one generator function with one `yield`, which runs in the `with` of any Ambit host.
 *
 * What stands ahead of the `yield` is enter, what stands after it is exit. An error of the body is thrown at the `yield`:
 * catch it, and it is suppressed; throw it again, and the same error goes on; throw another, and that takes its place.
 *
 * @module
 */
export { Cancelled, Fault, Raised, detail, isKind, kinds, type RaisedOptions } from "./raised.js";
export { addNote, notes } from "./notes.js";
export type { Json } from "./json.js";
export {
    type Argument,
    type Arguments,
    type Leave,
    type Manager,
    type Options,
    type Parameter,
    type Parameters,
    type Scope,
    manager,
} from "./manager.js";
