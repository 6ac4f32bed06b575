"""What every result of a study is made from, as short fingerprints.

Each includes those of what comes before it: where one differs, everything behind it differs.
"""

from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from deepsphere_pipe.config import Study
from deepsphere_pipe.data.sources import module_of
from deepsphere_pipe.runtime.provenance import code_fingerprint, content_hash, file_hash

Made = TypeVar("Made")

Recipe = dict[str, str]
"""Fingerprints of what scores are made from: ``data``, ``split``, ``sphere``, ``training`` (of a
network), ``common`` (the maps on a common sampling) and ``evaluation``."""


@cache
def code_of(step: str, *choices: str) -> str:
    """Return the fingerprint of the code of a step: of its module in this room.

    Parameters
    ----------
    step
        Name of the module.
    choices
        Modules, below the package, of what a study chooses: they are imported by their names only.
    """
    return code_fingerprint(f"steps.{step}", *choices)


class Recipes:
    """The fingerprints of one study.

    Parameters
    ----------
    study
    input_version
        Returns, for a sampling, what changes with any file that its maps are made from. What it
        returns may become another while a workflow runs, as the input is fetched.
    code
        Returns the fingerprint of the code of a step, see `code_of`.
    """

    def __init__(
        self,
        study: Study,
        input_version: Callable[[str], str | None],
        code: Callable[..., str] = code_of,
    ) -> None:
        self._study, self._input_version, self._code = study, input_version, code
        self._known: dict[tuple, Any] = {}

    def data(self, sampling: str) -> str:
        """Return the fingerprint of the maps on a sampling."""
        version = self._input_version(sampling)

        def make() -> str:
            settings = self._study.data.model_dump(mode="json", exclude={"loading", "download"})
            source = self._study.data.source
            made = self._code("synthesize") if source == "synthetic" else None
            code = [self._code("prepare", module_of(source)), made]
            return content_hash([settings, self._vertices(sampling), version, code])

        return self._once(("data", sampling, version), make)

    def split(self, sampling: str, split: str | None) -> str:
        """Return the fingerprint of a split of the maps on a sampling."""
        data = self.data(sampling)

        def make() -> str:
            chosen = self._study.splits_by_name[split]
            lists = [file_hash(Path(path)) for path in chosen.lists.values()]
            settings = chosen.model_dump(mode="json")
            return content_hash([data, settings, lists, self._code("split")])

        return self._once(("split", data, split), make)

    def sphere(self, sampling: str) -> str:
        """Return the fingerprint of a sampling with its graphs."""

        def make() -> str:
            graph = self._study.graph.model_dump(mode="json")
            return content_hash([self._vertices(sampling), graph, self._code("sphere")])

        return self._once(("sphere", sampling), make)

    def run(self, name: str) -> Recipe:
        """Return what the scores of a run are made from."""
        run = self._study.run(name)
        before = self._before(self._study.sampling_of(run), run.split_name)
        common = self._common()

        def make() -> Recipe:
            code = [self._code("train"), run.model.custom_code]
            training = content_hash([before, run.model_dump(mode="json"), code])
            scoring = self._code("evaluate", *self._chosen)
            evaluation = content_hash([training, common, self._evaluation, scoring])
            return {**before, "training": training, **common, "evaluation": evaluation}

        return self._once(("run", name, before["split"], *common.values()), make)

    def training(self, name: str) -> Recipe:
        """Return what the network of a run is made from."""
        of_scores = ("common", "evaluation")
        return {step: value for step, value in self.run(name).items() if step not in of_scores}

    def baseline(self, name: str) -> Recipe:
        """Return what the scores of a baseline are made from."""
        chosen = self._study.baselines_by_name[name]
        before = self._before(chosen.sampling, chosen.split_name) | self._common()

        def make() -> Recipe:
            settings = [self._study.window.model_dump(mode="json"), self._evaluation]
            code = self._code("baseline", *self._chosen)
            return {**before, "evaluation": content_hash([before, settings, code])}

        return self._once(("baseline", name, *before.values()), make)

    def prediction(self, name: str, input_version: str | None) -> str:
        """Return the fingerprint of a prediction from fields of a version."""
        networks = [self.training(run.name) for run in self._study.runs_predicting(name)]
        elsewhere = {"download", "follow"}
        settings = self._study.predictions[name].model_dump(mode="json", exclude=elsewhere)
        return content_hash([networks, settings, input_version, self._code("predict")])

    def tracks(self, name: str) -> Recipe:
        """Return what the storms of a run are made from."""
        training = self.training(name)
        settings = self._study.tracking.model_dump(mode="json", exclude={"score_runs"})
        code = self._code("score_tracks")
        return {**training, "tracks": content_hash([training, settings, code])}

    def all_tracks(self) -> str:
        """Return the fingerprint of the storms of all runs."""
        return content_hash([self.tracks(run.name) for run in self._study.runs])

    def trainings(self) -> str:
        """Return the fingerprint of all trainings."""
        return content_hash([self.run(run.name)["training"] for run in self._study.runs])

    def scores(self, *runs: str) -> str:
        """Return the fingerprint of the scores of some runs, or of all runs and baselines."""
        if runs:
            return content_hash([self.run(name) for name in runs])
        baselines = [self.baseline(name) for name in self._study.baselines_by_name]
        return content_hash([*(self.run(run.name) for run in self._study.runs), *baselines])

    def parts(self, sampling: str, split: str | None) -> Recipe:
        """Return what divided maps are made from."""
        return {"data": self.data(sampling), "split": self.split(sampling, split)}

    def _before(self, sampling: str, split: str | None) -> Recipe:
        return {**self.parts(sampling, split), "sphere": self.sphere(sampling)}

    def _common(self) -> Recipe:
        """Return what the labels on the common sampling are made from, if there is one."""
        name = self._study.evaluation.common_sampling
        return {"common": self.data(name)} if name else {}

    def _vertices(self, sampling: str) -> list[object]:
        """Return what a sampling is, the content of its file included."""
        chosen = self._study.samplings_by_name[sampling]
        return [chosen.model_dump(mode="json"), chosen.file and file_hash(Path(chosen.file))]

    @cached_property
    def _chosen(self) -> list[str]:
        """Return the modules that scores need for what the study chooses."""
        return list(filter(None, [self._study.evaluation.common_module]))

    @cached_property
    def _evaluation(self) -> dict[str, object]:
        return self._study.evaluation.model_dump(mode="json")

    def _once(self, key: tuple, make: Callable[[], Made]) -> Made:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]
