"""The same document in another format or spelling."""

import json
from pathlib import Path

import pytest

from infra.cli.command import main
from tests.infra.cli.documents import EVENT, document, saved, xml

Said = pytest.CaptureFixture[str]
LINK = "https://id.gs1.org/01/80614141123458/21/6789"


def test_xml_becomes_json(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "old.xml", xml())

    assert main(["epcis", "convert", "--to", "json", file]) == 0

    made = json.loads(capsys.readouterr().out)
    assert made["schemaVersion"] == "2.0"
    assert made["epcisBody"]["eventList"] == [EVENT]


@pytest.mark.parametrize("to", ["xml", "xml-1.2", "xml-1.1"])
def test_json_becomes_xml_and_json_again(to: str, tmp_path: Path, capsys: Said) -> None:
    file, made = saved(tmp_path, "some.json", document(EVENT)), tmp_path / "made.xml"

    assert main(["epcis", "convert", "--to", to, "-o", str(made), file]) == 0
    capsys.readouterr()
    assert main(["epcis", "convert", "--to", "json", str(made)]) == 0

    assert json.loads(capsys.readouterr().out)["epcisBody"]["eventList"] == [EVENT]
    version = "2.0" if to == "xml" else to.removeprefix("xml-")
    assert f'schemaVersion="{version}"' in made.read_text("utf-8").replace("'", '"')


def test_words_of_xml_are_urns_or_web_uris(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "some.json", document(EVENT))
    found = {}
    for spelling in ("urn", "uri"):
        assert main(["epcis", "convert", "--to", "xml", "--cbv", spelling, file]) == 0
        found[spelling] = capsys.readouterr().out

    assert ">urn:epcglobal:cbv:bizstep:shipping<" in found["urn"]
    assert ">https://ref.gs1.org/cbv/BizStep-shipping<" in found["uri"]


def test_what_the_format_has_no_place_for_is_refused_or_left_out(
    tmp_path: Path, capsys: Said
) -> None:
    event = {**EVENT, "persistentDisposition": {"set": ["recalled"]}}
    file = saved(tmp_path, "some.json", document(event))

    assert main(["epcis", "convert", "--to", "xml-1.2", "-o", str(tmp_path / "a"), file]) == 1
    assert "persistentDisposition" in capsys.readouterr().err
    assert main(["epcis", "convert", "--to", "xml-1.2", "--lossy", file]) == 0
    assert "recalled" not in capsys.readouterr().out


def test_epcs_become_links_and_urns(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "some.json", document({**EVENT, "epcList": [LINK]}))
    found = {}
    for spelling in ("keep", "urn", "dl"):
        assert main(["epcis", "convert", "--to", "json", "--epc", spelling, file]) == 0
        made = json.loads(capsys.readouterr().out)
        found[spelling] = made["epcisBody"]["eventList"][0]["epcList"]

    assert found == {"keep": [LINK], "urn": EVENT["epcList"], "dl": [LINK]}


def test_the_document_goes_to_a_file_where_one_is_named(tmp_path: Path, capsys: Said) -> None:
    file, output = saved(tmp_path, "old.xml", xml()), tmp_path / "new.json"

    assert main(["epcis", "convert", "--to", "json", "-o", str(output), file]) == 0

    assert json.loads(output.read_bytes())["epcisBody"]["eventList"] == [EVENT]
    assert capsys.readouterr().out == f"{file}: written to {output}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.json", "old.xml"]


def test_a_broken_document_leaves_the_file_as_it_was(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "old.xml", xml().replace(b"</EventList>", b""))
    output = tmp_path / "new.json"
    output.write_text("before")

    assert main(["epcis", "convert", "--to", "json", "-o", str(output), file]) == 1

    assert output.read_text() == "before"
    assert capsys.readouterr().err.startswith(f"packtrail: {file}: ")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "some.json", document(EVENT))
    output = tmp_path / "nowhere" / "new.json"

    assert main(["epcis", "convert", "--to", "json", "-o", str(output), file]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
