"""How far a copy is: a line that changes in place on a terminal, and nothing but whole lines elsewhere."""

import os
import pty
import re
import subprocess

from support.sink import PINTAIL, clean_environment
from support.transfers import filled

BAR = r"copying \[#*-*\] \d+ of 1 table, \d+ rows, \d+ rows/s, \d+ %"


def output_on_terminal(arguments, cwd):
    """All that the program writes to a terminal on its standard error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(PINTAIL), *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, stderr=theirs, env=clean_environment())
    os.close(theirs)
    text = b""
    try:
        while read := os.read(ours, 65536):
            text += read
    except OSError:
        pass  # the other side is closed
    os.close(ours)
    assert process.wait() == 0, text
    return text.decode()


def test_bar_on_a_terminal(server, flow_on):
    flow = flow_on(server, setup=filled("big", 40_000))
    text = output_on_terminal(flow.arguments("--until", "current", "--batch-rows", "200"), flow.folder)
    assert re.search(r"\r\x1b\[K" + BAR, text), text
    assert "copying: " not in text, text
    # The line is gone before the next of the log, which stands alone.
    last = text[: text.index("copied 1 table, 40000 rows")].rpartition("\r\x1b[K")[2]
    assert "copying" not in last, text


def test_lines_elsewhere(server, flow_on):
    flow = flow_on(server, setup=filled("big", 40_000))
    outcome = flow.run("--batch-rows", "200")
    assert "copied 1 table, 40000 rows in" in outcome.stderr
    assert "\r" not in outcome.stderr and "\x1b" not in outcome.stderr, outcome
