"""The type checker that conftest.py puts over the library: beartype.

For it an int is a float, as it is for mypy.
"""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
