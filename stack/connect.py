"""Kafka Connect with Debezium, exactly-once switched on."""

import json
import time
import urllib.error
import urllib.request

from stack.errors import StackError
from stack.jvm import java, write_properties
from stack.ports import HOST
from stack.server import Server

HEAP_MIB = 768
# A worker that was killed is a member of its group for some time, and JVMs start slowly where much else runs.
CONNECTOR_TIMEOUT_SECONDS = 180


class Connect(Server):
    name = "connect"
    needs = ("kafka",)

    def __init__(self, context, kafka):
        super().__init__(context)
        self.kafka_ = kafka
        self.credentials_file = context.dir / "config" / "credentials.properties"

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    def command(self):
        self.context.account.write(self.credentials_file, "".join(
            f"{key}={value}\n" for key, value in self.environment().items()))
        config = write_properties(self.context, "connect.properties", self.properties())
        return java(self.context, HEAP_MIB, self.context.kafka_jars,
                    "org.apache.kafka.connect.cli.ConnectDistributed", config)

    def environment(self):
        """What connectors may refer to as ${env:...}."""
        credentials = self.context.credentials
        return {"POSTGRES_HOST": HOST, "POSTGRES_PORT": str(self.context.ports["postgres"]),
                "POSTGRES_USER": credentials.user, "POSTGRES_PASSWORD": credentials.password,
                "POSTGRES_DB": credentials.database}

    def properties(self):
        settings = self.context.settings
        if not self.context.debezium.is_dir():
            raise StackError(f"{self.context.debezium} is missing: run scripts/bootstrap stack")
        return {
            "bootstrap.servers": self.kafka_.bootstrap,
            "group.id": settings["CONNECT_GROUP_ID"],
            "listeners": self.url,
            "rest.advertised.host.name": HOST,
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "config.storage.topic": settings["CONNECT_CONFIG_TOPIC"],
            "config.storage.replication.factor": 1,
            "offset.storage.topic": settings["CONNECT_OFFSET_TOPIC"],
            "offset.storage.replication.factor": 1,
            "offset.storage.partitions": 1,
            "status.storage.topic": settings["CONNECT_STATUS_TOPIC"],
            "status.storage.replication.factor": 1,
            "status.storage.partitions": 1,
            "exactly.once.source.support": "enabled",
            "connector.client.config.override.policy": "All",
            "config.providers": "env,file",
            "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
            "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
            "offset.flush.interval.ms": 1000,
            # A worker that comes back gets its tasks at once, not after five minutes.
            "scheduled.rebalance.max.delay.ms": 0,
            "plugin.path": self.context.debezium,
            # Both Debeziums say what they are in META-INF/services, so no jar needs to be searched.
            "plugin.discovery": "service_load",
        }

    def answers(self):
        """The list of connectors goes through the worker's own queue: it comes once the worker is a member of its group."""
        try:
            self.request("GET", "/connectors", timeout=5)
        except (OSError, ValueError):
            return False
        return True

    def request(self, method, path, body=None, timeout=120):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        # An http_proxy of the caller's environment is not for 127.0.0.1.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=timeout) as response:
            text = response.read()
        return json.loads(text) if text else None

    def put(self, name, config, wait=True):
        try:
            self.request("PUT", f"/connectors/{name}/config", config)
        except urllib.error.HTTPError as error:
            raise StackError(f"Connect refuses connector {name}: {error.read().decode()}") from error
        if wait:
            self.wait_running(name)

    def delete(self, name):
        self.request("DELETE", f"/connectors/{name}")

    def wait_running(self, name, timeout=CONNECTOR_TIMEOUT_SECONDS):
        deadline, state = time.monotonic() + timeout, {}
        while time.monotonic() < deadline:
            state = self.state_of(name)
            parts = [state.get("connector", {}), *state.get("tasks", [])]
            if len(parts) > 1 and all(part.get("state") == "RUNNING" for part in parts):
                return
            if failed := [part for part in parts if part.get("state") == "FAILED"]:
                raise StackError(f"connector {name} failed: {failed[0].get('trace', '')[:2000]}")
            time.sleep(0.1)
        raise StackError(f"connector {name} is not running after {timeout} s: {json.dumps(state)[:2000]}")

    def state_of(self, name):
        """Its status; empty as long as Connect has none, or rebalances (409)."""
        try:
            return self.request("GET", f"/connectors/{name}/status")
        except urllib.error.HTTPError as error:
            if error.code in (404, 409, 500, 503):
                return {}
            raise
