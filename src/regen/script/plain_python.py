"""What keeps a script from running as plain Python, or its code from running at all."""

import ast
import builtins
import itertools
import re
import warnings
from collections.abc import Iterator

from regen.errors import LineError

__all__ = ["bound_names", "check_expression", "check_notebook_names", "parse"]

NOTEBOOK_NAME = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|_[iod]h|In|Out|display|exit|quit")
"""What only IPython binds, or binds to something else; a page may bind such a name itself."""
GET_IPYTHON = "get_ipython"
Scope = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)


def parse(script: str) -> ast.Module:
    """Parse a whole script as Python runs it, and find the code in it that never runs.

    Raises:
        LineError: it is no plain Python, or holds code below a condition that is always false.
    """
    try:
        # what Python warns of, the run of the page shows
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(script, "script", "exec", dont_inherit=True)
            tree = ast.parse(script)
    except SyntaxError as error:
        what = f"not plain Python: {type(error).__name__}: {error.msg}."
        remedy = "In a script no magic, no shell line and no `await` outside of a function runs."
        raise LineError(error.lineno or 1, f"{what} {remedy}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise LineError(1, f"not plain Python: {type(error).__name__}: {error}.") from error
    for node in ast.walk(tree):
        if dead := _never_runs(node):
            what = "code that never runs: what stands above it is always the same."
            raise LineError(dead, f"{what} Remove it, or the condition.")
    return tree


def check_expression(text: str, *, must_compute: bool, bound: set[str]) -> ast.Expression:
    """Parse an expression of a cell's options; `bound` are the names that the page binds.

    Raises:
        ValueError: what is wrong with it. With `must_compute` that is also an expression that
            looks at nothing that the page has computed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
            compile(tree, "expression", "eval", dont_inherit=True)
    except (SyntaxError, RecursionError, MemoryError) as error:
        problem = getattr(error, "msg", None) or error
        what = f"not an expression: {problem}. If YAML cut it off or changed it, quote it."
        raise ValueError(what) from error
    for node in ast.walk(tree):
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            what = "it assigns or waits. Do that in the cell's code, and name the result."
            raise ValueError(what)
    # a builtin that the page binds anew is the page's
    names = {node.id for node in _free_names(tree, set())}
    given = names - (vars(builtins).keys() - bound)
    if must_compute and not given:
        what = "it is made of literals alone. It must come from the run: name a variable."
        raise ValueError(what)
    return tree


def check_notebook_names(tree: ast.AST, bound: set[str]) -> None:
    """Refuse names that only a notebook has, where the page does not bind them itself.

    Raises:
        LineError: such a name, with its line in the tree.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name == GET_IPYTHON:
                raise LineError(node.lineno, _only_in_notebooks(name))
    for free in _free_names(tree, bound):
        if NOTEBOOK_NAME.fullmatch(free.id):
            raise LineError(free.lineno, _only_in_notebooks(free.id))


def bound_names(scope: ast.AST) -> set[str]:
    """Find the names that are bound in a scope itself, not in those inside it."""
    found: set[str] = set()
    nodes = list(ast.iter_child_nodes(scope))
    while nodes:
        node = nodes.pop()
        found.update(_binds(node))
        if not isinstance(node, Scope):
            nodes.extend(ast.iter_child_nodes(node))
    return found


def _only_in_notebooks(name: str) -> str:
    what = f"{name} is a name that only a notebook has: as plain Python the script fails there."
    return f"{what} Use a variable of your own, or `print`; import what can be imported."


def _binds(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.arg(arg=name):
            return [name]
        case ast.alias(name=name, asname=other):
            return [other or name.partition(".")[0]]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return [name]
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.Global(names=names):
            return list(names)
    return []


def _free_names(scope: ast.AST, bound: set[str]) -> Iterator[ast.Name]:
    """Find the names that a scope uses and neither it nor one around it binds."""
    bound = bound | bound_names(scope)
    nodes = list(ast.iter_child_nodes(scope))
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, Scope):
            yield from _free_names(node, bound)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in bound:
                yield node
        else:
            nodes.extend(ast.iter_child_nodes(node))


def _never_runs(node: ast.AST) -> int:
    """Find the line of code below a node that never runs; 0 if there is none."""
    match node:
        case ast.If(test=test, body=body, orelse=other):
            first_of_other = other[0].lineno if other else 0
            return _dead_branch(test, body[0].lineno, first_of_other)
        case ast.IfExp(test=test, body=value, orelse=alternative):
            return _dead_branch(test, value.lineno, alternative.lineno)
        case ast.While(test=test, body=body) if _truth(test) is False:
            return body[0].lineno
        case ast.For(iter=iterated, body=body) if _truth(iterated) is False:
            return body[0].lineno
        case ast.BoolOp(op=ast.And(), values=[*conditions, last]):
            return last.lineno if any(_truth(each) is False for each in conditions) else 0
        case ast.BoolOp(op=ast.Or(), values=[*conditions, last]):
            return last.lineno if any(_truth(each) is True for each in conditions) else 0
        case ast.comprehension(ifs=conditions):
            dead = [each.lineno for each in conditions if _truth(each) is False]
            return dead[0] if dead else 0
    return _after_the_end(node)


def _dead_branch(test: ast.expr, body: int, other: int) -> int:
    truth = _truth(test)
    if truth is None:
        return 0
    return other if truth else body


def _after_the_end(node: ast.AST) -> int:
    """Find the line behind a `return`, `raise`, `break` or `continue` in the same block."""
    if isinstance(node, ast.Module):
        return 0  # a cell may raise on purpose, and the next cell runs all the same
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if not isinstance(block, list):
            continue
        for statement, following in itertools.pairwise(block):
            if isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
                line: int = following.lineno
                return line
    return 0


def _truth(node: ast.expr) -> bool | None:
    """Say whether a condition is always true or always false; None if that depends."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _opposite(_truth(operand))
        case ast.BoolOp(op=ast.And(), values=values):
            truths = [_truth(value) for value in values]
            return _all_of(truths)
        case ast.BoolOp(op=ast.Or(), values=values):
            # one of them is true, unless all are false
            opposites = [_opposite(_truth(value)) for value in values]
            return _opposite(_all_of(opposites))
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Set(elts=[]) | ast.Dict(keys=[]):
            return False
        case ast.Compare(left=ast.Constant(), comparators=[ast.Constant()]):
            return _evaluated(node)
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant()]):
            return _evaluated(node)
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            is_constant = all(isinstance(each, ast.Constant) for each in arguments)
            return _evaluated(node) if is_constant else None
    return None


def _opposite(truth: bool | None) -> bool | None:
    if truth is None:
        return None
    return not truth


def _all_of(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    if None in truths:
        return None
    return True


def _evaluated(node: ast.expr) -> bool | None:
    """Evaluate a condition of constants, as in `if 1 == 2` or `range(0)`."""
    names = {"__builtins__": {}, "__name__": "__main__", "range": range}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(ast.Expression(node), "condition", "eval")
    try:
        return bool(eval(code, names))
    except (TypeError, ValueError):
        return None
