"""The tables of a library's SQLite file, the number of their format, and how an older one is brought up to it."""

from __future__ import annotations

FORMAT = 3  # 2 added the articles' pages and language, 3 their signatures
# Porter folding finds "travels" for "travelled"; the folding of accents finds "Erdogan" for "Erdoğan".
TOKENIZER = "porter unicode61 remove_diacritics 2"

# Chunk numbers are never used twice, so a vector index may lag behind and still name the right chunk.
# The word index holds no text of its own: an article's text is stored once, its chunks are spans of it.
TABLES = f"""
CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    published TEXT NOT NULL,
    url TEXT NOT NULL,
    provenance TEXT NOT NULL,
    boilerplate TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]',
    language TEXT NOT NULL DEFAULT '',
    signature BLOB,
    heading TEXT NOT NULL,
    basis TEXT NOT NULL,
    made TEXT NOT NULL
);
CREATE TABLE texts (article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, text TEXT NOT NULL);
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    sidecar TEXT NOT NULL,
    article INTEGER REFERENCES articles,
    reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX files_article ON files (article);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL
);
CREATE INDEX chunks_article ON chunks (article);
CREATE TABLE vectors (chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, vector BLOB NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(title, text, content='', tokenize='{TOKENIZER}');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
CREATE TABLE generations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    last_chunk INTEGER NOT NULL,
    size INTEGER NOT NULL
);
"""
# What brings a library of one format to the next; instant, since no row is rewritten.
MIGRATIONS = {
    1: (
        "ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE articles ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    ),
    2: ("ALTER TABLE articles ADD COLUMN signature BLOB",),  # filled by the next sync, from the stored texts
}
