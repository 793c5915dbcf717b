"""Describes pages to search engines and link previews: a description and a social card. Tags
that need an absolute URL are omitted unless the build knows the site's URL (the Meson
option site_url)."""
import re
import xml.sax.saxutils

from codeblock import escape
from plan import Page, Site

LONGEST = 200  # characters of a description; search engines show about 160
CARD = "card.png"
CARD_SAYS = "gRPC by Stages: learn gRPC in C++, one running program at a time"


def _plain(html: str) -> str:
    """Returns the text of a piece of HTML."""
    return " ".join(re.sub(r"<[^>]+>", "", html.replace("More...", "")).replace("&#160;", " ").split())


def _shortened(text: str) -> str:
    """Returns as many complete sentences as fit, or as many words if no sentence fits."""
    text = re.sub(r"(?<=[.!?]) [^.!?]*:$|:$", "", text)  # removes an introduction ("…:") to something that is not included
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    sentences = re.match(r".{60,}[.!?](?= )", cut)
    return sentences[0] if sentences else cut.rpartition(" ")[0].rstrip(",;:") + " …"


def description(page: Page | None, title: str, text: str) -> str:
    """Returns one or two sentences on what the page is about, as HTML without quotes."""
    if page and page.stage:
        found = f"{escape(page.stage.idea)} Stage {page.stage.number} of gRPC by Stages, a gRPC tutorial in C++."
    else:
        body = text.partition("<article>")[2]
        body = re.sub(r'<p class="kicker">.*?</p>|<nav.*?</nav>|<figure.*?</figure>|<pre.*?</pre>', "", body, flags=re.S)
        paragraphs = (_plain(p) for p in re.findall(r'<(?:p ?|div class="lead")>(.*?)</(?:p|div)>', body, flags=re.S))
        first = next((p for p in paragraphs if len(p) > 20 and not p.startswith(("#include", "Go to the source"))), "")
        if page:
            found = first
        else:
            found = f"{title}: {first}" if first else f"{title}, in the reference of gRPC by Stages, a tutorial for gRPC in C++."
    return _shortened(found).replace('"', "&quot;")


def head(site: Site, page: Page | None, name: str, text: str) -> str:
    """Returns the lines for the <head> of a page."""
    full = re.search(r"<title>(.*?)</title>", text)[1]
    title = full.removesuffix(" · gRPC by Stages")
    about = description(page, title, text)
    names = [("description", about)]
    properties = [("og:type", "website" if name == "index.html" else "article"), ("og:site_name", "gRPC by Stages"),
                  ("og:title", title), ("og:description", about)]
    lines = []
    if site.address:
        url = site.address + ("" if name == "index.html" else name)
        lines.append(f'<link rel="canonical" href="{url}"/>')
        properties += [("og:url", url), ("og:image", site.address + CARD), ("og:image:width", "1200"), ("og:image:height", "630"), ("og:image:alt", CARD_SAYS)]
        names.append(("twitter:card", "summary_large_image"))
    lines += [f'<meta name="{key}" content="{value}"/>' for key, value in names]
    lines += [f'<meta property="{key}" content="{value}"/>' for key, value in properties]
    return "\n".join(lines) + "\n"


def sitemap(site: Site, names: list[str]) -> str:
    """Returns sitemap.xml with the tutorial's pages and the reference, without the listings of sources."""
    kept = [n for n in names if not n.endswith("_source.html")]
    urls = "".join(f"<url><loc>{xml.sax.saxutils.escape(site.address + ('' if n == 'index.html' else n))}</loc></url>\n" for n in kept)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
