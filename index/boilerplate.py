"""Marks what a web page puts around an article: appeals, sign-up boxes, comment forms, notices.

Only whole lines are marked, and only when the whole line has one of the forms below: a news sentence
that merely mentions cookies, donations or advertisement stays. Marking too little costs a wasted
chunk; marking too much loses a fact.
"""

from __future__ import annotations

import re

from index.article import Span
from index.reader import front_matter

_LINE = re.compile(r"[^\r\n]+")
_MAX_LABEL = 240  # characters; a longer line is prose, which only the appeal rules look at
_MAX_APPEAL = 2_000  # characters; an appeal is a paragraph, not a page without line breaks
_NOW = r"(?: (?:now|today|here|below|free|for free))*"
_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|linkedin|reddit|telegram|instagram|threads|bluesky|pinterest|youtube"
    r"|tiktok|e-?mail)"
)
_LETTER = (
    r"(?:news ?letters?|(?:morning|daily|weekly|evening) (?:briefing|digest|e-?mail|update|roundup)s?"
    r"|podcasts?"
    r"|(?:youtube |telegram |whatsapp )?channel|e-?mail (?:list|alerts?)|mailing list"
    r"|(?:breaking )?news alerts?"
    r"|e-?mail updates)"
)
_TRIAL = (
    r"(?:an? |your )?(?:free )?(?:\d+|one|two|three|seven|thirty)?[- ]?(?:day|week"
    r"|month)?s? ?(?:free )?trial"
)

