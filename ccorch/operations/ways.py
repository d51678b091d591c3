"""What helps where a profile is missing: what of the sources could not be read, and how to get one."""

from collections.abc import Iterable

from ccorch.operations.house import House
from ccorch.schema.config import RunConfig
from ccorch.schema.profile import Profile


def ways(house: House) -> str:
    """How to get a profile where there is none."""
    return (
        "three ways: export ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY (profile=env); describe an endpoint under "
        f"profiles.native in {house.user_config / 'config.yaml'} (`ccorch catalog profiles` shows how); "
        "or profile=scripted, which needs no account"
    )


def advice(house: House, profiles: Iterable[Profile]) -> str | None:
    """The same, where none of these but the scripted model can be launched."""
    return None if any(found.source != "scripted" and not found.unusable for found in profiles) else ways(house)


def notes(house: House, config: RunConfig) -> tuple[str, ...]:
    """What of the sources could not be read or is left out, in sentences without anything of a key's shape."""
    told = house.profiles.notes(config.profiles)
    if not told:
        return ()
    from ccorch.rules.redaction import Redactor  # brings the shapes of all keys

    return tuple(map(Redactor(()).text, told))
