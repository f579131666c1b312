"""The chat page: what it shows, and what keeps it on this machine."""
