"""Measures packages of PyPI: what `pip install` leaves of each, and what each needs.

Run by `cargo xtask packages pypi`; writes the rows of core/data/packages/pypi.tsv to standard output. Each line
of standard input is a requirement, such as `flask` or `uvicorn[standard]`. uv, which must be beside Python,
resolves and unpacks; bytecode is compiled as pip does it.
"""

import concurrent.futures
import csv
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from pip._vendor.packaging.requirements import Requirement

HERE = os.path.dirname(sys.executable)
INDEX = os.environ.get("UV_INDEX_URL", "https://pypi.org/simple")


def canonical(name):
    """The name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel_bytes(name, version):
    """The size of the wheel that this machine takes, as the index tells it (PEP 691, PEP 700)."""
    form = {"Accept": "application/vnd.pypi.simple.v1+json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{INDEX}/{name}/", headers=form), timeout=30) as answer:
            files = json.load(answer)["files"]
    except (OSError, ValueError):
        return 0
    mine = f"cp{sys.version_info[0]}{sys.version_info[1]}-"

    def rank(file):
        marks = [mine in file["filename"], "abi3" in file["filename"], "none-any" in file["filename"]]
        return marks.index(True) if True in marks else 9

    def fits(file):
        parts = file["filename"].split("-")
        ours = "none-any" in file["filename"] or re.search(r"manylinux.*x86_64", file["filename"])
        return file["filename"].endswith(".whl") and len(parts) > 1 and parts[1] == version and ours

    return min((one for one in files if fits(one)), key=rank, default={"size": 0}).get("size", 0)


def bytecode(place):
    """Bytes of a source's compiled form; 0 where it cannot be compiled."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return os.path.getsize(py_compile.compile(place, os.path.join(folder, "x.pyc"), doraise=True, quiet=2))
        except (py_compile.PyCompileError, SyntaxError, ValueError, OSError):
            return 0


def about(root, folder, measured):
    """Name and version of an installed package; its needs, bytes, compiled bytes and programs are measured once."""
    with open(os.path.join(root, folder, "METADATA"), encoding="utf-8", errors="replace") as file:
        head = file.read().split("\n\n")[0]
    name = canonical(re.search(r"^Name: (.*)$", head, re.M)[1].strip())
    version = re.search(r"^Version: (.*)$", head, re.M)[1].strip()
    if (name, version) in measured:
        return name, version
    needs = [Requirement(line) for line in re.findall(r"^Requires-Dist: (.*)$", head, re.M)]
    needs = {canonical(need.name) for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})}
    total, compiled, programs = 0, 0, []
    with open(os.path.join(root, folder, "RECORD"), newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            place = os.path.normpath(os.path.join(root, row[0]))
            if place.endswith(".pyc") or not os.path.isfile(place):
                continue
            total += os.lstat(place).st_size
            if place.endswith(".py"):
                compiled += bytecode(place)
            if os.path.basename(os.path.dirname(place)) == "bin" and os.path.dirname(place) == os.path.join(root, "bin"):
                programs.append(os.path.basename(place))
    measured[(name, version)] = (needs, total, compiled, sorted(programs))
    return name, version


def main():
    wanted = [line.strip() for line in sys.stdin if line.strip() and not line.startswith("#")]
    measured, chosen, extras = {}, {}, {}
    for requirement in wanted:
        root = tempfile.mkdtemp()
        command = [os.path.join(HERE, "uv"), "pip", "install", "-q", "--only-binary", ":all:", "--python", sys.executable]
        done = subprocess.run([*command, "--target", root, requirement], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{requirement}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        found = [about(root, folder, measured) for folder in os.listdir(root) if folder.endswith(".dist-info")]
        for name, version in found:
            chosen.setdefault(name, version)
        if "[" in requirement:
            extras[canonical(requirement.split("[")[0]) + "[" + requirement.split("[")[1]] = {name for name, _ in found}
        shutil.rmtree(root, ignore_errors=True)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        wheels = dict(zip(chosen, pool.map(lambda item: wheel_bytes(*item), chosen.items())))
    table = {}
    for name, version in chosen.items():
        needs, total, compiled, programs = measured[(name, version)]
        depends = " ".join(sorted(need for need in needs if need in chosen))
        files = "/bin " + " ".join(programs) if programs else ""
        table[name] = f"{name}\t{version}\t{total}\t{depends}\t\t{files}\t{wheels[name]}\t\t{compiled or ''}"
    for name, names in extras.items():
        base = name.split("[")[0]
        if base in chosen:
            table[name] = f"{name}\t{chosen[base]}\t0\t{' '.join(sorted(names))}\t\t\t"
    for name in sorted(table):
        print(table[name].rstrip())


main()
