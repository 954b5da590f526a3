"""Scans at the edge: how a scanner is set up, and what a reading remarks upon."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.http.fields import AnswerModel, Body
from chalicelib.http.readers import SEPARATOR

if TYPE_CHECKING:
    from chalicelib.gs1.scan import Remark, Scan
    from chalicelib.gs1.scanners import Profile

AiField = Annotated[str, StringConstraints(pattern="^[0-9]{2,4}$")]
SymbologyField = Annotated[
    str,
    StringConstraints(min_length=3, max_length=3),
    Field(description="Symbology identifier, where it is not in the data.", examples=["]d2"]),
]
_Sent = Annotated[str, StringConstraints(max_length=16)]


class ProfileBody(Body):
    """How a scanner is set up. What it says is undone, and nothing else is tried."""

    separator: _Sent = Field(
        default=SEPARATOR,
        description="What is sent for FNC1, such as `|` or `<GS>`; empty when nothing is sent.",
    )
    prefix: _Sent = Field(default="", description="What is sent before the data.")
    suffix: _Sent = Field(default="", description="What is sent behind the data.")
    layout: Literal["us", "de", "fr"] = Field(
        default="us",
        description="Keyboard of the host, where the scanner types as an American one.",
    )
    caps_lock: bool = Field(default=False, description="Letters arrive in the other case.")
    carries: tuple[AiField, ...] = Field(
        default=(),
        max_length=20,
        description="AIs on what is scanned, all of them and no others; where separators are not "
        "sent, they tell one reading from another.",
        examples=[["01", "10", "17", "21"]],
    )

    def profile(self) -> "Profile":
        """Return it as the reader of scans takes it."""
        from chalicelib.gs1.scanners import Profile  # noqa: PLC0415 - cold start, as below

        return Profile(
            separator=self.separator,
            prefix=self.prefix,
            suffix=self.suffix,
            layout=self.layout,
            caps_lock=self.caps_lock,
            carries=frozenset(self.carries),
        )


class RemarkAnswer(AnswerModel):
    """Something about a scan: that it was put right, or why it cannot be read."""

    code: str
    message: str


def scanned(text: str, symbology: str | None, profile: ProfileBody | None) -> "Scan":
    """Read a scan.

    Raises:
        Malformed: the codes of `gs1.scanners.read_scan`.
    """
    # Imported here: most requests need no table of application identifiers (cold start).
    from chalicelib.gs1.scanners import read_scan  # noqa: PLC0415

    return read_scan(text, symbology=symbology, profile=profile.profile() if profile else None)


def remarks(found: "tuple[Remark, ...]") -> list[RemarkAnswer]:
    """Return remarks as they are answered."""
    return [RemarkAnswer(code=code, message=message) for code, message in found]
