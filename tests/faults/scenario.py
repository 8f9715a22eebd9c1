"""A scenario: a random graph, up to three kills at named points, other trouble; then what must hold.

``python -m tests.faults.scenario SEED [EXECUTOR]`` plays one in a new folder and says what happened.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.cluster import Cluster
from tests.faults import invariants
from tests.faults.damage import DAMAGES, LOSSES
from tests.faults.fault_graphs import random_graph
from tests.faults.fault_ops import STEPS
from tests.faults.lives import Life, Request
from w2sdl_runtime.runs.loaded_run import read_run
from w2sdl_runtime.storage.store import Store

#: What every run passes once, before its first node.
AT_START = ("index.reconciling",)
#: What every node that is computed passes, in the driver or in its worker.
IN_DRIVER = ("driver.decided", "lease.taken", "driver.submitted", "driver.ended", "driver.recorded")
IN_WORKER = (
    "attempt.opened", "attempt.ran", "put.saved", "put.renamed",
    "commit.key", "commit.manifest", "commit.journal",
)  # fmt: skip
#: What a node that commits inside passes, and one that goes on there.
IN_LONG = ("partial.saved-temp", "partial.saved", "partial.resumed")
#: A driver that is stopped within a transaction keeps all others from the journal.
_NOT_STOPPED_AT = ("commit.manifest",)
TROUBLES = ("", "two drivers", "paused driver", *DAMAGES)
_SILENCE = 0.6


@dataclass(frozen=True, slots=True)
class Kill:
    """A process ends itself when it passes a point for the nth time, counted over all processes."""

    point: str
    passage: int
    signal: str

    def __str__(self) -> str:
        return f"{self.point}:{self.passage}:{self.signal}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that can be drawn from a seed."""

    seed: int
    executor: str
    kills: tuple[Kill, ...]
    trouble: str

    @property
    def command(self) -> str:
        return f"python -m tests.faults.scenario {self.seed} {self.executor}"


@dataclass(slots=True)
class Outcome:
    """What happened in a scenario that ended as it must."""

    scenario: Scenario
    fired: list[tuple[Kill, str]] = field(default_factory=list)  #: with the victim
    lives: int = 0
    again: int = 0  #: executions of the node that was executed most, less one
    nodes: int = 0


def draw_scenario(seed: int, executor: str = "local") -> Scenario:
    """The scenario of a seed; half of them have trouble other than kills."""
    draw = random.Random(seed)
    graph = random_graph(seed).nodes
    trouble = draw.choice(TROUBLES) if draw.random() < 0.5 else ""
    if trouble == "paused driver":
        here = (*IN_DRIVER, *IN_WORKER) if executor == "local" else IN_DRIVER
        points = [point for point in here if point not in _NOT_STOPPED_AT]
        kills = [Kill(draw.choice(points), draw.randint(1, len(graph)), "STOP")]
    else:
        long = IN_LONG if any(node.op == "fault_long" for node in graph.values()) else ()
        points = [*AT_START, *IN_DRIVER, *IN_WORKER, *long]
        kills = [_draw_kill(draw, points, executor, len(graph)) for _ in range(draw.randint(1, 3))]
    return Scenario(seed, executor, tuple(kills), trouble)


def _draw_kill(draw: random.Random, points: Sequence[str], executor: str, nodes: int) -> Kill:
    point = draw.choice(points)
    # A worker of Ray has its own ways with signals, and a run that has not begun none yet.
    apart = executor == "ray" and point in (*IN_WORKER, *IN_LONG)
    signals = ("KILL",) if apart or point in AT_START else ("KILL", "KILL", "INT", "TERM")
    passages = {"partial.resumed": 1}.get(point, 3 if point in AT_START else nodes)
    return Kill(point, draw.randint(1, passages), draw.choice(signals))


