"""Equations as MathML, which browsers draw themselves: no script, no font, no picture, and no network."""

import re

from latex2mathml.converter import convert


def markup(node, display):
    """MathML of a math node, told apart by what stands beside it."""
    math = convert(node.astext(), display=display)
    return re.sub(r"\s+", " ", math)


def inline(writer, node):
    from docutils import nodes

    writer.body.append(markup(node, "inline"))
    raise nodes.SkipNode


def block(writer, node):
    from docutils import nodes

    writer.body.append(f'<div class="equation">{markup(node, "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
