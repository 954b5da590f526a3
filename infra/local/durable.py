"""Write-through durability for the emulator: what was answered is on disk.

ministack keeps everything in memory and can save only at a clean stop, and then no stream records.
Here every request that changed something is committed to SQLite before its answer leaves, so that
killing the process, at any instant, loses nothing that anybody was told. Consumers of streams go on
after a restart where they stopped, however long that was: records expire after 24 hours of running.

A power cut may lose the last second: commits reach the disk's own cache at once, and are forced out
of it every second. What is left is always whole requests, never half a transaction.

This module reaches into ministack's internals, for the one release that requirements-dev.txt pins.
It runs in the emulator's process only.
"""

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

_SYNC_EVERY_SECONDS = 1.0
_CANNOT_WRITE = 74  # EX_IOERR of sysexits.h

_DEFINES_TABLES = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive", "TagResource"}
)
_DEFINES_QUEUES = frozenset({"CreateQueue", "SetQueueAttributes", "DeleteQueue", "TagQueue"})
_OBJECT_KINDS = ("object", "body")

Answer = tuple[int, dict[str, str], bytes]
Door = Callable[..., Awaitable[Answer]]


class Store:
    """Things by kind, scope and key, changed in whole requests.

    Promises: `commit` makes all changes since the last one durable together, in order, against the
    death of the process at once and against a power cut within a second. One thread writes.
    Trust: whoever can write this file can make the emulator say anything.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self._unsynced = threading.Event()
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS things"
            " (kind TEXT, scope TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, scope, key))"
        )

    def put(self, kind: str, scope: str, key: str, body: Any) -> None:
        """Keep a thing, as bytes, text or JSON; it is read when the request is committed."""
        self._pending.append(("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)",
                              (kind, scope, key, body)))  # fmt: skip

    def drop(self, kind: str, scope: str, key: str) -> None:
        """Forget a thing."""
        self._pending.append(("DELETE FROM things WHERE kind = ? AND scope = ? AND key = ?",
                              (kind, scope, key)))  # fmt: skip

    def drop_scope(self, kind: str, scope: str) -> None:
        """Forget all things of a kind in a scope."""
        self._pending.append(("DELETE FROM things WHERE kind = ? AND scope = ?", (kind, scope)))

    def drop_before(self, kind: str, key: str) -> None:
        """Forget all things of a kind whose key sorts before `key`."""
        self._pending.append(("DELETE FROM things WHERE kind = ? AND key < ?", (kind, key)))

    def commit(self) -> None:
        """Make the pending changes durable, all or none."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        self._db.execute("BEGIN IMMEDIATE")
        for statement, values in pending:
            *known, last = values
            as_it_is = isinstance(last, str | bytes)
            self._db.execute(statement, (*known, last if as_it_is else _dump(last)))
        self._db.execute("COMMIT")
        self._unsynced.set()

    def load(self, kind: str) -> Iterator[tuple[str, str, Any]]:
        """Yield (scope, key, body) of a kind, in the order in which they were last put."""
        yield from self._db.execute(
            "SELECT scope, key, body FROM things WHERE kind = ? ORDER BY rowid", (kind,)
        )

    def keep_synced(self) -> None:
        """Force commits out of the disk's cache, once a second, from a thread of its own."""
        threading.Thread(target=self._sync_for_ever, name="sync", daemon=True).start()

    def _sync_for_ever(self) -> None:
        with sqlite3.connect(self._path, isolation_level=None) as db:
            while self._unsynced.wait():
                self._unsynced.clear()
                db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                time.sleep(_SYNC_EVERY_SECONDS)

    def close(self) -> None:
        """Commit and fold the log into the file."""
        self.commit()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.close()


