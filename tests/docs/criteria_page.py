#!/usr/bin/env python3
"""Checks that every test and experiment that docs/criteria.md names exists.

    criteria_page.py SOURCE_DIRECTORY
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
page = (source / "docs/criteria.md").read_text()
tests = set()
for file in (source / "tests").rglob("*.cpp"):
    tests |= set(re.findall(r'TEST_CASE\(\s*"([^"]+)"', file.read_text()))

named = re.findall(r"test `([^`]+)`", page)
missing = [f"no test is called '{name}'" for name in named if name not in tests]
missing += [f"there is no experiments/{name}" for name in re.findall(r"`(\w+\.yaml)`", page)
            if not (source / "experiments" / name).exists()]
for line in missing:
    print(f"docs/criteria.md: {line}", file=sys.stderr)
sys.exit(1 if missing or not named else 0)
