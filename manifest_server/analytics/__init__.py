"""What players tell of themselves: taken, counted, and made into figures."""
