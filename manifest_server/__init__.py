"""From a request to a playlist."""
