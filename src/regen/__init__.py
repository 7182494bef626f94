"""Run percent scripts, record what they give, compare it with the record, show them as pages.

It knows nothing of the site that it serves but for `[tool.regen]` of its pyproject.toml. The way of
a page goes through the packages in this order:

    script      as it is written: front matter, prose, code, and what the code's options declare
    execution   as it is run, in a kernel that is sealed and observed; results are kept
    drawing     what its figures show, as plain data
    records     as it is recorded; a run compared with its record
    prose       references to its values and claims; what a reader reads of it
    site        as it is shown: Markdown, downloads, MkDocs

What a site's own scripts and tests use is exported here.
"""

from regen.config import Config, load_config
from regen.errors import RegenError
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import Difference, compare
from regen.records.record import Record, make_record, read_record, write_record
from regen.script.reading import Script, find_scripts, read_script

__all__ = [
    "Config",
    "Difference",
    "Record",
    "RegenError",
    "Run",
    "Script",
    "compare",
    "find_scripts",
    "load_config",
    "make_record",
    "read_record",
    "read_script",
    "run_pages",
    "write_record",
]
