"""Reading what a model says needs neither the network nor the training."""

import subprocess
import sys

from deepsphere_pipe.runtime.provenance import modules_used
from deepsphere_pipe.training.model_record import read_record
from tests.training.small import SPHERE, run_config, train_in


def test_readers_do_not_use_builders():
    reading = modules_used("training.model_record")
    assert not [name for name in reading if ".nn." in name or name.endswith("trainer")]
    loading = modules_used("training.model_file")
    assert "deepsphere_pipe.nn.unet" in loading
    assert "deepsphere_pipe.training.trainer" not in loading
    code = "import sys, deepsphere_pipe.training.model_file\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "deepsphere_pipe.training.trainer" not in done.stdout.split()


def test_a_record_holds_what_was_trained(tmp_path, store_path):
    run = run_config(epochs=1)
    (network, _), _ = train_in(tmp_path, store_path, run)
    record = read_record(tmp_path / "model.pt")
    assert record.run == run and record.sphere == SPHERE.identifier
    assert record.weights.keys() == network.state_dict().keys()
    assert record.progress["epochs"] == 1
