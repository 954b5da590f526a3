"""GS1's XML schemas for EPCIS, as judges of what we write."""

from functools import cache
from io import BytesIO

from lxml import etree

from tests.shared_data import path

_FOLDERS = {"2.0": "xsd-2.0", "1.2": "xsd-1.2", "1.1": "xsd-1.2"}
_ROOTS = {
    "EPCISDocument": "EPCglobal-epcis-{}.xsd",
    "EPCISQueryDocument": "EPCglobal-epcis-query-{}.xsd",
    "EPCISMasterDataDocument": "EPCglobal-epcis-masterdata-{}.xsd",
}


class _Beside(etree.Resolver):
    """Finds for the schemas of 1.2 those that only lie beside 2.0's."""

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        name = system_url.rpartition("/")[2]
        if path("epcis-artefacts/xsd-1.2").joinpath(name).exists():
            return None
        beside = path("epcis-artefacts/xsd-2.0") / name
        return self.resolve_filename(str(beside), context)


@cache
def _schema(version: str, root: str) -> etree.XMLSchema:
    folder = _FOLDERS[version]
    name = _ROOTS[root].format(folder.removeprefix("xsd-").replace(".", "_"))
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside())
    file = path(f"epcis-artefacts/{folder}/{name}")
    return etree.XMLSchema(etree.parse(str(file), parser))


def breaches(document: bytes, version: str) -> list[str]:
    """Return what the schema of a version has against a document; skips where it is not here."""
    tree = etree.parse(BytesIO(document))
    schema = _schema(version, etree.QName(tree.getroot()).localname)
    schema.validate(tree)
    return [f"line {error.line}: {error.message}" for error in schema.error_log]
