"""What the environment says becomes settings; an empty environment is one too."""

from collections.abc import Iterator

import pytest

from chalicelib.settings import settings


def test_an_empty_environment_gives_settings_that_allow_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("PREFIX", "ISSUER", "LOCAL", "KEY_FILE", "KEY_ID", "JWKS_URL", "PUBLIC_URL", "BUCKET")
    for name in names:
        monkeypatch.delenv(f"PACKTRAIL_{name}", raising=False)
    settings.cache_clear()

    assert settings().table("events") == "packtrail-events"
    assert settings().local is False
    assert settings().key_id == settings().key_file == settings().issuer == ""
    assert settings().bucket == ""


def test_names_of_tables_and_queues_begin_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACKTRAIL_PREFIX", "stack-1")
    settings.cache_clear()

    assert settings().table("units") == "stack-1-units"
    assert settings().queue("notices") == "stack-1-notices"


@pytest.mark.parametrize(("text", "local"), [("1", True), ("0", False), ("true", False)])
def test_only_a_one_makes_it_local(monkeypatch: pytest.MonkeyPatch, text: str, local: bool) -> None:
    monkeypatch.setenv("PACKTRAIL_LOCAL", text)
    settings.cache_clear()

    assert settings().local is local


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    yield
    settings.cache_clear()
