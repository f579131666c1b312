from __future__ import annotations

from pathlib import Path

import pytest

from index.boilerplate import boilerplate
from index.reader import read

SEEDS = Path(__file__).parent.parent / "seeds"
NEWS = "The minister met his counterpart in Oslo on Tuesday, officials said."

PAGE_FURNITURE = [
    "Support The Moscow Times!",
    "Support independent journalism",
    "Please support our work today",
    "Donate now",
    "Become a member",
    "Payment methods",
    "Not ready to support today?",
    "Remind me later.",
    "Amazon Prime logo",
    "Access unlimited streaming of movies and TV shows with Amazon Prime Video",
    "Sign up now for a 30-day free trial",
    "Start your free trial",
    "Sign up",
    "Log in",
    "Sign up for our daily newsletter",
    "Subscribe to our newsletter",
    "Subscribe to our YouTube channel!",
    "Sign up for the Morning Briefing newsletter to start your day",
    "Get the day's top headlines delivered straight to your inbox every morning.",
    "Enter your email address",
    "By signing up, you agree to our terms of use and privacy policy.",
    "I would like to be emailed about offers, events and updates from the paper.",
    "Already a subscriber? Log in",
    "This article is available to subscribers only.",
    "Leave a Reply",
    "Leave a comment",
    "Your email address will not be published. Required fields are marked *",
    "Required fields are marked *",
    "Save my name, email, and website in this browser for the next time I comment.",
    "View all comments",
    "12 Comments",
    "Join the conversation",
    "This site uses cookies to improve your experience. Read more in our policy.",
    "We and our 842 partners use cookies to store information on your device.",
    "Accept all cookies",
    "Cookie policy",
    "Do not sell my personal information",
    "Share this article",
    "Share on Facebook",
    "Facebook | Twitter | WhatsApp | Email",
    "Follow us on Twitter @daily_news",
    "Download our app from the App Store",
    "Skip to main content",
    "Advertisement",
    "ADVERTISEMENT",
    "Story continues below advertisement",
    "Sponsored content",
    "Click here to read the full report",
    "Read more",
    "Continue reading",
    "Read more: Five things to know about the summit",
    "RELATED: What the visit means for Asia",
    "Related articles",
    "You may also like",
    "More stories like this are available on",
    "3 min read",
    "©2023 Bloomberg L.P.",
    "© 2019-2024 Daily News Group. All rights reserved.",
    "Copyright 2023 The Associated Press. All rights reserved.",
    "(c) 2021 Evening Post",
    "This material may not be published, broadcast, rewritten or redistributed.",
    "Source :",
    "Source: Al Jazeera and news agencies",
    "Tags: Russia, North Korea",
    "Before you go, please consider supporting us: your contribution keeps our journalism free.",
    "We have a small favour to ask. Millions of readers trust our reporting.",
    "Your support makes our reporting possible. Please consider donating if you value what we do.",
]

NEWS_SENTENCES = [
    "He wants people to subscribe to the idea.",
    "The company will advertise the new car in twelve countries.",
    "Advertisement spending rose 4 % in 2023, the agency said.",
    "Sponsored content makes up a third of the paper's income.",
    "Support for the president has fallen to 31 percent.",
    "Support the troops, the senator urged Congress",
    "Support Grows for Ceasefire in Gaza",
    "Donate blood, doctors urge after train crash",
    "Sign up for the new health plan has been slow, figures show.",
    "Readers who sign up for the newsletter get a discount, the publisher said.",
    "Share prices fell on Monday.",
    "Share of renewables rises to 40%",
    "Share buybacks on Facebook's parent lift the index",
    "Cookies made from insects go on sale in Japan",
    "The website uses cookies to track visitors, regulators found.",
    "“We use cookies,” the spokesman said.",
    "Copyright law is changing across Europe",
    "All rights reserved to the states were at issue, the court held.",
    "Comments by the minister angered Beijing",
    "Comment: why the deal matters.",
    "The source of the fire is unknown.",
    "Sources close to the Kremlin expect a deal",
    "Sources: three people with knowledge of the talks, who asked not to be named because it is not public",
    "Related companies were also fined, the ministry said.",
    "Most popular leader since 1990 steps down",
    "Read more books, teachers tell parents",
    "The two will follow each other on Twitter again.",
    "Follow the money: how sanctions are evaded",
    "Log in disputes, two villages in Finland fight over timber",
    "Get out of the city, residents are told",
    "Get vaccinated, minister tells reporters in your state",
    "Before you go to the polls, five things to know",
    "“We need your help,” Zelenskyy told Congress. “Support us with weapons, not words.”",
    "Our readers know this city well, the newspaper's editor wrote in 1950.",
    "The newspaper asked readers to make a donation to the victims.",
    "Journalists need your support, the union's president told lawmakers.",
    "By continuing its policy of sanctions, Washington hurts you, he argued.",
    "(c) The minister shall publish a report",
    "Continue reading the tea leaves and a rate cut looks likely",
    "Join the army, billboards in Moscow say",
    "The story continues to grow.",
    "Putin accepts invitation to travel to North Korea",
    "Old friends",
    "Technology transfer",
    "Additional reporting by agencies",
    "Vladimir Putin and Kim Jong Un seen shaking hands Wednesday. Mikhail Metzel / TASS",
    "No thanks to the committee, the bill passed.",
    "Print media lost ground in 2023",
    "Advertisements for alcohol were banned in 1991",
    "Email service Proton leaves Switzerland",
    "Latest news from the front is grim, analysts say",
]


