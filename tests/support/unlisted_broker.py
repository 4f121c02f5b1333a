"""A broker as its clients see it: a way to it that can be cut, and that can leave the broker out of its own metadata.

So answers one that has just come back, until its cluster has admitted it (KRaft calls it fenced). Frames as in
https://kafka.apache.org/protocol: a size, then for requests the API's key, its version and a correlation id, which the
answer begins with.
"""

import socket
import struct
import threading

METADATA, METADATA_VERSIONS = 3, range(9, 14)
FIND_COORDINATOR, FIND_COORDINATOR_VERSIONS = 10, range(0, 3)
EMPTY_ARRAY = b"\x01"  # compact arrays give their length + 1


class UnlistedBroker:
    def __init__(self, host, port):
        self.host_, self.broker_ = host, (host, port)
        self.unlisted_ = False
        self.answered_without_ = threading.Event()
        self.sockets_ = set()
        self.listener_ = None
        self.open_(0)
        self.port_ = self.listener_.getsockname()[1]

    @property
    def bootstrap(self):
        return f"{self.host_}:{self.port_}"

    def cut(self):
        """Ends all connections and refuses new ones."""
        listener, self.listener_ = self.listener_, None
        # close() alone leaves a thread that waits in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in list(self.sockets_):
            close(one)

    def come_back_unlisted(self, patience_seconds=60):
        """Returns when a client was told that there is no broker."""
        self.unlisted_ = True
        self.answered_without_.clear()
        self.open_(self.port_)
        assert self.answered_without_.wait(patience_seconds), "no client asked for the brokers"

    def list(self):
        self.unlisted_ = False

    def close(self):
        if self.listener_:
            self.cut()

    def open_(self, port):
        self.listener_ = socket.create_server((self.host_, port))
        threading.Thread(target=self.accept_, args=[self.listener_], daemon=True).start()

    def accept_(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            broker = socket.create_connection(self.broker_)
            self.sockets_ |= {client, broker}
            asked = {}  # correlation id -> API, of requests whose answers name brokers
            self.pump_(client, broker, lambda frame, asked=asked: note_request(frame, asked))
            self.pump_(broker, client, lambda frame, asked=asked: self.answer_(frame, asked))

    def pump_(self, source, sink, change):
        threading.Thread(target=pump, args=[source, sink, change], daemon=True).start()

    def answer_(self, frame, asked):
        number = struct.unpack_from(">i", frame)[0]
        api = asked.pop(number, None)
        if api == FIND_COORDINATOR:
            return frame[:-4] + struct.pack(">i", self.port_)
        if api != METADATA:
            return frame
        changed = with_brokers(frame, None if self.unlisted_ else self.port_)
        if self.unlisted_:
            self.answered_without_.set()
        return changed


def note_request(frame, asked):
    api, version, number = struct.unpack_from(">hhi", frame)
    if api == METADATA or api == FIND_COORDINATOR:
        assert version in (METADATA_VERSIONS if api == METADATA else FIND_COORDINATOR_VERSIONS), f"another form: {version}"
        asked[number] = api
    return frame


def with_brokers(frame, port):
    """The answer with `port` for each broker's; without brokers when it is None."""
    start = 4 + 1 + 4  # correlation id, no tagged fields, throttle time
    length, place = varint(frame, start)
    kept = bytearray(frame[:place])
    for _ in range(length - 1):
        begin = place
        _, place = compact_string(frame, place + 4)
        kept += frame[begin:place] + struct.pack(">i", port or 0)
        begin = place + 4
        _, place = compact_string(frame, begin)  # the rack
        assert frame[place] == 0, "tagged fields of a broker"
        place += 1
        kept += frame[begin:place]
    return bytes(kept if port else frame[:start] + EMPTY_ARRAY) + frame[place:]


def varint(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place


def compact_string(data, place):
    length, place = varint(data, place)
    return data[place:place + max(length - 1, 0)], place + max(length - 1, 0)


def pump(source, sink, change):
    try:
        while size := read(source, 4):
            frame = change(read(source, struct.unpack(">i", size)[0]))
            sink.sendall(struct.pack(">i", len(frame)) + frame)
    except OSError:
        pass
    close(source)
    close(sink)


def read(source, size):
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            return b""
        data += more
    return data


def close(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
