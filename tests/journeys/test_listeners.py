"""The sockets of one port: shared among our processes, with nobody else, and emptied before they are closed."""

import os
import select
import socket
from collections.abc import Iterator

import pytest

from storage.errors import BadInput, Unavailable
from storage.settings import Settings
from streamsync.listeners import has_unread, listen, listening, refuse_new, waiting

from .processes import linux_only, no_more_files
from .program import free_port

pytestmark = linux_only


@pytest.fixture
def settings() -> Settings:
    return Settings(port=free_port())


@pytest.fixture
def listeners(settings: Settings) -> Iterator[list[socket.socket]]:
    with listening(settings, 3) as made:
        yield made


def connected(settings: Settings) -> socket.socket:
    return socket.create_connection((settings.host, settings.port))


def accepted(listeners: list[socket.socket]) -> list[list[socket.socket]]:
    return [list(waiting(one)) for one in listeners]


def test_all_of_a_port_get_a_share(settings: Settings, listeners: list[socket.socket]) -> None:
    clients = [connected(settings) for _ in range(120)]
    shares = accepted(listeners)
    assert sum(map(len, shares)) == 120
    assert min(map(len, shares)) > 10  # by chance once in ten million times
    for one in [*clients, *(one for share in shares for one in share)]:
        one.close()


@pytest.mark.parametrize("count", [1, 2])
def test_nobody_shares_the_port_with_another_server(
    settings: Settings, listeners: list[socket.socket], count: int
) -> None:
    with pytest.raises(Unavailable, match=f"cannot listen on 127.0.0.1:{settings.port}: Address already in use"):
        listen(settings, count)
    with connected(settings):  # and the first server is as it was
        (connection,) = (one for share in accepted(listeners) for one in share)
        connection.close()


@pytest.mark.parametrize("count", [1, 2])
def test_a_host_that_is_none_is_refused(count: int) -> None:
    with pytest.raises(BadInput, match="STREAMSYNC_HOST='nowhere\\.invalid'"):
        listen(Settings(host="nowhere.invalid"), count)


def test_who_is_in_a_queue_is_not_lost_when_its_listener_is_closed(
    settings: Settings, listeners: list[socket.socket]
) -> None:
    early = [connected(settings) for _ in range(20)]
    for client in early:
        client.sendall(b"ask")
    refuse_new(listeners)
    with socket.socket() as late:
        late.setblocking(False)
        late.connect_ex((settings.host, settings.port))
        found = [one for share in accepted(listeners) for one in share]
        assert len(found) == 20
        assert accepted(listeners) == [[], [], []]  # the late one is in no queue
        for listener in listeners:
            listener.close()
    for connection in found:
        assert has_unread(connection.fileno())
        assert connection.recv(10) == b"ask"
        assert not has_unread(connection.fileno())
        connection.sendall(b"told")
        connection.close()
    for client in early:
        select.select([client], [], [])
        assert client.recv(10) == b"told"
        client.close()


def test_of_a_queue_none_is_taken_when_there_are_no_descriptors(
    settings: Settings, listeners: list[socket.socket]
) -> None:
    clients = [connected(settings) for _ in range(60)]
    with no_more_files(os.getpid()):
        assert accepted(listeners) == [[], [], []]
    shares = accepted(listeners)
    assert sum(map(len, shares)) == 60
    for one in [*clients, *(one for share in shares for one in share)]:
        one.close()


def test_what_is_closed_has_nothing_unread() -> None:
    with socket.socket() as one:
        descriptor = one.fileno()
    assert not has_unread(descriptor)
