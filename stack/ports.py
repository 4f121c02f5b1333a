"""Which ports the servers listen on."""

import random
import socket

from stack.errors import StackError

HOST = "127.0.0.1"

# The kernel gives ports from 32768 on to outgoing connections; below 15000 live the well-known ones.
FREE_RANGE = range(15000, 30000)

ENV_KEYS = {
    "postgres": "POSTGRES_PORT",
    "kafka": "KAFKA_EXTERNAL_PORT",
    "controller": "KAFKA_CONTROLLER_PORT",
    "connect": "KAFKA_CONNECT_PORT",
    "zookeeper": "ZOOKEEPER_PORT",
}


class Reservation:
    """A port that no other Stack picks as long as this object lives, even while its server is down.

    An abstract unix socket named after the port is the token: it needs no file and goes when its process does.
    """

    def __init__(self, port):
        self.port = port
        self.token_ = socket.socket(socket.AF_UNIX)
        try:
            self.token_.bind(f"\0pintail-stack-port-{port}")
        except OSError:
            self.token_.close()
            raise

    def release(self):
        self.token_.close()


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def reserve(port):
    """A reservation of this port, or None when somebody else has it."""
    try:
        reservation = Reservation(port)
    except OSError:
        return None
    if is_free(port):
        return reservation
    reservation.release()
    return None


def reserve_any():
    for port in random.sample(FREE_RANGE, 200):
        if reservation := reserve(port):
            return reservation
    raise StackError(f"no free port between {FREE_RANGE.start} and {FREE_RANGE.stop}")


def from_settings(values):
    """The ports .env names. Whether they are free shows when the server is about to start."""
    ports = {}
    for name, key in ENV_KEYS.items():
        if not values.get(key, "").isdigit():
            raise StackError(f"{key} must be a port number in .env (see .env.example)")
        ports[name] = int(values[key])
    return ports


def check_free(name, port):
    if not is_free(port):
        raise StackError(f"port {port} for {name} is in use; set another {ENV_KEYS[name]} in .env, or use --ports free")
