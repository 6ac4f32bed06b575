"""A real Slurm of one node on the loopback device, with fake GPUs, for as long as it is needed."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")
N_CPUS = 8
"""That Slurm hands out, whatever there are: jobs of the tests wait more than they compute."""
N_GPUS = 2

CONFIG = """\
ClusterName=small
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
PlugStackConfig=/dev/null
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=60
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
GresTypes=gpu
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=900
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={n_cpus} RealMemory=16000 Gres=gpu:{n_gpus}
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Return in words why there can be no cluster here, None if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a Slurm of its own needs Linux and root"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"Slurm is not installed ({', '.join(absent)} missing): apt-get install " + (
            "slurmctld slurmd slurm-client"
        )
    with tempfile.TemporaryDirectory() as folder:
        try:
            _fake_gpu(Path(folder) / "gpu")
        except OSError as error:
            return f"no device files can be made here ({error.strerror})"
    return None


def _fake_gpu(path: Path) -> None:
    """Make what Slurm takes for a GPU: a character device, here another name of /dev/null."""
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))


class SmallCluster:
    """Slurm's two daemons in a folder of their own.

    Attributes
    ----------
    environment : dict
        What a command needs to reach this Slurm and no other one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "slurm.conf"
        host = socket.gethostname().split(".")[0]
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir(parents=True)
        ports = _free_ports(2)
        self.config.write_text(
            CONFIG.format(
                host=host, folder=folder, controller_port=ports[0], node_port=ports[1],
                n_cpus=N_CPUS, n_gpus=N_GPUS,
            ), encoding="utf-8")  # fmt: skip
        for number in range(N_GPUS):
            _fake_gpu(folder / f"gpu{number}")
        (folder / "gres.conf").write_text(
            f"NodeName={host} Name=gpu File={folder}/gpu[0-{N_GPUS - 1}]\n", encoding="utf-8"
        )
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")
        # Snakemake's plugin takes all SLURM_ variables from srun, this one with them.
        wrapper = folder / "bin" / "srun"
        wrapper.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.config} exec {shutil.which("srun")} "$@"\n',
            encoding="utf-8",
        )
        wrapper.chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SLURM_")},
            "SLURM_CONF": str(self.config),
            "PATH": f"{wrapper.parent}:{os.environ['PATH']}",
        }

    def start(self) -> None:
        """Start both daemons and wait until the node takes jobs."""
        self.start_daemon("slurmctld")
        self.start_daemon("slurmd")
        try:
            wait_for(lambda: self.ask("sinfo", "-h", "-o", "%T").strip() == "idle", 30)
        except TimeoutError:
            logs = "".join(
                path.read_text(encoding="utf-8")[-2000:] for path in self.folder.glob("*.log")
            )
            raise RuntimeError(f"Slurm does not come up: {logs}") from None

    def start_daemon(self, name: str) -> None:
        """Start slurmctld or slurmd; both go to the background."""
        subprocess.run([name, "-f", str(self.config)], check=True, env=self.environment, timeout=30)
        wait_for(lambda: self.pid(name), 10)

    def pid(self, name: str) -> int | None:
        """Return the process of a daemon, None if it is not there."""
        try:
            number = int((self.folder / f"{name}.pid").read_text(encoding="utf-8"))
            os.kill(number, 0)
        except (OSError, ValueError):
            return None
        return number

    def stop(self) -> None:
        """End all jobs and both daemons, by their process numbers."""
        if self.pid("slurmctld"):
            jobs = self.ask("squeue", "-h", "-o", "%A").split()
            if jobs:
                subprocess.run(["scancel", *jobs], env=self.environment, timeout=30)
                wait_for(lambda: not self.ask("squeue", "-h", "-o", "%A").split(), 40)
        for name in ("slurmd", "slurmctld"):
            if number := self.pid(name):
                os.kill(number, signal.SIGTERM)
                wait_for(lambda name=name: self.pid(name) is None, 30)

    def ask(self, *command: str) -> str:
        """Return what a command of Slurm says."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30
        )
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """Return Slurm's own records of all jobs, those that are over too, key by key."""
        text = self.ask("scontrol", "show", "jobs", "--details", "--oneliner")
        return [
            dict(re.findall(r"(\w[\w/:]*)=(.*?)(?= \w[\w/:]*=|$)", line.strip()))
            for line in text.splitlines()
            if line.startswith("JobId=")
        ]


def wait_for(condition: Callable[[], object], seconds: float, every: float = 0.2) -> object:
    """Return what a condition comes to as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"still not so after {seconds} s")
        time.sleep(every)
    return value


def _free_ports(number: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
