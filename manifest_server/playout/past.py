"""How much of the past a playlist lists beyond the ordinary: in steps, so that caches share. Pure."""

STEPS_S = (600, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400)


def step_s(back_s: int, timeshift_s: int) -> int:
    """The step that holds what somebody wants of the past, as far as a channel lets them go back; 0: none."""
    wanted = min(back_s, timeshift_s)
    return next((step for step in STEPS_S if step >= wanted), STEPS_S[-1]) if wanted > 0 else 0
