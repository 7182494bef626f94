"""Run percent scripts, keep their results, hold them against the record, render them as pages.

    tutorial ─> runner ─> store        a script, run in a fresh kernel, its result kept by content key
                  │
                  ├─ compare <─ record  what the run gave against what was documented
                  └─ render <─ values   the page, its downloads, and the named values in its prose

Knows nothing of the site that it serves, but for what stands in `[tool.regen]` of its pyproject.toml.
"""
