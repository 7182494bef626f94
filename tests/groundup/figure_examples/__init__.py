"""A call of each public function that draws, by module: `general` for `groundup.figures`, else the name of the submodule.

Each module holds `EXAMPLES`, a table of calls by the function's name.
"""
