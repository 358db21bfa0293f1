import pytest

from vislearn.datasets.detection.voc_file import read_voc
from vislearn.errors import FileError

BODY = """<annotation><filename>a.png</filename><size><width>60</width><height>40</height></size>
<object><name>{name}</name><difficult>1</difficult><bndbox>
<xmin>11</xmin><ymin>6.5</ymin><xmax>30</xmax><ymax>15</ymax></bndbox></object></annotation>"""


def written(tmp_path, text, encoding="utf-8", declared=None):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    (tmp_path / "a.xml").write_bytes((declaration + text).encode(encoding))
    return tmp_path / "a.xml"


def test_no_objects(tmp_path):
    found = read_voc(written(tmp_path, "<annotation/>"))
    assert (found.picture, found.size_hw, found.objects) == ("", None, ())


def test_what_stands_in_the_file(tmp_path):
    found = read_voc(written(tmp_path, BODY.format(name="bee")))
    assert (found.picture, found.size_hw) == ("a.png", (40, 60))
    (thing,) = found.objects
    assert (thing.name, thing.numbers, thing.difficult) == ("bee", (11, 6.5, 30, 15), True)


ENCODINGS = [
    ("utf-8", None, "মৌমাছি"),
    ("utf-8-sig", "UTF-8", "মৌমাছি"),
    ("utf-16", "UTF-16", "মৌমাছি"),
    ("latin-1", "ISO-8859-1", "Bär"),
    ("cp1252", "windows-1252", "Bär – Löwe"),
    ("gb2312", "gb2312", "蜜蜂"),
    ("gbk", "GBK", "蜜蜂"),
    ("gb18030", "GB2312", "鎔蜂"),  # not in GB2312 itself
    ("shift_jis", "Shift_JIS", "蜂"),
    ("euc_kr", "EUC-KR", "벌"),
    ("big5", "Big5", "蜜蜂"),
]


@pytest.mark.parametrize(("encoding", "declared", "name"), ENCODINGS)
def test_names_in_the_encoding_that_is_declared(tmp_path, encoding, declared, name):
    assert read_voc(written(tmp_path, BODY.format(name=name), encoding, declared)).objects[0].name == name


def test_names_come_in_one_unicode_form(tmp_path):
    one, two = (read_voc(written(tmp_path, BODY.format(name=name))) for name in ("\u09dc", "\u09a1\u09bc"))
    assert one == two


@pytest.mark.parametrize(("text", "is_so"), [("", 0), ("0", 0), ("False", 0), (" 1 ", 1), ("true", 1)])
def test_difficult_is_a_number_or_a_word(tmp_path, text, is_so):
    (thing,) = read_voc(written(tmp_path, BODY.format(name="bee").replace(">1<", f">{text}<"))).objects
    assert thing.difficult is bool(is_so)


WRONG = [
    (BODY.replace("</object>", "<name>b</name></object>"), "utf-8", None, "has two of name in one object"),
    (BODY.replace("60</width>", "nan</width>"), "utf-8", None, "has 'nan' as width .size."),
    (BODY.replace("60</width>", "1e999</width>"), "utf-8", None, "has '1e999' as width"),
    (BODY.replace("<xmin>11", "<xmin>inf"), "utf-8", None, "has 'inf' as xmin .object 1."),
    (
        BODY.replace("</bndbox>", "</bndbox><bndbox><xmin>1</xmin></bndbox>"),
        *("utf-8", None, "has an object with 2 boxes: object 1. Write an object for each box"),
    ),
    (BODY.replace(">1<", ">2<"), "utf-8", None, "has '2' as difficult .object 1.. Write 1 or 0"),
    (BODY, "utf-8", "klingon", "declares the encoding klingon, which nobody here knows"),
    (BODY, "utf-8", "rot13", "rot13, which nobody here knows"),
    (BODY.format(name="é"), "latin-1", "Big5", "declares the encoding Big5, and is not text in it"),
    ("<annotation>\n<object>", "utf-8", "gbk", "is not whole XML: .*, line"),
    ("", "utf-8", None, "is not whole XML"),
]


@pytest.mark.parametrize(("text", "encoding", "declared", "sentence"), WRONG, ids=[row[3] for row in WRONG])
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path, text, encoding, declared, sentence):
    with pytest.raises(FileError, match=rf"a\.xml.*{sentence}"):
        read_voc(written(tmp_path, text, encoding, declared))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileError, match="can't be read"):
        read_voc(tmp_path)
