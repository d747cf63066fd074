"""Real players, driven without a screen, and the judgement of what they showed."""
