"""Rows as a person makes them with the libraries: one map at a time.

Captum explains, scikit-image and SciPy compare; nothing is kept from one map to the
next. What comes of it is what `compared` must give, and its time is what that saves.
"""

import numpy as np
import torch
from captum.attr import IntegratedGradients, LayerGradCam, Saliency
from captum.metrics import infidelity
from scipy.ndimage import minimum_filter
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch.nn import functional

from core.explanation.comparing import seeds_of
from core.explanation.faithfulness import CELLS as PLACES
from core.explanation.faithfulness import DRAWS
from core.explanation.faithfulness import STEPS as TAKEN
from core.explanation.gradients import CLIPPED, NOISE, SAMPLES, STEPS
from core.explanation.similarity import CELLS, TOP, WINDOW
from core.explanation.transformations import GEOMETRIC, changed, moved, undone, validity


def one_by_one(method, classifier, asked, changes, seed=0):
    """Rows of every picture: of itself, then of its changes."""
    return [_rows(method, classifier, one, changes, seed) for one in asked]


def _rows(method, classifier, one, changes, seed):
    own, *seeds = seeds_of(
        method, [one], ["none", *(f"{c.name} {c.magnitude}" for c in changes)], seed
    )
    x = classifier.batch([one.picture])
    before = explain(method, classifier, x, one.truth, own)
    (parts,) = seeds_of("parts", [one], ["none"], seed)
    share = shares(classifier, x)
    rows = [
        {
            "change": "none",
            "told": int(share.argmax()),
            "share_after": float(share[one.truth]),
            **faithful(classifier, x, one.truth, before, parts),
        }
    ]
    for change, drawn in zip(changes, seeds, strict=True):
        x = classifier.batch([changed(one.picture, change)])
        share = shares(classifier, x)
        told = int(share.argmax())
        mask = validity(change, *classifier.size).numpy()
        after = back(explain(method, classifier, x, told, drawn), change)
        found = likeness(before, after, mask)
        fixed = found
        if told != one.truth:
            of_true = explain(method, classifier, x, one.truth, drawn)
            fixed = likeness(before, back(of_true, change), mask)
        ceiling = 1.0
        if change.name in GEOMETRIC:
            there = moved(torch.from_numpy(before), change).numpy()
            ceiling = similarity(before, back(there, change), mask)
        rows.append(
            {
                "change": change.name,
                "told": told,
                "share_after": float(share[one.truth]),
                "ceiling": ceiling,
                **found,
                **{f"{key}_fixed": value for key, value in fixed.items()},
            }
        )
    return rows


def shares(classifier, x):
    with torch.no_grad():
        return classifier.network(x).softmax(dim=1)[0]


def back(one, change):
    return undone(torch.from_numpy(one), change).numpy()


def explain(method, classifier, x, target, seed):
    """The map of one picture and class, from 0 to 1."""
    network = classifier.network
    if method == "gradcam":
        layer = network.get_submodule(classifier.layer)
        told = LayerGradCam(network, layer).attribute(x, target, relu_attributions=True)
        told = functional.interpolate(told, [*x.shape[2:]], mode="bilinear")
        return stretched(told[0, 0].detach().numpy())
    if method == "gradient":
        told = Saliency(network).attribute(x.clone().requires_grad_(), target)
    elif method == "integrated-gradients":
        told = IntegratedGradients(network).attribute(x, target=target, n_steps=STEPS)
    else:  # SmoothGrad; all noisy pictures at once, as Captum's NoiseTunnel has them
        random = torch.Generator().manual_seed(seed)
        noise = [torch.randn(x.shape[1:], generator=random) for _ in range(SAMPLES)]
        spread = NOISE * float(x.max() - x.min())
        noisy = (x + spread * torch.stack(noise)).detach().requires_grad_()
        told = Saliency(network).attribute(noisy, target).mean(dim=0, keepdim=True)
    total = np.abs(told.detach().numpy()[0]).sum(axis=0)
    return stretched(np.minimum(total, np.quantile(total, CLIPPED)))


def stretched(one):
    extent = np.ptp(one)
    return ((one - one.min()) / (extent if extent > 0 else 1)).astype(np.float32)


def likeness(a, b, mask):
    found = {"ssim": similarity(a, b, mask)}
    cells = (min(CELLS, a.shape[0]), min(CELLS, a.shape[1]))
    x, y, whole = (
        functional.adaptive_avg_pool2d(
            torch.from_numpy(np.ascontiguousarray(one, dtype=np.float32))[None], cells
        )[0].numpy()
        for one in (a, b, mask)
    )
    inside = whole > 1 - 1e-4
    x, y = x[inside], y[inside]
    if len(x) < 2 or not np.ptp(x) or not np.ptp(y):
        return {**found, "rank": np.nan, "overlap": np.nan}
    most = max(1, round(TOP * len(x)))
    tops = [{*np.argsort(-one, kind="stable")[:most].tolist()} for one in (x, y)]
    found["rank"] = spearmanr(x, y).statistic
    found["overlap"] = len(tops[0] & tops[1]) / len(tops[0] | tops[1])
    return found


def similarity(a, b, mask):
    """Structural similarity of scikit-image, of windows that lie in the mask."""
    extent = max(np.ptp(a[mask]), np.ptp(b[mask]))
    inside = minimum_filter(mask, WINDOW, mode="constant", cval=False)
    if not inside.any():
        return np.nan
    if not extent:
        return 1.0
    _, every = structural_similarity(
        *(one.astype(np.float64) for one in (a, b)),
        win_size=WINDOW,
        data_range=extent,
        full=True,
    )
    return float(every[inside].mean())


def faithful(classifier, x, target, one, seed):
    """Deletion, insertion and infidelity of one map."""
    grey = x.mean(dim=(2, 3), keepdim=True)
    size = (min(PLACES, x.shape[2]), min(PLACES, x.shape[3]))
    maps = torch.from_numpy(one)[None]
    cells = functional.adaptive_avg_pool2d(maps, size).flatten()
    order = cells.argsort(descending=True, stable=True)
    found = {}
    for word, (to, begin) in (("deletion", (grey, x)), ("insertion", (x, grey))):
        path = []
        for step in range(TAKEN + 1):
            gone = torch.zeros(len(cells))
            # As many as lie before this share of the way.
            gone[order[: int(np.ceil(step * len(cells) / TAKEN))]] = 1
            cut = functional.interpolate(gone.reshape(1, 1, *size), [*x.shape[2:]])
            mixed = cut * to + (1 - cut) * begin
            path.append(float(shares(classifier, mixed)[target]))
        found[word] = np.trapezoid(path) / TAKEN
    random = torch.Generator().manual_seed(seed)

    def without(every):
        share = torch.rand((DRAWS, 1, 1, 1), generator=random)
        gone = torch.rand((DRAWS, 1, *size), generator=random) < share
        lost = functional.interpolate(gone.float(), [*x.shape[2:]]) * (every - grey)
        return lost, every - lost

    each = maps[:, None].expand_as(x) / x.shape[1]
    with torch.no_grad():
        told = infidelity(
            classifier.network,
            without,
            x,
            each,
            target=target,
            n_perturb_samples=DRAWS,
            normalize=True,
        )
    found["infidelity"] = float(told)
    return found
