"""Packs the histories of official images into core/data/official, a gzip file a family.

usage: pack.py SOURCE LISTED TARGET
SOURCE holds official/FAMILY.json.gz and image-sizes-*.jsonl, LISTED is core/data/images.jsonl. Further measured sizes
are read from core/data/measured_sizes.tsv.
The form of a packed file is described in core/src/base_images/official/packed.rs.
"""

import collections
import datetime
import glob
import gzip
import json
import re
import sys

FACTS = ("from", "env", "entrypoint", "cmd", "shell", "workdir", "user", "expose", "volume", "stopsignal", "onbuild",
         "packages")


with open("core/data/parents.json", encoding="utf-8") as parents_file:
    PARENTS = {family: base.replace("{debian}", "bookworm") for family, base in json.load(parents_file)["parents"].items()}


with open("core/data/distributions.json", encoding="utf-8") as distributions_file:
    DISTRIBUTIONS = {family for one in json.load(distributions_file)["distributions"] for family in one["families"]}


def version_of(name):
    """The version that a build's name begins with, or nothing."""
    found = re.match(r"v?\d+(\.\d+)*", name)
    return found.group(0) if found else ""


def template(name, version):
    """A name in which the version, its first two parts or its first part are replaced: %v, %n, %M."""
    parts = version.split(".")
    forms = [("%v", version)] if version else []
    if len(parts) >= 3:
        forms.append(("%n", ".".join(parts[:2])))
    if len(parts) >= 2:
        forms.append(("%M", parts[0]))
    for mark, text in forms:
        if name == text or name.startswith(text + "-"):
            return mark + name[len(text):]
    return name


def facts_of(build, version):
    """The facts of a build as JSON, its version replaced by %v where the text is long enough to be no accident."""
    facts = {key: build[key] for key in FACTS if key in build}
    if "near" in build:
        facts["near"] = True
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    assert "%v" not in text
    if len(version) > 2:
        for before in ('"', "=", "-", ":"):
            text = re.sub(re.escape(before + version) + r"(?![0-9.])", before + "%v", text)
    return text


def platform_of(name, build):
    """Empty for an image of linux/amd64, w for one of Windows, n for one of other processors alone."""
    if "nanoserver" in name or "windowsservercore" in name:
        return "w"
    return "" if "amd64" in build["arch"] else "n"


def pack(family, measured, listed):
    """The text of a family's file."""
    # A few lists of the past have two names without a comma between them.
    builds = {name: build for name, build in family["builds"].items() if " " not in name}
    tags, moves = collections.defaultdict(list), collections.defaultdict(list)
    for tag, events in family["tags"].items():
        for day, build in events:
            if build not in builds or " " in tag:
                continue
            if builds[build]["first"] == day:
                tags[build].append(tag)
            else:
                moves[(day, build)].append(tag)
    facts, releases = {}, collections.OrderedDict()
    for name in sorted(builds, key=lambda name: (builds[name]["first"], name)):
        build, version = builds[name], version_of(name)
        platform = platform_of(name, build)
        text = "{}" if platform else facts_of(build, version)
        number = facts.setdefault(text, len(facts))
        words = [template(tag, version) for tag in sorted(tags[name])]
        variant = " ".join([template(name, version), f"{number}{platform}"] + words)
        key = (build["first"], build["last"] or "-", version or "-")
        releases.setdefault(key, []).append(variant)
    sets = {}
    for variants in releases.values():
        sets.setdefault(tuple(variants), len(sets))
    sources = sorted({build["source"].split("@")[0] for build in builds.values() if "@" in build.get("source", "")})
    last = max((event[0] for events in family["tags"].values() for event in events), default="-")
    lines = [f"N {family['family']} {last} {' '.join(sources[-3:])}"]
    lines += [f"F {text}" for text in facts]
    for variants in sets:
        lines.append("S")
        lines += [f"  {variant}" for variant in variants]
    for (first, end, version), variants in releases.items():
        lines.append(f"R {first} {end} {version} {sets[tuple(variants)]}")
    for (day, build), names in sorted(moves.items()):
        lines.append(f"M {day} {build} {' '.join(sorted(names))}")
    lines += [f"Z {line}" for line in measured]
    lines += [f"L {line}" for line in listed]
    return "\n".join(lines) + "\n"


def bases_of(families):
    """For each family the families that its builds are built from."""
    bases = collections.defaultdict(set)
    for name, family in families.items():
        bases[name] = {build["from"].split(":")[0] for build in family["builds"].values() if "from" in build}
        bases[name].update([PARENTS[name].split(":")[0]] if name in PARENTS else [])
    return bases


def base_of(families, image):
    """The image that a measured image is built from, without the words of its tag that begin with a digit."""
    family, tag = image["ref"].rsplit(":", 1)
    days = families.get(family, {"tags": {}})["tags"].get(tag, [])
    builds = [build for day, build in days if build and day <= image["date"]]
    base = families[family]["builds"][builds[-1]].get("from", PARENTS.get(family)) if builds else None
    return base and without_versions(base)


