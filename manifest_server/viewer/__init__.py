"""The doors that players come through."""
