"""How many workers start after a provider has refused one of them, while many could.

Run as `python -m bench.breaker`; the real coordinator and breakers, workers that are told how to end.
"""

import asyncio
import random
import tempfile
from pathlib import Path

from bench.figure import Figure, table
from tests.engine.test_coordinator import submission
from tests.engine.test_parking import Scene, dag, settle

NODES = 133
ROUNDS = 20


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(figures(Path(folder))))


def figures(folder: Path) -> list[Figure]:
    """The starts of all rounds; in each the breaker opens after another number of nodes has passed."""
    dice = random.Random(1)
    late = sum(asyncio.run(late_starts(folder, dice)) for _ in range(ROUNDS))
    return [Figure(f"starts after a breaker opened, of {NODES} nodes", late, 0, "", f"in {ROUNDS} rounds together")]


async def late_starts(folder: Path, dice: random.Random) -> int:
    """Let some nodes pass, refuse one, end those that are at work in any way, and count what started since."""
    scene = Scene(folder)
    scene.open().submit(submission(dag(NODES)))
    await settle()
    for _ in range(dice.randrange(NODES - 4)):
        scene.workers.let_go(dice.choice(scene.workers.at_work))
        await settle()
    scene.refuse(dice.choice(scene.workers.at_work))
    started = len(scene.of("started"))
    while scene.workers.at_work:
        name = dice.choice(scene.workers.at_work)
        if dice.random() < 0.5:
            scene.refuse(name)
        else:
            scene.workers.let_go(name)
        await settle()
    assert scene.of("parked")
    return len(scene.of("started")) - started


if __name__ == "__main__":
    main()
