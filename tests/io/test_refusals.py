import pytest

from vislearn.io.refusals import COPY_AGAIN, SAVE_AGAIN, not_a_film, not_a_picture, too_large, undecodable

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (OSError("image file is truncated (3 bytes not processed)"), "is cut off or damaged (image file is"),
        (OSError("Unsupported BMP compression (6)"), "isn't read here (Unsupported BMP compression (6))"),
        (
            OSError("tjX3(): Could not determine subsampling level of JPEG image"),
            "damaged (Could not determine sub",
        ),
        (IndexError("list index out of range"), "is a damaged PNG, or of a kind that isn't read here"),
        (KeyError(3), "is a damaged PNG, or of a kind that isn't read here"),
        (ValueError("Corrupt JPEG data: bad Huffman code"), "(Corrupt JPEG data: bad Huffman code)"),
    ],
    ids=str,
)
def test_only_what_decoders_wrote_for_people_is_passed_on(said, what):
    assert what in undecodable(PNG, said).what


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (PNG, "is a damaged PNG"),
        (b"\xff\xd8\xff", "is a damaged JPEG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "is a damaged WebP"),
        (b"\0\0\0\x20ftypavif", "is a damaged AVIF"),
        (b"RIFF\0\0\0\0WAVEfmt ", "is not a picture of a known format"),
        (b"%!PS-Adobe", "is a PostScript file"),
        (b"8BPS\0\1", "is a Photoshop file"),
        (b"\0\0\0\x18ftypmif1", "is a HEIC picture"),
    ],
)
def test_a_known_beginning_is_called_by_its_name(start, what):
    refusal = not_a_picture(start)
    assert what in refusal.what
    assert "delete" not in refusal.fix


def test_a_size_beyond_the_limit_says_how_to_raise_it():
    refusal = too_large(10, 400_000_000, 200)
    assert "4000 megapixels; at most 200" in refusal.what
    assert "max_megapixels=4001" in refusal.fix


def test_a_refusal_says_size_limit_and_remedy_in_full():
    assert str(too_large(2000, 3001, 5.5)) == (
        "has 2000×3001 pixels (height×width), 6 megapixels; at most 5.5 are read. "
        "If it is meant to be that large: max_megapixels=7."
    )


@pytest.mark.parametrize(
    ("said", "what", "fix"),
    [
        ("Truncated File Read", "is cut off or damaged (Truncated File Read)", COPY_AGAIN),
        ("f(): Premature end of data", "is cut off or damaged (Premature end of data)", COPY_AGAIN),
        ("a f(): unsupported", "is a PNG of a kind that isn't read here (a f(): unsupported)", SAVE_AGAIN),
        ("Corrupt JPEG data: x", "is a damaged PNG (Corrupt JPEG data: x)", COPY_AGAIN),
        ("x Corrupt JPEG data", "is a damaged PNG, or of a kind that isn't read here", SAVE_AGAIN),
    ],
)
def test_each_kind_of_damage_has_its_remedy(said, what, fix):
    found = undecodable(PNG, OSError(said))
    assert (found.what, found.fix) == (what, fix)
    assert undecodable(b"?", KeyError("?")).what.startswith("is a damaged picture, or")


PICTURES = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG",
    "GIF": b"GIF8",
    "BMP": b"BM",
    "TIFF": b"II*\0",
    "JPEG 2000": b"\0\0\0\x0cjP",
    "WebP": b"RIFF1234WEBP",
    "AVIF": b"1234ftypavif",
}
OTHERS = {
    "a Photoshop file": [b"8BPS"],
    "a PostScript file": [b"%!PS", b"\xc5\xd0\xd3\xc6"],
    "a PDF": [b"%PDF"],
    "an icon": [b"\0\0\1\0"],
    "an SGI picture": [b"\x01\xda"],
    "a DDS texture": [b"DDS "],
    "a QOI picture": [b"qoif"],
    "a FITS file": [b"SIMPLE  ="],
    "an HDF5 file": [b"\x89HDF"],
    "a WMF drawing": [b"\xd7\xcd\xc6\x9a"],
    "an Office document": [b"\xd0\xcf\x11\xe0"],
    "a ZIP archive": [b"PK\x03\x04"],
    "a RAR archive": [b"Rar!"],
}


@pytest.mark.parametrize(("kind", "start"), [*PICTURES.items(), ("TIFF", b"MM\0*")])
def test_every_kind_of_picture_is_known_by_how_it_begins(kind, start):
    said = f"is a damaged {kind}, or of a kind that isn't read here"
    for found in (not_a_picture(start + b"\0\xff"), undecodable(start, IndexError())):
        assert (found.what, found.fix) == (said, SAVE_AGAIN)
    assert not_a_picture(b"\xfe" + start).what.startswith("is not a picture of a known format")
    film = not_a_film(start, "Save it again.").what
    assert film == (
        f"is a picture ({kind}), not a film"
        if kind != "GIF"
        else "is a damaged or cut off film, or of a kind that isn't read here"
    )


@pytest.mark.parametrize(("name", "start"), [(name, one) for name, all_ in OTHERS.items() for one in all_])
def test_what_is_no_picture_is_called_by_its_name(name, start):
    found = not_a_picture(start + b"\0\xff")
    assert (found.what, found.fix) == (
        f"is {name}, not a picture that is read here",
        "Save the picture itself as PNG.",
    )
    assert name not in not_a_picture(b"\xfe" + start).what


LONG = b"a" * 255
TEXT, UNKNOWN = "holds text, not a picture", "is not a picture of a known format"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b" \n<!DOCTYPE html>", "is a web page, not a picture"),
        (b"<HTML>", "is a web page, not a picture"),
        (b"<?xml version", "is a web page, not a picture"),
        (b" " * 256 + b"<html>", TEXT),  # so far in nobody looks
        (b"version https://git-lfs.github.com/spec/v1", "is a pointer left by git-lfs, not the picture"),
        (b"1234ftypheic", "is a HEIC picture, which can't be read here"),
        (b"", TEXT),
        ("বই".encode(), TEXT),
        (LONG + b"b\0", TEXT),
        (LONG + b"\0", UNKNOWN),
        ("😀".encode()[:3], TEXT),  # a letter cut in two at the end
        ("x😀".encode()[:4], TEXT),
        (b"\xf0\x9f\x98a", UNKNOWN),  # cut in the middle
        (b"\xffabcdefgh", UNKNOWN + r" (it begins with b'\xffabcdefg')"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_file_is_instead_of_a_picture(data, what):
    assert not_a_picture(data).what.startswith(what)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        *[
            (start + b"\0\xff", "is a damaged or cut off film, or of a kind that isn't read here")
            for start in (b"\x1a\x45\xdf\xa3", b"OggS", b"FLV", b"\x30\x26\xb2\x75", b"\0\0\1\xba")
        ],
        (b"\x47\x40\0", "is a damaged or cut off film, or of a kind that isn't read here"),
        (b"DKIF\0", "is a damaged or cut off film, or of a kind that isn't read here"),
        (b"RIFF1234AVI \0", "is a damaged or cut off film, or of a kind that isn't read here"),
        (b"1234ftypisom\0", "is a damaged or cut off film, or of a kind that isn't read here"),
        (b"1234ftypmif1", "is a picture (HEIC), not a film"),
        (b"some text", "holds text, not a film"),
        (b"some text\0", r"is not a film of a known format (it begins with b'some tex')"),
        (b"\xff\xfe", r"is not a film of a known format (it begins with b'\xff\xfe')"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_file_is_instead_of_a_film(data, what):
    assert not_a_film(data, "Save it again.").what == what
