"""The `ccorch://` config source: Hydra reads our layers through it, and only while a session is open."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import hydra
from hydra import initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath, SearchPathElement
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import OmegaConf

from ccorch.config import stack
from ccorch.config.layers import GROUPS, LayerDir, option_names

SCHEME = "ccorch"

VERSION_BASE = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
"""Hydra 1.3 warns when it is absent, later ones when it is given."""

_open_layers: ContextVar[tuple[LayerDir, ...] | None] = ContextVar("_open_layers", default=None)
_order_is_enough: ContextVar[bool] = ContextVar("_order_is_enough", default=False)
_hydra_lock = threading.RLock()


class CcorchSource(ConfigSource):
    """One layer as Hydra sees it: group `role` is the folder `roles/`, and so on."""

    def __init__(self, provider: str, path: str) -> None:
        super().__init__(provider, path)
        self.layer = LayerDir(provider, self.path)  # type: ignore[arg-type]

    @staticmethod
    def scheme() -> str:
        return SCHEME

    def load_config(self, config_path: str) -> ConfigResult:
        if not stack.answers(self.layer, config_path):
            raise ConfigLoadError(f"no config {config_path} in {self.layer.root}")
        document = stack.load(self.layer, config_path)
        # what a config file says may change what is read; what an option says does not
        content = {} if _order_is_enough.get() and "/" in config_path else document.data
        data = {**content, "defaults": stack.defaults_of(document, self.layer, config_path)}
        package = "_global_" if config_path.startswith("experiment/") else document.package
        return ConfigResult(
            provider=self.provider,
            path=f"{SCHEME}://{self.path}",
            config=OmegaConf.create(data),
            header={"package": package},
        )

    def is_group(self, config_path: str) -> bool:
        return stack.is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        return stack.answers(self.layer, config_path)

    def available(self) -> bool:
        return self.layer.exists

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        found: list[str] = []
        if config_path in ("", "builtin") and results_filter != ObjectType.CONFIG:
            found += GROUPS
        group = config_path.removeprefix("builtin/")
        if group in GROUPS and results_filter != ObjectType.GROUP:
            found += option_names(self.layer, group)
        return sorted(found)


class LayersOnly(SearchPathPlugin):
    """Puts the open session's layers in place of the primary folder; without a session it does nothing."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        layers = _open_layers.get()
        if layers is None:
            return
        path = search_path.get_path()
        path[:] = [element for element in path if element.provider != "main"] + _elements(layers)


@contextmanager
def opened(layers: Sequence[LayerDir]) -> Iterator[None]:
    """The layers are what `hydra.main` and `initialize` search until the end; one at a time per process."""
    with _hydra_lock:
        Plugins.instance().register(CcorchSource)
        Plugins.instance().register(LayersOnly)
        token = _open_layers.set(tuple(layers))
        try:
            yield
        finally:
            _open_layers.reset(token)


@contextmanager
def session(layers: Sequence[LayerDir]) -> Iterator[GlobalHydra]:
    """A GlobalHydra over these layers: the active one if it is just that, else it is set aside meanwhile."""
    with opened(layers):
        world = GlobalHydra.instance()
        active = world.hydra
        if active is not None and _searches(world, layers):
            yield world
            return
        base = hydra.version.getbase() if active is not None else None
        world.clear()
        try:
            initialize_config_dir(layers[-1].root, job_name="ccorch", **VERSION_BASE)
            yield world
        finally:
            world.clear()
            if active is not None:
                hydra.version.setbase(str(base) if base is not None else None)
                world.initialize(active)


def order(world: GlobalHydra, words: list[str]) -> Any:
    """Which files Hydra reads for these overrides and in which order; making values of their content is spared."""
    token = _order_is_enough.set(True)
    try:
        return world.config_loader().compute_defaults_list(stack.PRIMARY, words, RunMode.RUN)
    finally:
        _order_is_enough.reset(token)


def _elements(layers: Sequence[LayerDir]) -> list[SearchPathElement]:
    return [SearchPathElement(layer.layer, f"{SCHEME}://{layer.root}") for layer in layers]


def _searches(world: GlobalHydra, layers: Sequence[LayerDir]) -> bool:
    path = world.config_loader().get_search_path().get_path()
    ours = [(element.provider, element.path) for element in path if element.path.startswith(f"{SCHEME}://")]
    others = [element for element in path if element.provider not in ("hydra", "schema")]
    return len(ours) == len(others) and ours == [(e.provider, e.path) for e in _elements(layers)]
