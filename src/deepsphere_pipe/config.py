"""The study config: one frozen, typed model of everything a YAML file may say.

A study names its data, sampling, graph, split, experiments and seeds; it expands to runs
(experiment × seed). Every key carries its own description, from which the reference in
``docs/configuration.md`` is generated.
"""

import math
import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from deepsphere_pipe.data.channels import CHANNEL_NAMES, CLASSES
from deepsphere_pipe.errors import UserError

Item = TypeVar("Item")


def _distinct(values: tuple[Item, ...]) -> tuple[Item, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} stands there twice; allowed: each entry once")
    return values


# YAML has lists only; frozen models want tuples, and strict mode does not convert.
Items = Annotated[
    tuple[Item, ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]
Distinct = Annotated[Items[Item], AfterValidator(_distinct)]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# What pydantic adds to the location of an error in a union.
UNION_TAG = re.compile(r"(literal|dict|tuple|function-|constrained|float|int|str)\b")
NUMBER = r"\s*[-+]?[0-9]+(\.[0-9]*)?\s*"
# What `reporting.projections.make_projection` knows by name (a test holds the two together).
PROJECTION = re.compile(
    rf"\s*((equirectangular|mollweide|orthographic)\s*(\(({NUMBER})?\))?"
    rf"|orthographic\s*\({NUMBER},{NUMBER}\))\s*"
)
COLOUR = r"^#[0-9a-fA-F]{6}$"


class Section(BaseModel):
    """Base of all sections: immutable, no unknown keys, no silent type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class SyntheticConfig(Section):
    """The synthetic twin of CAM5: which snapshots are made, on which grid."""

    seed: int = Field(0, ge=0, description="determines every byte of the data")
    n_lat: int = Field(96, ge=24, description="latitudes of the native grid, poles included")
    n_lon: int = Field(144, ge=48, multiple_of=2, description="longitudes of the native grid")
    years: Distinct[Annotated[int, Field(ge=1, le=9999)]] = Field(
        (2106, 2107, 2108), min_length=1, description="model years"
    )
    runs: Distinct[Annotated[int, Field(ge=0, le=9999)]] = Field(
        (1, 2), min_length=1, description="ensemble runs, each with weather of its own"
    )
    days_per_year: int = Field(
        24, ge=1, le=365, description="days per year and run, in blocks spread over the year"
    )
    days_in_a_row: int = Field(3, ge=1, le=365, description="length of a block of days")
    missing_days: float = Field(
        0.04, ge=0, lt=1, description="share of days that are missing, as in the real archive"
    )


class DataConfig(Section):
    """Where the snapshots come from and which channels are used."""

    source: Literal["synthetic", "cam5"] = Field(
        "synthetic",
        description="`synthetic` makes the twin; `cam5` reads snapshots that you have",
    )
    folder: str | None = Field(
        None,
        min_length=1,
        description="folder of CAM5 files `data-YYYY-MM-DD-HH-R.h5` (source `cam5` only)",
    )
    synthetic: SyntheticConfig = Field(
        default_factory=SyntheticConfig, description="the twin (source `synthetic` only)"
    )
    channels: Distinct[Literal[CHANNEL_NAMES]] = Field(
        CHANNEL_NAMES, min_length=1, description="input channels by name, in this order"
    )

    @field_validator("folder")
    @classmethod
    def _no_home_sign(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("~"):
            raise ValueError(f"'{value}' must be the whole path ('~' is not replaced)")
        return value

    @model_validator(mode="after")
    def _keys_belong_to_the_source(self) -> Self:
        if (self.source == "cam5") != (self.folder is not None):
            raise ValueError("'folder' is needed with source 'cam5', and only there")
        # Not `model_fields_set`: a dumped section names its defaults, and must read back.
        if self.source == "cam5" and self.synthetic != SyntheticConfig():
            raise ValueError("'synthetic' is allowed with source 'synthetic' only")
        return self


class SamplingConfig(Section):
    """The discretisation of the sphere."""

    name: Literal["icosahedral"] = Field("icosahedral", description="family of samplings")
    level: int = Field(5, ge=1, le=8, description="subdivisions: 10·4^level + 2 vertices")


class GraphConfig(Section):
    """The graph that connects the vertices of every level."""

    neighbours: int = Field(6, ge=3, description="k of the k-nearest-neighbour graph")
    kernel_width: Literal["mean_distance"] | float = Field(
        "mean_distance",
        description="chord at which an edge weight has fallen to 1/2; "
        "`mean_distance` or a number on the unit sphere",
    )
    laplacian: Literal["combinatorial", "normalized"] = Field(
        "combinatorial", description="type of the graph Laplacian"
    )

    @field_validator("kernel_width")
    @classmethod
    def _positive(cls, value: str | float) -> str | float:
        if not isinstance(value, str) and not 0 < value <= 2:
            raise ValueError("must be 'mean_distance' or a number in (0, 2]")
        return value


class SplitConfig(Section):
    """Which maps train, validate and test."""

    method: Literal["by_year", "by_run", "random"] = Field(
        "by_year",
        description="`by_year` and `by_run` keep whole years or runs apart; `random` draws single "
        "maps as the published package does (neighbours in time then leak between parts)",
    )
    validation: Distinct[int] = Field((), description="years or runs for validation")
    test: Distinct[int] = Field((), description="years or runs for the test")
    validation_share: float = Field(0.1, gt=0, lt=1, description="`random` only")
    test_share: float = Field(0.2, gt=0, lt=1, description="`random` only")
    seed: int = Field(0, ge=0, description="`random` only")

    @model_validator(mode="after")
    def _parts_are_possible(self) -> Self:
        lists, draw = ("validation", "test"), ("validation_share", "test_share", "seed")
        here, elsewhere = (draw, lists) if self.method == "random" else (lists, draw)
        for key in elsewhere:
            # Not `model_fields_set`: a dumped section names its defaults, and must read back.
            if getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(
                    f"method '{self.method}' does not use '{key}'; allowed: {', '.join(here)}"
                )
        if self.method == "random":
            if self.validation_share + self.test_share >= 1:
                raise ValueError("'validation_share' + 'test_share' must leave maps for training")
        elif not self.validation or not self.test:
            raise ValueError(f"method '{self.method}' needs 'validation' and 'test' lists")
        elif set(self.validation) & set(self.test):
            raise ValueError("'validation' and 'test' must not share a member")
        return self


PRESETS = {"deepsphere": 5, "jiang": 5, "wide": 5}
"""Named architectures and how often each one pools."""


class ModelConfig(Section):
    """A static spherical U-Net."""

    preset: Literal["deepsphere", "jiang", "wide"] | None = Field(
        None, description="a published architecture; excludes `widths`"
    )
    widths: Items[Annotated[int, Field(ge=1)]] | None = Field(
        None, description="feature maps per level, finest first; excludes `preset`"
    )
    kernel_size: int = Field(
        3, ge=1, le=16, description="Chebyshev coefficients per filter (polynomial order + 1)"
    )
    pooling: Literal["average", "max", "subsample"] = Field(
        "average", description="how children become their parent"
    )
    unpooling: Literal["copy", "interpolate", "constant"] = Field(
        "copy", description="how a parent becomes its children"
    )

    @model_validator(mode="after")
    def _one_architecture(self) -> Self:
        if (self.preset is None) == (self.widths is None):
            raise ValueError("exactly one of 'preset' and 'widths' must be given")
        if self.widths is not None and len(self.widths) < 2:
            raise ValueError("'widths' needs at least two levels")
        return self

    @property
    def depth(self) -> int:
        """Number of pooling steps."""
        return PRESETS[self.preset] if self.preset else len(self.widths) - 1


class TrainingConfig(Section):
    """Optimisation of one network."""

    epochs: int = Field(30, ge=1, description="passes over the training part, at most")
    batch: int = Field(64, ge=1, description="maps per optimiser step")
    learning_rate: float = Field(1e-3, gt=0, description="initial learning rate of Adam")
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Field(gt=0)]] = Field(
        "none",
        description="weights of the cross-entropy: `none`, `balanced` (inverse class frequency "
        "in the training part) or a number > 0 for each of BG, TC, AR",
    )
    plateau_patience: int = Field(
        3, ge=0, description="epochs without a better validation mean AP before the rate falls"
    )
    plateau_factor: float = Field(0.5, gt=0, lt=1, description="by how much the rate falls")
    early_stopping: int = Field(
        10, ge=1, description="epochs without a better validation mean AP before training stops"
    )

    @field_validator("class_weights")
    @classmethod
    def _weights_name_the_classes(cls, value: str | dict[str, float]) -> str | dict[str, float]:
        if isinstance(value, dict) and set(value) != set(CLASSES):
            raise ValueError(
                f"must be 'none', 'balanced' or one weight > 0 for each of {', '.join(CLASSES)}"
            )
        return value


class ExperimentConfig(Section):
    """One row of the results table: an architecture and how it is trained."""

    model: ModelConfig = Field(description="the network")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="the optimisation")


class FigureStyle(Section):
    """What all figures share."""

    dpi: int = Field(150, ge=50, le=600, description="resolution of the PNG files")
    width_inches: float = Field(8.0, gt=2, le=12, description="width of a figure")
    colours: dict[Literal[CLASSES], Annotated[str, Field(pattern=COLOUR)]] = Field(
        default_factory=lambda: {"BG": "#bbbbbb", "TC": "#d55e00", "AR": "#0072b2"},
        description="colour of each class",
    )

    @field_validator("colours")
    @classmethod
    def _all_classes(cls, value: dict[str, str]) -> dict[str, str]:
        if set(value) != set(CLASSES):
            raise ValueError(f"must name a colour for each of {', '.join(CLASSES)}")
        return {name: value[name] for name in CLASSES}  # in the order of the label values


class TrainingCurvesConfig(Section):
    """The figure of loss and average precision against epoch."""

    train_colour: str = Field("#444444", pattern=COLOUR, description="line of the training loss")
    validation_colour: str = Field("#cc79a7", pattern=COLOUR, description="validation loss")


class PrecisionRecallConfig(Section):
    """The figure of precision against recall."""

    baseline_colour: str = Field("#777777", pattern=COLOUR, description="lines of the baselines")


class MapConfig(Section):
    """The figure of truth and prediction on the sphere."""

    projection: str = Field(
        "mollweide",
        description="`equirectangular`, `mollweide` or `orthographic`, if wished with a centre "
        "in degrees such as `mollweide(180)` or `orthographic(-80, 25)`; or a PROJ string such as "
        "`+proj=robin` (needs the extra `maps`)",
    )
    colormap: str = Field("Greys", description="matplotlib colormap of the moisture field")
    experiment: str | None = Field(None, description="whose prediction; the first by default")

    @field_validator("projection")
    @classmethod
    def _projection_exists(cls, value: str) -> str:
        if value.startswith("+proj="):
            try:
                import pyproj  # here, because it is optional
            except ImportError:
                raise ValueError(
                    f"'{value}' needs pyproj: pip install 'deepsphere-pipe[maps]'"
                ) from None
            try:
                pyproj.Proj(f"{value} +R=1")
            except pyproj.exceptions.ProjError:
                raise ValueError(f"PROJ does not know '{value}' (try '+proj=robin')") from None
        elif not PROJECTION.fullmatch(value):
            raise ValueError(
                f"'{value}' must be equirectangular, mollweide or orthographic, if wished with a "
                "centre such as orthographic(-80, 25), or a PROJ string such as '+proj=robin'"
            )
        return value

    @field_validator("colormap")
    @classmethod
    def _colormap_exists(cls, value: str) -> str:
        if value != cls.model_fields["colormap"].default:
            import matplotlib  # here, so that planning a study with the default need not wait

            if value not in matplotlib.colormaps:
                raise ValueError(f"matplotlib has no colormap '{value}' (try 'viridis')")
        return value


class FiguresConfig(Section):
    """How figures look; nothing here is an input of training or evaluation."""

    style: FigureStyle = Field(default_factory=FigureStyle, description="all figures")
    training_curves: TrainingCurvesConfig = Field(
        default_factory=TrainingCurvesConfig, description="loss and AP against epoch"
    )
    precision_recall: PrecisionRecallConfig = Field(
        default_factory=PrecisionRecallConfig, description="precision against recall"
    )
    map: MapConfig = Field(default_factory=MapConfig, description="truth and prediction")


class RunConfig(Section):
    """All that one training depends on besides its input files."""

    experiment: str = Field(description="name of the experiment")
    seed: int = Field(ge=0, description="initial weights and order of the maps")
    model: ModelConfig = Field(description="the network")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="the optimisation")

    @property
    def name(self) -> str:
        """Folder of the run below ``runs/``."""
        return f"{self.experiment}-seed{self.seed}"


class Study(Section):
    """One study: a YAML file that names data, sphere, experiments and seeds."""

    name: str = Field(description="folder of the study below `results/`")
    data: DataConfig = Field(default_factory=DataConfig, description="the maps")
    sampling: SamplingConfig = Field(
        default_factory=SamplingConfig, description="the discretised sphere"
    )
    graph: GraphConfig = Field(default_factory=GraphConfig, description="its graph")
    split: SplitConfig = Field(description="training, validation and test parts")
    experiments: dict[str, ExperimentConfig] = Field(
        min_length=1, description="networks to compare, by name"
    )
    seeds: Distinct[Annotated[int, Field(ge=0)]] = Field(
        (0,), min_length=1, description="every experiment is trained once for each seed"
    )
    baselines: Distinct[Literal["frequency", "logistic"]] = Field(
        ("frequency", "logistic"),
        description="what needs no graph: class frequencies, and logistic regression on the "
        "channels of single vertices",
    )
    figures: FiguresConfig = Field(default_factory=FiguresConfig, description="the figures")

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value):
            raise ValueError("must be letters, digits, '-' and '_' (it names a folder)")
        return value

    @field_validator("experiments")
    @classmethod
    def _experiment_names(cls, value: dict[str, ExperimentConfig]) -> dict[str, ExperimentConfig]:
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"experiment '{name}' must be named with letters, digits and '_', "
                    "starting with a letter"
                )
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        for name, experiment in self.experiments.items():
            if experiment.model.depth > self.sampling.level:
                raise ValueError(
                    f"experiments.{name}.model pools {experiment.model.depth} times, but "
                    f"sampling.level {self.sampling.level} allows at most {self.sampling.level}"
                )
            if name in self.baselines:
                raise ValueError(f"experiments.{name} has the name of a baseline")
        wanted = self.figures.map.experiment
        if wanted is not None and wanted not in self.experiments:
            raise ValueError(
                f"figures.map.experiment '{wanted}' is not an experiment; "
                f"allowed: {', '.join(self.experiments)}"
            )
        self._split_exists()
        return self

    def _split_exists(self) -> None:
        """With synthetic data it is known beforehand which years and runs there will be."""
        if self.data.source != "synthetic" or self.split.method == "random":
            return
        key = {"by_year": "years", "by_run": "runs"}[self.split.method]
        there = set(getattr(self.data.synthetic, key))
        held_out = {*self.split.validation, *self.split.test}
        if unknown := held_out - there:
            raise ValueError(
                f"split names {key} {sorted(unknown)} that data.synthetic.{key} does not make; "
                f"allowed: {sorted(there)}"
            )
        if held_out == there:
            raise ValueError(f"split leaves none of data.synthetic.{key} for training")

    @property
    def runs(self) -> tuple[RunConfig, ...]:
        """Every experiment with every seed."""
        return tuple(
            RunConfig(
                experiment=name, seed=seed, model=experiment.model, training=experiment.training
            )
            for name, experiment in self.experiments.items()
            for seed in self.seeds
        )

    def run(self, name: str) -> RunConfig:
        """Return the run with this name."""
        return next(run for run in self.runs if run.name == name)

    def figure(self, name: str) -> dict[str, object]:
        """Return all that one figure depends on besides its input files."""
        own = getattr(self.figures, name).model_dump(mode="json", exclude={"experiment"})
        return {**self.figures.style.model_dump(mode="json"), **own}


Model = TypeVar("Model", bound=Section)


def parse(model: type[Model], content: object, origin: str | Path) -> Model:
    """Check ``content`` (as read from YAML) against a section.

    Raises
    ------
    UserError
        One sentence with the file, the key and what is allowed there.
    """
    if not isinstance(content, dict):
        raise UserError(f"{origin}: must be a YAML mapping with keys {_keys(model)}.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{origin}: {_sentence(model, error)}.") from None


def read(model: type[Model], path: str | Path) -> Model:
    """Read a YAML file into a section; raises `UserError` as `parse` does."""
    try:
        content = yaml.safe_load(Path(path).read_text())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where else ""
        raise UserError(f"{path}: is not valid YAML{line}.") from None
    return parse(model, content, path)


def dump(section: Section) -> str:
    """Return a section as YAML text, defaults included, keys in the order of the model."""
    return yaml.safe_dump(section.model_dump(mode="json"), sort_keys=False)


def _keys(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


def _sentence(model: type[BaseModel], error: ValidationError) -> str:
    """Tell the first of the errors (several at once would be no sentence)."""
    errors = error.errors()
    places = [".".join(_locate(model, item["loc"])[1]) for item in errors]
    # A union reports an error for each member: the one that looked deepest knows most.
    at = max(
        (i for i, place in enumerate(places) if place.startswith(places[0])),
        key=lambda i: len(places[i]),
    )
    first, key = errors[at], places[at]
    if first["type"] == "extra_forbidden":
        section, _ = _locate(model, first["loc"])
        return f"unknown key '{key}'; allowed here: {_keys(section)}"
    if first["type"] == "missing":
        return f"the key '{key}' is missing"
    if first["type"] == "value_error":
        return f"{key}: {first['ctx']['error']}" if key else str(first["ctx"]["error"])
    same = [item for item, place in zip(errors, places, strict=True) if place == key]
    expected = " or ".join(dict.fromkeys(_expectation(item) for item in same))
    value = list(first["input"]) if isinstance(first["input"], tuple) else first["input"]
    return f"{key} is {value!r}; it must be {expected}"


EXPECTATIONS = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "model_type": "a mapping",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} character",
    "string_type": "text",
    "too_short": "at least {min_length} entry long",
    "tuple_type": "a list",
}


def _expectation(item: dict) -> str:
    phrase = EXPECTATIONS.get(item["type"])
    if not phrase:
        return f"valid ({item['msg']})"
    hint = _number_hint(item["input"]) if item["type"] == "float_type" else ""
    return phrase.format(**item.get("ctx", {})) + hint


def _number_hint(value: object) -> str:
    """Tell how to write a number that YAML takes for text, such as 1e-3."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    return f" (YAML reads this as text: write {yaml.safe_dump(number).split()[0]})"


def _locate(model: type[BaseModel], loc: tuple) -> tuple[type[BaseModel], list[str]]:
    """Follow an error's location: the innermost section, and the keys without union tags."""
    path: list[str] = []
    section = model
    for part in loc:
        if isinstance(part, int):
            path.append(str(part))
        elif part in section.model_fields:
            path.append(part)
            section = section_of(section.model_fields[part].annotation) or section
        elif not UNION_TAG.match(part) and (
            not path or part == loc[-1] or path[-1] == "experiments"
        ):
            path.append(part)
    return section, path


def section_of(annotation: object) -> type[BaseModel] | None:
    """Return the section that an annotation names, alone or inside a container, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := section_of(argument):
            return found
    return None
