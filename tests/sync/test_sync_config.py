"""sync.toml: the defaults, the paths, and every refusal with the key, its value and what is allowed."""

import re
from pathlib import Path

import pytest

from sync.config import Config, load
from sync.errors import ConfigError
from sync.pull import ssh_config

EXAMPLE = Path(__file__).parents[2] / "sync" / "sync.toml.example"


def read(folder: Path, text: str) -> Config:
    file = folder / "sync.toml"
    file.write_text(text)
    return load(file)


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/trader")
    assert load() == Config(
        host="raspberrypi.local",
        user="botsync",
        port=22,
        identity_file=Path("/home/trader/.ssh/cvdbot"),
        known_hosts_file=Path("/home/trader/.ssh/known_hosts"),
        data=tmp_path / "data",
        every=60,
    )


def test_the_example_holds_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path, EXAMPLE.read_text()) == load()


def test_the_file_in_the_working_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sync.toml").write_text("port = 2222")
    assert load().port == 2222


def test_relative_paths_are_relative_to_the_file_and_absolute_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "pc").mkdir()
    config = read(tmp_path / "pc", 'data = "copies"\nidentity_file = "keys/pi"\nknown_hosts_file = "/etc/hosts.pi"')
    assert config.data == tmp_path / "pc" / "copies"
    assert config.identity_file == tmp_path / "pc" / "keys" / "pi"
    assert config.known_hosts_file == Path("/etc/hosts.pi")


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no .*other\.toml: copy sync/sync\.toml\.example"):
        load(tmp_path / "other.toml")


def test_an_unknown_key_is_refused_with_the_keys_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key 'hots'; the keys are host, user, port, identity_file"):
        read(tmp_path, 'hots = "pi"')


def test_what_is_not_toml_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not TOML: .*line 2"):
        read(tmp_path, "port = 22\nhost = pi")


def test_a_byte_order_mark_before_the_first_key_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "sync.toml").write_bytes("port = 2222".encode("utf-8-sig"))
    assert load(tmp_path / "sync.toml").port == 2222


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "Latin-1 or Windows-1252")]
)
def test_another_encoding_is_named_with_the_file_and_what_to_do(tmp_path: Path, encoding: str, name: str) -> None:
    file = tmp_path / "sync.toml"
    file.write_bytes("# für Zürich\nport = 2222".encode(encoding))
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert str(refused.value).startswith(f"{file} can't be read: it seems to be {name}, not UTF-8")
    assert str(refused.value).endswith("; save it as UTF-8")


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ('port = "22"', "a number from 1 to 65535"),
        ('telegram.base_url = "http://["', "an address with a host"),
        ('telegram.base_url = "http://host:abc"', "an address with a host"),
        ("port = 0", "a number from 1 to 65535"),
        ("port = 22.5", "a number from 1 to 65535"),
        ("host = 1", "a host name or an IP address"),
        ("every = 0", "seconds, from 1 to 86400"),
        ("every = true", "seconds, from 1 to 86400"),
        ('data = ""', "the path of a folder"),
        ('identity_file = "a\\"b"', 'the path of a private key, without ", \\ and $'),
        ('known_hosts_file = "${HOME}/known"', 'the path of a known_hosts file, without ", \\ and $'),
        ('identity_file = "key\\n    ProxyCommand touch /tmp/owned"', 'the path of a private key, without ", \\ and $'),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_what_is_allowed(tmp_path: Path, line: str, allowed: str) -> None:
    key = line.split(maxsplit=1)[0]
    with pytest.raises(ConfigError, match=f"{key} = .* is not allowed; it must be {re.escape(allowed)}"):
        read(tmp_path, line)


@pytest.mark.parametrize(
    "host",
    ["-oProxyCommand=sh", "", "pi local", "pi;reboot", "user@pi", "pi\\n", "pi/..", "$(id)", "::1]", "pi%", "%h"],
)
def test_a_host_that_could_be_read_as_anything_else_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="must be a host name or an IP address"):
        read(tmp_path, f'host = "{host}"')


@pytest.mark.parametrize("host", ["raspberrypi.local", "192.168.1.7", "fe80::1%eth0", "::1", "my_pi-2"])
def test_names_and_addresses_are_hosts(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, f'host = "{host}"').host == host


@pytest.mark.parametrize("user", ["-l", "root@pi", "bot sync", "", "bot\\n"])
def test_a_user_that_could_be_read_as_anything_else_is_refused(tmp_path: Path, user: str) -> None:
    with pytest.raises(ConfigError, match="must be a user name"):
        read(tmp_path, f'user = "{user}"')


def test_ssh_reads_the_settings_from_a_file_of_its_own(tmp_path: Path) -> None:
    text = ssh_config(read(tmp_path, 'host = "fe80::1%eth0"\nuser = "sync"\nport = 2222\nidentity_file = "/a b/100%"'))
    lines = {line.strip() for line in text.splitlines()}
    assert lines >= {
        "HostName fe80::1%%eth0",
        "User sync",
        "Port 2222",
        'IdentityFile "/a b/100%%"',
        "IdentitiesOnly yes",
        "StrictHostKeyChecking yes",
        "BatchMode yes",
        "ConnectTimeout 5",
        "ServerAliveInterval 5",
        "ServerAliveCountMax 3",
        "ForwardAgent no",
        "ForwardX11 no",
    }
