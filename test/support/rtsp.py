"""A small RTSP server (RFC 2326): one JPEG picture again and again (RFC 2435) over TCP."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

from support.pictures import HEIGHT
from support.pictures import WIDTH
from support.pictures import picture

RTP_JPEG = 26
RTP_CLOCK_HZ = 90_000
PERIOD_S = 0.05
MAX_PAYLOAD_B = 1200
SDP = f'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP {RTP_JPEG}\r\n'


def _segments(jpeg: bytes) -> tuple[bytes, bytes]:
    """Return the quantisation tables (128 bytes) and the entropy-coded data of a JPEG file."""
    tables, at = b'', 2
    while True:
        marker, length = struct.unpack_from('>HH', jpeg, at)
        body = jpeg[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xFFDB:
            # Each table of 64 numbers has a byte before it.
            tables += b''.join(body[start + 1 : start + 65] for start in range(0, len(body), 65))
        if marker == 0xFFDA:
            return tables, jpeg[at:-2]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Answer until PLAY, then send pictures."""
        while True:
            request = self.rfile.readline().decode().split()
            headers = {}
            while line := self.rfile.readline().decode().strip():
                name, _, value = line.partition(':')
                headers[name.lower()] = value.strip()
            if not request:
                return
            self._reply(request[0], headers)
            if request[0] == 'PLAY':
                self._play()
                return

    def _reply(self, method: str, headers: dict[str, str]) -> None:
        lines = ['RTSP/1.0 200 OK', f'CSeq: {headers["cseq"]}', 'Session: 1']
        body = ''
        if method == 'OPTIONS':
            lines.append('Public: DESCRIBE, SETUP, PLAY, TEARDOWN')
        if method == 'DESCRIBE':
            body = SDP
            lines += ['Content-Type: application/sdp', f'Content-Length: {len(body)}']
        if method == 'SETUP':
            lines.append(f'Transport: {headers["transport"]}')
        self.wfile.write(('\r\n'.join(lines) + '\r\n\r\n' + body).encode())

    def _play(self) -> None:
        jpeg = cv2.imencode('.jpg', picture('blue'))[1].tobytes()
        tables, scan = _segments(jpeg)
        sequence = timestamp = 0
        while not self.server.ending.wait(PERIOD_S):
            timestamp += round(PERIOD_S * RTP_CLOCK_HZ)
            for offset in range(0, len(scan), MAX_PAYLOAD_B):
                part = scan[offset : offset + MAX_PAYLOAD_B]
                last = offset + len(part) == len(scan)
                # Type 1: 4:2:0; Q 255: the tables come along with the first packet.
                payload = struct.pack('>IBBBB', offset, 1, 255, WIDTH // 8, HEIGHT // 8)
                if offset == 0:
                    payload += struct.pack('>BBH', 0, 0, len(tables)) + tables
                kind = RTP_JPEG | (0x80 if last else 0)
                packet = struct.pack('>BBHII', 0x80, kind, sequence, timestamp, 1) + payload + part
                sequence = (sequence + 1) % 2**16
                try:
                    self.wfile.write(struct.pack('>cBH', b'$', 0, len(packet)) + packet)
                except OSError:
                    return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.ending = threading.Event()
        super().__init__(('127.0.0.1', 0), _Handler)


@contextmanager
def rtsp_server() -> Iterator[str]:
    """Serve a blue picture over RTSP until the end of the block."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.05})
        thread.start()
        try:
            yield f'rtsp://127.0.0.1:{server.server_address[1]}/camera'
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()
