"""The scripted model: a provider on loopback that plays YAML scripts."""

from ccorch.adapters.scripted.script import Script, load, parse
from ccorch.adapters.scripted.server import ScriptedProvider

__all__ = ["Script", "ScriptedProvider", "load", "parse"]
