"""An annotation in XML, in whatever encoding it declares, read or refused in one sentence."""

import codecs
import re
from pathlib import Path
from xml.etree import ElementTree

from vislearn.errors import FileError, Words
from vislearn.language import N_

__all__ = ["xml_root"]

_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
# What Python's parser reads by itself; and larger encodings of the same name, which programs write under it.
_BUILT_IN = {"utf-8", "utf-16", "iso8859-1", "ascii"}
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}


def xml_root(file: Path) -> ElementTree.Element:
    """The outermost element of an XML file.

    Args:
        file: of any encoding that Python knows, as programs name them.

    Raises:
        FileError: missing, no whole XML (with line), or no text in the encoding it declares.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise FileError(file, N_("does not exist"), fix=N_("Check the list of names.")) from None
    except OSError as trouble:
        raise FileError(
            file, N_("can't be read ({reason})"), fix=N_("Name an XML file."), reason=trouble.strerror
        ) from None
    try:
        return ElementTree.fromstring(_decoded(file, data))
    except ElementTree.ParseError as trouble:
        line = trouble.position[0]
        raise FileError(
            file, N_("is not whole XML: {reason}, line {line}"), reason=trouble.msg.split(":")[0], line=line
        ) from None


def _decoded(file: Path, data: bytes) -> str | bytes:
    """Text where the parser doesn't know the encoding; else the bytes as they are."""
    declaration = _DECLARATION.match(data.removeprefix(codecs.BOM_UTF8))
    if not declaration:
        return data
    called = declaration[1].decode("ascii")
    try:
        name = codecs.lookup(called).name
        if name in _BUILT_IN:
            return data
        return data[declaration.end() :].decode(_LARGER.get(name, name))
    except UnicodeDecodeError:
        what = Words(N_("declares the encoding {called}, and is not text in it"), called=called)
    except (LookupError, ValueError):
        what = Words(N_("declares the encoding {called}, which nobody here knows"), called=called)
    raise FileError(file, what, fix=N_("Save it as UTF-8."))
