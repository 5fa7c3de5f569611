"""Writes core/data/packages/debian-sizes.tsv: the sizes of the packages of Debian 12 that Dockerfiles may install by name.

usage: debian_sizes.py PACKAGES   PACKAGES is the unpacked index of Debian 12, main, amd64
A row: name, KiB of the package, KiB with all that it needs beside the base image, KiB with what is recommended too.
"""

import re
import sys

# Sections whose packages Dockerfiles install by name.
SECTIONS = set("""admin comm database devel editors electronics embedded fonts gnome graphics httpd interpreters introspection
libdevel libs mail math metapackages misc net oldlibs otherosfs php python shells sound tex text utils vcs video web
x11""".split())
MAX_NEEDS = 2000


def read(path):
    packages, provided = {}, {}
    with open(path, encoding="utf-8") as file:
        for stanza in file.read().split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, flags=re.M))
            if "Package" not in fields:
                continue
            packages[fields["Package"]] = fields
            for name in fields.get("Provides", "").split(","):
                provided.setdefault(name.split("(")[0].strip(), fields["Package"])
    return packages, provided


def needs(packages, provided, fields, keys):
    """The first alternative of each dependency that exists."""
    for key in keys:
        for group in fields.get(key, "").split(","):
            names = [re.split(r"[ (:]", name.strip())[0] for name in group.split("|")]
            found = next((name for name in names if name in packages), None)
            found = found or next((provided[name] for name in names if name in provided), None)
            if found:
                yield found


def closure(packages, provided, names, keys, without=frozenset()):
    found, open_names = set(), list(names)
    while open_names and len(found) < MAX_NEEDS:
        name = open_names.pop()
        if name in found or name in without:
            continue
        found.add(name)
        open_names.extend(needs(packages, provided, packages[name], keys))
    return found


def rounded(kib):
    """Two significant digits are enough for an estimate."""
    text = str(kib)
    return int(text[:2] + "0" * (len(text) - 2)) if len(text) > 2 else kib


def main(path):
    packages, provided = read(path)
    depends, recommends = ("Pre-Depends", "Depends"), ("Pre-Depends", "Depends", "Recommends")
    essential = [name for name, fields in packages.items() if fields.get("Priority") == "required" or name == "apt"]
    base = frozenset(closure(packages, provided, essential, depends))

    def kib(names):
        return rounded(sum(int(packages[name].get("Installed-Size", 0)) for name in names))

    lines = [
        "# debian-sizes: name, KiB of the package, KiB with all that it needs beside the base image, KiB with what is",
        "# recommended too; without documentation and most sections of single languages.",
        "# source: the index of Debian 12, main, amd64, 2026-11-29; two significant digits.",
    ]
    for name, fields in sorted(packages.items()):
        if name in base or fields.get("Section") not in SECTIONS or name.endswith(("-doc", "-dbg")):
            continue
        alone = [rounded(int(fields.get("Installed-Size", 0)))]
        alone += [kib(closure(packages, provided, [name], keys, base)) for keys in (depends, recommends)]
        lines.append("\t".join([name, *map(str, alone)]))
    with open("core/data/packages/debian-sizes.tsv", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main(*sys.argv[1:])
