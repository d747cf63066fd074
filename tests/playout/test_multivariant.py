from fractions import Fraction

from manifest_server.playout.multivariant import Pathway, Steering, Variant, multivariant

VARIANTS = [
    Variant("cmaf-720p", "avc1.640020,mp4a.40.2", 1280, 720, Fraction(30000, 1001), 3_000_000, 2_000_000),
    Variant("cmaf-240p", "avc1.4D401E,mp4a.40.2", 426, 240, Fraction(25), 500_000, 300_000),
]


def test_separate_audio_is_a_group_of_its_own() -> None:
    got = multivariant("cmaf", VARIANTS, "cmaf-audio", 13 * 90_000 + 9_000, lambda name: f"../x/{name}.m3u8")
    assert (
        got
        == """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=-13.100,PRECISE=YES
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Main",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",\
URI="../x/cmaf-audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.640020,mp4a.40.2",\
RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"
../x/cmaf-720p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.4D401E,mp4a.40.2",\
RESOLUTION=426x240,FRAME-RATE=25.000,AUDIO="audio"
../x/cmaf-240p.m3u8
"""
    )


def test_muxed_audio_has_no_group() -> None:
    got = multivariant("ts", VARIANTS[1:], None, 12 * 90_000, lambda name: name)
    assert (
        got
        == """\
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=-12.000,PRECISE=YES
#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.4D401E,mp4a.40.2",\
RESOLUTION=426x240,FRAME-RATE=25.000
cmaf-240p
"""
    )


def test_each_pathway_has_all_renditions_and_an_audio_group_of_its_own() -> None:
    ways = (Pathway("east", "https://east.example"), Pathway("west", "http://west.example:81/tv"))
    steering = Steering("steering.json", ways)
    got = multivariant("cmaf", VARIANTS[1:], "cmaf-audio", 12 * 90_000, lambda name: f"/x/{name}.m3u8?t=1", steering)
    assert (
        got
        == """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=-12.000,PRECISE=YES
#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="east"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-east",NAME="Main",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",\
URI="https://east.example/x/cmaf-audio.m3u8?t=1"
#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.4D401E,mp4a.40.2",\
RESOLUTION=426x240,FRAME-RATE=25.000,AUDIO="audio-east",PATHWAY-ID="east"
https://east.example/x/cmaf-240p.m3u8?t=1
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio-west",NAME="Main",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",\
URI="http://west.example:81/tv/x/cmaf-audio.m3u8?t=1"
#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.4D401E,mp4a.40.2",\
RESOLUTION=426x240,FRAME-RATE=25.000,AUDIO="audio-west",PATHWAY-ID="west"
http://west.example:81/tv/x/cmaf-240p.m3u8?t=1
"""
    )
