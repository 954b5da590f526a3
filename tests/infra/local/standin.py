"""A small app in the place of Packtrail: two streams and a queue, and handlers that remember."""

import json
from dataclasses import dataclass, field

from chalice.app import Chalice, Response


@dataclass
class StandIn:
    """The app, what its handlers saw, and what they shall do.

    `poison` are item keys and message bodies that fail.
    """

    app: Chalice
    poison: set = field(default_factory=set)
    events: list = field(default_factory=list)
    recalls: list = field(default_factory=list)
    work: list = field(default_factory=list)
    invocations: list = field(default_factory=list)
    on_event: object = None


def stand_in() -> StandIn:
    app = Chalice("stand-in", configure_logs=False)
    it = StandIn(app)

    def failures(records, key, identifier, seen):
        it.invocations.append([key(record) for record in records])
        failed = []
        for record in records:
            if key(record) in it.poison:
                failed.append({"itemIdentifier": identifier(record)})
            else:
                seen.append(key(record))
        return {"batchItemFailures": failed}

    def key_of(record):
        return record["dynamodb"]["Keys"]["pk"]["S"]

    def number_of(record):
        return record["dynamodb"]["SequenceNumber"]

    @app.on_dynamodb_record(stream_arn={"Fn::GetAtt": ["EventsTable", "StreamArn"]}, batch_size=100)
    def on_events(event):
        records = event.to_dict()["Records"]
        if it.on_event:
            for record in records:
                it.on_event(record)
        return failures(records, key_of, number_of, it.events)

    @app.on_dynamodb_record(stream_arn={"Fn::GetAtt": ["RecallsTable", "StreamArn"]})
    def on_recalls(event):
        return failures(event.to_dict()["Records"], key_of, number_of, it.recalls)

    @app.on_sqs_message(queue="packtrail-recall", batch_size=10)
    def on_recall_work(event):
        return failures(
            event.to_dict()["Records"],
            lambda record: record["body"],
            lambda record: record["messageId"],
            it.work,
        )

    return it


def echo() -> Chalice:
    """An app that tells what reached it."""
    app = Chalice("echo", configure_logs=False)

    def told():
        request = app.current_request
        return Response(
            json.dumps(request.to_original_event()), {"Content-Type": "application/json"}
        )

    @app.route("/things/{name}", methods=["GET", "HEAD", "POST"], content_types=["*/*"])
    def thing(name):
        return told()

    @app.route("/things/special", methods=["GET"])
    def special():
        return Response("special", {"Content-Type": "text/plain", "Link": ["<a>", "<b>"]})

    @app.route("/bytes", methods=["GET"])
    def some_bytes():
        return Response(b"\x00\xff", {"Content-Type": "application/octet-stream"})

    @app.route("/large", methods=["GET"])
    def large():
        return Response("x" * (7 * 1024 * 1024), {"Content-Type": "text/plain"})

    @app.route("/gone", methods=["DELETE"])
    def gone():
        return Response("", status_code=204)

    return app
