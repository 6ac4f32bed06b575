"""Architectures of the spherical U-Net: how many layers of which width stand at which level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from deepsphere_pipe.errors import UserError

# What a network is chosen by, for the config and for the classes.
Preset = Literal["deepsphere", "jiang", "wide"]
Pooling = Literal["symmetric", "average", "max", "subsample"]
Unpooling = Literal["symmetric", "copy", "interpolate", "constant", "max"]
Temporal = Literal["none", "stacked", "lstm", "conv_lstm"]

PUBLISHED_POOLINGS: dict[str, tuple[Pooling, Unpooling]] = {
    "icosahedral": ("subsample", "constant"),
    "healpix": ("average", "copy"),
}
"""Pooling and unpooling in the published PyTorch package, by the sampling on which it can run."""


@dataclass(frozen=True)
class Architecture:
    """Widths (numbers of features) of a U-Net; all tuples go from the finest level to the coarsest.

    With C_i = ``widths[i]``, D_i = ``decoder_widths[i]`` and GC_F a graph convolution to F
    features with batch normalisation and ReLU, the layers are

    - encoder: level 0: [GC_stem,] GC_C0; level i: pool, GC_Ci;
    - decoder, from the level above the coarsest down to level 0: unpool, GC_Di, concatenate with
      the encoder's output of level i, GC_Di; level 0 has the last two only with ``finest_skip``;
    - classifier: a plain graph convolution to the classes.

    Attributes
    ----------
    widths
        Output of the encoder, one per level: their number is that of the levels.
    decoder_widths
        Output of the decoder at every level but the coarsest.
    stem
        Width of an additional first layer at the finest level.
    finest_skip
        Whether the finest level has a skip connection.
    coarsest_activation
        Whether the layer at the coarsest level, if there are several, has batch normalisation
        and ReLU.

    Raises
    ------
    UserError
        If the numbers do not fit together.
    """

    widths: tuple[int, ...]
    decoder_widths: tuple[int, ...]
    stem: int | None = None
    finest_skip: bool = True
    coarsest_activation: bool = True

    def __post_init__(self) -> None:
        if not self.widths:
            raise UserError("A network needs at least one level: give at least one width.")
        stem = () if self.stem is None else (self.stem,)
        if min(*self.widths, *self.decoder_widths, *stem, 1) < 1:
            raise UserError(f"Widths must be at least 1, got {self}.")
        if len(self.decoder_widths) != len(self.widths) - 1:
            raise UserError(
                f"A network of {len(self.widths)} levels has {len(self.widths) - 1} decoder "
                f"widths, got {len(self.decoder_widths)}."
            )

    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return len(self.widths)

    def scaled(self, factor: float) -> "Architecture":
        """Return the architecture with all widths multiplied, rounded, and at least 1."""

        def width(value: int) -> int:
            return max(round(factor * value), 1)

        return replace(
            self,
            widths=tuple(map(width, self.widths)),
            decoder_widths=tuple(map(width, self.decoder_widths)),
            stem=None if self.stem is None else width(self.stem),
        )

    def scaled_to(self, n_parameters: int, size: Callable[["Architecture"], int]) -> "Architecture":
        """Return the architecture, its widths scaled to a number of parameters.

        Parameters
        ----------
        n_parameters
            Comes as close as whole widths allow; at most that of twice the widths.
        size
            Number of parameters of the network that is made of an architecture.
        """
        low, high = 0.0, 2.0
        for _ in range(16):  # to 3e-5 of the widths
            middle = (low + high) / 2
            if size(self.scaled(middle)) > n_parameters:
                high = middle
            else:
                low = middle
        return min(
            (self.scaled(factor) for factor in (low, high)),
            key=lambda scaled: abs(size(scaled) - n_parameters),
        )

    @classmethod
    def of(
        cls, architecture: "Architecture | str | Sequence[int]", n_levels: int
    ) -> "Architecture":
        """Return an architecture that may be given by the name of a preset, or by its widths."""
        if isinstance(architecture, str):
            return cls.preset(architecture, n_levels=n_levels)
        if isinstance(architecture, Architecture):
            return architecture
        return cls.from_widths(tuple(architecture))

    @classmethod
    def from_widths(
        cls,
        widths: Sequence[int],
        stem: int | Literal["half"] | None = "half",
        decoder_widths: Sequence[int] | None = None,
    ) -> "Architecture":
        """Return the network of DeepSphere's structure with given widths, for any number of levels.

        By default the stem is half as wide as the finest level, and the decoder is the mirror
        image: at each level it reduces to the width that the encoder had one step before. So (64,
        128, 256) makes GC32, GC64, pool, GC128, pool, GC256 without BN and ReLU, unpool, GC64,
        concatenate, GC64, unpool, GC32, and the classifier.
        """
        widths = tuple(widths)
        half = max(widths[0] // 2, 1) if widths else 1
        if stem == "half":
            stem = half
        if decoder_widths is None:
            decoder_widths = (stem or half, *widths[:-2])[: max(len(widths) - 1, 0)]
        return cls(
            widths=widths,
            decoder_widths=tuple(decoder_widths),
            stem=stem,
            finest_skip=False,
            coarsest_activation=False,
        )

    @classmethod
    def preset(cls, name: str, n_levels: int | None = None) -> "Architecture":
        """Return a published architecture.

        Parameters
        ----------
        name
            The network of the ICLR 2020 paper; one with the widths of Jiang et al. (2019); the
            first with twice the features, "deepsphere", "jiang" or "wide".
        n_levels
            Number of levels, six by default, as published. A shallower network lacks the
            coarsest levels; in a deeper one these have the width of the sixth.

        Raises
        ------
        UserError
            If there is no preset of that name.
        """
        if name not in _PUBLISHED_WIDTHS:
            raise UserError(
                f"There is no architecture {name!r}: choose one of {', '.join(PRESETS)}."
            )
        widths = _PUBLISHED_WIDTHS[name]
        if n_levels is not None:
            widths = (widths + widths[-1:] * max(n_levels - len(widths), 0))[: max(n_levels, 0)]
        if name == "jiang":
            return cls(widths=widths, decoder_widths=widths[:-1])
        return cls.from_widths(widths)


_PUBLISHED_WIDTHS: dict[Preset, tuple[int, ...]] = {
    "deepsphere": (64, 128, 256, 512, 512, 512),
    "jiang": (8, 16, 32, 64, 128, 128),
    "wide": (128, 256, 512, 1024, 1024, 1024),
}
PRESETS: tuple[str, ...] = get_args(Preset)

PUBLISHED_PARAMETERS = {"deepsphere": "12.9 M", "jiang": "591 k", "wide": "52 M"}
"""Numbers of parameters that are published (Defferrard et al., 2020, Jiang et al., 2019). They do
not follow from the published listings, which have 1 917 536 weights for each coefficient of the
filters in the first network, 98 328 in the second and 7 668 928 in the third."""
