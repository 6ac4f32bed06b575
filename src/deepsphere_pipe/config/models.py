"""The networks that a study may train: one section for each kind of model.

A kind is a section here, spelled beside the others in `ModelConfig`, and a row of
`deepsphere_pipe.nn.registry`. All have in common

- ``temporal``: ``none`` if only the last map of a window is seen, whose shape is then (batch,
  vertex, channel); else all are, (batch, step, vertex, channel);
- ``depth``: how many levels below the finest the network needs;
- ``as_unet``: the U-Net of which it has memory and time, for the requests of its jobs;
- ``only_on``: the one family of samplings, whole spheres, that it is for; None: any vertices;
- ``custom_code``: fingerprint of its code, where that is no part of this package.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from deepsphere_pipe.architecture import Architecture, Pooling, Preset, Temporal, Unpooling
from deepsphere_pipe.config.samplings import SamplingConfig
from deepsphere_pipe.config.section import Choice, Items, Section
from deepsphere_pipe.runtime.custom_code import custom_code_fingerprint

Width = Annotated[int, Field(ge=1)]


class ModelSection(Section):
    """The network."""

    chosen_by: ClassVar = "kind"
    only_on: ClassVar[str | None] = None

    kind: str = Field(
        description="`unet`: ours, on graphs; `planar_unet`, `healpix_unet`: what it is compared "
        "with; `custom`: your own. Without it, a `class` means your own"
    )


class UNetWidths(ModelSection):
    """The widths of a U-Net of any kind."""

    preset: Preset | None = Field(
        None, description="a published architecture; excludes `widths`, `stem`, `decoder_widths`"
    )
    widths: Items[Width] | None = Field(
        None, description="feature maps per level, finest first; excludes `preset`"
    )
    stem: Width | Literal["half"] | None = Field(
        "half",
        description="width of one more layer at the beginning; `half` of the finest level's, "
        "null: there is none (with `widths` only)",
    )
    decoder_widths: Items[Width] | None = Field(
        None,
        description="feature maps in the decoder at every level but the coarsest, finest first; "
        "null: what the encoder had one step before (with `widths` only)",
    )

    @model_validator(mode="after")
    def _widths_fit_together(self) -> Self:
        if (self.preset is None) == (self.widths is None):
            raise ValueError("exactly one of 'preset' and 'widths' must be given")
        if self.preset and (self.stem != "half" or self.decoder_widths is not None):
            raise ValueError("'stem' and 'decoder_widths' go with 'widths', not with 'preset'")
        if self.widths is not None and len(self.widths) < 2:
            raise ValueError("'widths' needs at least two levels")
        if self.decoder_widths is not None and len(self.decoder_widths) != self.depth:
            raise ValueError(
                f"'decoder_widths' has {len(self.decoder_widths)} entries; it must have "
                f"{self.depth}, one less than 'widths'"
            )
        return self

    @property
    def depth(self) -> int:
        """Number of pooling steps."""
        if self.preset:
            return Architecture.preset(self.preset).n_levels - 1
        return len(self.widths or ()) - 1

    @property
    def architecture(self) -> Architecture:
        """Widths of the layers, before they are matched to a number of parameters."""
        if self.preset:
            return Architecture.preset(self.preset)
        return Architecture.from_widths(self.widths or (), self.stem, self.decoder_widths)

    @property
    def custom_code(self) -> None:
        """Nothing: its code is part of this package."""
        return None


class UNetConfig(UNetWidths):
    """A spherical U-Net, of single maps or of windows.

    With `widths` C₀, C₁, …, stem S and `decoder_widths` D₀, D₁, …, where GC is a graph convolution
    with batch normalisation and ReLU:

    ```
    level 0  maps → GC S → GC C₀                              GC D₀ → convolution → classes
                             ↓ pool                             ↑ unpool
    level 1                GC C₁ ── skip ──→ GC D₁, concatenate, GC D₁
                             ↓ pool             ↑ unpool
    level 2                GC C₂ ───────────────┘  (the coarsest: no normalisation, no ReLU)
    ```
    """

    kind: Literal["unet"] = "unet"
    kernel_size: int = Field(
        3, ge=1, le=16, description="Chebyshev coefficients per filter (polynomial order + 1)"
    )
    filters: Literal["isotropic", "oriented"] = Field(
        "isotropic",
        description="`oriented`: every layer also sees the derivatives to the east and to the "
        "north, with two more sets of weights; it commutes with rotations about the poles only",
    )
    pooling: Pooling = Field(
        "symmetric",
        description="how values come to the next coarser level; docs/models.md says which keep "
        "the symmetry of which sampling",
    )
    unpooling: Unpooling = Field(
        "symmetric", description="how they come back; `max` needs pooling `max`"
    )
    temporal: Temporal = Field(
        "none",
        description="how the maps of a window come together: only the last one is seen, on the "
        "channel axis, by an LSTM (as published, but for batch statistics) or by a "
        "graph-convolutional LSTM on the coarsest level",
    )
    matched_parameters: bool = Field(
        False,
        description="scale the widths such that a temporal network has as many parameters as the "
        "static one",
    )

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if self.unpooling == "max" and self.pooling != "max":
            raise ValueError(f"unpooling 'max' needs pooling 'max', not '{self.pooling}'")
        if self.matched_parameters and self.temporal == "none":
            raise ValueError("'matched_parameters' is for temporal networks: set 'temporal'")
        return self

    @property
    def as_unet(self) -> Self:
        """The network itself."""
        return self


class PictureUNet(UNetWidths):
    """A U-Net of ordinary convolutions, which sees the last map of a window only."""

    temporal: ClassVar = "none"

    matched_kernel_size: Annotated[int, Field(ge=1, le=16)] | None = Field(
        None,
        description="scale the widths such that it has as many parameters as `kind: unet` with "
        "these widths and this `kernel_size`; null: the widths as they are",
    )

    @property
    def as_unet(self) -> UNetConfig:
        """The network as which it asks for memory and time: nine weights for a pair of features."""
        widths = self.model_dump(include={*UNetWidths.model_fields} - {"kind"})
        return UNetConfig(**widths, kernel_size=self.matched_kernel_size or 9)


class PlanarUNetConfig(PictureUNet):
    """A U-Net of ordinary 3 × 3 convolutions on the grid of latitudes and longitudes.

    Its layers are those of `kind: unet`. The picture is closed in longitude, and beyond a pole
    comes the row across it. Pooling takes the mean of 2 × 2 points, unpooling copies it to them.
    """

    only_on: ClassVar = "equiangular"

    kind: Literal["planar_unet"] = "planar_unet"


class HealpixUNetConfig(PictureUNet):
    """A U-Net of ordinary 3 × 3 convolutions on the twelve base pixels of HEALPix.

    Its layers are those of `kind: unet`. Every base pixel has a border from those around it; where
    only three meet, the mean of the two border pixels beside the corner stands in for the missing
    one. Pooling takes the mean of the four children, unpooling copies it to them.
    """

    only_on: ClassVar = "healpix"

    kind: Literal["healpix_unet"] = "healpix_unet"


class CustomModelConfig(ModelSection):
    """A network of your own: any torch module that is made by its class.

    It is made as `MyNet(levels=…, in_channels=…, out_channels=…, **arguments)`, with
    `sequence_length=…` too if it sees windows. The levels are those of the sphere, finest first,
    each with `laplacian`, `areas`, `coordinates` and `parents`. Its logits have the shape (batch,
    vertex, class).
    """

    kind: Literal["custom"] = "custom"
    class_: str = Field(alias="class", description="module and class, such as `my_package.MyNet`")
    folder: str | None = Field(
        None,
        min_length=1,
        description="where the module lies; null: in the working directory, on `PYTHONPATH`, or "
        "installed",
    )
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict, description="further arguments of the class, by name"
    )
    temporal: Literal["none", "windows"] = Field(
        "none", description="`windows`: all maps of a window are seen, else only the last one"
    )
    depth: int = Field(0, ge=0, description="levels below the finest that it needs at least")
    costs_like: Preset = Field(
        "deepsphere", description="the architecture as which it asks for memory and time"
    )

    @field_validator("class_")
    @classmethod
    def _module_and_class(cls, value: str) -> str:
        names = value.split(".")
        if len(names) < 2 or not all(map(str.isidentifier, names)):
            raise ValueError(f"must be module and class, as in my_package.MyNet, not '{value}'")
        return value

    @property
    def as_unet(self) -> UNetConfig:
        """The network as which it asks for memory and time."""
        return UNetConfig(preset=self.costs_like)

    @property
    def custom_code(self) -> str:
        """Fingerprint of the module of the class, which is found but not run."""
        return custom_code_fingerprint(self.class_, self.folder)

    @model_serializer(mode="wrap")
    def _call_the_class_class(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key.removesuffix("_"): value for key, value in handler(self).items()}


def _custom_by_class(value: object) -> object:
    """Add the kind to a mapping that names a class."""
    if isinstance(value, dict) and "class" in value:
        return {"kind": "custom", **value}
    return value


ModelConfig = Annotated[
    UNetConfig | PlanarUNetConfig | HealpixUNetConfig | CustomModelConfig,
    Choice(),
    BeforeValidator(_custom_by_class),
]


def misfit(model: ModelConfig, sampling: SamplingConfig, called: str) -> str | None:
    """Return why a network cannot be on a sampling, None if it can.

    Parameters
    ----------
    model, sampling
    called
        What to name the sampling.

    Returns
    -------
    str or None
        What goes on after the name of the model.
    """
    if model.only_on and (sampling.name != model.only_on or sampling.region):
        return f"is for the {model.only_on} sampling, the whole sphere, not for the {called}"
    if sampling.depth is not None and model.depth > sampling.depth:
        return (
            f"pools {model.depth} times, but the {called} of this size allows at most "
            f"{sampling.depth}"
        )
    return None
