import os
import stat

import pytest

from infra.local.environment import Places, enter, keep_documents_in, point_at


@pytest.fixture
def env(monkeypatch):
    """An environment that is put back at the end."""
    kept = dict(os.environ)
    yield monkeypatch
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(kept)


def test_nothing_of_a_real_account_remains(env, tmp_path):
    env.setenv("AWS_PROFILE", "production")
    env.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    env.setenv("AWS_ENDPOINT_URL_DYNAMODB", "https://elsewhere.example")

    enter("http://127.0.0.1:8000", Places(tmp_path), verbose=False)

    assert "AWS_PROFILE" not in os.environ
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ
    assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
    assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_app_is_told_where_it_is_and_that_it_is_local(env, tmp_path):
    enter("http://127.0.0.1:8123", Places(tmp_path), verbose=False)

    assert os.environ["PACKTRAIL_LOCAL"] == "1"
    assert os.environ["PACKTRAIL_ISSUER"] == "http://127.0.0.1:8123"
    assert os.environ["PACKTRAIL_PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert os.environ["PACKTRAIL_KEY_FILE"] == str(tmp_path / "root.key")


def test_requests_are_logged_only_on_demand(env, tmp_path):
    enter("http://127.0.0.1:8000", Places(tmp_path), verbose=False)
    quiet = os.environ["POWERTOOLS_LOG_LEVEL"]
    enter("http://127.0.0.1:8000", Places(tmp_path), verbose=True)

    assert (quiet, os.environ["POWERTOOLS_LOG_LEVEL"]) == ("WARNING", "INFO")


def test_the_app_is_told_where_documents_are(env):
    keep_documents_in("packtrail-documents")

    assert os.environ["PACKTRAIL_BUCKET"] == "packtrail-documents"


def test_clients_are_pointed_at_the_emulator(env):
    point_at("http://127.0.0.1:4566")

    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


def test_nobody_else_may_look_into_the_folder(tmp_path):
    places = Places(tmp_path / "data")
    places.make()

    assert stat.S_IMODE(places.folder.stat().st_mode) == 0o700
