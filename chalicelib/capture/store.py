"""Where capture jobs are kept: each by its id, and in the list of its organisation.

Promises: a job and its place in the list are written together; a job is changed on condition that
nobody changed it. Reads are strong.

Trust: whoever can alter this table can hide what became of a document, and can make a job that has
not run yet act with other rights; what was recorded tells otherwise.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.access.model import Actor, Role
from chalicelib.capture.model import EventFault, Job, Mended
from chalicelib.directory.told import Filled
from chalicelib.errors import AlreadyExists, FieldError, NotFound
from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import CaptureErrorBehaviour
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction


class JobItem(Item):
    """A job; pk `capture#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    version = NumberAttribute()
    organisation = UnicodeAttribute()
    gln = UnicodeAttribute()
    client = UnicodeAttribute()
    roles: ListAttribute[object] = ListAttribute()
    operator = BooleanAttribute()
    media_type = UnicodeAttribute()
    on_error = UnicodeAttribute()
    created = UnicodeAttribute()
    tolerant = BooleanAttribute()
    finished = UnicodeAttribute(null=True)
    success = BooleanAttribute()
    events = NumberAttribute()
    done = NumberAttribute()
    recorded = NumberAttribute()
    repeated = NumberAttribute()
    refused = NumberAttribute()
    held = NumberAttribute()
    released = NumberAttribute()
    rejected = NumberAttribute()
    faults = UnicodeAttribute()
    repairs = UnicodeAttribute()
    master_data = UnicodeAttribute(null=True)


class ListedItem(Item):
    """A job in the list of its organisation; pk `captures#{organisation}`, sk `{created}#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"


class JobStore:
    """Capture jobs of every organisation."""

    def create(self, job: Job) -> None:
        """Keep a new job.

        Raises:
            AlreadyExists: there is one of that id; it is in `existing`.
        """
        created = job.created.astimezone(UTC).isoformat(timespec="milliseconds")
        tx = Transaction()
        tx.create(_item(job), refused=AlreadyExists("The capture was accepted already."))
        tx.put(ListedItem(pk=_list_pk(job.actor.organisation), sk=f"{created}#{job.id}"))
        tx.commit()

    def get(self, job_id: str) -> Job | None:
        """Return a job of any organisation."""
        item = get(JobItem, _pk(job_id))
        return None if item is None else _job(item)

    def of(self, organisation: str, job_id: str) -> Job:
        """Return a job of one organisation.

        Raises:
            NotFound: it has none of that id.
        """
        job = self.get(job_id)
        if job is None or job.actor.organisation != organisation:
            raise NotFound("There is no such capture job here.")
        return job

    def page(
        self, organisation: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        """Return a stretch of an organisation's jobs, newest first, and where to go on."""
        found = query(ListedItem, _list_pk(organisation), after=after, limit=limit, forward=False)
        keys = [Key(JobItem, _pk(item.sk.partition("#")[2])) for item in found.items]
        jobs = get_many(keys)
        listed = [item for key in keys if isinstance(item := jobs.get(key), JobItem)]
        return [_job(item) for item in listed], found.last

    def put(self, job: Job) -> Job:
        """Write a changed job down; return it with its next version.

        Raises:
            Raced: another worker changed it.
        """
        tx = Transaction()
        item = _item(job)
        tx.replace(item, version=job.version)
        tx.commit()
        return _job(item)


def _pk(job_id: str) -> str:
    return f"capture#{job_id}"


def _list_pk(organisation: str) -> str:
    return f"captures#{organisation}"


def _item(job: Job) -> JobItem:
    return JobItem(
        pk=_pk(job.id),
        version=job.version + 1,
        organisation=job.actor.organisation,
        gln=job.actor.gln.digits,
        client=job.actor.client_id,
        roles=sorted(role.value for role in job.actor.roles),
        operator=job.actor.operator,
        media_type=job.media_type,
        on_error=job.on_error.value,
        created=job.created.isoformat(),
        tolerant=job.tolerant,
        finished=job.finished and job.finished.isoformat(),
        success=job.success,
        events=job.events,
        done=job.done,
        recorded=job.recorded,
        repeated=job.repeated,
        refused=job.refused,
        held=job.held,
        released=job.released,
        rejected=job.rejected,
        faults=json.dumps([astuple(each) for each in job.faults]),
        repairs=json.dumps([astuple(each) for each in job.repairs]),
        master_data=json.dumps(astuple(job.master_data)) if job.master_data else None,
    )


def _job(item: JobItem) -> Job:
    rows = json.loads(item.faults)
    return Job(
        id=item.pk.partition("#")[2],
        actor=Actor(
            organisation=item.organisation,
            gln=Gln(item.gln),
            client_id=item.client,
            roles=frozenset(Role(str(role)) for role in item.roles),
            operator=bool(item.operator),
        ),
        media_type=item.media_type,
        on_error=CaptureErrorBehaviour(item.on_error),
        created=datetime.fromisoformat(item.created),
        tolerant=bool(item.tolerant),
        finished=datetime.fromisoformat(item.finished) if item.finished else None,
        success=bool(item.success),
        events=int(item.events),
        done=int(item.done),
        recorded=int(item.recorded),
        repeated=int(item.repeated),
        refused=int(item.refused),
        held=int(item.held),
        released=int(item.released),
        rejected=int(item.rejected),
        faults=tuple(
            EventFault(index, code, status, title, detail, tuple(errors), exception)
            for index, code, status, title, detail, errors, exception in rows
        ),
        repairs=tuple(Mended(*row) for row in json.loads(item.repairs)),
        master_data=_filled(item.master_data) if item.master_data else None,
        version=int(item.version),
    )


def _filled(text: str) -> Filled:
    taken, kept, refused, others, faults = json.loads(text)
    return Filled(taken, kept, refused, others, tuple(FieldError(*each) for each in faults))
