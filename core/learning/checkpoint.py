"""Encoders and fits under way as arrays and JSON, to be stored and taken up again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.baselines import published
from core.baselines.published import PublishedConfig
from core.errors import DataError
from core.learning import fitting, training
from core.learning.fitting import Config, State
from core.learning.placing import AnyEncoder
from core.learning.recipe import TrainingConfig
from core.learning.resemblance import Resemblance
from core.learning.training_data import TrainingData, fingerprint

Arrays = dict[str, np.ndarray]
OTHER_VERSION = "Another version of this program made it."


def model_arrays(model: AnyEncoder) -> Arrays:
    """Weights and standardisation of an encoder, to be stored."""
    return {
        key: tensor.detach().cpu().numpy() for key, tensor in model.state_dict().items()
    }


def model_settings(state: State, data: TrainingData) -> dict[str, Any]:
    """What `stored_model` needs beside the arrays, as JSON can hold it."""
    sizes = {"channels": data.features.shape[1]}
    if isinstance(state, training.State):
        sizes = training.sizes_of(data, state.config)
    return {"config": asdict(state.config), "sizes": sizes}


def stored_model(
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
    features: Float[np.ndarray, "rows channels"],
) -> AnyEncoder:
    """The encoder that `model_arrays` and `model_settings` describe.

    Args:
        arrays: Of the encoder.
        about: Its settings.
        features: Of the collection that it is fitted to, which new ones are compared
            with.

    Raises:
        DataError: Another version of this program wrote them.
    """
    try:
        model = _new_model(config_from(about["config"]), about["sizes"])
    except (KeyError, TypeError) as error:  # settings that there are no more, or yet
        raise DataError(OTHER_VERSION) from error
    _fill(model, arrays)
    if isinstance(model, Resemblance):
        model.remember(torch.from_numpy(features.astype(np.float32)))
    return model


def _fill(model: AnyEncoder, arrays: Mapping[str, np.ndarray]) -> None:
    try:
        model.load_state_dict({key: torch.tensor(one) for key, one in arrays.items()})
    except RuntimeError as error:  # arrays of other names or other shapes
        raise DataError(OTHER_VERSION) from error


def _new_model(config: Config, sizes: Mapping[str, int]) -> AnyEncoder:
    if isinstance(config, PublishedConfig):
        return published.start(sizes["channels"], config).model
    return training.new_model(config, sizes)


def config_from(settings: Mapping[str, Any]) -> Config:
    """The configuration that was stored as JSON, which knows no tuples."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in settings.items()
    }
    return (PublishedConfig if "trunk" in values else TrainingConfig)(**values)


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
        "data": fingerprint(data),
    }
    if isinstance(state, training.State):
        arrays["crowd"] = state.crowd
        about["rng"] = state.rng.bit_generator.state
    return arrays, about


def is_sound(state: State) -> bool:
    """Whether a fit can go on from this state: no weight has become infinite or NaN."""
    return all(weight.isfinite().all() for weight in state.model.parameters())


def resumed(
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
    data: TrainingData,
    config: Config,
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
    state = fitting.start(data, config, device)
    _fill(state.model, _below("model", arrays))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, array in _below("optimizer", arrays).items():
        row, name = key.split(".")
        moments.setdefault(int(row), {})[name] = torch.tensor(array)
    known = {**state.optimizer.state_dict(), "state": moments}
    state.optimizer.load_state_dict(known)
    if isinstance(state, training.State):
        state.rng.bit_generator.state = about["rng"]
        state.crowd = arrays["crowd"]
    state.step, state.loss = about["step"], about["loss"]
    return state


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    dotted = f"{prefix}."
    return {
        k.removeprefix(dotted): v for k, v in arrays.items() if k.startswith(dotted)
    }
