"""Run percent scripts, keep their results, hold them against the record, render them as pages.

Knows nothing of the site that it serves, but for what stands in `[tool.regen]` of its pyproject.toml.
"""
