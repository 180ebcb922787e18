"""ResNet-18 for small images: a first convolution of 3 x 3 and no pooling after it."""

from torch import Tensor, nn


class Block(nn.Module):
    """Two convolutions beside what goes past them (He et al. 2016)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.GroupNorm(min(8, after), after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.GroupNorm(min(8, after), after),
        )
        same = before == after and stride == 1
        self.past: nn.Module = (
            nn.Identity() if same else nn.Conv2d(before, after, 1, stride, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Maps of an image, halved where the stride is 2."""
        return (self.layers(x) + self.past(x)).relu()


def resnet18(channels: int, width: int, outputs: int) -> nn.Module:
    """Eight blocks of `width` channels and of twice as many after every second one."""
    blocks: list[nn.Module] = []
    before = width
    for level in range(4):
        after = width * 2**level
        blocks += [Block(before, after, 1 if level == 0 else 2), Block(after, after, 1)]
        before = after
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1, bias=False),
        nn.GroupNorm(min(8, width), width),
        nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(before, outputs),
    )
