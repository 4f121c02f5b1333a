"""The end of a test run: what failed, what was skipped and why, and one line of counts.

    summary.py RESULTS_FOLDER

Reads the JUnit files that GoogleTest (unit/*.xml), ctest (ctest.xml), pytest and the check for leftovers wrote.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


class Counts:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add(self, case):
        name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(name)
        elif skipped is not None or case.get("status") == "notrun":
            reason = skipped.get("message") if skipped is not None else None
            self.skipped.append(f"{name}: {reason or 'disabled'}")
        else:
            self.passed += 1


def cases_in(path):
    return list(xml.parse(path).iter("testcase"))


def add_unit_tests(counts, folder):
    broken = set()
    for path in sorted((folder / "unit").glob("*.xml")):
        for case in cases_in(path):
            counts.add(case)
            if case.find("failure") is not None:
                broken.add(path.stem)
    if not (folder / "ctest.xml").exists():
        return
    for case in cases_in(folder / "ctest.xml"):
        program = case.get("name")
        reported = (folder / "unit" / f"{program}.xml").exists()
        # A program that crashed wrote no report, or one that knows of no failure.
        if case.get("status") == "fail" and program not in broken:
            counts.failed.append(f"{program} (the program itself)")
        elif not reported:
            counts.add(case)


def add_pytest(counts, folder):
    path = folder / "pytest.xml"
    before = len(counts.failed)
    if path.exists():
        for case in cases_in(path):
            counts.add(case)
    status = int((folder / "pytest.status").read_text())
    # 1: tests failed, which the report names; anything else above: pytest itself.
    if status and len(counts.failed) == before:
        counts.failed.append(f"pytest ended with code {status}")


def main():
    folder = pathlib.Path(sys.argv[1])
    counts = Counts()
    add_unit_tests(counts, folder)
    add_pytest(counts, folder)
    for case in cases_in(folder / "leftovers.xml"):
        counts.add(case)
    for line in counts.skipped:
        print(f"skipped {line}")
    for line in counts.failed:
        print(f"FAILED {line}")
    print(f"{counts.passed} passed, {len(counts.failed)} failed" + (f", {len(counts.skipped)} skipped" if counts.skipped else ""))
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
