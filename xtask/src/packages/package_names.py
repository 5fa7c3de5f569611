"""Writes core/data/packages/NAME-names.tsv: which packages a release of Debian or Ubuntu has, as two Bloom filters.

usage: package_names.py NAME DAY PACKAGES…   PACKAGES are the unpacked indexes of amd64, of DAY, of all parts of the
release that its image asks: main, updates and security of Debian; also backports, and universe, restricted and
multiverse, of Ubuntu

A name is in `exists` if apt-get can install it: a package, or a virtual one with a single provider. It is in
`no-candidate` if others only refer to it, or several provide it: then apt names it and installs nothing. Names of
Rust's libraries are left out, which are half of all.

A filter has ten bits a name and seven of them set: of the name's SHA-256 the first two numbers of eight bytes,
little-endian, a and b: a + i * b modulo 2^64, modulo the number of bits. Of names that are not in it one in 120
seems to be.
"""

import base64
import hashlib
import re
import sys

RELATIONS = "Depends Pre-Depends Recommends Suggests Conflicts Breaks Replaces Enhances".split()
LEFT_OUT = "librust-"
BITS_A_NAME = 10
HASHES = 7


def names(value, separators):
    found = (re.split(r"[ (:]", name.strip())[0] for name in re.split(separators, value))
    return {name for name in found if name}


def read(paths):
    packages, providers, referred = set(), {}, set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for stanza in file.read().split("\n\n"):
                fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, flags=re.M))
                if "Package" not in fields:
                    continue
                packages.add(fields["Package"])
                for name in names(fields.get("Provides", ""), ","):
                    providers.setdefault(name, set()).add(fields["Package"])
                for key in RELATIONS:
                    referred |= names(fields.get(key, ""), "[,|]")
    single = {name for name, packages_of in providers.items() if len(packages_of) == 1}
    exists = packages | single
    return exists, (referred | set(providers)) - exists


def bloom_filter(members):
    bits = max(8, -(-len(members) * BITS_A_NAME // 8) * 8)
    array = bytearray(bits // 8)
    for name in members:
        digest = hashlib.sha256(name.encode()).digest()
        a, b = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")
        for i in range(HASHES):
            bit = (a + i * b) % 2**64 % bits
            array[bit // 8] |= 1 << bit % 8
    return base64.b64encode(bytes(array)).decode().rstrip("=")


def main():
    release, day, *paths = sys.argv[1:]
    exists, no_candidate = ({name for name in part if not name.startswith(LEFT_OUT)} for part in read(paths))
    with open(f"core/data/packages/{release}-names.tsv", "w", encoding="utf-8") as file:
        file.write(f"# {release}-names: Bloom filters of the names that apt-get can install, and of those without a candidate.\n")
        file.write(f"# {len(exists)} and {len(no_candidate)} names, without {LEFT_OUT}*; see xtask/src/packages/package_names.py.\n")
        file.write(f"# source: the release's own indexes for amd64, {day}\n")
        file.write(f"day\t{day}\n")
        file.write(f"exists\t{bloom_filter(exists)}\n")
        file.write(f"no-candidate\t{bloom_filter(no_candidate)}\n")


if __name__ == "__main__":
    main()
