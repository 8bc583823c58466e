"""A scenario as the Python program that it stands for."""

import json

from .run import NOTHING


def explain(scenario):
    lines = []

    def put(depth, text):
        lines.append("    " * depth + text)

    def error(e):
        return f"{e['kind']}({e['message']!r})"

    def actions(depth, items):
        for item in items:
            put(depth, f"log({item['log']!r})" if "log" in item else f"raise {error(item['raise'])}")
        if not items:
            put(depth, "pass")

    def block(depth, statements):
        for statement in statements:
            ((verb, x),) = statement.items()
            if verb == "log":
                put(depth, f"log({x!r})")
            elif verb == "raise":
                put(depth, f"raise {error(x)}")
            elif verb == "reraise":
                put(depth, "raise caught")
            elif verb == "with":
                put(depth, f"with {x['manager']}() as value:")
                block(depth + 1, x["body"])
            elif verb == "try":
                put(depth, "try:")
                block(depth + 1, x["body"])
                put(depth, f"except {x['catch']} as caught:")
                block(depth + 1, x["do"])
            elif verb == "decorate":
                put(depth, f"@{x['manager']}()  # called {x['calls']} times")
                put(depth, "def function(call):")
                block(depth + 1, x["body"])
            elif verb == "stack":
                put(depth, "with ExitStack() as stack:")
                for step in x["steps"]:
                    ((name, y),) = step.items()
                    if name in ("enter", "pop_all", "close", "callback", "push"):
                        put(depth + 1, f"stack.{name}({y if y is not True else ''})")
                    else:
                        block(depth + 1, [step])

    for name, m in scenario["managers"].items():
        m = NOTHING | m
        put(0, "@contextmanager")
        put(0, f"def {name}():")
        actions(1, m["before"])
        for _ in range(m["yields"]):
            put(1, "try:")
            put(2, f"yield {m['value']!r}")
            for h in m["handlers"]:
                put(1, f"except {h['catch']} as caught:")
                actions(2, h["actions"])
                then = h["then"]
                if then == "reraise":
                    put(2, "raise")
                elif then != "suppress":
                    tail = {"caught": " from caught", "none": " from None", "implicit": ""}[then["from"]]
                    put(2, f"raise {error(then['raise'])}{tail}")
            put(1, "else:")
            actions(2, m["else"])
            put(1, "finally:")
            actions(2, m["finally"])
        put(0, "")
    block(0, scenario["program"])
    lines.append("")
    lines.append("# expected: " + json.dumps(scenario["expected"]["end"]))
    lines.extend("#   " + t for t in scenario["expected"]["trace"])
    return "\n".join(lines)
