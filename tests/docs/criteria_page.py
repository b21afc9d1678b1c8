#!/usr/bin/env python3
"""Checks that every test and experiment that docs/criteria*.md name exists.

    criteria_page.py SOURCE_DIRECTORY
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
tests = set()
for file in (source / "tests").rglob("*.cpp"):
    tests |= set(re.findall(r'TEST_CASE\(\s*"([^"]+)"', file.read_text()))

wrong = []
for page in sorted((source / "docs").glob("criteria*.md")):
    text = page.read_text()
    named = re.findall(r"test `([^`]+)`", text)
    missing = [f"no test is called '{name}'" for name in named if name not in tests]
    missing += [f"there is no experiments/{name}" for name in re.findall(r"`(\w+\.yaml)`", text)
                if not (source / "experiments" / name).exists()]
    missing += [] if named else ["names no test"]
    wrong += [f"docs/{page.name}: {what}" for what in missing]
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
