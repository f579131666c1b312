"""`python -m rag.cli` is `dateline`, before it is installed as well."""

from rag.cli import app

app(prog_name="dateline")
