"""Sends IPv4 UDP datagrams from addresses that are not its own, for tests, in a network namespace that the test made.

flood.py INTERFACE DESTINATION PORT SOURCE COUNT PACKETS_PER_SECOND SECONDS PAYLOAD_HEX RANDOM_AT RANDOM_LENGTH [GATEWAY]

Sources are COUNT addresses from SOURCE on. Of the payload, RANDOM_LENGTH octets from RANDOM_AT on differ from packet to packet.
Without GATEWAY, the destination is on the interface's own network.
Prints how many it sent, and how many a second.
"""

import ipaddress
import os
import random
import socket
import struct
import subprocess
import sys
import time

# So many different packets are made beforehand, and so many sent before the clock is looked at.
PACKETS = 8192
BATCH = 64


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def neighbor(interface: str, address: str) -> bytes:
    """The link-layer address that the kernel knows or finds out."""
    for _ in range(50):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (address, 9))
        shown = subprocess.run(["ip", "neigh", "show", address, "dev", interface], capture_output=True, text=True, check=True)
        words = shown.stdout.split()
        if "lladdr" in words:
            return bytes.fromhex(words[words.index("lladdr") + 1].replace(":", ""))
        time.sleep(0.1)
    sys.exit(f"flood: {address} does not answer at {interface}")


def packet(link: bytes, destination: bytes, port: int, source: bytes, payload: bytes, number: int) -> bytes:
    udp = struct.pack(">HHHH", 1024 + number * 7919 % 60000, port, 8 + len(payload), 0) + payload
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 64, 17, 0, source, destination)
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return link + header + udp


def main() -> None:
    interface, to, port, first, count, rate, seconds, payload, *more = sys.argv[1:]
    at, length, gateway = int(more[0]), int(more[1]), more[2] if len(more) > 2 else to
    own = bytes.fromhex(open(f"/sys/class/net/{interface}/address", encoding="ascii").read().strip().replace(":", ""))
    link = neighbor(interface, gateway) + own + b"\x08\x00"
    base, body = int(ipaddress.ip_address(first)), bytes.fromhex(payload)
    packets = []
    for number in range(PACKETS):
        source = ipaddress.ip_address(base + number * int(count) // PACKETS).packed
        varied = body[:at] + os.urandom(length) + body[at + length :]
        packets.append(packet(link, ipaddress.ip_address(to).packed, int(port), source, varied, number))
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((interface, 0))
    sender.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
    random.shuffle(packets)
    batches = [packets[start : start + BATCH] for start in range(0, PACKETS, BATCH)]
    send, sent, begun = sender.send, 0, time.monotonic()
    while (elapsed := time.monotonic() - begun) < float(seconds):
        if sent > float(rate) * elapsed:
            time.sleep(0.0005)
            continue
        try:
            for each in batches[sent // BATCH % len(batches)]:
                send(each)
        except OSError:
            pass  # The other end is full.
        sent += BATCH
    print(sent, round(sent / (time.monotonic() - begun)))


main()
