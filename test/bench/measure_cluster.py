# SPDX-License-Identifier: MIT
"""A cluster in QEMU as `make cluster` makes it (test/cluster/running.py), on this machine's processors, which
emulate all of it: compare these figures with each other and with earlier ones, not with what boards do.

"all nodes idle in Slurm" is from the start of `make cluster`, layers built, to the line of the last of four nodes. "for jobs"
is MemAvailable of a node on which slurmd and munged run and no job does, the layers' images in RAM. "empty tasks" is an array job of
200 times /bin/true on four nodes of two processors. The word count is examples/wordcount-c with BYTES of text, from sbatch
to the sums in the server's share, on 1, 2 and 4 nodes; beside it, on this machine itself and not emulated, what people would
do without a cluster: sort | uniq -c, and Python's multiprocessing with examples/wordcount-python's counting. "a node killed" is the
time until the job of a node that is stopped dead has been started on another."""

import os
import re
import subprocess
import sys
import tempfile
import time

from figures import OURS, Figure
from tools import ROOT, CannotMeasure

sys.path.insert(0, str(ROOT / "test/cluster"))

TITLE = "A cluster of nodes in QEMU with Slurm"
BYTES = 20_000_000
TASKS = 200

LOCALLY = """
import re, sys
from collections import Counter
from multiprocessing import Pool
def count(name):
    with open(name, encoding="ascii") as file:
        return Counter(re.findall("[a-z]+", file.read().lower()))
if __name__ == "__main__":
    with Pool() as pool:
        print(len(sum(pool.map(count, sys.argv[1:]), Counter())))
"""


def seconds(action):
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def available(cluster):
    return int(cluster.node("node1", "sed -n \"s/MemAvailable: *\\([0-9]*\\) kB/\\1/p\" /proc/meminfo")) << 10


def word_count(cluster):
    """Seconds from the first sbatch to the result; the corpus is made before."""
    said = cluster.ok(f"cd $(mktemp -d) && BYTES={BYTES} {ROOT}/examples/wordcount-c/run")
    return float(re.search(r"in ([0-9.]+) s", said)[1])


def here():
    """What the same text takes on this machine, without a cluster."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["/usr/bin/python3", ROOT / "examples/corpus.py", folder, "8", str(BYTES)], check=True)
        pipe = seconds(lambda: subprocess.run(
            "cat part* | tr -cs '[:alpha:]' '\\n' | tr '[:upper:]' '[:lower:]' | sort | uniq -c >counts", shell=True, cwd=folder,
            env=os.environ | {"LC_ALL": "C"}, check=True))
        with open(f"{folder}/count.py", "w", encoding="ascii") as file:
            file.write(LOCALLY)
        pool = seconds(lambda: subprocess.run(["/usr/bin/python3", "count.py", *(f"part{i}" for i in range(8))], cwd=folder,
                                              check=True, stdout=subprocess.DEVNULL))
    return pipe, pool


def four_nodes(cluster, figures):
    log = cluster.log.read_text()
    figures.append(Figure("all of four nodes idle in Slurm", "s", {OURS: max(
        float(text) for text in re.findall(r"in Slurm ([0-9.]+) s", log))}))
    figures.append(Figure("for jobs, of 1 GiB, slurmd running", "B", {OURS: available(cluster)}))
    took = seconds(lambda: cluster.ok(f"{ROOT}/examples/wait-for $(sbatch --parsable --array=0-{TASKS - 1} --mem=16 -o /dev/null --wrap true)"))
    figures.append(Figure(f"empty tasks a second, {TASKS} on four nodes", "count", {OURS: round(TASKS / took, 2)}, more=True))
    count = word_count(cluster)
    cluster.ok("sbatch --parsable -x node1,node2 -o /dev/null --wrap 'hostname | put - $GREYHOUND_URL/bench-$SLURM_RESTART_COUNT; "
               "[ \"$SLURM_RESTART_COUNT\" = 1 ] || sleep 1000'")
    first = cluster.until("it runs", "cat $GREYHOUND_SHARE/bench-").strip()
    os.kill(cluster.qemu(first), 19)  # SIGSTOP
    figures.append(Figure("a node killed: its job runs elsewhere", "s", {OURS: seconds(
        lambda: cluster.until("it runs elsewhere", "cat $GREYHOUND_SHARE/bench-1"))}))
    return count


def measure():
    from running import Cluster  # noqa: PLC0415 (only with what it needs)
    if os.geteuid():
        raise CannotMeasure("it looks into the cluster's namespaces, which takes root")
    figures = []
    pipe, pool = here()
    for nodes in (4, 2, 1):
        cluster = Cluster(nodes, 2048 if nodes == 1 else 1024)
        try:
            if nodes == 4:
                count = four_nodes(cluster, figures)
            else:
                count = word_count(cluster)
            if nodes == 1:
                figures.append(Figure("for jobs, of 2 GiB, slurmd running", "B", {OURS: available(cluster)}))
        finally:
            cluster.close()
        figures.append(Figure(f"word count of {BYTES // 1_000_000} MB in C, {nodes} nodes (emulated)", "s", {OURS: count}))
    figures.append(Figure("... sort | uniq -c on this machine", "s", {OURS: None, "sort": pipe}))
    figures.append(Figure("... Python multiprocessing on this machine", "s", {OURS: None, "multiprocessing": pool}))
    return figures
