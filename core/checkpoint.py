"""Encoders and fits under way as arrays and JSON, to be stored and taken up again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.errors import DataError
from core.model import SetEncoder
from core.placing import Encoder
from core.recipe import TrainingConfig
from core.training import State, new_model, new_state, sizes_of
from core.training_data import TrainingData, fingerprint

Arrays = dict[str, np.ndarray]
OTHER_VERSION = "Another version of this program made it."


def model_arrays(model: Encoder) -> Arrays:
    """Weights and standardisation of an encoder, to be stored."""
    return {
        key: tensor.detach().cpu().numpy() for key, tensor in model.state_dict().items()
    }


def model_settings(state: State, data: TrainingData) -> dict[str, Any]:
    """What `stored_model` needs beside the arrays, as JSON can hold it."""
    return {"config": asdict(state.config), "sizes": sizes_of(data, state.config)}


def stored_model(
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
    features: Float[np.ndarray, "rows channels"],
) -> Encoder:
    """The encoder that `model_arrays` and `model_settings` describe.

    Args:
        arrays: Of the encoder.
        about: Its settings.
        features: Of the collection that it is fitted to; a set encoder compares new
            members with them.

    Raises:
        DataError: Another version of this program wrote them.
    """
    tensors = {key: torch.tensor(array) for key, array in arrays.items()}
    try:
        model = new_model(config_from(about["config"]), about["sizes"])
    except (KeyError, TypeError) as error:  # settings that there are no more, or yet
        raise DataError(OTHER_VERSION) from error
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:  # arrays of other names or other shapes
        raise DataError(OTHER_VERSION) from error
    if isinstance(model, SetEncoder):
        model.remember(torch.from_numpy(features.astype(np.float32)))
    return model


def config_from(settings: Mapping[str, Any]) -> TrainingConfig:
    """The configuration that was stored as JSON, which knows no tuples."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in settings.items()
    }
    return TrainingConfig(**values)


def checkpoint_of(state: State, data: TrainingData) -> tuple[Arrays, dict[str, Any]]:
    """The whole state of a fit, as arrays and as what JSON can hold."""
    arrays = {f"model.{k}": v for k, v in model_arrays(state.model).items()}
    for row, moments in state.optimizer.state_dict()["state"].items():
        arrays |= {
            f"optimizer.{row}.{key}": tensor.cpu().numpy()
            for key, tensor in moments.items()
        }
    about = {
        **model_settings(state, data),
        "step": state.step,
        "loss": state.loss,
        "rng": state.rng.bit_generator.state,
        "data": fingerprint(data),
    }
    return arrays | {"crowd": state.crowd}, about


def is_sound(state: State) -> bool:
    """Whether a fit can go on from this state: no weight has become infinite or NaN."""
    return all(weight.isfinite().all() for weight in state.model.parameters())


def resumed(
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
    data: TrainingData,
    config: TrainingConfig,
    device: str = "cpu",
) -> State:
    """The state that `checkpoint_of` described.

    Raises:
        DataError: The checkpoint is of other settings or of other data.
    """
    stored, asked = (
        json.dumps(one, sort_keys=True) for one in (about["config"], asdict(config))
    )
    if stored != asked:
        raise DataError(
            "The checkpoint was made with other settings than these; give the ones it "
            "was started with, or start anew without --resume."
        )
    if about["data"] != fingerprint(data):
        raise DataError(
            "The collection has changed since the checkpoint was made; start anew "
            "without --resume."
        )
    weights = _below("model", arrays)
    state = new_state(config, stored_model(weights, about, data.features).to(device))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, array in _below("optimizer", arrays).items():
        row, name = key.split(".")
        moments.setdefault(int(row), {})[name] = torch.tensor(array)
    known = {**state.optimizer.state_dict(), "state": moments}
    state.optimizer.load_state_dict(known)
    state.rng.bit_generator.state = about["rng"]
    state.crowd = arrays["crowd"]
    state.step, state.loss = about["step"], about["loss"]
    return state


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    dotted = f"{prefix}."
    return {
        k.removeprefix(dotted): v for k, v in arrays.items() if k.startswith(dotted)
    }
