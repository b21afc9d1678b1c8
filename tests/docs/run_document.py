#!/usr/bin/env python3
"""Runs what a document says: every marked code block of a Markdown file, in order, in one fresh folder.

    run_document.py DOCUMENT.md --program BUILD/spikeloom

Marks stand behind the language of a fenced block:

    ```yaml file=net.yaml        write the block to net.yaml; an experiment is validated too
    ```yaml into=net.yaml        lay the block over net.yaml (maps are merged, all else replaced) and validate the result
    ```sh run [exit=65]          run it with bash; the program is found as `spikeloom`
    ```python run                run it with this Python
    ```text output               the last block that was run printed these lines, in this order; `...` stands for anything

Blocks without a mark are left alone. Exit status 0 if all of it holds; else says which line of the document does not.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml


class Block:
    def __init__(self, line, language, marks, text):
        self.line, self.language, self.text = line, language, text
        self.marks = dict(mark.partition("=")[::2] for mark in marks)


def blocks_of(document):
    block, lines = None, []
    for number, line in enumerate(document.read_text().splitlines(), 1):
        fence = re.match(r"```(\w+)?(.*)$", line)
        if block is None and fence:
            block, lines = (number, fence[1] or "", fence[2].split()), []
        elif block is not None and line.startswith("```"):
            yield Block(*block, "\n".join(lines) + "\n")
            block = None
        else:
            lines.append(line)


def merged(base, over):
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: merged(base[key], value) if key in base else value for key, value in over.items()}


def shows(printed, expected):
    """Whether the expected lines occur in this order, without gaps except where a line or part of it is `...`."""
    parts = [re.escape(part.rstrip()) for part in expected.strip().split("...")]
    return re.search(".*?".join(parts), "\n".join(line.rstrip() for line in printed.splitlines()), re.DOTALL)


class Runner:
    def __init__(self, document, folder, program):
        self.document, self.folder, self.printed, self.failures = document, folder, "", 0
        path = f"{program.parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "SPIKELOOM_PROGRAM": str(program)}

    def complain(self, block, what, shown=""):
        print(f"{self.document}:{block.line}: {what}\n{shown}", file=sys.stderr)
        self.failures += 1

    def execute(self, block, command, wanted=0):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280)
        self.printed = done.stdout
        if done.returncode != wanted:
            self.complain(block, f"ended with {done.returncode} instead of {wanted}", done.stdout)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, block):
        if "file" in block.marks:
            self.write(block.marks["file"], block.text)
            if block.language == "yaml" and "novalidate" not in block.marks:
                self.execute(block, ["spikeloom", "validate", block.marks["file"]])
        elif "into" in block.marks:
            base = yaml.safe_load((self.folder / block.marks["into"]).read_text())
            self.write("merged.yaml", yaml.safe_dump(merged(base, yaml.safe_load(block.text)), sort_keys=False))
            self.execute(block, ["spikeloom", "validate", "merged.yaml"])
        elif "run" in block.marks:
            command = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}[block.language]
            self.execute(block, [*command, block.text], int(block.marks.get("exit") or 0))
        elif "output" in block.marks:
            if not shows(self.printed, block.text):
                self.complain(block, "what was run before printed something else:", self.printed)
        else:
            return 0
        return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(options.document, pathlib.Path(folder), options.program.resolve())
        count = sum(runner.run(block) for block in blocks_of(options.document))
    print(f"{options.document.name}: {count} blocks, {runner.failures} failures")
    return 1 if runner.failures else 0


if __name__ == "__main__":
    sys.exit(main())