# Each pattern has to match a whole line whose outer punctuation has been taken off.
_APPEALS = (
    rf"(?:please )?support (?:us|our (?:work|journalism|reporting|newsroom|mission)){_NOW}",
    rf"(?:please )?support (?:independent|quality|free|local) journalism{_NOW}",
    rf"(?:donate|become a (?:member|supporter|patron|subscriber)|make a (?:donation|contribution)"
    rf"|contribute){_NOW}",
    r"(?:accepted )?pa[iy]e?ments? methods?(?: accepted)?",  # seen misspelt on a large site
    r"not ready to (?:support|donate|subscribe|contribute)(?: us)?(?: today| now| yet)?",
    r"(?:remind|ask) me later|maybe later|no,? thanks|continue without (?:supporting|subscribing)",
)
_SIGN_UPS = (
    rf"(?:please )?(?:sign up|subscribe) (?:to|for)(?: our| the"
    rf"| your)?(?: [\w’'&-]+){{0,4}}? {_LETTER}{_NOW}"
    r"(?: to .{1,80})?",
    rf"(?:sign (?:up|in)|log ?in|subscribe|register|create (?:an|your|a free) (?:free )?account){_NOW}",
    rf"(?:sign up|subscribe|register|start){_NOW}(?: for| with| to start| and start)? {_TRIAL}{_NOW}",
    r"[\w+]+(?: [\w+]+){0,2} logo",
    r"(?:access|enjoy|get) unlimited (?:streaming|digital access|access to (?:all|our|every)"
    r"|articles).{0,100}",
    r"get .{0,80}(?:delivered |sent )?(?:straight |directly |right )?(?:to|in) your (?:inbox"
    r"|mailbox)(?: .{0,40})?",
    r"(?:enter )?your e-?mail(?: address)?(?: here)?|e-?mail address|invalid e-?mail(?: address)?",
    r"i (?:would like|want|agree) to (?:receive|be e-?mailed)\b.{0,60}\b(?:offers|news|updates|e-?mails?"
    r"|newsletters?)\b.{0,80}",
    r"by (?:signing up|subscribing|registering|continuing|clicking|submitting)\b.{0,120}"
    r"\b(?:terms (?:of|and)|our terms|privacy (?:policy|notice)|you (?:agree|accept|consent))\b.{0,120}",
    r"already (?:a (?:subscriber|member)|registered|subscribed|have an account)"
    r"(?:\W+(?:log ?in|sign in)(?: here)?)?",
    r"this (?:article|story|content) is (?:for|(?:only )?available (?:only )?to|reserved for)"
    r" (?:paying |registered )?(?:subscribers|members)(?: only)?",
    r"to (?:continue reading|read (?:the full|this) (?:story|article))\b.{0,60}"
    r"\b(?:subscribe|sign (?:in|up)|log ?in|register)\b.{0,60}",
)
_FORMS = (
    r"(?:leave|post|write|add) (?:a|your) (?:reply|comment)(?: below| here)?(?: cancel reply)?"
    r"|cancel reply",
    r"your e-?mail address will not be (?:published|shared)\b.{0,120}",
    r"required fields are marked",
    r"save my name,? e-?mail,? and website in this browser\b.{0,80}",
    r"(?:(?:post|submit|view|show|read|see|load)(?: all| more| the)? )?(?:\d+ )?comments?(?: \(\d+\))?",
    r"join the (?:conversation|discussion)|(?:comments are|commenting is) closed(?: .{0,30})?",
    r"(?:you must be|please) (?:logged in|log in|sign in) to (?:post|leave|write|comment|reply)\b.{0,40}",
)
_NOTICES = (
    r"(?:we|this (?:web ?)?site|our (?:web ?)?site)(?: and our (?:\d+ )?partners)? uses? cookies\b.{0,200}",
    r"(?:accept|reject|allow|manage|decline)(?: all)? (?:cookies|preferences)(?: and \w+)?",
    r"(?:accept|reject|allow) all",
    r"(?:cookie|privacy)(?: and cookie)? (?:policy|notice|settings|preferences)",
    r"terms (?:of (?:use|service)|and conditions)"
    r"|do not sell (?:or share )?my (?:personal )?info(?:rmation)?",
    r"(?:copyright ?)?(?:©|\(?c\)) ?(?:copyright )?\d{4}(?: ?[-–] ?\d{4})?\b.{0,120}",
    r"(?:copyright ?)?© ?(?:copyright )?(?-i:[A-Z]).{0,100}",
    r"copyright \d{4}.{0,120}|(?:.{0,80}\W)?all rights reserved(?: ?[^\w\s].{0,80})?",
    r"this (?:material|article|story|content) may not be (?:published|reproduced|copied)\b.{0,120}",
    r"sources?(?: ?: ?.{0,80})?",
)
_NAVIGATION = (
    rf"share(?: this)?(?: (?:article|story|post|page|link))?"
    rf"(?: (?:on|via|by) {_NETWORK}(?:[ ,/|]+(?:and |or )?{_NETWORK})*)?",
    rf"(?:tweet|print|copy link|{_NETWORK})(?:[ ,/|·•]+(?:share|tweet|print|save|copy link|{_NETWORK}))*",
    rf"(?:(?:follow|like|find|join) us|follow [\w@.’' -]{{2,40}}) (?:on|at) {_NETWORK}\b.{{0,80}}",
    r"(?:download|get) (?:our|the)(?: free)?(?: [\w’'-]+){0,3} app"
    r"(?: (?:now|today|here|for free|(?:on|from) (?:the )?(?:app|google|apple)\b.{0,60}))?",
    r"(?:skip|jump|back|go|return) to (?:main |the )?(?:content|navigation|top|home ?page|menu)",
    r"skip (?:this )?(?:ad|advertisement)|remove ads|report this ad",
    r"advertise?ments?|advertisement feature|sponsored(?: content| links?)?|paid (?:content|post)",
    r"(?:advertisement\W+)?(?:story|article|scroll(?: down)?)(?: to)? continues?(?: reading)?"
    r"(?: (?:below|after)(?: (?:this |the )?(?:advertisement|ad))?)?",
    r"(?:click|tap) here(?: (?:to|for)\b.{0,100})?",
    r"(?:read|show|see|load|view) (?:more|less|next)|(?:continue|keep) reading"
    r"|read (?:the )?full (?:story|article)",
    r"(?:read|see|watch|listen|also read|read also|read more|see also|related|more on this(?: story)?)"
    r" ?[:|»\u203a>] ?\S.*",
    r"tags ?: ?.{1,150}|(?:filed under|posted in|topics) ?: ?.{1,150}",
    r"\d+ min(?:ute)?s? read|reading time ?:? ?\d+ min(?:ute)?s?|play video"
    r"|listen to (?:this )?(?:article|story)",
    r"(?:got|have) a (?:news )?tip\b.{0,120}",
)
# Labels that lists of other articles' headlines follow.
_LISTS = (
    r"(?:related|recommended|popular|trending|most (?:read|popular|viewed)|latest|top|more|other)"
    r" (?:articles?|stories|posts?|news|coverage|reading|videos?)(?: (?:for you|like this))?",
    r"you (?:may|might) also (?:like|be interested in)|recommended(?: for you)?|related|most read",
    r"(?:what to )?read next|don[’']t miss",
    r"more stories like this are available (?:on|at)\b.{0,60}",
)


