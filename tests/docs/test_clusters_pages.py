"""The pages on SLURM and Kubernetes: the script runs on a real Ray, the manifest fits the page."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from commands import calls, wrong_arguments
from fences import FENCES, ROOT

from tests.cli.commands import SMALL
from w2sdl_runtime.runs.results import open_run

CLUSTERS = ROOT / "examples" / "clusters"
SLURM = CLUSTERS / "slurm.sh"
#: A step of SLURM on this machine: what is not the head gets an address, ports and a folder of its own.
SRUN = """#!/usr/bin/env bash
while [[ $1 == --* ]]; do shift; done
more=(--min-worker-port=0 --max-worker-port=0 --dashboard-agent-listen-port=0)
more+=(--object-store-memory=83886080)
[[ "$*" == *--head* ]] || more+=(--node-ip-address=127.0.0.2 "--temp-dir=/tmp/ray-$SLURM_JOB_ID/2")
exec "$@" "${more[@]}"
"""
SCONTROL = '#!/bin/sh\n[ "$1 $2 $3" = "show hostnames both" ] && printf "one\\ntwo\\n"\n'


def test_ray_is_started_with_options_that_it_has() -> None:
    """Breaks where Ray renames an option that a page or the script gives."""
    from ray.scripts.scripts import cli as ray

    scripts = [SLURM.read_text("utf-8"), *(f.body for f in FENCES if f.language == "sh")]
    started = [words for text in scripts for words in calls(text) if "ray start" in " ".join(words)]
    assert len(started) >= 5
    known = {option for param in ray.commands["start"].params for option in param.opts}
    for words in started:
        arguments = words[words.index("start") + 1 :]
        given = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        assert given <= known, words


def test_the_script_gives_w2sdl_options_that_it_has() -> None:
    (given,) = [words for words in calls(SLURM.read_text("utf-8")) if words[0] == "w2sdl"]
    assert given[2:] == ["$@", "--address", "$address", "--store", "$store"]
    assert wrong_arguments(given[1:]) == ""


@pytest.fixture
def job(tmp_path: Path) -> dict[str, str]:
    """The environment of a batch job of two nodes, both of them this machine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ours = f'#!/bin/sh\nexec "{sys.executable}" -m w2sdl "$@"\n'
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL), ("w2sdl", ours)):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}",
        "SLURM_JOB_ID": str(random.randrange(10**6, 10**7)),
        "SLURM_JOB_NODELIST": "both",
        "SLURM_CPUS_PER_TASK": "1",
        "RAY_prestart_worker_first_driver": "0",
    }


@pytest.mark.slow
@pytest.mark.ray
def test_a_job_that_is_ended_goes_on_as_the_next_one(tmp_path: Path, job: dict[str, str]) -> None:
    """TERM, as SLURM sends it before the time is up, to the script alone; then the same job again."""
    (tmp_path / "study.w2s").write_text(SMALL.replace("steps: 4", "steps: 60"), "utf-8")
    first = _start(tmp_path, job)
    journal = tmp_path / ".w2sdl" / "keys"
    _wait(lambda: first.poll() is not None or len([*journal.glob("*/manifest.json")]) > 3)
    os.kill(first.pid, signal.SIGTERM)
    assert first.wait(120) == 143, (tmp_path / "job.log").read_text("utf-8")
    assert _left(job["SLURM_JOB_ID"]) == []
    job["SLURM_JOB_ID"] = str(int(job["SLURM_JOB_ID"]) + 1)
    second = _start(tmp_path, job)
    assert second.wait(240) == 0, (tmp_path / "job.log").read_text("utf-8")
    assert _left(job["SLURM_JOB_ID"]) == []
    run = open_run(store=tmp_path / ".w2sdl")
    assert run.status == "done"
    assert {entry.action for entry in run.nodes.values()} == {"reused", "executed"}


def _start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "job.log").open("ab") as log:
        return subprocess.Popen(
            ["bash", str(SLURM), "study.w2s"], cwd=folder, env=environment, stdout=log, stderr=log
        )


def _wait(until: object, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not until():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def _left(job: str) -> list[str]:
    """Processes of a job's Ray that live on, ten seconds later."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
        found = [line for line in lines if f"/tmp/ray-{job}" in line]
        if not found:
            return []
        time.sleep(0.2)
    return found


def test_the_manifest_is_of_the_versions_ports_and_names_that_the_page_uses() -> None:
    manifest = yaml.safe_load((CLUSTERS / "raycluster.yaml").read_text("utf-8"))
    page = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
    spec, name = manifest["spec"], manifest["metadata"]["name"]
    (ray,) = re.findall(r"^ray==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"), re.M)
    assert spec["rayVersion"] == ray
    assert f"FROM rayproject/ray:{ray}-" in (CLUSTERS / "Dockerfile").read_text("utf-8")
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    containers = [one for group in groups for one in group["template"]["spec"]["containers"]]
    assert {one["image"] for one in containers} == {f"registry.example.org/lab/w2sdl:{ray}"}
    assert f"-t {containers[0]['image']} ." in page
    for container in containers:
        assert container["resources"]["requests"] == container["resources"]["limits"]
        assert container["envFrom"] == [{"secretRef": {"name": "w2sdl-store"}}]
    assert "generic w2sdl-store" in page
    ports = {one["name"]: one["containerPort"] for one in containers[0]["ports"]}
    assert ports == {"gcs": 6379, "dashboard": 8265}
    assert f"service/{name}-head-svc 8265:8265" in page
    assert f"get secret {name} -o" in page
    assert spec["authOptions"] == {"mode": "token"}
    mounts = {one["name"] for c in containers for one in c.get("volumeMounts", [])}
    volumes = {v["name"] for group in groups for v in group["template"]["spec"].get("volumes", [])}
    assert mounts == volumes
