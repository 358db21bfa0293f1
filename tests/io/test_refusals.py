import pytest

from vislearn.io.refusals import not_a_picture, too_large, undecodable

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
