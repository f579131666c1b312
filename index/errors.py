"""Everything that can go wrong, as one tree.

DatelineError
├── WeightsError     a weights file is missing, damaged, or no source answers
├── ArticleError     one file cannot be read as an article (it is skipped, with this reason)
├── LibraryError     the library cannot be opened, written or trusted
├── QuestionError    the question itself cannot be answered as put
└── ModelError       the answering model cannot be loaded or failed while writing

Every message says what happened, with the value, and what to do next.
"""


class DatelineError(Exception):
    """Base of every error that a reader can do something about."""


class WeightsError(DatelineError):
    """A weights file is missing, damaged, or no source answers."""


class ArticleError(DatelineError):
    """One file cannot be read as an article."""


class LibraryError(DatelineError):
    """The library cannot be opened, written or trusted."""


class QuestionError(DatelineError):
    """The question cannot be answered as put."""


class ModelError(DatelineError):
    """The answering model cannot be loaded or failed while writing."""
