"""Prose: references to values and claims, and what a reader reads of a built page.

From Markdown to a page: `resolver` first, which knows what a reference stands
for; `reader` finds references in text; `markdown` shows them, as an extension of Python-Markdown;
`filling` writes them into Markdown as plain text, for downloads, by the `marks` that it sets. From
a built page back to words: `built_page` reads the text off the HTML, in which `comparisons` finds
sentences without a claim, and `numerals` numbers that somebody may have typed.
"""
