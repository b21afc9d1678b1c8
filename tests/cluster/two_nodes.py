#!/usr/bin/env python3
"""Runs over two nodes of one machine: the second has a network, host name, processes and shared memory of its own.

    two_nodes.py PROGRAM [--seed S] [--losses N]

Needs root, for Linux namespaces, and Open MPI. Ranks on both nodes give the results of one process; a run whose second
node is lost (everything on it killed at a random moment) goes on from its checkpoint, on both nodes or on one, and ends with
the same results. Its speed says nothing: where all processors are busy waiting, packets between such nodes wait for the next
tick of the scheduler. Exit status 0 if all of it holds.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "experiments"))
import resume  # noqa: E402

NODE = "spikeloom-node"
HERE, THERE, NET = "10.77.31.1", "10.77.31.2", "10.77.31.0/24"
# What Open MPI calls instead of ssh: a host, and a command to carry out there.
AGENT = """#!/bin/bash
shift
exec ip netns exec {node} unshare -u -i -m -p -f --kill-child --mount-proc bash -c \\
  "hostname {node}; mount -t tmpfs tmpfs /dev/shm; mkdir -p {folder}/tmp; export TMPDIR={folder}/tmp; $*"
"""


def shell(command):
    subprocess.run(command, shell=True, check=True)


class SecondNode:
    def __enter__(self):
        shell(f"ip netns add {NODE} && ip link add spikeloom0 type veth peer name spikeloom1 && "
              f"ip link set spikeloom1 netns {NODE} && ip addr add {HERE}/24 dev spikeloom0 && "
              f"ip link set spikeloom0 up && ip netns exec {NODE} ip addr add {THERE}/24 dev spikeloom1 && "
              f"ip netns exec {NODE} ip link set spikeloom1 up && ip netns exec {NODE} ip link set lo up")
        return self

    def __exit__(self, *_):
        self.lose()
        subprocess.run(f"ip netns del {NODE}; ip link del spikeloom0", shell=True, stderr=subprocess.DEVNULL)

    @staticmethod
    def lose():
        """Everything there is gone at once."""
        found = subprocess.run(["ip", "netns", "pids", NODE], capture_output=True, text=True).stdout.split()
        if found:
            subprocess.run(["kill", "-9", *found], stderr=subprocess.DEVNULL)


def launcher(folder, here, there):
    """Words that start so many ranks on either node."""
    agent = folder / "agent.sh"
    agent.write_text(AGENT.format(node=NODE, folder=folder))
    agent.chmod(0o755)
    return ["mpirun", "-q", "--oversubscribe", "--mca", "plm_rsh_agent", str(agent), "--mca", "oob_tcp_if_include", NET,
            "--mca", "btl_tcp_if_include", NET, "-H", f"{HERE}:{here},{THERE}:{there}", "-n"]


def deal_out(trial, ranks, chance):
    """Ranks that it starts from now on are on either node; how many are here."""
    here = chance.randint(1, ranks - 1)
    trial.launcher = launcher(trial.folder, here, ranks - here)
    return here


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--losses", type=int, default=5)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("two_nodes.py needs root: a second node is made of Linux namespaces")
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="spikeloom_nodes_") as name, SecondNode() as node:
        folder = pathlib.Path(name)
        try:
            trial = resume.Trial(options.program.resolve(), folder, "plastic", 1, 1, chance)
            for ranks in (2, 3, 4):
                here = deal_out(trial, ranks, chance)
                trial.finish(trial.start("run", "nodes", 1, ranks=ranks))
                trial.compare("nodes")
                print(f"{ranks} ranks, {here} of them here: equal", flush=True)
            went_on = 0
            for _ in range(options.losses):
                deal_out(trial, 2, chance)
                process = trial.start("run", "lost", 1, ranks=2)
                while process.poll() is None and not trial.has_checkpoint("lost"):
                    time.sleep(0.01)
                time.sleep(2 * trial.seconds * chance.random())
                node.lose()
                trial.last_words(process)
                went_on += trial.has_checkpoint("lost")
                ranks = chance.randint(1, 3)
                if ranks > 1:
                    deal_out(trial, ranks, chance)
                command = ("resume", "lost", 1) if trial.has_checkpoint("lost") else ("run", "lost", 1, "--overwrite")
                trial.finish(trial.start(*command, ranks=ranks))
                trial.compare("lost")
            print(f"second node lost {options.losses} times: equal, {went_on} times from a checkpoint")
        except resume.Failure as failure:
            sys.exit(str(failure))


if __name__ == "__main__":
    main()
