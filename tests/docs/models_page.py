#!/usr/bin/env python3
"""Writes docs/models.md from what `spikeloom describe` says, or checks that it still says that.

    models_page.py --program build/release/spikeloom docs/models.md            write the page
    models_page.py --program build/release/spikeloom --check docs/models.md    exit status 1 if it would change
"""
import argparse
import pathlib
import re
import subprocess
import sys

INTRODUCTION = """# Models

Neurons, sources, ready-made networks and learning rules, as `spikeloom describe NAME` prints them (this page is written
from it by `tests/docs/models_page.py`). A population names its model under `model:`, sets parameters under `params:` and initial
values under `initial:`; each may differ from neuron to neuron ([language](language.md)). Names and conventions follow NEST
where NEST has the model.
"""
CHAPTERS = ("neuron models", "spike sources", "currents", "modules", "protocols", "learning rules")


def describe(program, *name):
    return subprocess.run([program, "describe", *name], check=True, stdout=subprocess.PIPE, text=True).stdout


def names_of(listing, chapter):
    part = re.search(rf"^{chapter}\n((?:  .*\n)*)", listing, re.MULTILINE)
    return re.findall(r"^  (\w+)", part[1], re.MULTILINE) if part else []


def page(program):
    listing = describe(program)
    text = INTRODUCTION
    for chapter in CHAPTERS:
        names = names_of(listing, chapter)
        if names:
            text += f"\n## {chapter.capitalize()}\n"
        for name in names:
            text += f"\n### {name}\n\n```text\n{describe(program, name).rstrip()}\n```\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = page(options.program)
    if not options.check:
        options.file.write_text(text)
    elif options.file.read_text() != text:
        sys.exit(f"{options.file} is not what the program says\n    write it again: tests/docs/models_page.py "
                 f"--program {options.program} {options.file}")


if __name__ == "__main__":
    main()
