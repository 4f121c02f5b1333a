"""Java command lines, and .properties files."""

from stack.access import require
from stack.errors import StackError
from stack.settings import ROOT

MODES = {
    # The first compiler tier is all a short run profits from; one collector thread is all it needs.
    "quick": ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"],
    "throughput": ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"],
}

LOGGING = {
    "current": "-Dlog4j2.configurationFile=",
    "zookeeper": "-Dlog4j.configuration=file:",
}
LOGGING_FILES = {"current": "log4j2.properties", "zookeeper": "log4j.properties"}


def java(context, heap_mib, jars, main, *arguments):
    if not jars.is_dir():
        raise StackError(f"{jars} is missing: run scripts/bootstrap stack")
    logging = LOGGING[context.flavour] + str(ROOT / "stack" / "config" / LOGGING_FILES[context.flavour])
    return [require("java"), f"-Xmx{heap_mib}m", *MODES[context.jvm], "-XX:-UsePerfData", "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={context.dir / 'tmp'}", logging, "-cp", f"{jars}/*", main, *map(str, arguments)]


def write_properties(context, name, values):
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    return context.account.write(context.dir / "config" / name, text)
