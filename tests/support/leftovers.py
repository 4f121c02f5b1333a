"""Nothing may stay behind a test run: no process, no port, no file outside its folder.

    leftovers.py RUN_FOLDER JUNIT_FILE

The tests keep everything in the run's folder and start everything with its working directory there, so whatever still
refers to that folder was left over. It is reported as a failed test, and ended.
"""

import os
import pathlib
import signal
import sys
import xml.etree.ElementTree as xml


def processes_of(folder):
    """(pid, command line) of every process that works in the folder or names it."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in (os.getpid(), os.getppid()):
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            works_in = os.readlink(entry / "cwd")
        except OSError:
            continue
        if folder in command or works_in.startswith(folder):
            found.append((int(entry.name), command[:200]))
    return found


def stacks_of(folder):
    return [str(path.parent) for path in pathlib.Path(folder).rglob("stack.json")]


def main():
    folder, report = sys.argv[1:]
    processes = processes_of(folder)
    problems = [f"process {pid} still runs: {command}" for pid, command in processes]
    problems += [f"a stack was not taken down: {path}" for path in stacks_of(folder)]
    for pid, _ in processes:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    suite = xml.Element("testsuite")
    case = xml.SubElement(suite, "testcase", classname="leftovers", name="nothing_is_left_behind")
    if problems:
        xml.SubElement(case, "failure").text = "\n".join(problems)
        print("\n".join(problems))
    xml.ElementTree(suite).write(report)


if __name__ == "__main__":
    main()