def marked(text: str) -> list[str]:
    return [text[start:end] for start, end in boilerplate(text)]


@pytest.mark.parametrize("line", PAGE_FURNITURE, ids=lambda line: line[:40])
def test_a_line_of_page_furniture_is_marked_whole(line: str) -> None:
    assert marked(f"{NEWS}\n\n{line}\n\n{NEWS}") == [line]


@pytest.mark.parametrize("line", NEWS_SENTENCES, ids=lambda line: line[:40])
def test_news_that_uses_the_same_words_stays(line: str) -> None:
    assert marked(f"{NEWS}\n\n{line}\n\n{NEWS}") == []


@pytest.mark.parametrize("line", PAGE_FURNITURE, ids=lambda line: line[:40])
def test_a_mention_inside_a_sentence_is_not_enough(line: str) -> None:
    assert marked(f"{NEWS} The page reads “{line}” today, he said.") == []


def test_neighbouring_lines_become_one_span_and_line_ends_do_not_matter() -> None:
    text = f"{NEWS}\r\n\r\nSign up\r\n\r\nLeave a Reply\r\n{NEWS}"
    assert marked(text) == ["Sign up\r\n\r\nLeave a Reply"]


def test_headlines_of_other_articles_are_marked_when_they_close_the_page() -> None:
    text = f"{NEWS}\n\nRelated articles\n\nFire in Oslo\nSnow in May"
    assert marked(text) == ["Related articles\n\nFire in Oslo\nSnow in May"]


def test_news_after_a_related_box_stays() -> None:
    text = f"{NEWS}\n\nRelated articles\n\nFire in Oslo\n\n{NEWS}"
    assert marked(text) == ["Related articles"]


def test_front_matter_is_marked() -> None:
    text = f"---\ntitle: Oslo talks\n---\n{NEWS}"
    assert marked(text) == ["---\ntitle: Oslo talks\n---\n"]


def test_a_text_of_labels_only_keeps_them() -> None:
    assert marked("Advertisement\n\nSign up") == []


def test_time_grows_with_the_text_only() -> None:
    text = "Get unlimited access " * 50_000 + "\n" + "Share | " * 100_000 + "\n" + "Read more\n" * 50_000
    assert len(boilerplate(text)) == 1
    text = f"{NEWS}\n" + "We ask readers to support us. " * 50_000 + "\n" + "Our " * 100_000 + " " * 400_000
    assert boilerplate(text) == ()


SEED_TEXTS = {path.name[:3]: read(path).text for path in SEEDS.glob("*.txt")}


@pytest.mark.parametrize(
    ("seed", "first", "last", "spans"),
    [
        pytest.param("000", "Support The Moscow Times!", "Read more", 2, id="appeal"),
        pytest.param("001", "Source :", "are marked *", 1, id="comment form"),
        pytest.param("002", "Amazon Prime logo", "Sign up", 1, id="sign-up box"),
        pytest.param("003", "More stories like this", "©2023 Bloomberg L.P.", 1, id="syndication"),
        pytest.param("004", "Source: Al Jazeera", "news agencies", 1, id="source line"),
    ],
)
def test_the_sample_articles(seed: str, first: str, last: str, spans: int) -> None:
    found = marked(SEED_TEXTS[seed])
    assert len(found) == spans
    assert found[0].startswith(first)
    assert found[-1].endswith(last)


def test_an_appeal_is_marked_to_its_last_paragraph() -> None:
    text = SEED_TEXTS["000"]
    (_, (start, end)) = boilerplate(text)
    assert text[start:].startswith("… we have a small favor to ask.")
    assert text[end:].strip() == ""
    assert text[:start].rstrip().endswith('like the one happening right now."')
