"""`cvdbot` as it is called, but in this process: a tenth of the time of a process of its own."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest import mock

import cvdbot


def call(*arguments, code=0):
    """Run `cvdbot ARGUMENTS`, make sure of its exit code, and return what it printed (stdout, stderr)."""
    said, complained, ended = StringIO(), StringIO(), None
    with (
        mock.patch.dict(os.environ, COLUMNS="200", NO_COLOR="1"),
        mock.patch.object(sys, "argv", ["cvdbot", *map(str, arguments)]),
        redirect_stdout(said),
        redirect_stderr(complained),
    ):
        try:
            cvdbot.main()
        except SystemExit as end:
            ended = end.code
    assert (ended or 0) == code, f"ended with {ended}:\n{said.getvalue()}\n{complained.getvalue()}"
    return said.getvalue(), complained.getvalue()


def refusal(*arguments):
    """Run `cvdbot ARGUMENTS`, which is refused: exit code 2, nothing but one sentence. Return the sentence."""
    said, sentence = call(*arguments, code=2)
    assert said == ""
    assert sentence.startswith("cvdbot: ")
    assert sentence.count("\n") == 1
    return sentence.removeprefix("cvdbot: ").rstrip("\n")
