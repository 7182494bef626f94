"""Results as they are recorded, and runs compared with them.

Read `record` first: what stands in a file of a record, and how it is made of a run. `tolerance`
says what a number may be; `printed` finds the numbers in a line and which tolerance each has;
`parts` takes values apart. `compare`, with `differences`, `compare_text` and `compare_figures`,
holds a run beside its record. `refusals` and `spread_code` say when a record must not be written,
and when the runs with several seeds behind it are those of older code. `layout` writes the JSON.
"""
