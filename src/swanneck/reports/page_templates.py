"""The templates of all pages, in one environment: names escaped, style and script taken in whole, no name undefined."""

from functools import cache

import jinja2
from markupsafe import Markup

from swanneck.reports.wording import clean_text, humanise, plural

__all__ = ["load_template"]


def load_template(name: str) -> jinja2.Template:
    """Give a template of `templates/`. In it `verbatim(name)` is another file of that folder, as it stands.

    >>> load_template("tune.html.j2").name
    'tune.html.j2'
    """
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("swanneck.reports", "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def verbatim(name: str) -> Markup:
        return Markup(loader.get_source(environment, name)[0])

    environment.filters |= {"words": humanise, "clean": clean_text, "plural": plural}
    environment.globals |= {"verbatim": verbatim}
    return environment