def play(scenario: Scenario, folder: Path, cluster: Cluster | None = None) -> Outcome:
    """Play a scenario in a folder of its own and check what must hold afterwards.

    ``cluster`` is where the scenarios for Ray are played; it goes on.
    """
    player = _Player(scenario, folder, cluster)
    try:
        return player.play()
    except AssertionError:
        print(f"\n{scenario}\nreplay: {scenario.command}\n{player.said()}")
        raise


class _Player:
    def __init__(self, scenario: Scenario, folder: Path, cluster: Cluster | None) -> None:
        self.scenario, self.folder, self.plan = scenario, folder, folder / "kills"
        self.nodes = random_graph(scenario.seed).nodes
        self.request = Request(folder, scenario.seed, scenario.executor, self.plan)
        if cluster is not None:
            address, environment = cluster.address, cluster.environment
            self.request = replace(self.request, executor=address, environment=environment)
        self.lives: list[Life] = []
        self.out = Outcome(scenario, nodes=len(self.nodes))

    def said(self) -> str:
        return "\n".join(life.said() for life in self.lives)

    def start(self, **changes: Any) -> Life:
        self.lives.append(Life(replace(self.request, **changes), f"life-{len(self.lives)}"))
        return self.lives[-1]

    def play(self) -> Outcome:
        clean = self._undisturbed()
        self.plan.with_name(f"{self.plan.name}.passed").unlink(missing_ok=True)
        self.plan.write_text("\n".join(map(str, self.scenario.kills)))
        self._disturbed()
        drivers = {life.pid for life in self.lives}
        self.out.fired = [(k, "driver" if pid in drivers else "worker") for k, pid in self._fired()]
        self.plan.write_text("")
        self._damage([node["key"] for node in clean.values()])
        self._check(self._finish(), clean)
        return self.out

    def _undisturbed(self) -> dict[str, Any]:
        folder = self.folder / "clean"
        folder.mkdir(parents=True)
        life = Life(Request(folder, self.scenario.seed))
        assert life.wait() == 0, life.said()
        found: dict[str, Any] = life.results()[0]["nodes"]
        return found

    # -- trouble -----------------------------------------------------------------------------------

    def _disturbed(self) -> None:
        """Run until a run is done, with the kills; each ends one driver, or one worker."""
        if self.scenario.trouble == "paused driver":
            self._paused()
            return
        pair = 2 if self.scenario.trouble == "two drivers" else 1
        for _ in range(len(self.scenario.kills) + 1):
            lives = [self.start() for _ in range(pair)]
            codes = [self._ended(life) for life in lives]
            if not any(codes):
                return

    def _ended(self, life: Life) -> int:
        code = life.wait()
        signals = {"KILL": -9, "INT": 130, "TERM": 143}
        mine = [kill for kill, pid in self._fired() if pid == life.pid]
        if mine:
            assert code == signals[mine[-1].signal], (code, mine)
        elif self._fired():
            assert code in (0, 1), code  # a worker was killed, maybe once too often
        else:
            assert code == 0, code
        return code

    def _paused(self) -> None:
        """A driver is stopped for longer than its leases last; another does its work meanwhile."""
        first = self.start()
        if not first.wait_until_stopped():
            assert first.wait() == 0  # there are not that many passages
            return
        second = self.start(silence=_SILENCE)
        assert second.wait() == 0
        first.go_on()
        assert first.wait() == 0

    def _fired(self) -> list[tuple[Kill, int]]:
        """The kills that came to pass, and in which process."""
        passed = self.plan.with_name(f"{self.plan.name}.passed")
        count: Counter[str] = Counter()
        found = []
        for line in passed.read_text().splitlines() if passed.exists() else []:
            point, pid = line.split()
            count[point] += 1
            here = (k for k in self.scenario.kills if (k.point, k.passage) == (point, count[point]))
            found += [(kill, int(pid)) for kill in list(here)[:1]]
        return found

    def _damage(self, keys: Sequence[str]) -> None:
        damage = DAMAGES.get(self.scenario.trouble)
        if damage is not None:
            damage(Store(self.request.store), keys, random.Random(self.scenario.seed))

    # -- the end -----------------------------------------------------------------------------------

    def _finish(self) -> list[dict[str, Any]]:
        """Run undisturbed, twice; damage that no run had to notice is found by a check of the store."""
        results: list[dict[str, Any]] = []
        for _ in range(2):
            life = self.start(times=2)
            assert life.wait() == 0, life.said()
            results = life.results()
            store = Store(self.request.store)
            unsound = [p.name for p in store.objects.iterdir() if not store.is_sound(p.name)]
            if not unsound:
                break
            assert self.scenario.trouble == "flipped byte"
            for digest in unsound:
                store.set_aside(digest)
            store.journal.close()
        return results

    def _check(self, results: list[dict[str, Any]], clean: dict[str, Any]) -> None:
        expected = {id_: node["digest"] for id_, node in clean.items()}
        for result in results:
            assert result["status"] == "done"
            assert {id_: node["digest"] for id_, node in result["nodes"].items()} == expected
        assert results[-1]["counts"]["executed"] == 0
        invariants.check_store(self.request.store)
        invariants.check_keys(self.request.store, self.scenario.trouble == "torn key.json")
        invariants.check_runs(self.request.store)
        invariants.check_plan(random_graph(self.scenario.seed).graph(), self.folder)
        self._check_executions()
        self._check_commits({node["key"] for node in clean.values()})
        self._check_killed_runs()
        invariants.check_no_process([life.pid for life in self.lives], self.plan)

    def _check_executions(self) -> None:
        """Every kill costs what was under way, and nothing else does."""
        fired = self.out.fired
        ran = invariants.executions(self.folder, self.nodes)
        if self.scenario.trouble == "two drivers":  # each rearranges references by itself
            ran = {id_: n for id_, n in ran.items() if not self.nodes[id_].inline}
        lost = len(self.nodes) if self.scenario.trouble in LOSSES else 0
        # Who was stopped finds nothing of what was committed inside: the node has its result.
        anew = lost or self.scenario.trouble in ("flipped partial", "paused driver")
        for node in self.nodes.values():
            if node.op == "fault_long":
                steps = invariants.executions(self.folder, {node.id: node}, "step")[node.id]
                assert steps <= STEPS * (2 if anew else 1) + len(fired)
        at_a_time = 1 if self.scenario.executor == "local" else 3
        assert max(ran.values()) <= 1 + len(fired) + bool(lost)
        assert sum(n - 1 for n in ran.values() if n) <= at_a_time * len(fired) + lost
        self.out.lives, self.out.again = len(self.lives), max(ran.values()) - 1

    def _check_commits(self, keys: set[str]) -> None:
        """No result is committed twice, whoever computed it."""
        passed = self.plan.with_name(f"{self.plan.name}.passed").read_text().split()
        commits = passed.count("commit.manifest")
        assert commits <= len(keys) or self.scenario.trouble in LOSSES, (commits, len(keys))
        if self.scenario.executor == "local" or not self.out.fired:
            assert commits >= len(keys), (commits, len(keys))
        # A worker ends with its driver anywhere, also between a commit and the point after it.

    def _check_killed_runs(self) -> None:
        """What was written down of a run says how it ended."""
        ends: Counter[str] = Counter()
        for folder in (self.request.store / "runs").iterdir():
            if (folder / "run.json").exists():
                ends[read_run(folder).status] += 1
        killed = [
            kill
            for kill, victim in self.out.fired
            if victim == "driver" and kill.signal != "STOP" and kill.point not in AT_START
        ]
        assert ends["interrupted"] == len(killed), ends


def main() -> int:
    seed, executor = int(sys.argv[1]), (sys.argv[2:] or ["local"])[0]
    scenario = draw_scenario(seed, executor)
    folder = Path(tempfile.mkdtemp(prefix="w2sdl-fault-"))
    print(scenario, folder, sep="\n")
    with Cluster(workers=1) if executor == "ray" else nullcontext() as cluster:
        print(play(scenario, folder, cluster))
    return 0


if __name__ == "__main__":
    sys.exit(main())
