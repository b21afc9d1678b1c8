#!/usr/bin/env python3
"""Validates experiments against the program's own JSON Schema with an independent validator.

    validate_schema.py PROGRAM EXPERIMENT...

Also checks that the schema is one, that it refuses what is wrong, and that it knows every model. Exit code 77: skipped,
because a Python package is missing.
"""
import json
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

WRONG = [
    "{}",
    "experiment: {name: a, duration: 1}",
    "experiment: {name: a, duration: 1 mV}",
    "experiment: {name: a, duration: 1 s, sede: 1}",
    "experiment: {name: a, duration: 1 s}\npopulations: {p: {model: no_such_model, size: 1}}",
    "experiment: {name: a, duration: 1 s}\npopulations: {p: {model: lif_psc_exp, size: -1}}",
    "experiment: {name: a, duration: 1 s}\npopulations: {p: {model: lif_psc_exp, size: 1, params: {tau: 1 ms}}}",
    "experiment: {name: a, duration: 1 s}\npopulations: {p: {model: lif_psc_exp, size: 1, params: {tau_m: 1}}}",
    "experiment: {name: a, duration: 1 s}\nprojections: [{from: a, to: b, connect: {rule: all_to_al}}]",
    "experiment: {name: a, duration: 1 s}\nprojections: [{from: a, to: b, connect: {rule: fixed_indegree, p: 1}}]",
    "experiment: {name: a, duration: 1 s}\nrecord: [{state: v_m, of: a, every: 1 ms}]",
    "experiment: {name: a, duration: 1 s}\nrun: {threads: 0}",
]


def main() -> int:
    program, *experiments = sys.argv[1:]
    text = subprocess.run([program, "schema"], check=True, capture_output=True, text=True).stdout
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0
    for path in experiments:
        with open(path, encoding="utf-8") as file:
            for error in validator.iter_errors(yaml.safe_load(file)):
                failures += 1
                place = ".".join(map(str, error.absolute_path))
                print(f"{path}: {place}: {error.message[:300]}")
    for wrong in WRONG:
        if validator.is_valid(yaml.safe_load(wrong)):
            failures += 1
            print(f"the schema accepts what is wrong: {wrong}")
    models = schema["$defs"]["population"]["properties"]["model"]["enum"]
    described = subprocess.run([program, "describe"], check=True, capture_output=True, text=True).stdout
    for model in models:
        if model not in described:
            failures += 1
            print(f"'describe' does not list {model}")
    print(f"{len(experiments)} experiments, {len(WRONG)} wrong ones, {len(models)} models: {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
