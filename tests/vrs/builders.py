"""Questions for tests."""

from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.vrs.model import Context, Question
from tests.harness.network import EXPIRY, GTIN, LOT, gln

CORRELATION = "21EC2020-3AEA-4069-A2DD-08002B30309D"


def a_question(**changes: Any) -> Question:
    """Return a question of meddist about a pack of acme."""
    question = Question(
        Gtin(GTIN), LOT, "S1", "281231", date.fromisoformat(EXPIRY), Context.RETURN,
        Gln(gln("meddist")), CORRELATION,
    )  # fmt: skip
    return replace(question, **changes)
