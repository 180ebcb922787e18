"""A small network for pictures of 28 x 28 pixels, trained by `small_training`."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import nn

from core.errors import DataError
from core.task2vec.probe import Probe, probe_of

NAME = "small-28"
SIDE = 28
WEIGHTS = Path(__file__).with_name("small.safetensors")
LOOKED_AT = ("second", "third")
CHANNELS = (16, 32, 64)
STAGES = ("first", "second", "third")


def small_probe() -> Probe:
    """The probe: `first`, `second`, `third` (16, 32 and 64 filters) and `pool`.

    Raises:
        DataError: Its weights are missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    stages = small_stages()
    try:
        found = load_file(WEIGHTS)
        for name in STAGES:
            own = {k: found[f"{name}.{k}"] for k in stages[name].state_dict()}
            stages[name].load_state_dict(own)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise DataError(
            f"{WEIGHTS} is missing or damaged; make it again with: "
            "python -m core.task2vec.probes.small_training"
        ) from error
    return probe_of(NAME, stages, prepare, LOOKED_AT)


def small_stages() -> dict[str, nn.Module]:
    """The network before it is trained."""
    before = (1, *CHANNELS)
    stages: dict[str, nn.Module] = {
        name: nn.Sequential(
            nn.Conv2d(before[k], CHANNELS[k], 3, padding=1),
            nn.ReLU(),
            *([nn.MaxPool2d(2)] if name != STAGES[-1] else []),
        )
        for k, name in enumerate(STAGES)
    }
    stages["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return {name: one.eval() for name, one in stages.items()}


def prepare(image: Image.Image) -> Float[np.ndarray, "1 height width"]:
    """The whole picture in grey, from 0 to 1."""
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(grey, dtype=np.float32)[None] / 255


def trained(
    pixels: Float[np.ndarray, "images height width"],
    labels: np.ndarray,
    *,
    passes: int,
    seed: int = 0,
    rate: float = 3e-3,
) -> dict[str, nn.Module]:
    """Stages that tell images apart, by Adam; the same for a seed on one thread."""
    from tqdm import tqdm

    torch.manual_seed(seed)
    stages = small_stages()
    head = nn.Linear(CHANNELS[-1], int(labels.max()) + 1)
    network = nn.Sequential(*stages.values(), head)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    steps = passes * (len(pixels) // 128)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    order = np.random.default_rng(seed)
    with tqdm(total=steps, desc="training", disable=None) as bar:
        for _ in range(passes):
            whole = order.permutation(len(pixels))[: len(pixels) // 128 * 128]
            for rows in whole.reshape(-1, 128):
                x = torch.from_numpy(pixels[rows])[:, None]
                y = torch.from_numpy(labels[rows]).long()
                loss = nn.functional.cross_entropy(network(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                plan.step()
                bar.update()
    return stages
