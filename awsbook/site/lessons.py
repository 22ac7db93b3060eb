"""Directives of a lesson: a guess before an explorable, a question with explained answers.

Both are plain HTML (radio buttons, details): they work without JavaScript, by keyboard and in print.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .tag import Tag, tag, text


class _Lesson(SphinxDirective):
    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def said(self) -> list[nodes.Node]:
        """The argument, with its roles."""
        inline, problems = self.state.inline_text(self.arguments[0], self.lineno)
        return inline + problems

    def summary(self) -> Tag:
        """The argument as a summary. Facts are plain text there: a button in a button is no use to a keyboard."""
        return tag(
            "summary", {}, *(text(n["plain"]) if isinstance(n, Tag) and "plain" in n else n for n in self.said())
        )

    def parsed(self, lines, offset) -> list[nodes.Node]:
        holder = nodes.container()
        self.state.nested_parse(lines, offset, holder)
        return holder.children


class Guess(_Lesson):
    """```:::{guess} question```: a list of options, a line `+++`, what the reader should then have seen."""

    def run(self):
        lines = list(self.content)
        if "+++" not in lines:
            raise self.error("a guess needs a line +++ between its options and what the reader should see")
        cut = lines.index("+++")
        listed = [n for n in self.parsed(self.content[:cut], self.content_offset) if isinstance(n, nodes.bullet_list)]
        options = [item for found in listed for item in found.children]
        if len(options) < 2:
            raise self.error(f"a guess needs two options or more, this has {len(options)}")
        group = f"guess-{self.env.docname.replace('/', '-')}-{self.env.new_serialno('guess')}"
        labels = [
            tag(
                "label",
                {"class": "guess-option"},
                tag("input", {"type": "radio", "name": group, "value": i}),
                tag("span", {}, *(child for paragraph in option.children for child in paragraph.children)),
            )
            for i, option in enumerate(options)
        ]
        after = self.parsed(self.content[cut + 1 :], self.content_offset + cut + 1)
        compare = tag("details", {}, tag("summary", {}, text("Tried it? Compare")), tag("div", {}, *after))
        return [
            tag(
                "div",
                {"class": "guess"},
                tag("fieldset", {}, tag("legend", {}, *self.said()), *labels),
                compare,
            )
        ]


class Question(_Lesson):
    """```::::{question} text``` around one {right} and one or more {wrong}."""

    def run(self):
        answers = self.parsed(self.content, self.content_offset)
        kinds = [a["html"]["class"].split()[-1] for a in answers if a.get("tag") == "details"]
        if kinds.count("right") != 1 or "wrong" not in kinds:
            raise self.error(
                f"a question needs one right answer and a wrong one; this has {', '.join(kinds) or 'none'}"
            )
        return [tag("div", {"class": "quiz-question"}, tag("p", {"class": "quiz-text"}, *self.said()), *answers)]


class Answer(_Lesson):
    """```:::{right} text``` or ```:::{wrong} text``` around the reason."""

    def run(self):
        if not self.content:
            raise self.error("an answer needs its reason")
        body = tag("div", {}, *self.parsed(self.content, self.content_offset))
        return [
            tag("details", {"class": f"quiz-answer {self.name}"}, self.summary(), body),
        ]


def setup(app):
    app.add_directive("guess", Guess)
    app.add_directive("question", Question)
    app.add_directive("right", Answer)
    app.add_directive("wrong", Answer)
