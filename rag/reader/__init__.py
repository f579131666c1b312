"""The reader's weights, and how they are made."""
