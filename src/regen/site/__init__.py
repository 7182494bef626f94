"""Pages as they are shown: Markdown, downloads, and the adapter to MkDocs.

Read `render` first: a script and its run become the Markdown of a page, of which `blocks` writes
the fences, boxes and figures, and `templating` fills head and foot. `downloads` makes the files to
take along; `boxes` and `addresses` make them readable anywhere. All that is pure text. Then
`build`: what one build of the site knows of all its pages, and why it is red. `plugin` hands it to
MkDocs, with `jupyter_options`, `serving`, `formulas` and `code_links` for one matter each.
"""
