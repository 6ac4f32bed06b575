"""Which GPUs a program may use, from what the driver and the environment say."""

import pytest

from deepsphere_pipe.runtime import gpus
from deepsphere_pipe.runtime.gpus import visible_gpus

LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa-0001)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-aabb-0002)
GPU 2: NVIDIA H100 80GB HBM3 (UUID: GPU-cccc-0003)
"""
IN_PARTS = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa-0001)
  MIG 3g.20gb     Device  0: (UUID: MIG-1111)
  MIG 3g.20gb     Device  1: (UUID: MIG-2222)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-aabb-0002)
"""
A, B, C = "GPU-aaaa-0001", "GPU-aabb-0002", "GPU-cccc-0003"


@pytest.fixture
def driver(monkeypatch):
    monkeypatch.setattr(gpus, "_nvidia_smi", lambda: LISTING)


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, [A, B, C]),
        ("", []),
        ("-1", []),
        ("2,0", [C, A]),
        (" 1 , 2 ", [B, C]),
        ("GPU-cccc", [C]),
        (f"{B},{A}", [B, A]),
        ("0,-1,1", [A]),  # what comes after an invalid one is not there for CUDA
        ("0,7,1", [A]),
        ("GPU-aa", []),  # not unique
        ("0,0", [A]),
        ("MIG-1111", ["MIG-1111"]),  # not told by the driver
        ("NoDevFiles", []),
    ],
)
def test_a_gpu_has_one_name_however_it_is_written(driver, visible, expected):
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert visible_gpus(environment) == expected


def test_numbers_in_another_order_than_that_of_the_driver_stay_numbers(driver):
    environment = {"CUDA_VISIBLE_DEVICES": "1,0", "CUDA_DEVICE_ORDER": "FASTEST_FIRST"}
    assert visible_gpus(environment) == ["1", "0"]


def test_a_gpu_in_parts_is_its_parts(monkeypatch):
    monkeypatch.setattr(gpus, "_nvidia_smi", lambda: IN_PARTS)
    assert visible_gpus({}) == ["MIG-1111", "MIG-2222", B]


def test_without_a_driver_there_are_those_that_the_environment_names(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus({}) == []
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": "1,0"}) == ["1", "0"]


@pytest.mark.parametrize("script", ["exit 9", "exec sleep 60", "echo No devices found; exit 6"])
def test_a_driver_that_fails_tells_of_none(monkeypatch, tmp_path, script):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpus, "DRIVER_SECONDS", 0.5)
    assert visible_gpus({}) == []


def test_a_lost_gpu_does_not_hide_the_others(monkeypatch, tmp_path):
    program = tmp_path / "nvidia-smi"
    program.write_text(
        f"#!/bin/sh\nPATH=/usr/bin:/bin\ncat <<'END'\n{IN_PARTS}\nEND\nexit 15\n", encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus({}) == ["MIG-1111", "MIG-2222", B]


@pytest.mark.parametrize(
    ("there", "visible", "expected"),
    [
        ("GPU-x, GPU-y", None, ["GPU-x", "GPU-y"]),
        ("", None, []),
        ("GPU-x,GPU-y", "1", ["GPU-y"]),
        ("2,3", None, ["2", "3"]),
        ("2,3", "3", ["3"]),
        ("2,3", "0", []),
    ],
)
def test_a_list_stands_in_for_the_driver(there, visible, expected):
    environment = {"DEEPSPHERE_GPUS": there}
    if visible is not None:
        environment["CUDA_VISIBLE_DEVICES"] = visible
    assert visible_gpus(environment) == expected
