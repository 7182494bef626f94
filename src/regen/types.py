"""Whether data from a file has the type that a field of a data class declares."""

from typing import Any, get_args, get_origin

__all__ = ["has_type"]


def has_type(value: Any, form: Any) -> bool:
    """Whether a value, and all that it holds, has a type: as `dict[str, list[float]]`.

    Args:
        value: as TOML or JSON gives it; the keys of a table are strings in any case.
        form: an annotation: a class, `list[...]`, `dict[str, ...]`, or `Any`.
    """
    if form is Any:
        return True
    arguments = get_args(form)
    if not arguments:
        # who writes 2 for a float means 2.0
        return type(value) is form or (form is float and type(value) is int)
    if not isinstance(value, get_origin(form)):
        return False
    items = value
    if isinstance(value, dict):
        items = value.values()
    return all(has_type(item, arguments[-1]) for item in items)
