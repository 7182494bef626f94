"""Pages as they are written: percent scripts, read and checked.

Read `reading` first: it makes a `Script` of a file, with the help of the others, each of which
knows one part of it: `front_matter` its head, `cells` where it is cut, `options` the `#|` lines of
a cell, `yaml_text` the YAML in both, `plain_python` the code. All of them raise `LineError`; only
`reading` knows the file's name and makes a `RegenError` of it. `new` writes a first page.
"""
