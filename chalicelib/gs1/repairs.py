"""What a text may have been before a scanner or a keyboard had it: every repair, none judged.

Each function yields texts with the remarks that they deserve. Which of them is to be believed is a
matter of `scanners`.
"""

import re
from collections.abc import Iterator

from chalicelib.gs1.elements import GS
from chalicelib.gs1.envelope import EOT, RS
from chalicelib.gs1.keyboards import LAYOUTS, typed_back
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.scan import SYMBOLS, Remark

LONGEST_PREFIX = 16
"""Characters that a scanner may be set to send before the data."""

# Names of controls in brackets, and how Excel writes them: never data, though a lot could be so.
NAMES = re.compile(
    r"([<{\[](?:GS|FNC1|F8|0x1D)[>}\]]|_x001D_)|([<{\[](?:RS|0x1E)[>}\]]|_x001E_)"
    r"|([<{\[](?:EOT|0x04)[>}\]]|_x0004_)",
    re.IGNORECASE,
)
# Other ways to spell them, and the pictures that terminals show.
_ESCAPES = re.compile(
    r"(\\x1D|\\u001D|\^\]|␝|↔)|(\\x1E|\\u001E|␞|▲)|(\\x04|\\u0004|␄|♦)", re.IGNORECASE
)
# Characters that GS1 data cannot contain, and that scanners are set to send for a separator. A
# backtick is none of them: on a German keyboard it is what becomes of a plus.
_STRANGE = re.compile(r"[\x1c\x1e\x1f\t #$@\[\\\]^{|}~]")
_BLANKS = re.compile(r"\s+")
# No element string begins like this, so what comes before one that does is a prefix.
_NO_DIGITS = re.compile(r"[^0-9(\]\[]{1,16}(?=[0-9])")

Candidate = tuple[str, tuple[Remark, ...]]
"""A text as it may have been, and what was done to it."""


def keyboards(data: str) -> Iterator[Candidate]:
    """Yield what was scanned if the host took its keyboard for another one, where that differs."""
    for layout in LAYOUTS:
        if (text := typed_back(data, layout=layout)) != data:
            message = f"found the keys of another keyboard, {layout}; expected that of the scanner"
            yield text, (Remark("layout", message),)
    if (text := typed_back(data, caps_lock=True)) != data:
        remark = Remark("caps_lock", "found letters in the other case, expected caps lock off")
        yield text, (remark,)


def without_prefix(data: str, *, bare: bool) -> Iterator[Candidate]:
    """Yield the text, and what may be behind a prefix of a scanner.

    Args:
        data: the text.
        bare: whether element strings without symbology identifier may be behind it.
    """
    yield data, ()
    if data.startswith("]"):
        return
    starts = [at for at in range(1, LONGEST_PREFIX + 1) if _speaks_for_itself(data[at : at + 8])]
    # What looks like a prefix may be a symbology identifier that was typed on another keyboard.
    mangled = any(
        text[at : at + 3] in SYMBOLS for text, _ in keyboards(data) for at in range(LONGEST_PREFIX)
    )
    if bare and not mangled and (match := _NO_DIGITS.match(data)):
        starts.append(match.end())
    for at in starts:
        yield data[at:], (Remark("prefix", f"found {shown(data[:at])} in front, expected none"),)


def _speaks_for_itself(start: str) -> bool:
    return start[:3] in SYMBOLS or start.startswith(("http", "HTTP", "urn:epc:", "[)>"))


def with_separators(text: str) -> Iterator[Candidate]:
    """Yield the text, and the text with separators where something else may stand for one."""
    yield text, ()
    symbology, body = split(text)
    if body.startswith("("):
        if (tight := _BLANKS.sub("", body)) != body:
            remark = Remark("blanks", "found blanks in a bracketed element string, expected none")
            yield symbology + tight, (remark,)
    elif GS in body:
        if (single := _single(body)) != body:
            message = "found a separator where none belongs, expected one where a value ends"
            yield symbology + single, (Remark("separator", message),)
    else:
        yield from spelt_out(text, NAMES)
        yield from spelt_out(text, _ESCAPES)
        strange = set(_STRANGE.findall(body))
        if len(strange) == 1:
            (character,) = strange
            if character in body.strip(character):  # at an end it is spoilt data, or a suffix
                separated = _single(body.replace(character, GS))
                yield symbology + separated, (_instead(character),)


def spelt_out(text: str, words: re.Pattern[str]) -> Iterator[Candidate]:
    """Yield the text with controls in place of the words for them, where there are such words."""
    if word := words.search(text):
        body = words.sub(lambda match: GS if match[1] else RS if match[2] else EOT, text)
        yield _single(body), (_instead(word[0]),)


def _single(body: str) -> str:
    return re.sub(f"{GS}+", GS, body).strip(GS)


def _instead(sent: str) -> Remark:
    return Remark("separator", f"found {shown(sent)} for a separator, expected U+001D")


def split(text: str) -> tuple[str, str]:
    """Return the symbology identifier, empty where there is none, and the data behind it."""
    return (text[:3], text[3:]) if text.startswith("]") else ("", text)
