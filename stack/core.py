"""The stack as a whole. How to use it: the docstring of the package."""

import fcntl
import json
import pathlib
import shutil
import tempfile

from stack import ports as port_choice
from stack import settings as files
from stack.access import Account
from stack.connect import Connect
from stack.errors import StackError
from stack.jvm import MODES
from stack.kafka import KRaftKafka, ZooKeeperKafka
from stack.ports import HOST
from stack.postgres import Postgres
from stack.process import Process
from stack.zookeeper import ZooKeeper

# flavour -> Kafka, Debezium
VERSIONS = {"current": ("4.3.1", "3.7.0"), "zookeeper": ("3.9.2", "2.6.2")}


class Context:
    """What the servers need to know of the stack they belong to."""

    def __init__(self, folder, flavour, jvm, die_with_parent, save):
        kafka, debezium = VERSIONS[flavour]
        self.dir, self.flavour, self.jvm, self.die_with_parent, self.save = folder, flavour, jvm, die_with_parent, save
        self.kafka_jars = files.ROOT / ".deps" / f"kafka-{kafka}"
        self.debezium = files.ROOT / ".deps" / f"debezium-{debezium}"
        self.settings, self.credentials, self.account = files.settings(), files.credentials(), Account()
        self.ports = {}


class Stack:
    def __init__(self, dir=None, flavour="current", ports="free", jvm="quick", postgres=None, postgres_settings=(),
                 fsync=True, die_with_parent=False):
        check_choice("flavour", flavour, VERSIONS)
        check_choice("jvm", jvm, MODES)
        check_choice("ports", ports, ("free", "env"))
        self.temporary_ = dir is None
        self.dir = pathlib.Path(dir or tempfile.mkdtemp(prefix="pintail-stack-")).absolute()
        self.flavour, self.ports_from_, self.reservations_ = flavour, ports, []
        self.context = Context(self.dir, flavour, jvm, die_with_parent, self.save_)
        self.credentials = self.context.credentials
        major = str(postgres or self.context.settings["POSTGRES_VERSION"])
        self.make_servers(major, dict(postgres_settings), fsync)
        self.adopt()

    def make_servers(self, major, postgres_settings, fsync):
        self.postgres = Postgres(self.context, major, postgres_settings, fsync)
        self.zookeeper = ZooKeeper(self.context) if self.flavour == "zookeeper" else None
        self.kafka = ZooKeeperKafka(self.context, self.zookeeper) if self.zookeeper else KRaftKafka(self.context)
        self.connect = Connect(self.context, self.kafka)
        # In the order of starting; the other way round is the order of stopping.
        self.servers = [s for s in (self.postgres, self.zookeeper, self.kafka, self.connect) if s]

    # Going up and down.

    def up(self, *components):
        """Starts these servers (all when none is named) and those they need; returns when all of them answer."""
        wanted = self.with_needed(components)
        self.check_access()
        with self.lock():
            self.choose_ports()
            self.make_folders()
            started = [server for server in wanted if not server.running]
            try:
                self.start_side_by_side(started)
            except BaseException:
                for server in reversed(started):
                    server.kill()
                raise
        return self

    def start_side_by_side(self, servers):
        ready = set()
        for server in servers:
            for other in servers:
                if other.name in server.needs and other.name not in ready:
                    other.wait_ready()
                    ready.add(other.name)
            server.spawn()
        for server in servers:
            if server.name not in ready:
                server.wait_ready()

    def down(self, delete=False):
        """Stops all servers. With delete (and always for a temporary folder) the data goes too."""
        delete = delete or self.temporary_
        if not self.dir.exists():
            return
        with self.lock():
            for server in reversed(self.servers):
                server.kill() if delete else server.stop()
            for reservation in self.reservations_:
                reservation.release()
            self.reservations_ = []
            if delete:
                shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def status(self):
        """One dictionary per server."""
        return [{"name": s.name, "running": s.running, "pid": s.pid, "address": f"{HOST}:{self.context.ports.get(s.name)}",
                 "memory_mib": round(s.memory_mib()), "log": str(s.log_path)} for s in self.servers]

    # Details.

    def with_needed(self, names):
        known = {server.name: server for server in self.servers}
        if unknown := [name for name in names if name not in known]:
            raise StackError(f"no component {', '.join(unknown)} in flavour {self.flavour}; there are {', '.join(known)}")
        wanted, queue = set(), list(names or known)
        while queue:
            name = queue.pop()
            wanted.add(name)
            queue += known[name].needs
        return [server for server in self.servers if server.name in wanted]

    def choose_ports(self):
        """Keeps the ports of an earlier run where it can: connection strings stay true."""
        if self.ports_from_ == "env":
            self.context.ports.update(port_choice.from_settings(self.context.settings))
            return
        held = {reservation.port for reservation in self.reservations_}
        running = {server.name for server in self.servers if server.running}
        for name in port_choice.ENV_KEYS:
            port = self.context.ports.get(name)
            if port in held or name in running or (name == "controller" and "kafka" in running):
                continue
            reservation = (port and port_choice.reserve(port)) or port_choice.reserve_any()
            self.reservations_.append(reservation)
            self.context.ports[name] = reservation.port

    def check_access(self):
        nearest = next(folder for folder in self.dir.parents if folder.exists())
        self.context.account.check_reaches(nearest)
        self.context.account.check_reaches(files.ROOT)

    def make_folders(self):
        account = self.context.account
        self.dir.chmod(0o755)
        (self.dir / "logs").mkdir(exist_ok=True)
        for name in ("config", "run", "tmp"):
            account.folder(self.dir / name)

    def lock(self):
        self.dir.mkdir(parents=True, exist_ok=True)
        return FolderLock(self.dir / ".lock")

    # What is on disk: stack.json for us, stack.env for shells.

    def adopt(self):
        """Takes up what an earlier run in this folder left: its ports, and its servers if they still run."""
        path = self.dir / "stack.json"
        if not path.exists():
            return
        state = json.loads(path.read_text())
        if state["flavour"] != self.flavour:
            raise StackError(f"{self.dir} holds a stack of flavour {state['flavour']}; use another folder")
        self.context.ports.update(state["ports"])
        for server in self.servers:
            if known := state["servers"].get(server.name):
                process = Process(known["pid"], known["started"])
                server.process = process if process.alive() else None

    def save_(self):
        servers = {s.name: {"pid": s.process.pid, "started": s.process.started} for s in self.servers if s.process}
        state = {"flavour": self.flavour, "ports": self.context.ports, "servers": servers}
        replace_file(self.dir / "stack.json", json.dumps(state, indent=2) + "\n")
        replace_file(self.dir / "stack.env", "".join(f"export {k}='{v}'\n" for k, v in self.shell_variables().items()))

    def shell_variables(self):
        """No secret among them: libpq reads the password from PGPASSFILE."""
        ports, credentials = self.context.ports, self.credentials
        values = {"STACK_DIR": self.dir, "STACK_FLAVOUR": self.flavour}
        values |= {key: ports[name] for name, key in port_choice.ENV_KEYS.items() if name in ports}
        return values | {
            "KAFKA_BOOTSTRAP": f"{HOST}:{ports['kafka']}", "CONNECT_URL": f"http://{HOST}:{ports['connect']}",
            "PGHOST": HOST, "PGPORT": ports["postgres"], "PGUSER": credentials.user,
            "PGDATABASE": credentials.database, "PGPASSFILE": self.postgres.password_file,
        }


class FolderLock:
    """One command at a time works on a stack's folder."""

    def __init__(self, path):
        self.path_ = path

    def __enter__(self):
        self.file_ = open(self.path_, "w")
        fcntl.flock(self.file_, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file_.close()


def check_choice(what, value, choices):
    if value not in choices:
        raise StackError(f"{what} must be one of {', '.join(choices)}, not {value}")


def replace_file(path, text):
    new = path.with_suffix(path.suffix + ".new")
    new.write_text(text)
    new.rename(path)


def flavour_in(folder):
    """The flavour of the stack in a folder; None when there is none."""
    path = pathlib.Path(folder) / "stack.json"
    return json.loads(path.read_text())["flavour"] if path.exists() else None
