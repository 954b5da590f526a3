"""What the name of a query parameter means (EPCIS 2.0, section 8.2.7.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from chalicelib.epcis.query import spelling
from chalicelib.epcis.query.model import Operator
from chalicelib.epcis.query.subjects import SCOPES
from chalicelib.epcis.words import BIZ_TRANSACTION, SOURCE_DESTINATION, Vocabulary


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter asks; its fields are those of `model.Filter`."""

    operator: Operator
    subject: str
    qualifier: str = ""
    inner: bool = False
    attribute: str = ""


_MATCHED = (
    *("epc", "parentID", "inputEPC", "outputEPC", "anyEPC"),
    *("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass"),
)
_EQUAL = (
    *("action", "bizStep", "disposition", "readPoint", "bizLocation", "transformationID"),
    *("eventID", "errorReason", "correctiveEventID", "deviceID", "dataProcessingMethod"),
    *("microorganism", "chemicalSubstance", "bizRules", "stringValue", "booleanValue"),
    *("hexBinaryValue", "uriValue"),
)
_TIMES = ("eventTime", "recordTime", "errorDeclarationTime", "time", "startTime", "endTime")
_COMPARED = (Operator.EQ, Operator.GT, Operator.GE, Operator.LT, Operator.LE)

EXTENSION = "extension:"
"""What the subject of an extension begins with; what follows is the scope, perhaps none."""

FIXED: dict[str, Meaning] = {
    "eventType": Meaning(Operator.EQ, "eventType"),
    **{f"EQ_{name}": Meaning(Operator.EQ, name) for name in _EQUAL},
    **{f"MATCH_{name}": Meaning(Operator.MATCH, name) for name in _MATCHED},
    **{f"WD_{name}": Meaning(Operator.WITHIN, name) for name in ("readPoint", "bizLocation")},
    **{
        f"{each}_{name}": Meaning(each, name)
        for name in _TIMES
        for each in (Operator.GE, Operator.LT)
    },
    **{
        f"{each}_{name}": Meaning(each, name)
        for name in ("quantity", "sDev", "percRank", "percValue")
        for each in _COMPARED
    },
    "EQ_type": Meaning(Operator.EQ, "sensorType"),
    "EQ_persistentDisposition_set": Meaning(Operator.EQ, "set"),
    "EQ_persistentDisposition_unset": Meaning(Operator.EQ, "unset"),
    "EXISTS_errorDeclaration": Meaning(Operator.EXISTS, "errorDeclaration"),
    "EXISTS_sensorElementList": Meaning(Operator.EXISTS, "sensorElementList"),
    # The same by the names that GS1's JSON schema of queries has for them.
    "EQ_setPersistentDisposition": Meaning(Operator.EQ, "set"),
    "EQ_unsetPersistentDisposition": Meaning(Operator.EQ, "unset"),
    "GE_errorDeclaration_Time": Meaning(Operator.GE, "errorDeclarationTime"),
    "LT_errorDeclaration_Time": Meaning(Operator.LT, "errorDeclarationTime"),
}
"""The parameters whose names are fixed."""

CONTROLS = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")
"""The parameters that say in which order, and how many."""

_PATTERNED = (
    *("EQ_bizTransaction_{type}", "EQ_source_{type}", "EQ_destination_{type}"),
    *("EQ_quantity_{uom}", "EQ_value_{uom}", "GE_minValue_{uom}", "LT_maxValue_{uom}"),
    *("GE_meanValue_{uom}", "EQ_{prefix:name}", "EQ_INNER_{prefix:name}", "EQ_ILMD_{prefix:name}"),
    *("EXISTS_{prefix:name}", "HASATTR_{field}", "EQ_ATTR_{field}_{attribute}"),
    *("EQ_ERROR_DECLARATION_{prefix:name}", "EQ_SENSORREPORT_{prefix:name}"),
)
_KNOWN = (*FIXED, *CONTROLS, *_PATTERNED)
_TYPES: dict[str, Vocabulary] = {
    "bizTransaction": BIZ_TRANSACTION,
    "source": SOURCE_DESTINATION,
    "destination": SOURCE_DESTINATION,
}
_TYPED = re.compile(r"EQ_(bizTransaction|source|destination)_(\S+)")
_MEASURED = re.compile(
    r"(EQ|GT|GE|LT|LE)_(quantity|value|minValue|maxValue|meanValue|sDev|percRank|percValue)"
    r"_([A-Z0-9]{2,4})"
)
_NAME = r"[^\s:]+:\S+"
_EXTENSION = re.compile(rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(?:({'|'.join(SCOPES)})_)?({_NAME})")
_VOCABULARY_FIELDS = "bizStep|disposition|readPoint|bizLocation"
_HAS_ATTRIBUTE = re.compile(rf"HASATTR_({_VOCABULARY_FIELDS}|{_NAME})")
_ATTRIBUTE = re.compile(rf"EQ_?ATTR_({_VOCABULARY_FIELDS}|[^\s:_]+:[^\s_]+)_(\S+)")


def meaning(name: str, namespaces: Mapping[str, str]) -> Meaning | None:
    """Return what a parameter asks; None for a name that EPCIS does not know.

    A prefix that is not bound stays, and finds only what has the same unbound prefix.

    Args:
        name: of the parameter.
        namespaces: by the prefixes in it.
    """
    return (
        FIXED.get(name)
        or _of_type(name)
        or _measured(name)
        or _of_master_data(name, namespaces)
        or _extension(name, namespaces)
    )


def _of_type(name: str) -> Meaning | None:
    match = _TYPED.fullmatch(name)
    if match is None:
        return None
    return Meaning(Operator.EQ, match[1], spelling.word(_TYPES[match[1]], match[2]))


def _measured(name: str) -> Meaning | None:
    match = _MEASURED.fullmatch(name)
    return Meaning(Operator(match[1]), match[2], match[3]) if match else None


def _of_master_data(name: str, namespaces: Mapping[str, str]) -> Meaning | None:
    if match := _HAS_ATTRIBUTE.fullmatch(name):
        return Meaning(Operator.HAS_ATTRIBUTE, *_field(match[1], namespaces))
    if match := _ATTRIBUTE.fullmatch(name):
        attribute = spelling.qualified(match[2], namespaces)
        field = _field(match[1], namespaces)
        return Meaning(Operator.ATTRIBUTE, *field, attribute=attribute)
    return None


def _extension(name: str, namespaces: Mapping[str, str]) -> Meaning | None:
    match = _EXTENSION.fullmatch(name)
    prefix = match[4].partition(":")[0] if match else ""
    # An underscore is more likely of a misspelt scope, such as `EQ_IMLD_example:a`.
    if match is None or ("_" in prefix and prefix not in namespaces):
        return None
    qualifier = spelling.qualified(match[4], namespaces)
    scope = EXTENSION + (match[3] or "")
    return Meaning(Operator(match[1]), scope, qualifier, inner=bool(match[2]))


def _field(name: str, namespaces: Mapping[str, str]) -> tuple[str, str]:
    return (EXTENSION, spelling.qualified(name, namespaces)) if ":" in name else (name, "")


def nearest(name: str) -> str:
    """Return the parameter whose name is most like this one; empty when none is."""
    return next(iter(get_close_matches(name[:80], _KNOWN, n=1, cutoff=0.5)), "")
