"""Where CC Switch's files are looked for."""

import json
from pathlib import Path

from ccorch.adapters.cc_switch.home import discover
from ccorch.adapters.cc_switch.switch import CcSwitch
from tests.adapters.cc_switch.fixtures import GLM, KIMI, folder


def override(home: Path, target: str, store: Path | None = None) -> None:
    place = (store or home / ".local/share") / "com.ccswitch.desktop"
    place.mkdir(parents=True)
    (place / "app_paths.json").write_text(json.dumps({"app_config_dir_override": target}))


def test_each_place_yields_to_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    test_home = tmp_path / "test"
    environment = {"HOME": str(tmp_path)}

    assert discover(environment).data == tmp_path / ".cc-switch"
    override(tmp_path, "~/moved")
    assert discover(environment).data == tmp_path / "moved"
    environment["CC_SWITCH_TEST_HOME"] = str(test_home)
    assert discover(environment).data == test_home / ".cc-switch"
    environment["CC_SWITCH_CONFIG_DIR"] = str(tmp_path / "cli")
    assert discover(environment).data == tmp_path / "cli"
    assert discover(environment, "~/mine").data == test_home / "mine"


def test_device_settings_never_move(tmp_path: Path) -> None:
    place = folder(tmp_path, (GLM, KIMI))
    place.rename(tmp_path / "moved")
    override(tmp_path, str(tmp_path / "moved"))
    (tmp_path / ".cc-switch").mkdir()
    (tmp_path / ".cc-switch/settings.json").write_text('{"currentProviderClaude": "kimi"}')

    found = CcSwitch({"HOME": str(tmp_path)})

    assert [one.id for one in found.profiles() if one.current] == ["kimi"]


def test_an_override_that_is_gone_is_named_and_the_default_read(tmp_path: Path) -> None:
    override(tmp_path, "/nowhere/at/all")

    home = discover({"HOME": str(tmp_path)})

    assert home.data == tmp_path / ".cc-switch"
    assert "/nowhere/at/all does not exist" in home.warnings[0]


def test_the_store_follows_xdg(tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    override(tmp_path, str(tmp_path / "moved"), store=tmp_path / "xdg")

    assert discover({"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "xdg")}).data == tmp_path / "moved"


def test_blank_values_count_as_none(tmp_path: Path) -> None:
    blank = {"HOME": str(tmp_path), "CC_SWITCH_CONFIG_DIR": " ", "CC_SWITCH_TEST_HOME": ""}

    assert discover(blank, " ").data == tmp_path / ".cc-switch"
