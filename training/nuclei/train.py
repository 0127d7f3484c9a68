"""Train the network for nuclei on one core.

    python train.py DATA OUT [--steps 5000] [--all] [--start CHECKPOINT]

DATA holds `images/` and `labels/`. Groups of images are held out (their names are written to OUT/held_out.txt), unless
`--all`. OUT/weights.pt has the moving average of the weights, written every 250 steps.
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from crops import CropSource, draw_crop, prepare
from examples import choose_held_out, group_images, make_example, read_annotated
from network import NucleiNetwork
from simulated import simulate_field

BATCH = 16
SIMULATED_FIELDS = 160
SIMULATED_SHARE = 0.15
RATE = 3e-3


def read_sources(folder: Path, out: Path, *, everything: bool) -> tuple[list[CropSource], np.ndarray]:
    """Crop sources and how often each is drawn: small groups and large images more often."""
    images = read_annotated(folder)
    groups = group_images(images)
    held_out = choose_held_out(groups, images)
    (out / "held_out.txt").write_text("\n".join(held_out) + "\n")
    names = [name for name in images if everything or name not in held_out]
    sources = [prepare(make_example(name, *images[name])) for name in names]
    size = np.array([sum(groups[other] == groups[name] for other in names) for name in names])
    area = np.array([images[name][0].size for name in names])
    weight = size**-0.3 * (area / 65536) ** 0.5
    return sources, weight / weight.sum()


def simulate_sources(seed: int) -> list[CropSource]:
    rng = np.random.default_rng(seed)
    fields = [simulate_field(rng) for _ in range(SIMULATED_FIELDS)]
    return [prepare(make_example(f"simulated {k}", *field)) for k, field in enumerate(fields)]


def loss_of(answer: Tensor, target: Tensor, touching: float) -> Tensor:
    """Cross-entropy, three times as heavy along outlines, and the absolute error of the depth, mostly inside.

    `touching` is how much more the depth weighs where nuclei touch: far from all background, yet not deep.
    """
    inside, depth = target[:, :1], target[:, 1:]
    soft = functional.avg_pool2d(functional.pad(inside, (2, 2, 2, 2), mode="replicate"), 5, stride=1)
    edge = 4 * soft * (1 - soft)
    entropy = functional.binary_cross_entropy_with_logits(answer[:, :1], inside, weight=1 + 2 * edge)
    borders = ((soft > 0.9) & (depth < 0.35)).float()
    error = (torch.sigmoid(answer[:, 1:]) - depth).abs() * (0.2 + inside + touching * borders)
    return entropy + 1.5 * error.mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--rescaled", type=float, default=0.5)
    parser.add_argument("--touching", type=float, default=0.0)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--start", type=Path)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(chosen.seed)
    rng = np.random.default_rng(chosen.seed)
    sources, weight = read_sources(chosen.data, chosen.out, everything=chosen.all)
    simulated = simulate_sources(chosen.seed)
    print(f"{len(sources)} annotated, {len(simulated)} simulated images", flush=True)
    network = NucleiNetwork()
    if chosen.start:
        network.load_state_dict(torch.load(chosen.start))
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=chosen.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, chosen.rate, total_steps=chosen.steps, pct_start=0.05, final_div_factor=100
    )
    losses = []
    for step in range(1, chosen.steps + 1):
        crops = []
        for _ in range(BATCH):
            invented = rng.random() < SIMULATED_SHARE
            source = (
                simulated[rng.integers(len(simulated))] if invented else sources[rng.choice(len(sources), p=weight)]
            )
            crops.append(draw_crop(source, rng, chosen.rescaled))
        image = torch.from_numpy(np.stack([one for one, _ in crops])).to(memory_format=torch.channels_last)
        target = torch.from_numpy(np.stack([two for _, two in crops]))
        with torch.autocast("cpu", torch.bfloat16):
            answer = network(functional.pixel_unshuffle(image, 2))
        loss = loss_of(answer.float(), target, chosen.touching)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        follow(average, network, min(0.998, 1 - 1 / (1 + step / 10)))
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"{step:6d} loss {np.mean(losses[-50:]):.4f} CPU seconds {time.process_time():.0f}", flush=True)
        if step % 250 == 0 or step == chosen.steps:
            torch.save(average.state_dict(), chosen.out / "weights.part")
            (chosen.out / "weights.part").replace(chosen.out / "weights.pt")


@torch.no_grad()
def follow(average: NucleiNetwork, network: NucleiNetwork, keep: float) -> None:
    """Move the average a little towards the network."""
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


if __name__ == "__main__":
    main()
