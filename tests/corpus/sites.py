"""The web sites of the corpus: what stands around their articles."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Site:
    """A web site: `dated` says where its pages carry their date (``meta``, ``json-ld`` or ``time``)."""

    host: str
    name: str
    menu: tuple[str, ...]
    footer: str
    dated: str
    aside: str = ""


SITES = {
    "vardholm": Site(
        "www.vardholm.example",
        "Vardholm",
        ("Products", "Projects", "Investors", "Press", "Careers"),
        "© Vardholm Energy Storage ASA. All rights reserved. Privacy and cookies.",
        "meta",
    ),
    "vestkysten": Site(
        "www.vestkysten.example",
        "Vestkysten",
        ("News", "Business", "Sport", "Culture", "Weather", "Subscribe"),
        "Vestkysten is edited under the code of ethics of the press. Tips? Call our newsroom around the clock.",
        "json-ld",
        "<h3>Most read</h3><ul><li><a href='/a'>Ferry cancelled again</a></li><li><a href='/b'>Seven walks for a wet "
        "Sunday</a></li></ul>",
    ),
    "kraftnytt": Site(
        "kraftnytt.example",
        "Kraftnytt",
        ("Front page", "Grid", "Hydro", "Wind", "Jobs", "Newsletter"),
        "Kraftnytt, the trade paper for people in power. ISSN 0000-0000.",
        "meta",
        "<h3>Jobs</h3><ul><li><a href='/jobs/1'>Relay technician wanted</a></li></ul>",
    ),
    "spenning": Site(
        "spenning.example",
        "Under spenning – a blog about power",
        ("Home", "About me", "Archive"),
        "Opinions are my own. Comments are moderated when I am awake.",
        "time",
        "<h3>Older posts</h3><ul><li><a href='/2020/10/meters'>Why I love old meters</a></li></ul>",
    ),
    "tidsrom": Site(
        "www.tidsrom.example",
        "Tidsrom magazine",
        ("Stories", "Portraits", "Photography", "Buy this issue"),
        "Tidsrom is published six times a year.",
        "json-ld",
    ),
    "sorvik": Site(
        "www.sorvik-institute.example",
        "Sørvik Marine Institute",
        ("Research", "Publications", "People", "For schools", "Norsk"),
        "Visiting address: the old pier. Find us on a map.",
        "meta",
    ),
    "nordbase": Site(
        "nordbase.example",
        "Nordbase",
        ("Companies", "People", "Places", "Log in"),
        "Nordbase collects public data. Report an error on this page.",
        "time",
    ),
}


def page(site: Site, name: str, title: str, author: str, date: datetime, article: str) -> str:
    """Return a whole page around an article's HTML."""
    url = f"https://{site.host}/{name}"
    day = date.date().isoformat()
    head = [
        '<meta charset="utf-8">',
        f"<title>{html.escape(title)} | {html.escape(site.name)}</title>",
        f'<link rel="canonical" href="{url}">',
        f'<meta property="og:site_name" content="{html.escape(site.name)}">',
        f'<meta name="author" content="{html.escape(author)}">',
    ]
    if site.dated == "meta":
        head.append(f'<meta property="article:published_time" content="{day}T08:00:00+00:00">')
    if site.dated == "json-ld":
        data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": day}
        data["author"] = author
        head.append(f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>')
    head.append('<script>window.consent = window.consent || []; consent.push("banner");</script>')
    menu = "".join(f'<li><a href="/{item.lower().replace(" ", "-")}">{item}</a></li>' for item in site.menu)
    written = date.strftime("%d %B %Y").lstrip("0")
    byline = f'<p class="byline">By {html.escape(author)}, <time datetime="{day}">{written}</time></p>'
    aside = f"<aside>{site.aside}</aside>" if site.aside else ""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        *head,
        "</head>",
        "<body>",
        f'<header><a href="/">{html.escape(site.name)}</a><nav><ul>{menu}</ul></nav></header>',
        '<div class="cookie-banner">We use cookies. <button>Accept</button> <button>Settings</button></div>',
        f"<main><article>\n<h1>{html.escape(title)}</h1>\n{byline}\n{article}\n</article></main>",
        aside,
        f"<footer><p>{site.footer}</p></footer>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)
