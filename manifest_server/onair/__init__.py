"""What is on air: stored records made ready for playout, and remembered in this process."""
