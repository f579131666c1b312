"""One real article in every format that is read, made by the formats' own libraries."""

from __future__ import annotations

import io
import json
import zipfile
from email.message import EmailMessage

import docx
from fpdf import FPDF

TITLE = "Oslo opens its bridge"
OUTLET = "The Fjord Post"
BODY = (
    "The mayor of Oslo opened the long awaited bridge over the fjord on Thursday morning. "
    "It cost 70 million crowns and took four years to build, twice as long as was planned.",
    "Thousands of people walked across before the first tram followed at noon. "
    "The tram company expects nine thousand passengers a day by the end of the year.",
)
URL = "https://fjord.example/bridge"
HTML = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} | {OUTLET}</title>
<meta property="og:site_name" content="{OUTLET}"><link rel="canonical" href="{URL}">
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle",
"headline": "{TITLE}", "datePublished": "2023-09-14T08:00:00Z"}}</script></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>{TITLE}</h1>
<p>{BODY[0]}</p><p>{BODY[1]}</p></article><footer>Subscribe to our newsletter</footer></body></html>"""
ENTRY = {
    "headline": TITLE,
    "body": "\n\n".join(BODY),
    "publisher": OUTLET,
    "publishedAt": "2023-09-14T08:00:00Z",
    "link": URL,
}
OTHER = {
    "title": "Lima gets a tram",
    "text": "Lima's first tram left the depot on Sunday.",
    "date": "2024-02-04",
}


def pdf(*pages: str, password: str | None = None, title: str = "") -> bytes:
    """A PDF with these pages; a page without text is a blank one."""
    document = FPDF()
    document.set_compression(False)
    document.set_title(title)
    if password is not None:
        document.set_encryption(owner_password="owner", user_password=password)
    for page in pages:
        document.add_page()
        document.set_font("helvetica", size=12)
        if page:
            document.multi_cell(0, 8, page)
    return bytes(document.output())


def word() -> bytes:
    """A Word document with a title, two paragraphs and a table."""
    document = docx.Document()
    document.add_heading(TITLE, 0)
    for paragraph in BODY:
        document.add_paragraph(paragraph)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Length", "812 metres"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def mail(html: bool = False) -> bytes:
    """A message, as plain text or as HTML only."""
    message = EmailMessage()
    message["Subject"] = TITLE
    message["From"] = f"{OUTLET} <news@fjord.example>"
    message["Date"] = "Thu, 14 Sep 2023 10:00:00 +0200"
    if html:
        message.set_content(HTML, subtype="html")
    else:
        message.set_content("\n\n".join(BODY))
        message.add_alternative(HTML, subtype="html")
        message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    return message.as_bytes()


def rss(*entries: dict[str, str]) -> bytes:
    """An RSS file of entries with title, link, date and HTML content."""
    items = "".join(
        f"<item><title>{e['title']}</title><link>{e.get('url', '')}</link><pubDate>{e['date']}</pubDate>"
        f"<content:encoded><![CDATA[<p>{e['text']}</p>]]></content:encoded></item>"
        for e in entries
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{OUTLET}</title><link>https://fjord.example</link>{items}</channel></rss>"
    ).encode()


def atom() -> bytes:
    """An Atom file of one entry."""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{OUTLET}</title><entry><title>{TITLE}</title>'
        f'<link href="{URL}"/><published>2023-09-14T08:00:00Z</published>'
        f'<content type="html">&lt;p&gt;{BODY[0]}&lt;/p&gt;&lt;p&gt;{BODY[1]}&lt;/p&gt;</content></entry></feed>'
    ).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


ARTICLES = {  # file name: its bytes
    "plain.txt": "\n\n".join([TITLE, *BODY]).encode(),
    "notes.md": "\n\n".join([f"# {TITLE}", *BODY]).encode(),
    "page.html": HTML.encode(),
    "page.htm": HTML.replace("utf-8", "latin-1").encode("latin-1"),
    "paper.pdf": pdf(*BODY, title=TITLE),
    "word.docx": word(),
    "mail.eml": mail(),
    "html-mail.eml": mail(html=True),
}
COLLECTIONS = {
    "rows.jsonl": (json.dumps(ENTRY) + "\n" + json.dumps(OTHER) + "\n").encode(),
    "list.json": json.dumps({"status": "ok", "articles": [ENTRY, OTHER]}).encode(),
    "table.csv": (
        f'headline;body;publisher;published_at;link\n"{TITLE}";"{ENTRY["body"]}";{OUTLET};2023-09-14;{URL}\n'
    ).encode(),
    "news.rss": rss({"title": TITLE, "text": BODY[0], "date": "Thu, 14 Sep 2023 08:00:00 GMT", "url": URL}),
    "news.atom": atom(),
    "news.xml": atom(),
    "old.zip": zipped({"a/page.html": HTML.encode(), "b/plain.txt": "\n\n".join(BODY).encode()}),
}
