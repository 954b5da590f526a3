"""The master data of a captured document, for the directory of who sent it.

It comes after the events and never decides over them: what is wrong in it is told by the job and
takes no event along. Of a document of which no event is recorded because one was refused, no master
data is taken either; so an organisation never sees anything of it.
"""

from dataclasses import replace

from chalicelib.capture.model import Job
from chalicelib.directory.filling import fill, judge
from chalicelib.directory.told import Source
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.masterdata import read_master_data
from chalicelib.http.epcis import CaptureErrorBehaviour


def described(job: Job, document: EpcisDocument) -> Job:
    """Return the job with what became of the master data of its document, if it has any.

    Args:
        job: whose events are done with.
        document: of the job; only its header is read.

    Raises:
        Busy: throttled, or no answer; a repeat is safe.
    """
    if not document.vocabularies:
        return job
    master = read_master_data(document)
    if job.on_error is CaptureErrorBehaviour.ROLLBACK and not job.success:
        return replace(job, master_data=judge(master))
    source = Source.of(instant_of(document.created), job.created, job.id)
    told = ToldStore(job.actor.organisation)
    return replace(job, master_data=fill(master, source, told=told))
