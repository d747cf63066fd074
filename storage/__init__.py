"""What is remembered: records, objects and the catalogue."""
