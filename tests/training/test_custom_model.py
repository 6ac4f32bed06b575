"""A network that is defined in a file of one's own is trained, kept and used like ours."""

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from deepsphere_pipe.config import CustomModelConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.model_file import describe_size, load_model
from tests.training.small import SPHERE, run_config, train_in

DOCS = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
SOURCE = DOCS.split("```python\n")[1].split("```")[0]
BLOCKS = [block.split("```")[0] for block in DOCS.split("```yaml\n")[1:]]
(STUDY,) = [yaml.safe_load(block) for block in BLOCKS if "my_networks.Diffusion" in block]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of the network of docs/models.md, whose module lies beside the study."""
    (tmp_path / "my_networks.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "my_networks", raising=False)
    section = STUDY["experiments"]["diffusion"]["model"] | {"folder": str(tmp_path)}
    return run_config(epochs=5).model_copy(update={"model": CustomModelConfig(**section)})


def test_it_learns_and_comes_back_from_its_file(tmp_path, store_path, run):
    (network, record), history = train_in(tmp_path / "run", store_path, run)
    losses = history["train_loss"].to_numpy()
    assert losses[-1] < 0.8 * losses[0] and record.progress["epochs"] == 5
    assert record.run == run and type(network).__name__ == "Diffusion"
    assert describe_size(run, network) == "tiny-seed0: 291 parameters"
    _, same = train_in(tmp_path / "again", store_path, run)
    np.testing.assert_array_equal(same["train_loss"], losses)


def test_a_change_of_its_code_trains_anew(tmp_path, store_path, run, capsys):
    train_in(tmp_path / "run", store_path, run)
    path = tmp_path / "my_networks.py"
    path.write_text(f"# A remark.\n{SOURCE}", encoding="utf-8")
    capsys.readouterr()
    train_in(tmp_path / "run", store_path, run)
    assert "is trained already" in capsys.readouterr().out
    path.write_text(SOURCE.replace("relu", "tanh"), encoding="utf-8")
    train_in(tmp_path / "run", store_path, run)
    assert "something else (other data, sphere or code): train anew" in capsys.readouterr().out


def test_weights_that_its_code_no_longer_has_are_told(tmp_path, store_path, run, monkeypatch):
    train_in(tmp_path / "run", store_path, run)
    wider = SOURCE.replace("* width, out_channels)", "* width, out_channels, bias=False)")
    (tmp_path / "my_networks.py").write_text(wider, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "my_networks")
    with pytest.raises(UserError, match=r"as last\.bias has changed in the code since; train"):
        load_model(tmp_path / "run/model.pt", SPHERE)
