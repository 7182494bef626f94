"""A call of each public function that draws, by module.

`general` has those of `groundup.figures`; the others are named as its submodules.
Each module holds `EXAMPLES`, a table of calls by the function's name.
"""
