"""The network: a small U-Net on 2 x 2 blocks of pixels, with two answers for each pixel."""

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["NucleiNetwork"]


def _convolution(wide_in: int, wide_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(wide_in, wide_out, 3, padding=1, bias=False), nn.BatchNorm2d(wide_out), nn.ReLU(inplace=True)
    )


class NucleiNetwork(nn.Module):
    """Logits of (nucleus or not, depth within its nucleus) from 2 x 2 blocks of (linear, compressed) brightness.

    The input has eight channels, `pixel_unshuffle(image, 2)`; its sides must be multiples of 8. The answer has the
    image's size. The widest layers so run on a quarter of the pixels, and there are few of them: at this size the
    first two and the last take half of the time. Skips add, which is cheaper than joining.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 48, 64, 128)) -> None:
        super().__init__()
        self.widths = widths
        self.entry = _convolution(8, widths[0])
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(a, b), _convolution(b, b)) for a, b in zip(widths, widths[1:], strict=False)
        )
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in zip(widths, widths[1:], strict=False))
        self.up = nn.ModuleList(_convolution(a, a) for a in widths[:-1])
        self.head = nn.Conv2d(widths[0], 8, 1)

    def forward(self, blocks: Tensor) -> Tensor:
        x = self.entry(blocks)
        skips = []
        for step in self.down:
            skips.append(x)
            x = step(functional.max_pool2d(x, 2))
        for level in reversed(range(len(skips))):
            x = functional.interpolate(self.narrow[level](x), scale_factor=2.0, mode="nearest")
            x = self.up[level](x + skips[level])
        return functional.pixel_shuffle(self.head(x), 2)
