"""The verbs of running a channel, called by the command line and the API."""
