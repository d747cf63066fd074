"""Who sees what: pools and the lineups drawn from them. Pure: no I/O, no clock, seeded hashing only."""