def _dump(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


def make_durable(store: Store, persistence: Any, *, dynamodb: Any, sqs: Any, s3: Any) -> None:
    """Restore what the store holds into ministack, then keep every further change.

    The modules are ministack's: `core.persistence`, and those of the services.
    """
    tables, queues = _Tables(store, dynamodb, persistence), _Queues(store, sqs)
    buckets = _Buckets(store, s3, persistence)
    tables.restore()
    queues.restore()
    buckets.restore()
    dynamodb._set_item = tables.set_item
    dynamodb._remove_item = tables.remove_item
    dynamodb._emit_stream_event = tables.emit
    dynamodb.handle_request = _committing(store, dynamodb.handle_request, tables.changed)
    sqs.handle_request = _committing(store, sqs.handle_request, queues.changed)
    s3.handle_request = _committing(store, s3.handle_request, buckets.changed)


def _committing(store: Store, door: Door, changed: Callable[[str], None]) -> Door:
    """Let no answer out before what it says is durable."""

    async def durable(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        **more: Any,
    ) -> Answer:
        answer = await door(method, path, headers, body, query, **more)
        changed(headers.get("x-amz-target", "").rpartition(".")[2])
        try:
            store.commit()
        except sqlite3.Error as error:
            # Memory is ahead of the disk now. Going on would break the promise of this module.
            print(f"The state cannot be written: {error}", file=sys.stderr, flush=True)
            os._exit(_CANNOT_WRITE)
        return answer

    return durable


class _Tables:
    """Items, stream records and definitions of tables."""

    def __init__(self, store: Store, dynamodb: Any, persistence: Any) -> None:
        self._store, self._dynamodb, self._persistence = store, dynamodb, persistence
        self._set, self._remove = dynamodb._set_item, dynamodb._remove_item
        self._emit = dynamodb._emit_stream_event
        self._arns: set[str] = set()
        self._trim_at = 0.0

    def set_item(self, table: dict[str, Any], pk: Any, sk: Any, item: dict[str, Any]) -> Any:
        self._store.put("item", table["TableArn"], _dump([pk, sk]), item)
        return self._set(table, pk, sk, item)

    def remove_item(self, table: dict[str, Any], pk: Any, sk: Any) -> Any:
        self._store.drop("item", table["TableArn"], _dump([pk, sk]))
        return self._remove(table, pk, sk)

    def emit(self, table_name: str, *args: Any, **options: Any) -> None:
        before = self._last_record(table_name)
        self._emit(table_name, *args, **options)
        record = self._last_record(table_name)
        if record is not None and record is not before:
            arn = self._dynamodb._tables[table_name]["TableArn"]
            self._store.put("record", arn, record["dynamodb"]["SequenceNumber"], record)

    def _last_record(self, table_name: str) -> Any:
        records = self._dynamodb._stream_records.get(table_name)
        return records[-1] if records else None

    def changed(self, action: str) -> None:
        if action in _DEFINES_TABLES:
            self._keep_definitions()
        if time.time() >= self._trim_at:
            self._trim_at = time.time() + 3600
            oldest = time.time() - self._dynamodb._STREAM_RETENTION_SECONDS
            self._store.drop_before("record", f"{int(oldest * 1000):020d}")

    def _keep_definitions(self) -> None:
        state = self._dynamodb.get_state()
        for table in state["tables"].all_values():
            table["items"] = {}
        body = json.dumps(state, default=self._persistence._json_default)
        self._store.put("definition", "dynamodb", "", body)
        arns = {table["TableArn"] for table in state["tables"].all_values()}
        for gone in self._arns - arns:
            self._store.drop_scope("item", gone)
            self._store.drop_scope("record", gone)
        self._arns = arns

    def restore(self) -> None:
        for _, _, body in self._store.load("definition"):
            state = json.loads(body, object_hook=self._persistence._json_object_hook)
            if "tables" in state:
                self._dynamodb._restore_state(state)
        tables = {table["TableArn"]: table for table in self._dynamodb._tables.all_values()}
        self._arns = set(tables)
        self._restore_items(tables)
        self._restore_records()

    def _restore_items(self, tables: dict[str, dict[str, Any]]) -> None:
        value = self._dynamodb._extract_key_val
        for arn, _, body in self._store.load("item"):
            table, item = tables[arn], json.loads(body)
            pk, sk_name = value(item[table["pk_name"]]), table["sk_name"]
            sk = value(item[sk_name]) if sk_name else "__no_sort__"
            table["items"].setdefault(pk, {})[sk] = item
        for table in tables.values():
            self._dynamodb._items_replaced(table)

    def _restore_records(self) -> None:
        last = ""
        for arn, number, body in self._store.load("record"):
            _, _, _, region, account, name = arn.split(":", 5)
            scope = (account, region, name.removeprefix("table/"))
            if not self._dynamodb._stream_records.contains_scoped(*scope):
                self._dynamodb._stream_records.set_scoped(*scope, [])
            self._dynamodb._stream_records.get_scoped(*scope).append(json.loads(body))
            last = max(last, number)
        if last:  # twenty digits of milliseconds, ten that count the records of the emulator
            self._dynamodb._stream_seq_counter = int(last[-10:])
            # Records do not expire while nobody runs: the retention is longer by that time.
            self._dynamodb._STREAM_RETENTION_SECONDS += max(
                0.0, time.time() - int(last[:-10]) / 1000
            )


class _Queues:
    """Messages and definitions of queues."""

    def __init__(self, store: Store, sqs: Any) -> None:
        self._store, self._sqs = store, sqs
        self._known: dict[str, dict[str, tuple[Any, ...]]] = {}

    def changed(self, action: str) -> None:
        if action in _DEFINES_QUEUES:
            self._keep_definitions()
        for queue in self._sqs._queues.all_values():
            self._keep_messages(queue["attributes"]["QueueArn"], queue["messages"])

    def _keep_definitions(self) -> None:
        queues = self._sqs._queues.all_values()
        bare = [{**queue, "messages": []} for queue in queues]
        self._store.put("definition", "sqs", "", json.dumps({"queues": bare}))
        arns = {queue["attributes"]["QueueArn"] for queue in queues}
        for gone in set(self._known) - arns:
            self._store.drop_scope("message", gone)
            del self._known[gone]

    def _keep_messages(self, arn: str, messages: list[dict[str, Any]]) -> None:
        known = self._known.setdefault(arn, {})
        if not messages and not known:
            return
        now = {message["id"]: _delivery(message) for message in messages}
        for message in messages:
            if known.get(message["id"]) != now[message["id"]]:
                self._store.put("message", arn, message["id"], message)
        for gone in known.keys() - now.keys():
            self._store.drop("message", arn, gone)
        self._known[arn] = now

    def restore(self) -> None:
        queues = [
            queue
            for _, _, body in self._store.load("definition")
            for queue in json.loads(body).get("queues", ())
        ]
        messages: dict[str, list[dict[str, Any]]] = {}
        for arn, _, body in self._store.load("message"):
            messages.setdefault(arn, []).append(_let_go(json.loads(body)))
        for queue in queues:
            arn = queue["attributes"]["QueueArn"]
            _, _, _, region, account, name = arn.split(":", 5)
            # The URL names the port, and that is another one at every start.
            url = queue["url"] = self._sqs._queue_url_for_account(account, name)
            queue["messages"] = sorted(messages.get(arn, ()), key=lambda one: one["sent_at"])
            self._known[arn] = {one["id"]: _delivery(one) for one in queue["messages"]}
            self._sqs._queues.set_scoped(account, region, url, queue)
            self._sqs._queue_name_to_url.set_scoped(account, region, name, url)


def _let_go(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it comes back: whoever had received it ended with the emulator."""
    if message["receive_count"]:
        message["visible_at"] = message["sent_at"]
    return message


def _delivery(message: dict[str, Any]) -> tuple[Any, ...]:
    return (message["receive_count"], message["visible_at"], message["receipt_handle"])


class _Buckets:
    """Objects and definitions of buckets; uploads in parts count when they are complete."""

    def __init__(self, store: Store, s3: Any, persistence: Any) -> None:
        self._store, self._s3, self._persistence = store, s3, persistence
        self._definition = ""
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def changed(self, _: str) -> None:
        # S3 names no action; what a request changed is seen by comparing.
        self._keep_definitions()
        buckets = {_dump(scope): bucket for scope, bucket in self._s3._buckets._data.items()}
        for gone in self._known.keys() - buckets.keys():
            for kind in _OBJECT_KINDS:
                self._store.drop_scope(kind, gone)
            del self._known[gone]
        for scope, bucket in buckets.items():
            self._keep_objects(scope, bucket["objects"])

    def _keep_definitions(self) -> None:
        body = json.dumps(self._s3.get_state(), default=self._persistence._json_default)
        if body != self._definition:
            self._definition = body
            self._store.put("definition", "s3", "", body)

    def _keep_objects(self, scope: str, objects: dict[str, dict[str, Any]]) -> None:
        known = self._known.setdefault(scope, {})
        for key, thing in objects.items():
            if known.get(key) is not thing:
                self._store.put("object", scope, key, {**thing, "body": None})
                self._store.put("body", scope, key, bytes(thing["body"]))
        for gone in known.keys() - objects.keys():
            for kind in _OBJECT_KINDS:
                self._store.drop(kind, scope, gone)
        self._known[scope] = dict(objects)

    def restore(self) -> None:
        for _, _, body in self._store.load("definition"):
            state = json.loads(body, object_hook=self._persistence._json_object_hook)
            if "buckets_meta" in state:
                self._s3._restore_state(state)
        bodies = {(scope, key): body for scope, key, body in self._store.load("body")}
        for scope, key, thing in self._store.load("object"):
            account, name = json.loads(scope)
            objects = self._s3._buckets._data[account, name]["objects"]
            objects[key] = {**json.loads(thing), "body": bodies[scope, key]}
            self._known.setdefault(scope, {})[key] = objects[key]
