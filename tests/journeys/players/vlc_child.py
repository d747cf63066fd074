"""The process that VLC plays in: one JSON line per picture on stdout, and one with the state at the end.

Run as a module: URL, seconds from the first picture, seconds to wait for that one.
"""

import ctypes
import json
import sys
import time
from threading import Event

import vlc

from .barcode import read

WIDTH, HEIGHT = 426, 240
OPTIONS = (
    "--aout=dummy",
    "--avcodec-hw=none",
    "--no-video-title-show",
    "--no-xlib",
    "--no-spu",
    "--no-osd",
    "--verbose=0",
)


def main(url: str, seconds: float, start_timeout_s: float) -> None:
    """Play, and write what is shown."""
    luma, chroma = ctypes.create_string_buffer(WIDTH * HEIGHT), ctypes.create_string_buffer(WIDTH * HEIGHT)
    started = Event()

    def lock(_opaque: int, planes: ctypes.Array[ctypes.c_void_p]) -> None:
        # I420, as decoded, and not GREY: VLC builds a slow chain of converters for that.
        for plane, buffer in enumerate((luma, chroma, chroma)):
            planes[plane] = ctypes.cast(buffer, ctypes.c_void_p)

    def display(_opaque: int, _picture: int) -> None:
        # VLC calls at the instant that the picture is due, and fills the buffer for the next one only after.
        mark = read(memoryview(luma).cast("B"), WIDTH, HEIGHT)
        named: dict[str, object] = {} if mark is None else {"asset": mark.asset, "frame": mark.frame}
        write({"wall_ms": time.time() * 1000, **named})
        started.set()

    # Held until the end: libvlc keeps only their addresses.
    callbacks = (
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))(lock),
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(display),
    )
    player = vlc.Instance(*OPTIONS).media_player_new()
    vlc.libvlc_video_set_callbacks(player, callbacks[0], None, callbacks[1], None)
    player.video_set_format("I420", WIDTH, HEIGHT, WIDTH)
    media = player.get_instance().media_new(url)
    player.set_media(media)
    player.play()
    if started.wait(start_timeout_s):
        time.sleep(seconds)
    ended_ms, state, stats = time.time() * 1000, str(player.get_state()), vlc.MediaStats()
    media.get_stats(stats)
    write({"ended_ms": ended_ms, "state": state.removeprefix("State."), "lost_pictures": stats.lost_pictures})


def write(line: dict[str, object]) -> None:
    """Write one JSON line, at once: the process may end at any time."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
