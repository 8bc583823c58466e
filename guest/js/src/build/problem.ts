/** What is wrong with what the user gave: one message, to be shown as it is. */
export class Problem extends Error {}
