import { manager } from "@ambit/guest";

export const reraises = manager("reraises", { doc: "Returns the body's error." }, function* () {
    yield;
});
