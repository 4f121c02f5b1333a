"""`pintail connectors` against a real Connect: what generate writes is what register takes, and delete leaves nothing half
done."""

import json
import re
import shutil

import pytest
from support.sink import ROOT, clean_environment, run_pintail


class Commands:
    """`pintail connectors …` in a folder of its own, for one connector of the flow's database."""

    def __init__(self, flow):
        self.flow = flow
        flow.psql("create table t (id int primary key, v text); insert into t values (1, 'a')")
        self.folder = flow.folder / "commands"
        (self.folder / "connectors").mkdir(parents=True)
        shutil.copy(ROOT / "connectors" / "connector_template.json", self.folder / "connectors")
        self.name = f"public-{flow.id}-connector"
        self.file = self.folder / "connectors" / f"{self.name}.json"
        # The worker's own environment knows another database.
        self.write_config({"database.dbname": flow.database})
        flow.connectors["public"], flow.slots_[self.name] = self.name, self.slot

    @property
    def slot(self):
        return f"{self.flow.prefix}_public_{self.flow.id}"

    def write_config(self, overrides):
        entry = {"name": self.flow.id, "schema": "public", "tables": ["t"], "overrides": overrides}
        (self.folder / "connectors" / "connector_config.json").write_text(json.dumps({"schemas": [entry]}))

    def __call__(self, *arguments, source=None, code=0):
        outcome = run_pintail("connectors", *arguments, cwd=self.folder, environment=clean_environment(
            PINTAIL_SOURCE=source or self.flow.source_url, PINTAIL_TOPIC_PREFIX=self.flow.prefix,
            PINTAIL_CONNECT_URL=self.flow.stack.connect.url))
        assert outcome.code == code, outcome
        assert self.flow.stack.credentials.password not in re.sub(r"\w+://\S+", "", outcome.text), outcome
        return outcome

    def registered(self):
        return self.flow.retry(lambda: self.flow.stack.connect.request("GET", f"/connectors/{self.name}/config"))

    def exists(self):
        return self.name in self.flow.stack.connect.request("GET", "/connectors")

    def state(self):
        return self.flow.stack.connect.state_of(self.name)["connector"]["state"]

    def at_source(self):
        """What there is of slot and publication."""
        return (self.flow.psql(f"select count(*) from pg_replication_slots where slot_name = '{self.slot}'"),
                self.flow.psql(f"select count(*) from pg_publication where pubname = '{self.slot}'"))


@pytest.fixture
def connectors(flow):
    return Commands(flow)


@pytest.mark.parametrize("secrets", ["inline", "provider"])
def test_register_takes_what_generate_wrote(connectors, secrets):
    connectors("generate", "--secrets", secrets)
    outcome = connectors("register")
    assert f"{connectors.name}: created, running" in outcome.stdout
    password = connectors.flow.stack.credentials.password
    assert connectors.registered()["database.password"] == (password if secrets == "inline" else "${env:POSTGRES_PASSWORD}")
    assert connectors.registered() == json.loads(connectors.file.read_text())["config"] | {"name": connectors.name}
    assert "updated, running" in connectors("register", str(connectors.file)).stdout


def test_register_asks_which_is_meant_when_a_file_differs(connectors):
    """An edited file and one that is out of date look alike."""
    connectors("generate", "--secrets", "inline")
    edited = connectors.file.read_text().replace('"poll.interval.ms": "10"', '"poll.interval.ms": "11"')
    assert edited != connectors.file.read_text()
    connectors.file.write_text(edited)
    outcome = connectors("register", code=2)
    assert "pintail connectors generate" in outcome.stderr and f"register connectors/{connectors.name}.json" in outcome.stderr
    assert not connectors.exists()
    connectors("register", f"connectors/{connectors.name}.json")
    assert connectors.registered()["poll.interval.ms"] == "11"
    connectors("generate")
    connectors("register")
    assert connectors.registered()["poll.interval.ms"] == "10"
    assert connectors.registered()["database.password"] == "${env:POSTGRES_PASSWORD}"


def test_delete_with_its_slot(connectors):
    """Whatever stands in the way is found before anything is deleted."""
    flow = connectors.flow
    connectors("register")
    wrong = re.sub(r"://(\w+):[^@]+@", r"://\1:not-this-one@", flow.source_url)
    assert "password" in connectors("delete", connectors.name, "--drop-slot", source=wrong, code=1).stderr
    elsewhere = flow.source_url.rsplit("/", 1)[0] + "/nowhere"
    assert "nowhere" in connectors("delete", connectors.name, "--drop-slot", source=elsewhere, code=1).stderr
    flow.psql(f"create role owner_{flow.id} superuser; alter publication {connectors.slot} owner to owner_{flow.id}; "
              f"create role reader_{flow.id} login replication password 'reader'")
    reader = re.sub(r"://\w+:[^@]+@", f"://reader_{flow.id}:reader@", flow.source_url)
    try:
        outcome = connectors("delete", connectors.name, "--drop-slot", source=reader, code=1)
        assert "nothing was deleted" in outcome.stderr and f"owner_{flow.id}" in outcome.stderr
        assert connectors.state() == "RUNNING" and connectors.at_source() == ("1", "1")
        outcome = connectors("delete", connectors.name, "--drop-slot")
        assert not connectors.exists() and connectors.at_source() == ("0", "0"), outcome
        assert f"{connectors.name}: deleted" in outcome.stdout
    finally:
        flow.psql(f"drop publication if exists {connectors.slot}; drop role owner_{flow.id}, reader_{flow.id}")


def test_delete_goes_on_where_it_failed(connectors):
    flow = connectors.flow
    connectors("register")
    flow.psql("create function refuse() returns event_trigger language plpgsql as $$ begin raise 'not on a Tuesday'; end $$; "
              "create event trigger refuse on ddl_command_start when tag in ('DROP PUBLICATION') execute function refuse()")
    outcome = connectors("delete", connectors.name, "--drop-slot", code=1)
    assert "not on a Tuesday" in outcome.stderr and "the same command goes on from here" in outcome.stderr
    assert connectors.exists() and connectors.at_source() == ("0", "1")
    flow.psql("drop event trigger refuse")
    connectors("delete", connectors.name, "--drop-slot")
    assert not connectors.exists() and connectors.at_source() == ("0", "0")


def test_the_port_alone_finds_connect(flow):
    """Typed, it counts more than an address that a file has."""
    (flow.folder / "pintail.toml").write_text('[connect]\nurl = "http://127.0.0.1:1"\n')
    assert run_pintail("connectors", "list", cwd=flow.folder).code == 1
    outcome = run_pintail("connectors", "list", "--connect-port", flow.stack.connect.port, cwd=flow.folder)
    assert outcome.code == 0, outcome


@pytest.mark.parametrize("command", ["register", "list", "status", "restart", "delete"])
def test_every_command_that_asks_connect_takes_its_port(command, folder):
    assert "--connect-port" in run_pintail("connectors", command, "--help", cwd=folder).stdout
