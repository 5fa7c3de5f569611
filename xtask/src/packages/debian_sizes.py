"""Writes core/data/packages/NAME.tsv: the sizes of the packages of a release of Debian that Dockerfiles may install by name.

usage: debian_sizes.py RELEASE PACKAGES NAME DAY   PACKAGES is the unpacked index of the release, main, amd64, of DAY
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
            for name in filter(None, fields.get("Provides", "").split(",")):
                provided.setdefault(name.split("(")[0].strip(), fields["Package"])
    return packages, provided


def needs(packages, provided, base, fields, keys):
    """Of each dependency that the base image does not have the first alternative that exists."""
    for key in keys:
        for group in filter(None, fields.get(key, "").split(",")):
            names = [re.split(r"[ (:]", name.strip())[0] for name in group.split("|")]
            found = next((name for name in names if name in packages), None)
            found = found or next((provided[name] for name in names if name in provided), None)
            if found and not base.intersection(names):
                yield found


def closure(needed, names, without=frozenset()):
    found, open_names = set(), list(names)
    while open_names and len(found) < MAX_NEEDS:
        name = open_names.pop()
        if name in found or name in without:
            continue
        found.add(name)
        open_names.extend(needed[name])
    return found


def rounded(kib):
    """Two significant digits are enough for an estimate."""
    text = str(kib)
    return int(text[:2] + "0" * (len(text) - 2)) if len(text) > 2 else kib


def table(release):
    """The packages that the release's own table has, and those of the base image."""
    with open(f"core/data/packages/debian-{release}.tsv", encoding="utf-8") as file:
        names = {line.split("\t")[0] for line in file if line[0] not in "#=?"}
    base = {name.lstrip("*") for name in names if name.startswith("*")}
    # Debian 12's sizes stand for other distributions, too.
    return set() if release == "12" else names, frozenset(base)


def main(release, path, target, day):
    packages, provided = read(path)
    own, base = table(release)
    depends, recommends = ("Pre-Depends", "Depends"), ("Pre-Depends", "Depends", "Recommends")
    with_depends, with_recommends = (
        {name: list(needs(packages, provided, base, fields, keys)) for name, fields in packages.items()}
        for keys in (depends, recommends)
    )
    sizes = {name: int(fields.get("Installed-Size", 0)) for name, fields in packages.items()}

    def kib(names):
        return rounded(sum(map(sizes.get, names)))

    lines = [
        f"# {target}: name, KiB of the package, KiB with all that it needs beside the base image, KiB with what is",
        "# recommended too; without documentation and most sections of single languages.",
        f"# source: the index of Debian {release}, main, amd64, {day}; two significant digits.",
    ]
    for name, fields in sorted(packages.items()):
        if name in base or name in own or fields.get("Section") not in SECTIONS or name.endswith(("-doc", "-dbg")):
            continue
        alone = [rounded(sizes[name])]
        alone += [kib(closure(needed, [name], base)) for needed in (with_depends, with_recommends)]
        lines.append("\t".join([name, *map(str, alone)]))
    with open(f"core/data/packages/{target}.tsv", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main(*sys.argv[1:])
