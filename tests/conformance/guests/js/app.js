// The managers that recordings and cases are played with.
export * from "./cases.js";
export * from "./scripted.js";
