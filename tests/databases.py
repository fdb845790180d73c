"""Which databases a test runs on: SQLite, and PostgreSQL where that can make a difference."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aiconnect.services import installation
from aiconnect.settings import Settings
from tests.cluster import Cluster, Shared, binaries

BOTH = ("services", "migrations")
"""Folders whose tests run on both, but for those marked `on_sqlite`; elsewhere `on_both` asks."""

ON_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.system])
HERE = Path(__file__).parent


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what touches a database on each that it is for."""
    if "store" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    folder = metafunc.definition.path.relative_to(HERE).parts[0]
    if "on_postgresql" in marks:
        metafunc.parametrize("store", [ON_POSTGRESQL], indirect=True)
    elif "on_both" in marks or (folder in BOTH and "on_sqlite" not in marks):
        metafunc.parametrize("store", ["sqlite", ON_POSTGRESQL], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """The kind of database of this test."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, started for the first test that needs it."""
    if binaries() is None:
        pytest.fail(
            "PostgreSQL is not installed: see packages.txt, or deselect with -m 'not system'"
        )
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Makes databases in PostgreSQL, gives their addresses, and drops them after the test."""
    cluster: Cluster = request.getfixturevalue("cluster")
    made: list[str] = []

    def make(template: str = "template0") -> str:
        made.append(cluster.make(template))
        return cluster.url(made[-1])

    yield make
    for name in made:
        cluster.drop(name)


def initialised(folder: Path, **environ: str) -> Path:
    """An instance as `aiconnect init` makes it."""
    installation.initialise(Settings.from_env({"AICONNECT_INSTANCE": str(folder), **environ}))
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised instance folder, made once and copied for each test."""
    return initialised(tmp_path_factory.mktemp("template") / "instance")


@pytest.fixture(scope="session")
def template_in_postgresql(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The same with its database in PostgreSQL: the folder, and the database's name."""
    name = cluster.make()
    folder = tmp_path_factory.mktemp("template") / "postgresql"
    return initialised(folder, AICONNECT_DATABASE_URL=cluster.url(name)), name


@pytest.fixture(scope="session")
def shared(cluster: Cluster, template_in_postgresql: tuple[Path, str]) -> Shared:
    return Shared(cluster, template_in_postgresql[1])


@pytest.fixture
def database(cluster: Cluster, shared: Shared) -> Iterator[str]:
    """The address of an initialised database in PostgreSQL."""
    yield cluster.url(shared.name)
    shared.renew()


@pytest.fixture
def environ(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an initialised instance: where it is, and where its database is."""
    folder = tmp_path / "instance"
    if store == "sqlite":
        shutil.copytree(request.getfixturevalue("template"), folder)
        return {"AICONNECT_INSTANCE": str(folder)}
    shutil.copytree(request.getfixturevalue("template_in_postgresql")[0], folder)
    url = request.getfixturevalue("database")
    return {"AICONNECT_INSTANCE": str(folder), "AICONNECT_DATABASE_URL": url}


@pytest.fixture
def instance(environ: dict[str, str]) -> Path:
    return Path(environ["AICONNECT_INSTANCE"])


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ)