def without_versions(reference):
    return re.sub(r"-?\d[^-]*", "", reference)


def base_layers(families, images):
    """For each measured image how many of its layers are those of its base; None where it cannot be told.

    Layers that an image of another family has as well, and one that is not built from this family, are the base's. Where
    no other image has them, the image with the same base that is nearest in time tells the number.
    """
    bases = bases_of(families)

    def descends(family, ancestor, depth=8):
        return depth > 0 and any(base == ancestor or descends(base, ancestor, depth - 1) for base in bases[family])

    counts = []
    for image in images:
        family, layers, count = image["ref"].rsplit(":", 1)[0], image["amd64"]["layers"], 0
        for other in images:
            other_family, others = other["ref"].rsplit(":", 1)[0], other["amd64"]["layers"]
            # A family of which it is not known what it is built from may be built from this one.
            is_known = bases[other_family] or other_family in DISTRIBUTIONS
            if other_family == family or not is_known or descends(other_family, family):
                continue
            same = 0
            while same < min(len(layers), len(others)) and layers[same] == others[same]:
                same += 1
            count = max(count, same)
        counts.append(count)
    base_names = [base_of(families, image) for image in images]
    told = []
    for number, image in enumerate(images):
        # An image has layers of its own.
        layers = len(image["amd64"]["layers"])
        near = [
            (abs(day_number(other["date"]) - day_number(image["date"])), counts[at])
            for at, other in enumerate(images)
            if 0 < counts[at] < layers and base_names[at] == base_names[number]
        ]
        # A base of several layers that was measured on another day has as many of them.
        own = [
            (abs(day_number(other["date"]) - day_number(image["date"])), len(other["amd64"]["layers"]))
            for other in images
            if without_versions(other["ref"]) == base_names[number] and len(other["amd64"]["layers"]) < layers
        ]
        shared = counts[number] if counts[number] < layers else 0
        shared = shared or (min(near)[1] if near and base_names[number] else 0)
        told.append(max(shared, min(own)[1] if own else 0) or None)
    return told


def day_number(day):
    return datetime.date.fromisoformat(day).toordinal()


def further_sizes():
    """The images of core/data/measured_sizes.tsv, in the form of image-sizes-*.jsonl."""
    images = []
    with open("core/data/measured_sizes.tsv", encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            reference, day, version, size, layers = line.rstrip("\n").split("\t")
            images.append({
                "ref": reference, "date": day, "id": reference, "env_version": version,
                "virtual_mb": None if size == "-" else int(size) / 1e6,
                "amd64": {"layers": [int(layer) for layer in layers.split()]},
            })
    return images


def measured_sizes(families, source):
    """Lines of measured sizes by family, in the form of a Z line."""
    images = []
    for name in sorted(glob.glob(f"{source}/image-sizes-*.jsonl")):
        with open(name, encoding="utf-8") as file:
            images += [json.loads(line) for line in file]
    images += further_sizes()
    lines = collections.defaultdict(list)
    for image, below in zip(images, base_layers(families, images)):
        family, tag = image["ref"].rsplit(":", 1)
        exact = image.get("virtual_id", image["id"]) == image["id"]
        disk = "-" if image.get("virtual_mb") is None else f"{round(image['virtual_mb'] * 1000)}{'' if exact else '~'}"
        version = (image.get("env_version") or "-").replace(" ", "")
        layers = " ".join(str(layer) for layer in image["amd64"]["layers"])
        lines[family].append(f"{tag} {image['date']} {version} {disk} {below or '-'} {layers}")
    return lines


def main(source, listed_file, target):
    families = {}
    for name in sorted(glob.glob(f"{source}/official/*.json.gz")):
        with gzip.open(name) as file:
            family = json.load(file)
        if family["builds"]:
            families[family["family"]] = family
    measured = measured_sizes(families, source)
    listed = collections.defaultdict(list)
    with open(listed_file, encoding="utf-8") as file:
        for line in file:
            listed[json.loads(line)["name"]].append(line.strip())
    for name, family in families.items():
        text = pack(family, measured.pop(name, []), listed.pop(name, []))
        packed = name.replace("/", "__") + ".gz"
        with open(f"{target}/{packed}", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packer:
            packer.write(text.encode())
    names = sorted(families)
    with open(f"{target}/families.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(names) + "\n")
    with open(f"{target}/builtin.rs", "w", encoding="utf-8") as file:
        rows = [f'    ("{name}", include_bytes!("{name.replace("/", "__")}.gz")),\n' for name in names]
        file.write("&[\n" + "".join(rows) + "]\n")
    if measured:
        print("measured, but no family:", ", ".join(measured))


main(*sys.argv[1:])
