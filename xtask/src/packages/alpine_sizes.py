"""Writes core/data/packages/alpine-sizes.tsv: the sizes of the packages of Alpine 3.22 that its own table leaves out.

usage: alpine_sizes.py LIST DAY   LIST is packages-alpine-3.22-main.jsonl: one package a line, as the APKINDEX of DAY has it
A row: name, KiB of the package, KiB with all that it needs beside the base image, and that once more.
"""

import json
import re
import sys

BASE = """alpine-baselayout alpine-keys alpine-release apk-tools busybox busybox-binsh ca-certificates-bundle
musl-utils""".split()


def main(path, day):
    with open(path, encoding="utf-8") as file:
        packages = {row["name"]: row for row in map(json.loads, file)}
    provided = {}
    for row in sorted(packages.values(), key=lambda row: (row["installed"], row["name"])):
        for name in row.get("provides", []):
            provided.setdefault(re.split("[=<>~]", name)[0], row["name"])

    def closure(names, without=frozenset()):
        found, open_names = set(), list(names)
        while open_names:
            name = open_names.pop()
            if name in found or name in without:
                continue
            found.add(name)
            needs = [re.split("[=<>~@]", need)[0] for need in packages[name].get("depends", []) if need[0] != "!"]
            needs = [need if need in packages else provided.get(need) for need in needs]
            open_names.extend(need for need in needs if need)
        return found

    def kib(names):
        return -(-sum(packages[name]["installed"] for name in names) // 1024)

    with open("core/data/packages/alpine-3.22.tsv", encoding="utf-8") as file:
        own = {line.split("\t")[0].lstrip("*") for line in file if line[0] not in "#=?"}
    base = closure(BASE)
    lines = [
        "# alpine-sizes: name, KiB of the package, KiB with all that it needs beside the base image, and that once more.",
        f"# source: the APKINDEX of Alpine 3.22, main, x86_64, of {day}, from a public copy; without documentation.",
    ]
    for name in sorted(packages):
        if name not in own and name not in base:
            size = kib(closure([name], base))
            lines.append(f"{name}\t{kib([name])}\t{size}\t{size}")
    with open("core/data/packages/alpine-sizes.tsv", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main(*sys.argv[1:])
