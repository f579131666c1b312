"""The command line."""

from rag.cli.app import app

__all__ = ["app"]
