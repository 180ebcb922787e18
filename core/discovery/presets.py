"""Settings of a search and of scores: of pixels, of fixed features, or for a GPU."""

from dataclasses import dataclass, replace

from core.discovery.learning import Learning
from core.discovery.networks import Architecture
from core.discovery.search import Search


@dataclass(frozen=True)
class Preset:
    """Settings that go together.

    Attributes:
        images: At most; a share of every class is drawn of more.
        side: Pixels that images of folders are scaled to.
        filters: Whose features of images networks learn from; 0 where from pixels.
        learning: How networks learn a labelling that is scored.
        networks: That are compared.
        search: For tasks.
        rounds: Searches from other beginnings, of whose tasks the best are kept.
        human: Labellings of people that are scored beside them.
        chance: Labellings by chance.
    """

    images: int
    side: int
    learning: Learning
    search: Search
    networks: int = 3
    rounds: int = 2
    human: int = 8
    chance: int = 4
    filters: int = 0


_SMALL = Architecture("mlp", (64, 32))
_RESNET = Architecture("resnet18", (64,))
# Chosen with seeds 101 and 102 of digits and drawn figures, on the part to choose
# by; uniformity so that enough tasks of Fashion-MNIST differ. At the published
# temperature of 5 sides are sharp wherever an image lies, and little draws tasks
# to gaps between images: fewer of the known factors are found than at 2.
_QUICK = Search(
    encoder=Architecture("mlp", (128, 128)),
    learner=Architecture("mlp", (32,)),
    tasks=8,
    dim=8,
    steps=150,
    together=8,
    inner=12,
    inner_rate=0.5,
    batch=64,
    asked=256,
    uniformity=1.0,
    temperature=2.0,
    rate=3e-3,
)

PRESETS = {
    "quick": Preset(
        images=2_000,
        side=16,
        learning=Learning(_SMALL, rate=3e-3, batch=64, steps=3_000, enough=1.0),
        search=_QUICK,
    ),
    # Chosen on CIFAR-10 with seed 100. Strided convolutions of 150 to 400 us an image
    # and step agree on people's tasks by 0.15 to 0.17 more than on labels by chance,
    # these perceptrons, of 15 us, by 0.25; wider ones agree more on chance, too. Of
    # 20,000 images it is more by 0.011 to 0.018 (seeds 100, 101, 102), but then labels
    # by chance are not always learned.
    "standard": Preset(
        images=15_000,
        side=32,
        learning=Learning(
            _SMALL, rate=1e-3, batch=64, steps=12_000, enough=0.98, check=250
        ),
        search=replace(_QUICK, encoder=Architecture("mlp", (128,))),
        rounds=1,
        human=4,
        chance=2,
        filters=256,
    ),
    # Atanov et al. 2022, with GroupNorm where they have BatchNorm, whose statistics a
    # stack of networks would share. Never run whole here: it needs a GPU for hours.
    "paper": Preset(
        images=50_000,
        side=32,
        learning=Learning(
            _RESNET,
            rate=1e-3,
            batch=512,
            steps=8_800,
            enough=1.0,
            check=88,
            shared_order=True,
        ),
        search=Search(
            encoder=_RESNET,
            learner=_RESNET,
            tasks=32,
            dim=32,
            steps=3_200,
            together=1,
            inner=50,
            inner_rate=0.01,
            batch=256,
            asked=512,
            uniformity=25.0,
            rate=1e-3,
            sparing=True,
        ),
        rounds=1,
        human=7,
    ),
}
