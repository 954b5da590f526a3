import sqlite3

import pytest

from infra.local.durable import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "emulator.sqlite"


@pytest.fixture
def store(path):
    store = Store(path)
    yield store
    store.close()


def things(path, kind):
    """What another process would find."""
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT scope, key, body FROM things WHERE kind = ?", (kind,)).fetchall()
    db.close()
    return found


def test_what_is_committed_is_there_without_a_clean_stop(store, path):
    store.put("item", "table", "1", {"pk": {"S": "1"}})
    store.commit()

    assert things(path, "item") == [("table", "1", '{"pk":{"S":"1"}}')]


def test_what_is_not_committed_is_not_there(store, path):
    store.put("item", "table", "1", {})

    assert things(path, "item") == []


def test_a_later_put_replaces_an_earlier_one(store, path):
    store.put("item", "table", "1", {"v": 1})
    store.put("item", "table", "1", {"v": 2})
    store.commit()

    assert things(path, "item") == [("table", "1", '{"v":2}')]


def test_a_request_is_kept_as_it_was_when_it_ended(store, path):
    item = {"v": 1}
    store.put("item", "table", "1", item)
    item["v"] = 2
    store.commit()

    assert things(path, "item") == [("table", "1", '{"v":2}')]


def test_things_are_dropped_one_by_one(store, path):
    store.put("item", "table", "1", {})
    store.put("item", "table", "2", {})
    store.drop("item", "table", "1")
    store.commit()

    assert [key for _, key, _ in things(path, "item")] == ["2"]


def test_a_scope_is_dropped_whole(store, path):
    store.put("item", "gone", "1", {})
    store.put("item", "kept", "1", {})
    store.drop_scope("item", "gone")
    store.commit()

    assert [scope for scope, _, _ in things(path, "item")] == ["kept"]


def test_old_things_are_dropped_by_the_beginning_of_their_key(store, path):
    store.put("record", "table", "001", {})
    store.put("record", "table", "002", {})
    store.drop_before("record", "002")
    store.commit()

    assert [key for _, key, _ in things(path, "record")] == ["002"]


def test_things_come_back_in_the_order_in_which_they_were_put(path):
    first = Store(path)
    for key in ("b", "a", "c"):
        first.put("record", "table", key, {})
    first.close()

    second = Store(path)

    assert [key for _, key, _ in second.load("record")] == ["b", "a", "c"]
    second.close()


def test_bytes_are_kept_as_they_are(path):
    first = Store(path)
    first.put("body", "bucket", "key", b"\x00\xff")
    first.close()

    second = Store(path)

    assert list(second.load("body")) == [("bucket", "key", b"\x00\xff")]
    second.close()


def test_text_is_kept_as_it_is(store, path):
    store.put("definition", "dynamodb", "", '{"already": "json"}')
    store.commit()

    assert things(path, "definition") == [("dynamodb", "", '{"already": "json"}')]
