"""Continuity: transport streams made apart that can follow each other. Pure. ISO 13818-1, 2.4.3.

Every PID counts its packets modulo 16, and a player takes a gap for loss. The parts of an asset are made at the same
time, so none can know where the one before it ends: each ends at 15, and the next begins at 0.
"""

from packager.boxes import Malformed
from packager.tsfile import PACKET, check_packets, packet_numbers

LAST = 15

_START, _FIELD, _PAYLOAD = 0x40, 0x20, 0x10
_STUFFING = b"\xff"


def ended(data: bytes) -> bytes:
    """The segment with each PID's last counter 15: tables are repeated, and packets split in two, as often as needed.

    Raises Malformed.
    """
    check_packets(data)
    packets = [[data[at : at + PACKET]] for at in range(0, len(data), PACKET)]
    for numbers in packet_numbers(data).values():
        own = [number for number in numbers if packets[number][0][3] & _PAYLOAD]
        if not own:
            continue
        first, last = (packets[number][0] for number in (own[0], own[-1]))
        wanted = (LAST - last[3]) % 16
        if _payload(first).startswith(b"\0\0\1"):
            _split(packets, own, wanted)
        else:
            packets[own[-1]] += [last] * wanted
        _count(packets, numbers, first[3] % 16)
    return b"".join(packet for group in packets for packet in group)


def counters(data: bytes) -> dict[int, tuple[int, int]]:
    """The first and the last counter of each PID. Raises Malformed when one does not go on from packet to packet."""
    check_packets(data)
    found = {}
    for pid, numbers in packet_numbers(data).items():
        seen = [data[number * PACKET + 3] & 0x0F for number in numbers if data[number * PACKET + 3] & _PAYLOAD]
        if seen:
            wanted = [(seen[0] + step) % 16 for step in range(len(seen))]
            if seen != wanted:
                raise Malformed(f"the counter of PID {pid} is not continuous")
            found[pid] = seen[0], seen[-1]
    return found


def _split(packets: list[list[bytes]], own: list[int], wanted: int) -> None:
    """Make `wanted` more of the packets `own`, of the last ones that can be split."""
    for number in reversed(own):
        (packet,) = packets[number]
        payload = _payload(packet)
        # A PES header stays in one packet, as readers expect. One silent audio frame has 13 bytes after it.
        kept = 9 + payload[8] if packet[1] & _START and len(payload) > 8 else 1
        more = min(wanted, max(0, len(payload) - kept))
        if more:
            size = min(len(payload) // (more + 1), (len(payload) - kept) // more)
            at = len(payload) - more * size
            rest = [payload[start : start + size] for start in range(at, len(payload), size)]
            packets[number] = [_packet(packet, _field(packet), payload[:at])]
            packets[number] += [_packet(_continued(packet), b"", piece) for piece in rest]
            wanted -= more
    if wanted:
        raise Malformed("too little in a segment to split")


def _count(packets: list[list[bytes]], numbers: list[int], counter: int) -> None:
    """Number the packets anew, from `counter`; those without payload have that of the one before them."""
    counter -= 1
    for number in numbers:
        for place, packet in enumerate(packets[number]):
            counter += 1 if packet[3] & _PAYLOAD else 0
            packets[number][place] = packet[:3] + bytes([packet[3] & 0xF0 | counter % 16]) + packet[4:]


def _field(packet: bytes) -> bytes:
    """The adaptation field without its length; empty without one."""
    return packet[5 : 5 + packet[4]] if packet[3] & _FIELD else b""


def _payload(packet: bytes) -> bytes:
    return packet[4 + (1 + packet[4] if packet[3] & _FIELD else 0) :] if packet[3] & _PAYLOAD else b""


def _continued(packet: bytes) -> bytes:
    """The header for more of the same."""
    return packet[:1] + bytes([packet[1] & ~_START]) + packet[2:4]


def _packet(header: bytes, field: bytes, payload: bytes) -> bytes:
    """A packet of `payload`, filled up by its adaptation field."""
    room = PACKET - 4 - len(payload)
    flags = header[3] & 0x0F | _PAYLOAD | (_FIELD if room else 0)
    start = header[:3] + bytes([flags])
    if not room:
        return start + payload
    content = (field or b"\0")[: room - 1].ljust(room - 1, _STUFFING)
    return start + bytes([room - 1]) + content + payload
