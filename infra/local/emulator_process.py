"""The emulator's process: ministack's DynamoDB, streams, SQS and S3 on 127.0.0.1, made durable.

Started by `emulator.py` as `python -m infra.local.emulator_process {state folder} {patience}`, the
patience being the seconds to wait for another emulator to let go of the state. It prints one line
of JSON with its port, and ends when its standard input ends: however the parent dies, the emulator
goes with it.
"""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import IO, Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from infra.local.durable import Store, make_durable
from infra.local.environment import LOCAL_CREDENTIAL

# What ministack reads from its environment; the port is added when it is known.
SETTINGS = {
    "SERVICES": "dynamodb,dynamodbstreams,s3,sqs,sts",
    "BIND_HOST": "127.0.0.1",
    "PERSIST_STATE": "0",  # durable.py does it
    "SFTP_ENABLED": "0",
    "IOT_MTLS_ENABLED": "0",
    "DOCKER_HOST": "unix:///nonexistent",  # it would tidy up other emulators' containers
    "LOG_LEVEL": "ERROR",
    # Whose signature it accepts in a link; nothing else that it does asks for credentials.
    "AWS_ACCESS_KEY_ID": LOCAL_CREDENTIAL,
    "AWS_SECRET_ACCESS_KEY": LOCAL_CREDENTIAL,
}


def main(state: Path, patience: float) -> int:
    """Serve until standard input ends or a SIGTERM comes; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to order
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        if not _locked(lock, patience):
            print(json.dumps({"error": f"{state} is in use by another Packtrail"}), flush=True)
            return 1
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        os.environ.update(SETTINGS, GATEWAY_PORT=str(port))
        store = Store(state / "emulator.sqlite")
        app = _application(store)
        print(json.dumps({"port": port}), flush=True)
        asyncio.run(_serve(app, listening.detach()))
        store.close()
    return 0


def _locked(lock: IO[str], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        else:
            return True


def _application(store: Store) -> Any:
    # Imported here: ministack reads its environment when it is imported.
    from ministack import app  # noqa: PLC0415
    from ministack.core import persistence  # noqa: PLC0415
    from ministack.services import dynamodb, s3, sqs  # noqa: PLC0415

    make_durable(store, persistence, dynamodb=dynamodb, sqs=sqs, s3=s3)
    store.commit()
    store.keep_synced()
    return app.app


async def _serve(app: Any, listening: int) -> None:
    config = Config()
    config.bind = [f"fd://{listening}"]
    config.keep_alive_timeout = 3600
    config.graceful_timeout = 0.5
    config.loglevel = "ERROR"
    await serve(app, config, shutdown_trigger=_asked_to_stop)


async def _asked_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), _read_input, stop)
    await stop.wait()
    loop.remove_reader(sys.stdin.fileno())


def _read_input(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        stop.set()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
