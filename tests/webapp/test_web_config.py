"""web.toml: every key optional, every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.config import Settings, load
from webapp.errors import WebError

EXAMPLE = Path(__file__).parents[2] / "webapp" / "web.toml.example"


def test_without_a_file_every_key_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Settings(Path("data/trading.db"), 8000, ("localhost", "127.0.0.1"))


def test_the_example_file_shows_the_defaults() -> None:
    assert load(EXAMPLE) == Settings(EXAMPLE.parent / "data/trading.db")


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "web.toml").write_text('database = "copy/trading.db"\nport = 9000\nallowed_hosts = ["pc"]\n')
    assert load(tmp_path / "web.toml") == Settings(tmp_path / "copy/trading.db", 9000, ("pc",))
    monkeypatch.chdir(tmp_path)
    assert load(None).port == 9000, "web.toml of the working folder"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 8000", ["'prot' is not a key; allowed: database, port, allowed_hosts"]),
        ('port = "8000"', ["port", "whole number from 0 to 65535"]),
        ("port = 65536", ["port", "whole number from 0 to 65535"]),
        ("database = 5", ["database: is 5; allowed: the path of a file"]),
        ('database = ""', ["database: is ''; allowed: the path of a file"]),
        ('database = "a\\u0000b"', ["database: is 'a\\x00b'; allowed: the path of a file"]),
        ('database = "~nouser/x.db"', ["database: is '~nouser/x.db', there is no such home folder; allowed: the path"]),
        ('allowed_hosts = "pc"', ["allowed_hosts", "list of host names"]),
        ("allowed_hosts = []", ["allowed_hosts", "list of host names"]),
        ("allowed_hosts = [5]", ["allowed_hosts", "list of host names"]),
        ("port", ["not TOML"]),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, text: str, says: list[str]) -> None:
    file = tmp_path / "web.toml"
    file.write_text(text)
    with pytest.raises(WebError) as refused:
        load(file)
    assert str(file) in str(refused.value)
    for words in says:
        assert words in str(refused.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(WebError, match=r"none\.toml does not exist; webapp/web\.toml\.example shows"):
        load(tmp_path / "none.toml")


def test_a_byte_order_mark_before_the_first_key_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "web.toml").write_bytes("port = 9000".encode("utf-8-sig"))
    assert load(tmp_path / "web.toml").port == 9000


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "Latin-1 or Windows-1252")]
)
def test_another_encoding_is_named_with_the_file_and_what_to_do(tmp_path: Path, encoding: str, name: str) -> None:
    file = tmp_path / "web.toml"
    file.write_bytes("# für Zürich\nport = 9000".encode(encoding))
    with pytest.raises(WebError) as refused:
        load(file)
    assert str(refused.value).startswith(f"{file} can't be read: it seems to be {name}, not UTF-8")
    assert str(refused.value).endswith("; save it as UTF-8")
