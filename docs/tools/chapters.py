r"""\stagehead, the head of a stage's page, and \stagemap, the map of all stages."""
import newer
from codeblock import escape
from plan import Site
from stagelib import course


def stagehead(site: Site, stage: course.Stage) -> str:
    """Returns the head of a page: what the stage is about, which stage it extends, and where its files are."""
    before = course.before(site.stages, stage)
    facts = [("In Python", f"<code>{escape(stage.python)}</code>")] if stage.python.strip("– ") else []
    builds = f'<a href="stage{before.number}.html">{before.number} · {escape(before.title)}</a>' if before else "nothing: start here"
    facts.append(("Builds on", builds))
    facts.append(("Directory", f'<a class="dir" href="#s{stage.number}-whole"><code>stages/{stage.name}</code></a>'))
    facts.append(("Run it", f"<code>tools/stage run {stage.number}</code>"))
    if differences := newer.link(site.root, stage.number):
        facts.append(("On a newer gRPC", differences))
    rows = "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts)
    return f'<div class="stagehead"><p class="idea">{escape(stage.idea)}</p><dl>{rows}</dl></div>\n'


def stagemap(site: Site) -> str:
    """Returns a card for each stage, in order and connected by a line. Each card says which stage it extends."""
    cards = []
    for page in site.pages:
        stage = page.stage
        if stage is None:
            continue
        before = course.before(site.stages, stage)
        builds = f"builds on {before.number}" if before else "starts from nothing"
        python = ""
        if stage.python.strip("– "):
            python = f'<span class="py"><span class="sr">in Python: </span>{escape(stage.python)}</span>'
        cards.append(f'<li><a class="card" href="{page.url}"><span class="num" aria-hidden="true">{stage.number}</span> '
                     f'<span class="name"><span class="sr">Stage {stage.number}: </span>{escape(stage.title)}</span> '
                     f'<span class="idea">{escape(stage.idea)}</span>'
                     f'<span class="meta"><span class="builds">{builds}</span>{python}</span></a></li>')
    return '<ol class="stagemap">\n' + "\n".join(cards) + "\n</ol>\n"
