"""Jobs of one machine and its GPUs: real processes, GPUs by name only."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from deepsphere_pipe.cli import main
from deepsphere_pipe.runtime import gpu_slots, scheduler

SECONDS = 30  # that a job may take on a busy machine
SHOW = "echo $CUDA_VISIBLE_DEVICES; "
# Another user may not be allowed to read the code, so it is read before.
AS_USER = """
import os, sys
import deepsphere_pipe.runtime.gpu_slots
from deepsphere_pipe.cli import main
os.chdir("/")
os.umask(0o077)
os.setuid(int(sys.argv[1]))
sys.exit(main(sys.argv[2:]))
"""
SCHEDULERS = {name for names in scheduler.SCHEDULERS.values() for name in names}


class Machine:
    """So many GPUs that nobody else has heard of, and the jobs on them."""

    def __init__(self, folder: Path, gpus: int):
        tag = uuid.uuid4().hex
        self.tag, self.folder = tag, folder
        self.gpus = [f"GPU-{i}-{tag}" for i in range(gpus)]
        self.jobs: list[subprocess.Popen] = []

    def start(
        self, wanted: int, script: str, uid: int | None = None, **environment: str
    ) -> subprocess.Popen:
        """Start a job that runs a shell script, if wished as another user with a strict umask."""
        hidden = {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", gpu_slots.NESTED, *SCHEDULERS}
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        program = [sys.executable, "-m", "deepsphere_pipe"]
        if uid is not None:
            program = [sys.executable, "-c", AS_USER, str(uid)]
        program += ["with-gpus", "--gpus", str(wanted)]
        job = subprocess.Popen(
            [*program, "--", "bash", "-c", script],
            env=inherited | {"DEEPSPHERE_GPUS": ",".join(self.gpus)} | environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip
        self.jobs.append(job)
        return job

    def hold(self, wanted: int, **options) -> tuple[subprocess.Popen, list[str]]:
        """Start a job that lasts, wait until it runs, and return it with its GPUs."""
        job = self.start(wanted, SHOW + "exec sleep 300", **options)
        return job, job.stdout.readline().strip().split(",")

    @property
    def files(self) -> list[Path]:
        return [*gpu_slots._folder().glob(f"deepsphere-gpu-*{self.tag}*")]


@pytest.fixture
def machine(tmp_path, request):
    machine = Machine(tmp_path, getattr(request, "param", 2))
    # A job that hangs ends the test instead of blocking it.
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("a job hangs"))
    signal.alarm(4 * SECONDS)
    yield machine
    signal.alarm(0)
    for job in machine.jobs:
        job.kill()
        job.communicate()
    for path in machine.files:
        path.unlink()


def output(job: subprocess.Popen) -> str:
    return job.communicate(timeout=SECONDS)[0].strip()


def waits(job: subprocess.Popen) -> bool:
    """Wait until the job says that it waits."""
    return job.stderr.readline().startswith("Waiting for ")


def test_jobs_get_gpus_of_their_own_and_more_jobs_wait(machine):
    (first, a), (_, b) = machine.hold(1), machine.hold(1)
    assert sorted(a + b) == machine.gpus
    third = machine.start(1, SHOW)
    assert waits(third) and third.poll() is None
    first.kill()  # with SIGKILL
    assert output(third) == a[0] and third.returncode == 0


def test_waiting_is_said_once(machine):
    first, _ = machine.hold(2)
    second = machine.start(1, SHOW)
    assert waits(second)
    time.sleep(4 * gpu_slots.POLL_SECONDS)
    first.kill()
    assert second.communicate(timeout=SECONDS)[1] == ""


def test_the_last_process_that_computes_holds_the_gpu_not_its_children(machine):
    """A process that Python starts inherits no lock, so it blocks nobody when it stays behind."""
    script = "import subprocess; subprocess.Popen(['sleep', '60'], stdout=-3, stderr=-3)"
    parent = machine.start(2, f'exec {sys.executable} -c "{script}"')
    output(parent)
    assert len(output(machine.start(2, SHOW)).split(",")) == 2


@pytest.mark.parametrize("machine", [3], indirect=True)
def test_a_job_for_several_gpus_is_not_starved_and_blocks_nobody_for_ever(machine):
    short = [machine.hold(1)[0] for _ in range(3)]
    large = [machine.start(2, SHOW + "sleep 0.2") for _ in range(2)]
    assert all(waits(job) for job in large)
    late = [machine.start(1, SHOW + "sleep 0.2") for _ in range(3)]
    assert all(waits(job) for job in late)
    short[0].kill()
    short[0].wait()
    time.sleep(4 * gpu_slots.POLL_SECONDS)
    assert all(job.poll() is None for job in late), "what a large job waits for was taken"
    short[1].kill()
    assert [len(output(job).split(",")) for job in (*large, *late)] == [2, 2, 1, 1, 1]


@pytest.mark.parametrize("machine", [4], indirect=True)
def test_jobs_stay_within_the_gpus_that_the_user_allows(machine):
    some = {"CUDA_VISIBLE_DEVICES": "2,3"}
    assert machine.hold(1, **some)[1] == machine.gpus[2:3]
    # Another user, who writes it otherwise, or has all.
    assert machine.hold(1, CUDA_VISIBLE_DEVICES=",".join(machine.gpus[2:]))[1] == machine.gpus[3:]
    assert waits(machine.start(1, SHOW, **some))
    assert machine.hold(2)[1] == machine.gpus[:2]


def test_numbers_mean_the_gpus_in_the_order_of_the_driver(machine):
    script = "echo $CUDA_DEVICE_ORDER $CUDA_VISIBLE_DEVICES"
    job = machine.start(1, script, CUDA_VISIBLE_DEVICES="1")
    assert output(job) == f"PCI_BUS_ID {machine.gpus[1]}"


@pytest.mark.parametrize("name", ["SLURM_JOB_ID", "LSB_JOBID", "PBS_JOBID"])
def test_what_a_scheduler_gave_is_left_alone(machine, name):
    machine.hold(2)
    given = {name: "17", "CUDA_VISIBLE_DEVICES": "0"}
    job = machine.start(1, SHOW + "echo $CUDA_DEVICE_ORDER", **given)
    assert job.communicate(timeout=SECONDS) == ("0\n\n", "")


def test_an_allocation_with_more_gpus_shares_them_out_among_its_own_jobs(machine):
    machine.hold(2)  # of another allocation, whose GPUs have the same numbers
    allocation = {"SLURM_JOB_ID": machine.tag, "DEEPSPHERE_GPUS": "0,1"}
    taken = machine.hold(1, **allocation)[1] + machine.hold(1, **allocation)[1]
    assert sorted(taken) == ["0", "1"]
    assert waits(machine.start(1, SHOW, **allocation))


def test_a_workflow_on_gpus_of_its_own_shares_them_out(machine):
    inner = f"{sys.executable} -m deepsphere_pipe with-gpus -- bash -c '{SHOW} sleep 2'"
    told = output(machine.start(2, f"{inner} & {inner} & wait"))
    assert sorted(told.split()) == machine.gpus


def test_more_than_there_are_is_all_and_said(machine):
    told = machine.start(3, SHOW).communicate(timeout=SECONDS)
    assert told == (
        ",".join(machine.gpus) + "\n",
        "There are 2 GPUs where 3 are wanted: all are taken.\n",
    )


def test_none_wanted_is_none_seen(machine):
    machine.hold(2)
    assert output(machine.start(0, "echo [$CUDA_VISIBLE_DEVICES]")) == "[]"
    script = "echo [${CUDA_VISIBLE_DEVICES-unset}]"
    assert output(machine.start(0, script, DEEPSPHERE_GPUS="")) == "[]"


@pytest.mark.parametrize("wanted", [1, 2])
def test_without_gpus_the_command_is_started_as_it_is(machine, wanted):
    script = "echo ${CUDA_VISIBLE_DEVICES-unset} ${CUDA_DEVICE_ORDER-unset}"
    job = machine.start(wanted, script, DEEPSPHERE_GPUS="")
    assert job.communicate(timeout=SECONDS) == ("unset unset\n", "") and machine.files == []


def test_the_exit_status_is_that_of_the_command(machine):
    for status in (0, 1, 77):
        job = machine.start(1, f"exit {status}")
        output(job)
        assert job.returncode == status


@pytest.fixture(params=["foreground", "background"])
def started(request):
    """As in a terminal, or as a shell without job control starts what ends with &."""
    how = signal.SIG_IGN if request.param == "background" else signal.default_int_handler
    before = signal.signal(signal.SIGINT, how)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(machine, number, started):
    asleep = "sleep 60 >&- 2>&- & wait"  # an orphan that kept the pipe open would be waited for
    job = machine.start(1, f"trap 'echo told; exit 5' {number.value}; echo on; {asleep}")
    assert job.stdout.readline() == "on\n"
    job.send_signal(number)
    assert job.stdout.readline() == "told\n" and job.wait(SECONDS) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_job_that_waits_can_be_stopped(machine, number, started):
    machine.hold(2)
    for wanted in (1, 2, 2):
        job = machine.start(wanted, SHOW)
        assert waits(job)
        job.send_signal(number)
        told = job.communicate(timeout=SECONDS)
        assert job.returncode != 0 and "Traceback" not in told[1]


def test_arguments_arrive_as_they_are(machine):
    words = ["-x", "--gpus", "5", "--", "a b", "$HOME"]
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:])", *words]
    told = subprocess.run(
        [sys.executable, "-m", "deepsphere_pipe", "with-gpus", "--gpus", "1", "--", *command],
        env=os.environ | {"DEEPSPHERE_GPUS": ""}, capture_output=True, text=True, check=True,
        timeout=SECONDS,
    )  # fmt: skip
    assert told.stdout == f"{words}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--gpus", "-1", "--", "true"], "--gpus is -1; it must be at least 0."),
        (["--", "no-such-program"], "no-such-program: cannot be started (No such file"),
    ],
)
def test_mistakes_get_one_sentence(arguments, sentence, capsys, monkeypatch):
    monkeypatch.setenv("DEEPSPHERE_GPUS", "")
    assert main(["with-gpus", *arguments]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and sentence in told and told.count("\n") == 1


def test_files_that_a_crash_left_behind_are_harmless(machine):
    first, _ = machine.hold(2)
    first.kill()
    first.wait()
    left = machine.files
    assert left
    assert machine.hold(2)[1] == machine.gpus
    assert sorted(machine.files) == sorted(left)


def test_files_that_somebody_removed_are_made_again(machine):
    first, _ = machine.hold(2)
    second = machine.start(1, SHOW)
    assert waits(second)
    for path in machine.files:
        path.unlink()
    assert output(second) in machine.gpus
    first.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be several users")
@pytest.mark.parametrize("uids", [(0, 12345), (12345, 0), (12345, 12346)])
def test_users_share_the_gpus_whatever_their_umask(machine, uids):
    holder, taken = machine.hold(1, uid=uids[0])
    assert machine.hold(1, uid=uids[1])[1] == [machine.gpus[1]]
    third = machine.start(1, SHOW, uid=uids[1])
    assert waits(third)
    holder.kill()
    assert output(third) == taken[0]
    assert {path.stat().st_mode & 0o777 for path in machine.files} == {0o666}


def test_a_link_in_the_place_of_a_lock_is_not_followed(machine, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    link = gpu_slots._folder() / f"deepsphere-gpu-{machine.gpus[0]}.turn"
    link.symlink_to(tmp_path / "file")
    job = machine.start(1, SHOW)
    told = job.communicate(timeout=SECONDS)[1]
    assert job.returncode == 2 and told.startswith("error: ") and str(link) in told
