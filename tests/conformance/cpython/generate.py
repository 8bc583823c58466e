"""Makes scenarios: random ones, and each way in which four managers nest."""

import itertools
import random

from .run import expect

KINDS = ["Boom", "Crash", "Denied"]


class Generator:
    def __init__(self, seed, is_async, size):
        self.random, self.is_async, self.size = random.Random(seed), is_async, size
        self.errors = 0

    def error(self):
        self.errors += 1
        return {"kind": self.random.choice(KINDS), "message": f"e{self.errors}"}

    def chance(self, probability):
        return self.random.random() < probability

    def actions(self, raising):
        actions = [{"log": self.random.choice(["one", "two", "three"])} for _ in range(self.random.randint(0, 2))]
        if self.chance(raising):
            actions.append({"raise": self.error()})
        return actions

    def then(self):
        pick = self.random.random()
        if pick < 0.35:
            return "suppress"
        if pick < 0.65:
            return "reraise"
        return {"raise": self.error(), "from": self.random.choice(["caught", "none", "implicit"])}

    def manager(self):
        return {
            "before": self.actions(0.06),
            "yields": self.random.choices([1, 0, 2], [0.9, 0.04, 0.06])[0],
            "value": self.random.choice(["red", "green", "blue"]),
            "handlers": [
                {"catch": self.random.choice(KINDS + ["*"]), "actions": self.actions(0.08), "then": self.then()}
                for _ in range(self.random.randint(0, 2))
            ],
            "else": self.actions(0.08),
            "finally": self.actions(0.1),
        }

    def block(self, names, depth, in_handler=False):
        statements = []
        for _ in range(self.random.randint(1, 3)):
            pick = self.random.random()
            if pick < 0.2 or depth == 0:
                statements.append({"log": self.random.choice(["here", "there"])})
            elif pick < 0.25:
                statements.append({"raise": self.error()})
            elif pick < 0.31 and in_handler:
                statements.append({"reraise": True})
            elif pick < 0.66:
                statements.append(
                    {"with": {"manager": self.random.choice(names), "body": self.block(names, depth - 1, in_handler)}}
                )
            elif pick < 0.78:
                statements.append(
                    {
                        "try": {
                            "body": self.block(names, depth - 1, in_handler),
                            "catch": self.random.choice(KINDS + ["*"]),
                            "do": self.block(names, depth - 1, True),
                        }
                    }
                )
            elif pick < 0.88:
                statements.append(
                    {
                        "decorate": {
                            "manager": self.random.choice(names),
                            "calls": self.random.randint(1, 3),
                            "body": self.block(names, depth - 1, in_handler),
                        }
                    }
                )
            else:
                statements.append({"stack": {"steps": self.steps(names, depth - 1, in_handler)}})
        return statements

    def steps(self, names, depth, in_handler):
        steps = []
        for _ in range(self.random.randint(1, 5)):
            pick = self.random.random()
            if pick < 0.45:
                steps.append({"enter": self.random.choice(names)})
            elif pick < 0.6:
                steps.append({"callback": self.actions(0.2)})
            elif pick < 0.75:
                steps.append({"push": {"actions": self.actions(0.15), "suppress": self.random.choice(KINDS + ["*", "never"])}})
            elif pick < 0.79:
                steps.append({"pop_all": True})
            elif pick < 0.83:
                steps.append({"close": True})
            else:
                steps.extend(self.block(names, depth, in_handler) if depth > 0 else [{"raise": self.error()}])
        return steps

    def scenario(self, number):
        names = ["a", "b", "c"]
        scenario = {
            "id": number,
            "async": self.is_async,
            "managers": {name: self.manager() for name in names},
            "program": self.block(names, self.size),
        }
        scenario["expected"] = expect(scenario)
        return scenario


ORIGINS = ["caught", "implicit", "none"]


def nested():
    """Four managers in every order around one failing body: all let its error go on; one of them, each in turn, suppresses or
    replaces it; all replace what they are given."""
    names = ["a", "b", "c", "d"]
    ways = [{}]
    ways += [{name: then} for name in names for then in ("suppress", *(_replace(name, origin) for origin in ORIGINS))]
    ways += [{name: _replace(name, origin) for name in names} for origin in ORIGINS]
    for number, (order, thens) in enumerate(itertools.product(itertools.permutations(names), ways), start=1):
        program = [{"raise": {"kind": "Boom", "message": "the body's"}}]
        for name in reversed(order):
            program = [{"with": {"manager": name, "body": program}}]
        managers = {name: _manager(name, thens.get(name, "reraise")) for name in names}
        scenario = {"id": number, "async": False, "managers": managers, "program": program}
        yield scenario | {"expected": expect(scenario)}


def _replace(name, origin):
    return {"raise": {"kind": "Crash", "message": f"by {name}"}, "from": origin}


def _manager(name, then):
    return {
        "before": [{"log": "enter"}],
        "yields": 1,
        "value": name.upper(),
        "handlers": [{"catch": "*", "actions": [], "then": then}],
        "else": [{"log": "completed"}],
        "finally": [{"log": "exit"}],
    }
