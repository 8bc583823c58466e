// Plays the managers of recorded scenarios; ../../FORMAT.md describes their scripts.
//
// What it logs it writes on stdout, a line each, as it happens: so the order of what guest and host log is kept.

import { Raised, isKind, kinds, manager } from "@ambit/guest";

const parameters = {
    name: { type: "string", doc: "What its log lines begin with." },
    script: { type: "object" },
};

export const scripted = manager("scripted", { doc: "Behaves as its script says.", parameters }, function* ({ name, script }) {
    act(name, script.before);
    for (let time = 0; time < script.yields; time++) {
        let passing;
        try {
            let failed = false;
            try {
                yield script.value;
            } catch (caught) {
                failed = true;
                handle(name, script.handlers, caught);
            }
            if (!failed) act(name, script.else);
        } catch (error) {
            passing = error;
            throw error;
        } finally {
            within(passing, () => act(name, script.finally));
        }
    }
});

/** The except clauses. The context of a new error is the host's to set. */
function handle(name, handlers, caught) {
    const [kind, message] = named(caught);
    const handler = handlers.find((each) => each.catch === "*" || each.catch === kind);
    if (!handler) throw caught;
    console.log(`${name}: caught ${kind}(${message})`);
    act(name, handler.actions);
    if (handler.then === "reraise") throw caught;
    if (handler.then === "suppress") return;
    const causes = { caught: { cause: caught }, none: { cause: null }, implicit: {} };
    throw raised(handler.then.raise, causes[handler.then.from]);
}

function act(name, actions) {
    for (const action of actions) {
        if (action.raise) throw raised(action.raise);
        console.log(`${name}: ${action.log}`);
    }
}

function raised({ kind, message }, options) {
    return new Raised(message, { kinds: [kind], ...options });
}

/** An error that is thrown while another passes through has that one as its context; JavaScript would forget it. */
function within(passing, action) {
    try {
        action();
    } catch (error) {
        if (passing) error.context = passing;
        throw error;
    }
}

/** What scenarios call an error: a broken contract is of the kind `Protocol`, in words of no language. */
function named(error) {
    const rule = ["did-not-yield", "did-not-stop"].find((each) => isKind(error, each));
    return rule ? ["Protocol", rule.replaceAll("-", " ")] : [kinds(error)[0], error.message];
}