def _any(*groups: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{form})" for group in groups for form in group), re.IGNORECASE)


_LIST_LABEL = _any(_LISTS)
_LABEL = _any(_APPEALS, _SIGN_UPS, _FORMS, _NOTICES, _NAVIGATION, _LISTS)
_SUPPORT_OUTLET = re.compile(r"Support (?:The )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,4}(?: today| now)?!")
_QUOTED = re.compile(r"[\"“”«»„]|\b(?:said|says|told|according to)\b")

_OPENER = re.compile(
    r"\W*(?:we (?:have|[’']ve got) a (?:small |quick )?favou?r to ask|before you (?:go|leave|close)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"small favou?r to ask|we need your (?:help|support)|(?:please )?support us\b"
    r"|support (?:our|independent|quality) (?:journalism|reporting|newsroom|work)"
    r"|(?:please )?consider (?:making a|donating|supporting|subscribing|becoming)"
    r"|your (?:support|contribution|donation|gift|subscription)\b.{0,80}\b(?:makes?|helps?|matters"
    r"|keeps?|means"
    r"|allows?|enables?|ensures?|funds?)|become a (?:member|supporter)"
    r"|make a (?:one-time |monthly |recurring |small )?(?:contribution|donation)",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"\b(?:journalis[mt]s?|newsroom|reporting|newspaper|news (?:source|site|outlet|organi[sz]ation)"
    r"|readers?"
    r"|subscri\w+|membership|monthly|donat\w+|paywall)\b",
    re.IGNORECASE,
)
_WE = re.compile(r"\b(?:we|us|our)\b", re.IGNORECASE)
_YOU = re.compile(r"\byour?\b", re.IGNORECASE)


def boilerplate(text: str) -> tuple[Span, ...]:
    """Sorted, disjoint spans of whole lines that are not the article; front matter is among them."""
    matter = front_matter(text)
    body = matter[1] if matter else 0
    lines = [line.span() for line in _LINE.finditer(text, body) if not line.group().isspace()]
    marked = [_is_boilerplate(text[start:end].strip()) for start, end in lines]
    _mark_closing_list(text, lines, marked)
    if all(marked):
        # Nothing but labels: a list of links perhaps, but it is all the article there is.
        marked = [False] * len(lines)
    spans = [matter] if matter else []
    for (start, end), mark, previous in zip(lines, marked, [False, *marked], strict=False):
        if mark and previous:
            spans[-1] = (spans[-1][0], end)
        elif mark:
            spans.append((start, end))
    return tuple(spans)


def _is_boilerplate(line: str) -> bool:
    return _is_label(line) or _is_appeal(line)


def _is_label(line: str) -> bool:
    if len(line) > _MAX_LABEL or _QUOTED.search(line):
        return False
    return _LABEL.fullmatch(_bare(line)) is not None or _SUPPORT_OUTLET.fullmatch(line) is not None


def _is_appeal(line: str) -> bool:
    """A paragraph in which the outlet asks its readers for money or a subscription."""
    if len(line) > _MAX_APPEAL or not _ABOUT_US.search(line) or not _ASKS.search(line):
        return False
    if _OPENER.match(line):
        return True
    return bool(_WE.search(line) and _YOU.search(line)) and not _QUOTED.search(line)


def _mark_closing_list(text: str, lines: list[Span], marked: list[bool]) -> None:
    """Marks the headlines of other articles that follow "Related articles" down to the end."""
    for number in range(len(lines) - 1, -1, -1):
        line = text[slice(*lines[number])].strip()
        if marked[number]:
            if _LIST_LABEL.fullmatch(_bare(line)):
                marked[number:] = [True] * (len(marked) - number)
        elif len(line) > 140 or line.endswith((".", "”", '"', ":", ";")):
            return


def _bare(line: str) -> str:
    return line.strip(" \t\u00a0*#_-–—=~>»\u203a→|•·.!…?:()[]†‡▶►▼")
