#!/usr/bin/env node
// Old syntax only, so that an old Node comes as far as to this message.
var major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
    console.error("ambit-guest: this is Node " + process.versions.node + ", and Node 20 or newer is needed");
    process.exit(1);
}
import("../dist/build/main.js").then(
    function (main) {
        return main.main(process.argv.slice(2));
    },
    function (error) {
        console.error("ambit-guest: the package is not built: run `npm install` in it (" + error.message + ")");
        process.exit(1);
    },
);
