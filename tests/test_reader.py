from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.reader import MAX_BYTES, front_matter, is_article, read

TEXT = "Müller met Kim.\r\nThey “talked”.\n\n한국 😀\tand more\n"


@pytest.mark.parametrize(
    ("prefix", "encoding"),
    [
        pytest.param(b"", "utf-8", id="utf-8"),
        pytest.param(b"\xef\xbb\xbf", "utf-8", id="utf-8 with mark"),
        pytest.param(b"\xff\xfe", "utf-16-le", id="utf-16 little endian"),
        pytest.param(b"\xfe\xff", "utf-16-be", id="utf-16 big endian"),
        pytest.param(b"\xff\xfe\x00\x00", "utf-32-le", id="utf-32 little endian"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".TXT"])
def test_every_character_is_kept(tmp_path: Path, prefix: bytes, encoding: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    data = prefix + TEXT.encode(encoding)
    path.write_bytes(data)
    source = read(path)
    assert source.text == TEXT
    assert source.digest == hashlib.sha256(data).hexdigest()
    assert source.path == path


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "holds no text", id="empty"),
        pytest.param(b" \n\t\r\n ", "holds no text", id="white space"),
        pytest.param(b"\xef\xbb\xbf", "holds no text", id="only a mark"),
        pytest.param(b"GIF89a\x00\x01\x02", "binary file .NUL byte at offset 6", id="NUL"),
        pytest.param(b"\x01\x02\x03\x04 text", "control characters", id="control characters"),
        pytest.param(b"fine until caf\xe9 here", "not valid UTF-8 at byte 14", id="latin-1"),
        pytest.param("abc…".encode()[:-1], "not valid UTF-8 at byte 3", id="cut short"),
        pytest.param(b"\xef\xbb\xbfab\xff", "not valid UTF-8 at byte 5", id="offset counts the mark"),
        pytest.param(b"\xff\xfea\x00b", "not valid UTF-16-LE at byte 4", id="odd utf-16"),
    ],
)
def test_what_cannot_be_an_article_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(data)
    with pytest.raises(ArticleError, match=reason) as caught:
        read(path)
    assert "broken.txt" in str(caught.value)


def test_the_size_limit_is_stated_and_exact(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"word " * (MAX_BYTES // 5))
    assert len(read(path).text) == MAX_BYTES
    path.write_bytes(b"word " * (MAX_BYTES // 5) + b".")
    with pytest.raises(ArticleError, match="over 20 MB"):
        read(path)


def test_a_missing_file_and_a_folder_are_article_errors(tmp_path: Path) -> None:
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    for path in (tmp_path / "none.txt", folder):
        with pytest.raises(ArticleError, match="cannot be read"):
            read(path)


def test_a_forbidden_file_asks_for_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Simulated, since root may read everything.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ArticleError, match=r"secret\.txt: may not be read; give yourself read permission"):
        read(tmp_path / "secret.txt")


def test_an_unknown_suffix_names_those_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(
        ArticleError, match=r"'\.xyz' is not read; save it as one of \.docx, .*\.md, \.pdf, \.txt"
    ):
        read(tmp_path / "a.xyz")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a.txt", True, id="text"),
        pytest.param("a.MD", True, id="capital suffix"),
        pytest.param("metadata.json", False, id="sidecar"),
        pytest.param(".a.txt", False, id="hidden"),
        pytest.param("a.png", False, id="image"),
        pytest.param("a", False, id="no suffix"),
        pytest.param("a.txt.part", False, id="partial download"),
    ],
)
def test_which_files_are_articles(name: str, expected: bool) -> None:
    assert is_article(Path("folder") / name) is expected


@pytest.mark.parametrize(
    ("text", "block"),
    [
        pytest.param("---\ntitle: X\n---\nBody", "---\ntitle: X\n---\n", id="plain"),
        pytest.param("---\r\ntitle: X\r\n---\r\nBody", "---\r\ntitle: X\r\n---\r\n", id="carriage returns"),
        pytest.param("---\ntitle: X\n...\nBody", "---\ntitle: X\n...\n", id="dots close it"),
        pytest.param("---\ntitle: X\n---", "---\ntitle: X\n---", id="nothing below"),
        pytest.param("---\nJust a rule above.\n---\nBody", None, id="a rule, no keys"),
        pytest.param("---\ntitle: X\nnever closed", None, id="never closed"),
        pytest.param("Body\n---\ntitle: X\n---\n", None, id="not at the top"),
    ],
)
def test_front_matter(text: str, block: str | None) -> None:
    span = front_matter(text)
    assert (text[slice(*span)] if span else None) == block
