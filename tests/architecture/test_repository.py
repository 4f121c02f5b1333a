"""What holds for the whole checkout: nothing of this machine in it, scripts that parse, pages that speak the truth."""

import os
import pathlib
import re
import subprocess

import pytest
from support.sink import PINTAIL, clean_environment

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked():
    # What git knows, and what it will know: everything but what .gitignore names.
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True)
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    assert paths, done.stderr
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts():
    for path in tracked():
        try:
            yield path, path.read_text()
        except UnicodeDecodeError:
            continue  # a recording


def lines_with(pattern, skip=()):
    found = []
    for path, text in texts():
        name = str(path.relative_to(ROOT))
        if name in skip or name.startswith("tests/golden/"):
            continue
        found += [f"{name}:{number}: {line.strip()[:160]}" for number, line in enumerate(text.splitlines(), 1)
                  if re.search(pattern, line)]
    return found


def test_no_work_left_for_later():
    assert not lines_with(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def test_no_paths_of_a_machine():
    own = re.escape(str(ROOT))
    assert not lines_with(rf"{own}\b|(?<![\w.])/(home|Users)/\w+|(?<![\w.])/ro" r"ot/|(?<![\w./])/wo" r"rk/")


def test_no_addresses_of_registries():
    hosts = configured_registries()
    assert not lines_with("|".join([r"https?://[^/\s]*(artifact|nexus|registry\.|mirror)", *map(re.escape, hosts)]),
                          skip=("scripts/deps/npm.lock",))


def configured_registries():
    """Hosts that this machine's package managers are told to use."""
    places = [os.environ.get(name, "") for name in os.environ if re.search(r"(INDEX|REGISTRY|PROXY|MIRROR)", name, re.I)]
    home = pathlib.Path.home()
    for path in (home / ".npmrc", home / ".pip/pip.conf", home / ".config/pip/pip.conf", home / ".m2/settings.xml",
                 pathlib.Path("/etc/pip.conf")):
        places.append(path.read_text() if path.is_file() else "")
    hosts = set(re.findall(r"https?://(?:[^/@\s]*@)?([\w.-]+\.[a-z]+)", "\n".join(places)))
    public = ("pypi.org", "registry.npmjs.org", "repo.maven.apache.org", "proxy.golang.org", "maven.apache.org", "w3.org",
              "www.w3.org")
    return sorted(hosts - set(public))


def shell_scripts():
    return [path for path, text in texts() if re.match(r"#!.*\b(ba|da)?sh\b", text)]


@pytest.mark.parametrize("script", shell_scripts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_shell_scripts_parse(script):
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_scripts_can_be_executed():
    wrong = [str(path.relative_to(ROOT)) for path, text in texts() if text.startswith("#!") and not os.access(path, os.X_OK)]
    assert not wrong


def test_compose_and_dockerfile():
    """Validated, not run: no container engine is needed."""
    done = subprocess.run([str(ROOT / "scripts" / "check-compose")], cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def test_make_help_lists_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"^  make (\S+)", done.stdout, re.M)) == make_targets()


def test_ci_runs_make_test():
    commands = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if "make " in line]
    assert commands == ["exec make test </dev/null"]


PAGES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()]


def commands_of(page):
    """Lines of the page's shell blocks, and commands between backticks."""
    text = page.read_text()
    blocks = re.findall(r"^```(?:sh|shell|bash|console)\n(.*?)^```", text, re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return lines + re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_the_pages_exist(page):
    wrong = []
    for command in commands_of(page):
        words = command.split()
        if words[:1] == ["make"] and len(words) > 1 and re.fullmatch(r"[a-z-]+", words[1]) and words[1] not in make_targets():
            wrong.append(command)
        if words and re.match(r"(\./)?(scripts|stack|bench|\.ci)/[\w./-]+$", words[0]) and not (ROOT / words[0]).exists():
            wrong.append(command)
    assert not wrong, f"{page.relative_to(ROOT)} names what does not exist"


def test_the_page_of_types_is_what_the_decoders_choose_by():
    done = subprocess.run([str(PINTAIL), "types"], capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 0 and done.stdout.startswith("| Postgres |"), done.stderr
    assert done.stdout in (ROOT / "docs" / "types.md").read_text(), f"paste this into docs/types.md:\n{done.stdout}"


def test_the_readme_exists():
    assert (ROOT / "README.md").exists() and (ROOT / "docs" / "architecture.md").exists()


def test_subcommands_of_the_readme_exist():
    known = subprocess.run([str(PINTAIL), "--help"], capture_output=True, text=True, env=clean_environment())
    assert known.returncode == 0, known.stderr
    there = set(re.findall(r"^  ([a-z]+)\s", known.stdout, re.M))
    named = {command.split()[1] for command in commands_of(ROOT / "README.md")
             if re.match(r"(\S*/)?pintail [a-z]+", command)}
    assert named, "the README shows no command of pintail"
    assert named <= there, f"the README names {named - there}; there are {sorted(there)}"


def test_formatted_sources():
    """As `make format` leaves them."""
    sources = [path for path in tracked() if path.suffix in (".cpp", ".hpp")]
    done = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *sources], capture_output=True, text=True)
    found = sorted(set(re.findall(r"^(\S+\.[ch]pp):\d+:\d+: error", done.stderr, re.M)))
    assert done.returncode == 0 and not found, f"make format mends these: {found}\n{done.stderr[-2000:]}"
