"""Who may know whom: the folders' CMakeLists.txt say it, their #include lines have to agree."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
FOLDERS = sorted(path.name for path in SRC.iterdir() if path.is_dir())
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# Headers of a third party and the one folder that may include them.
ONLY = {
    r"duckdb\.h": "duck",
    r"librdkafka/.*": "kafka",
    r"libpq.*|postgresql/.*|pg_config.*": "postgres",
    r"httplib\.h": "connect|serve",
    r"simdjson.*": "wire",
    r"CLI/.*": "cli|main.cpp",
    r"spdlog/.*": "log|cli",
    r"toml.*": "config",
}


def uses(folder):
    text = (SRC / folder / "CMakeLists.txt").read_text()
    found = re.search(r"pintail_module\(\s*(\w+)([^)]*)\)", text)
    assert found and found[1] == folder, f"src/{folder}/CMakeLists.txt does not define the module {folder}"
    used = re.search(r"USES\s+([\w\s]*?)(?:THIRD_PARTY|$)", found[2])
    return set(used[1].split()) if used else set()


def sources(folder):
    return sorted(path for path in (SRC / folder).rglob("*") if path.suffix in (".cpp", ".hpp"))


def includes(path):
    return [(kind == '"', name) for kind, name in INCLUDE.findall(path.read_text())]


@pytest.mark.parametrize("folder", FOLDERS)
def test_includes_agree_with_uses(folder):
    allowed = uses(folder) | {folder}
    assert sources(folder), f"src/{folder} has no source"
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in sources(folder) for ours, name in includes(path)
             if ours and (name.split("/")[0] not in allowed or not (SRC / name).is_file())]
    assert not wrong, f"{folder} may know {sorted(allowed)} only"


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_folder_uses_it_includes(folder):
    known = {name.split("/")[0] for path in sources(folder) for ours, name in includes(path) if ours}
    assert uses(folder) <= known, f"src/{folder}/CMakeLists.txt names modules that no file of it includes"


def test_third_parties_have_one_home():
    wrong = []
    for path in sorted(SRC.rglob("*.[ch]pp")):
        home = path.relative_to(SRC).parts[0]
        for _, name in includes(path):
            for pattern, homes in ONLY.items():
                if re.fullmatch(pattern, name) and not re.fullmatch(homes, home):
                    wrong.append(f"{path.relative_to(ROOT)}: {name} belongs to {homes}")
    assert not wrong


def test_third_parties_stay_out_of_public_headers():
    """Whoever includes our headers must not need the third party's: only its home folder sees it."""
    outside = {folder: sources(folder) for folder in FOLDERS}
    for pattern in (r"librdkafka/.*", r"libpq.*"):
        leaking = {path for paths in outside.values() for path in paths if path.suffix == ".hpp"
                   and any(re.fullmatch(pattern, name) for _, name in includes(path))}
        used = {f"{folder}: {name}" for folder, paths in outside.items() for path in paths for ours, name in includes(path)
                if ours and SRC / name in leaking and not name.startswith(f"{folder}/")}
        assert not used, f"headers with {pattern} are included from other folders"


def test_core_is_standard_library_and_fmt():
    assert not uses("core")
    foreign = [f"{path.relative_to(ROOT)}: {name}" for path in sources("core") for ours, name in includes(path)
               if not ours and ("." in name or "/" in name) and not name.startswith("fmt/")]
    assert not foreign


def test_nobody_includes_the_command_line():
    wrong = [str(path.relative_to(ROOT)) for folder in FOLDERS if folder != "cli" for path in sources(folder)
             if any(name.startswith("cli/") for _, name in includes(path))]
    assert not wrong
    assert not [folder for folder in FOLDERS if "cli" in uses(folder)]


def test_no_cycles():
    graph = {folder: uses(folder) for folder in FOLDERS}
    done = set()
    while ready := [folder for folder in graph if folder not in done and graph[folder] <= done]:
        done |= set(ready)
    assert done == set(FOLDERS), f"in a cycle, or unknown: {sorted(set(FOLDERS) - done)}"


def test_the_architecture_page_names_every_folder():
    page = (ROOT / "docs" / "architecture.md").read_text()
    missing = [folder for folder in FOLDERS if f"src/{folder}" not in page and f"`{folder}/`" not in page]
    assert not missing, "docs/architecture.md does not name these folders of src/"
    named = set(re.findall(r"src/(\w+)/", page))
    assert named <= set(FOLDERS), f"docs/architecture.md names folders that do not exist: {named - set(FOLDERS)}"


def test_headers_have_pragma_once_and_say_what_they_are():
    wrong = [str(path.relative_to(ROOT)) for path in sorted(SRC.rglob("*.hpp"))
             if not re.match(r"//[^\n]+\n(//[^\n]*\n)*#pragma once\n", path.read_text())]
    assert not wrong, "a header begins with a comment that states its contract, then #pragma once"
