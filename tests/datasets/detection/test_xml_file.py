"""XML in whatever encoding; what VOC's files need of it is tested in test_voc_file.py."""

import pytest

from vislearn.datasets.detection.xml_file import xml_root
from vislearn.errors import FileError


def test_an_element_in_a_declared_encoding(tmp_path):
    file = tmp_path / "a.xml"
    file.write_bytes('<?xml version="1.0" encoding="gb2312"?><name>蜂</name>'.encode("gb18030"))
    assert xml_root(file).text == "蜂"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is not whole XML: no element found, line 1"), (b"<a>\n<b></a>", "mismatched tag, line 2")],
)
def test_what_is_no_xml(tmp_path, content, sentence):
    (tmp_path / "a.xml").write_bytes(content)
    with pytest.raises(FileError, match=sentence):
        xml_root(tmp_path / "a.xml")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        xml_root(tmp_path / "a.xml")
