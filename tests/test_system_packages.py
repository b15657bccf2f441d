"""scripts/system-packages.sh finds what is there, installs what is missing, and names what it could not get."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "system-packages.sh"


class Machine:
    """A machine with no programs but those in one folder, whose user is root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program("id", "echo 0")
        for name in ("env", "cp"):
            (folder / name).symlink_to(str(shutil.which(name)))

    def program(self, name: str, text: str = "exit 0") -> None:
        """Install a program written in sh."""
        (self.folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.folder / name).chmod(0o755)

    def apt(self, *packages: str) -> None:
        """Install an apt-get that offers these packages, each a program of its name, and notes what it is asked."""
        self.program(
            "apt-get",
            f"""echo "$*" >>{self.folder}/asked
            for package in "$@"; do :; done
            case " {" ".join(packages)} " in
                *" $package "*) cp {self.folder}/id {self.folder}/"$package" ;;
                *) echo "E: no $package" >&2; exit 100 ;;
            esac""",
        )

    def asked(self) -> list[str]:
        """Packages that apt-get was asked to install, in order."""
        lines = (self.folder / "asked").read_text().splitlines() if (self.folder / "asked").exists() else []
        return [line.split()[-1] for line in lines if line.startswith("install")]

    def ask(self, *tools: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return subprocess.run(
            ["/bin/sh", SCRIPT, *tools],
            env={"PATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without browser, rsync and apt-get."""
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_of_any_of_its_names_is_there(machine: Machine, name: str) -> None:
    machine.apt()
    machine.program(name)
    done = machine.ask("chromium")
    assert (done.returncode, done.stdout, done.stderr, machine.asked()) == (0, "", "", [])


def test_a_browser_named_in_the_environment_is_the_one(machine: Machine) -> None:
    machine.program("my browser")
    assert machine.ask("chromium", CHROMIUM=str(machine.folder / "my browser")).returncode == 0
    machine.program("chromium")
    assert machine.ask("chromium", CHROMIUM="none").returncode == 1


def test_packages_are_tried_in_order_until_one_brings_the_tool(machine: Machine) -> None:
    machine.apt("chromium-browser", "rsync")  # and `apt-get update` fails
    assert machine.ask("rsync", "chromium").returncode == 0
    assert machine.asked() == ["rsync", "chromium", "chromium-browser"]


def test_what_no_package_brings_is_named(machine: Machine) -> None:
    machine.apt("rsync")
    machine.program("chromium-browser", "echo 'install the snap'; exit 1")  # as Ubuntu's is without the snap
    done = machine.ask("rsync", "chromium")
    assert done.returncode == 1
    assert "missing: chromium. Install from your system's packages" in done.stderr
    assert "or google-chrome; or name a browser in $CHROMIUM" in done.stderr
    assert (machine.folder / "rsync").exists(), "one that is missing does not keep the others away"


def test_without_apt_everything_missing_is_named(machine: Machine) -> None:
    done = machine.ask("rsync", "chromium")
    assert done.returncode == 1
    assert "missing: rsync chromium." in done.stderr
    assert "rsync: package rsync" in done.stderr


@pytest.mark.parametrize(("tool", "package"), [("rrsync", "rsync"), ("flock", "util-linux"), ("venv", "python3-venv")])
def test_a_tool_of_another_packages_name_is_named_with_it(machine: Machine, tool: str, package: str) -> None:
    assert f"  {tool}: package {package}\n" in machine.ask(tool).stderr
