"""Tone mapping: HDR (PQ, HLG) to the BT.709 of every asset, as filters of plain ffmpeg. Pure.

ffmpeg's `scale` converts HDR exactly up to reference white and clips what is brighter; its "perceptual"
intent keeps all of it but, without mastering data, leaves room for 10,000 nits and shows white as grey. So the
highlights are first bent down by the knee of ITU-R BT.2390, from 1,000 nits to reference white.
"""

# The PQ code (SMPTE ST 2084, 0 to 1) of 1,000 nits: brighter is clipped, and hardly any film goes there.
_PEAK = 0.751827
# Reference white, 203 nits (ITU-R BT.2408), over the peak; and where the knee begins (BT.2390, 5.4.1).
_WHITE = 0.580689 / _PEAK
_KNEE = 1.5 * _WHITE - 0.5


def filters(width: int, height: int) -> tuple[tuple[str, dict[str, str | int]], ...]:
    """The filters, with their options, that give the picture in BT.709 and `width` x `height`."""
    curve = _curve()
    return (
        # HLG becomes PQ here, so one curve serves both; done at the largest rung, not at the source's size.
        (
            "scale",
            {"w": width, "h": height, "out_transfer": "smpte2084", "out_primaries": "bt2020", "out_range": "pc"},
        ),
        ("format", {"pix_fmts": "gbrp12"}),
        ("lutrgb", {"r": curve, "g": curve, "b": curve}),
        (
            "scale",
            {
                "in_transfer": "smpte2084",
                "in_primaries": "bt2020",
                "out_transfer": "bt709",
                "out_primaries": "bt709",
                "out_color_matrix": "bt709",
                "out_range": "tv",
                "intent": "relative_colorimetric",
            },
        ),
        ("format", {"pix_fmts": "yuv420p"}),
    )


def _curve() -> str:
    """BT.2390's EETF as an expression of ffmpeg: straight up to the knee, then a cubic that ends level."""
    t = f"((ld(0)-{_KNEE:.6f})/{1 - _KNEE:.6f})"
    cubic = (
        f"(2*pow(ld(1),3)-3*pow(ld(1),2)+1)*{_KNEE:.6f}"
        f"+(pow(ld(1),3)-2*pow(ld(1),2)+ld(1))*{1 - _KNEE:.6f}"
        f"+(3*pow(ld(1),2)-2*pow(ld(1),3))*{_WHITE:.6f}"
    )
    code = f"st(0,clip(val/maxval/{_PEAK},0,1))"
    return f"{code};if(lt(ld(0),{_KNEE:.6f}),val,st(1,{t});maxval*{_PEAK}*({cubic}))"
