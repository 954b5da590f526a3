from infra.local.checkpoints import Checkpoints


def test_a_shard_that_was_never_read_has_no_checkpoint(tmp_path):
    assert Checkpoints(tmp_path / "checkpoints.json").get("shard") is None


def test_checkpoints_survive(tmp_path):
    path = tmp_path / "checkpoints.json"
    first = Checkpoints(path)
    first.set("one", "7")
    first.set("two", "8")
    first.set("one", "9")

    second = Checkpoints(path)

    assert (second.get("one"), second.get("two")) == ("9", "8")


def test_nothing_is_written_without_a_path():
    kept = Checkpoints(None)
    kept.set("one", "7")

    assert kept.get("one") == "7"
