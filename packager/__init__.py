"""From an upload to an asset."""
