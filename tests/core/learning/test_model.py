import numpy as np
import torch

from core.learning.model import Scaler


def test_a_scaler_standardises_and_silences_constant_channels():
    scaler = Scaler(2)
    scaler.set_by(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
    found = scaler(torch.tensor([[1.0, 7.0], [5.0, 9.0]]))
    np.testing.assert_allclose(found.numpy(), [[-1, 0], [3, 0]])
