"""Pages as they are run: sealed kernels, what they read, results that are kept.

Read `results` first: what a run is. `runner` gets the runs of many pages, from `cache` where they
are fresh and from `kernel` where they are not; `fingerprint` says what fresh means. `kernel` starts
one process for one page, and sends it the text of `in_kernel`, which runs over there: it imports
nothing of regen, and nothing here imports it. `terminal` and `progress` are about text alone.
"""
