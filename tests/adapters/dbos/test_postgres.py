"""Promises of the look at the owner's PostgreSQL: it says plainly whether it answers."""

from pathlib import Path

from ccorch.adapters.dbos.postgres import problem_of
from ccorch.schema.config import Engine
from ccorch.schema.profile import SecretRef
from tests.postgres import Postgres


def test_a_postgres_that_is_stopped_is_said_plainly(tmp_path: Path, postgres: Postgres) -> None:
    address = tmp_path / "address"
    address.write_text(postgres.url("postgres"))
    engine = Engine(store="postgres", postgres_url=SecretRef(file=str(address)))
    assert problem_of(engine) is None
    postgres.stop()
    try:
        assert "PostgreSQL cannot be used" in (problem_of(engine) or "")
    finally:
        postgres.start()

    assert "postgres_url" in (problem_of(Engine(store="postgres")) or "")
