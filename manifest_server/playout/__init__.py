"""The core: a playlist as a pure function of lineup, rendition and time. No I/O, no clock."""
