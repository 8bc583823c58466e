"""What is in a file: scenarios, or the cases of cases.json, which have scenarios."""

import importlib
import json
import sys


def scenarios_of(entries, wanted=None):
    """The scenarios of all entries, or of the one of that id."""
    for entry in entries:
        if wanted is None or str(entry["id"]) == wanted:
            yield from entry.get("scenarios", []) if "claim" in entry else [entry]


def written(entry):
    """A scenario on a line; a case on several, to be read and edited."""
    if "claim" not in entry:
        return json.dumps(entry)
    scenarios = ",\n".join(_block(scenario, "    ") for scenario in entry.get("scenarios", []))
    lines = {key: json.dumps(value) for key, value in entry.items() if key != "scenarios"}
    if scenarios:
        lines["scenarios"] = f"[\n{scenarios}\n  ]"
    return _object(lines, "")


def _block(scenario, indent):
    lines = {key: json.dumps(value) for key, value in scenario.items()}
    if scenario["managers"]:
        managers = {name: json.dumps(manager) for name, manager in scenario["managers"].items()}
        lines["managers"] = _object(managers, indent + "  ").lstrip()
    return _object(lines, indent)


def _object(lines, indent):
    inside = ",\n".join(f'{indent}  "{key}": {value}' for key, value in lines.items())
    return f"{indent}{{\n{inside}\n{indent}}}"


def unknown_tests(cases):
    """The tests that cases stand for and that this CPython does not have. Some systems install it without its tests."""
    try:
        suites = [importlib.import_module(f"test.{name}") for name in ("test_contextlib", "test_contextlib_async", "test_with")]
    except ImportError as missing:
        print(f"Not compared: the tests that cases stand for; {missing}", file=sys.stderr)
        return
    for case in cases:
        for test in case["tests"]:
            of, method = test.split(".")
            if not any(hasattr(getattr(suite, of, None), method) for suite in suites):
                yield test
