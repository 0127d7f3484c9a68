"""Lateral-flow strips: share found, wrong results, the faintest line that is read; photographs of unused kits.

Simulated photographs say how the reader does on what the simulator draws, and nothing of a kit's own accuracy.

    python benchmarks/diagnostics_strips.py [--scenes 60] [--first 4000]
"""

import argparse
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np

from swanneck.diagnostics.reading.photographs import read_photograph
from swanneck.diagnostics.reading.quadrangles import common_share
from swanneck.diagnostics.reading.strip_simulation import SceneSettings, simulate_strips, vary_scene
from swanneck.diagnostics.reading.strips import StripReading, read_strips

SHARED = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pair(scene, read):
    """Give for each true strip the one that was read there, None where none was; and how many lie elsewhere."""
    taken = set()
    pairs = []
    for true in scene.strips:
        shares = [common_share(true.corners, strip.corners) for strip in read.strips]
        best = int(np.argmax(shares)) if shares else -1
        found = best >= 0 and shares[best] > 0.5
        taken |= {best} if found else set()
        pairs.append((true, read.strips[best] if found else None))
    return pairs, len(read.strips) - len(taken)


def varied(scenes, first):
    """Read photographs with ground, light, tilt, blur, hands and labels drawn at random."""
    counts, extra, spent = Counter(), 0, 0.0
    for seed in range(first, first + scenes):
        generator = np.random.default_rng(seed)
        settings = vary_scene(generator)
        scene = simulate_strips(settings, generator)
        begin = time.process_time()
        read = read_strips(scene.picture)
        spent += time.process_time() - begin
        pairs, more = pair(scene, read)
        extra += more
        kind = "cassettes" if settings.cassette else "bare strips"
        for true, found in pairs:
            counts[kind, true.result, found.result if found else "not found"] += 1
    print(f"Photographs drawn at random: {scenes}; {spent / scenes:.1f} CPU s each")
    for kind in ("cassettes", "bare strips"):
        own = {key: count for key, count in counts.items() if key[0] == kind}
        total = max(sum(own.values()), 1)
        found = total - sum(count for key, count in own.items() if key[2] == "not found")
        wrong = sum(count for (_, true, read), count in own.items() if read not in (true, "unclear", "not found"))
        unclear = sum(count for key, count in own.items() if key[2] == "unclear")
        share = f"{100 * found / total:.0f} %"
        print(f"  {kind}: {found} of {total} found ({share}); of those {wrong} wrong, {unclear} unclear")
        for (_, true, read), count in sorted(own.items()):
            print(f"    {true} read as {read}: {count}")
    print(f"  read where none lies: {extra}")


def faint_lines(scenes):
    """Tell which share of test lines of a density is read, on cassettes in ordinary light; 0 are false positives."""
    print("Test lines of a density (control 0.4): share read, of the strips found")
    for density in (0.0, 0.02, 0.03, 0.05, 0.1, 0.2):
        found: list[StripReading] = []
        for seed in range(scenes // 3):
            generator = np.random.default_rng(2000 + seed)
            rotation = float(generator.uniform(0, 360))
            scene = simulate_strips(
                SceneSettings(control=0.4, tests=(density,), rotation=rotation, pixels_per_mm=9), generator
            )
            found += [strip for _, strip in pair(scene, read_strips(scene.picture))[0] if strip]
        seen = sum(strip.result == "positive" for strip in found)
        ratios = [strip.ratios[0][0] for strip in found if strip.ratios]
        told = f"; ratio {np.median(ratios):.3f} (true {density / 0.4:.3f})" if ratios else ""
        print(f"  {density:4.2f}: {seen} of {len(found)}{told}")


def no_strips(scenes):
    """Read grounds on which no strip lies."""
    wrong = 0
    kinds = ("plain", "wood", "cloth", "tiles")
    for seed in range(scenes // 3):
        generator = np.random.default_rng(3000 + seed)
        settings = vary_scene(generator, ground=kinds[seed % 4], strips=1, hand=False, cassette=False)
        picture = simulate_strips(settings, generator).picture
        rows, columns = picture.shape[:2]
        corner = picture[: rows // 4, : columns // 4]
        wrong += bool(read_strips(np.ascontiguousarray(np.tile(corner, (4, 4, 1)))).strips)
    print(f"Grounds without a strip: {wrong} of {scenes // 3} read as one")


def unused_kits():
    folder = SHARED / "diagnostics" / "lateral_flow"
    if not folder.is_dir():
        print("Photographs of unused kits: not here")
        return
    for path in sorted(folder.iterdir()):
        read = read_strips(read_photograph(path))
        told = ", ".join(f"{strip.result} ({strip.reason})" for strip in read.strips) or read.reason
        print(f"{path.name}: {len(read.strips)} found: {told}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--first", type=int, default=4000, help="first seed; the rules were chosen on 1000 to 1059")
    given = parser.parse_args()
    scenes = given.scenes
    varied(scenes, given.first)
    faint_lines(scenes)
    no_strips(scenes)
    unused_kits()


if __name__ == "__main__":
    main()
