"""The part of a config that says which maps train, validate and test: a section for each method."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from deepsphere_pipe.config.section import Choice, Distinct, Section


class SplitSection(Section):
    """Which maps train, validate and test, and how channels are normalised."""

    chosen_by: ClassVar = "method"

    method: str = Field(description="how the parts are chosen; each method has keys of its own")
    statistics: Literal["training", "published"] = Field(
        "training",
        description="normalise by the mean and standard deviation of the training maps, or by the "
        "constants distributed with the UGSCNN archive",
    )

    @property
    def lists(self) -> dict[str, str]:
        """Files of names by part."""
        return {}


class HeldOutSplit(SplitSection):
    """Whole years or runs are held out."""

    unit: ClassVar[Literal["years", "runs"]]

    validation: Distinct[int] = Field(min_length=1, description="those for validation")
    test: Distinct[int] = Field(min_length=1, description="those for the test")

    @model_validator(mode="after")
    def _parts_are_disjoint(self) -> Self:
        if set(self.validation) & set(self.test):
            raise ValueError("'validation' and 'test' must not share a member")
        return self


class SplitByYear(HeldOutSplit):
    """Whole years are kept apart."""

    unit: ClassVar = "years"

    method: Literal["by_year"] = "by_year"


class SplitByRun(HeldOutSplit):
    """Whole runs are kept apart."""

    unit: ClassVar = "runs"

    method: Literal["by_run"] = "by_run"


class DrawnSplit(SplitSection):
    """Parts are drawn."""

    validation_share: float = Field(0.1, gt=0, lt=1, description="of all, for validation")
    test_share: float = Field(0.2, gt=0, lt=1, description="of all, for the test")
    seed: int = Field(0, ge=0, description="determines what is drawn")

    @model_validator(mode="after")
    def _some_are_left(self) -> Self:
        if self.validation_share + self.test_share >= 1:
            raise ValueError("'validation_share' + 'test_share' must leave maps for training")
        return self


class BlockedSplit(DrawnSplit):
    """Blocks of days are drawn, with gaps between parts."""

    method: Literal["blocked"] = "blocked"
    block_days: int = Field(10, ge=1, description="length of a block")
    gap_hours: int = Field(
        24,
        ge=0,
        description="maps of the same run so close to the validation or test part are left out of "
        "training, those so close to the test part out of validation",
    )


class RandomSplit(DrawnSplit):
    """Single maps are drawn, as the published package does: neighbours in time then leak."""

    method: Literal["random"] = "random"


class ListedSplit(SplitSection):
    """Lists of names are read."""

    method: Literal["files"] = "files"
    validation_list: str = Field(
        min_length=1, description="text file with one snapshot name per line"
    )
    test_list: str = Field(min_length=1, description="the same for the test")
    train_list: str | None = Field(
        None, min_length=1, description="the same for training; all others without it"
    )

    @property
    def lists(self) -> dict[str, str]:
        parts = ("train", "validation", "test")
        named = {part: getattr(self, f"{part}_list") for part in parts}
        return {part: path for part, path in named.items() if path is not None}


SplitConfig = Annotated[
    SplitByYear | SplitByRun | BlockedSplit | RandomSplit | ListedSplit, Choice()
]
