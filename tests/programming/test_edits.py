from manifest_server.programming.edits import horizon


def test_the_horizon_is_past_every_edge_within_the_margin() -> None:
    assert horizon(100, lookahead=16, margin=4) == 120
