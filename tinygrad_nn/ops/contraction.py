"""Sums of products by Einstein's convention."""

from __future__ import annotations

from typing import Any

from ..autograd.op import each, op
from .linalg import diagonal
from .operands import as_tensor

__all__ = ["einsum"]

_LABELS = tuple(chr(c) for c in range(ord("A"), ord("z") + 1) if chr(c).isalpha())


def _einsum_vjp(xp: Any, g: Any, y: Any, *operands: Any, terms: tuple[str, ...], result: str, index: int) -> Any:
    others = [i for i in range(len(operands)) if i != index]
    known = set(result).union(*(terms[i] for i in others))
    found = "".join(label for label in terms[index] if label in known)
    subscripts = ",".join([result, *(terms[i] for i in others)]) + "->" + found
    d = xp.einsum(subscripts, g, *(operands[i] for i in others))
    if found == terms[index]:
        return d
    # a label of this operand alone was summed: every element along it has the same gradient
    missing = tuple(i for i, label in enumerate(terms[index]) if label not in known)
    return xp.broadcast_to(xp.expand_dims(d, axis=missing), operands[index].shape)


def _einsum_batch(xp: Any, batched: Any, *operands: Any, terms: tuple[str, ...], result: str) -> Any:
    used = set(result).union(*terms)
    label = next(c for c in _LABELS if c not in used)
    subscripts = ",".join(label + term if own else term for term, own in zip(terms, batched))
    return xp.einsum(f"{subscripts}->{label}{result}", *operands)


@op(each(_einsum_vjp, reads="operands"), linear="each", name="einsum", batch=_einsum_batch)
def _einsum(xp: Any, *operands: Any, terms: tuple[str, ...], result: str) -> Any:
    """Sum of products by subscripts: no label twice in a term, no ellipsis."""
    y = xp.einsum(",".join(terms) + "->" + result, *operands)
    return xp.copy(y) if len(operands) == 1 and xp.is_view(y) else y  # not a view now and then


def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum of products, named by Einstein's convention.

    Parameters
    ----------
    subscripts : str
        For each operand a letter per axis, separated by commas, ``->`` and the letters of the result; a letter twice
        in one operand takes the diagonal, ``...`` stands for axes that broadcast. Without ``->``, the result has the
        letters that occur once, in alphabetical order.
    *operands : Tensor
        As many as there are terms.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        The subscripts do not fit the operands.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.einsum("bij,bjk->bik", tg.zeros((5, 2, 3)), tg.zeros((5, 3, 4))).shape
    (5, 2, 4)
    """
    operands = tuple(as_tensor("einsum", x) for x in operands)
    terms, result = _subscripts(subscripts, [x.ndim for x in operands])
    plain = []
    for i, (term, x) in enumerate(zip(terms, operands)):
        while len(set(term)) < len(term):  # the diagonal of the first label that occurs twice
            label = next(c for c in term if term.count(c) > 1)
            a, b = (j for j, c in enumerate(term) if c == label and term[: j + 1].count(label) <= 2)
            x = diagonal(x.moveaxis((a, b), (-2, -1)))
            term = "".join(c for j, c in enumerate(term) if j not in (a, b)) + label
        terms[i] = term
        plain.append(x)
    return _broadcast_einsum(terms, result, plain)


def _broadcast_einsum(terms: list[str], result: str, operands: list[Any]) -> Any:
    """The product, with axes of size one that broadcast against longer ones taken out first."""
    sizes: dict[str, int] = {}
    for term, x in zip(terms, operands):
        for label, size in zip(term, x.shape):
            if sizes.setdefault(label, size) != size:
                if 1 not in (size, sizes[label]):
                    raise ValueError(f"einsum: label {label!r} has sizes {sizes[label]} and {size}")
                sizes[label] = size if sizes[label] == 1 else sizes[label]
    for i, (term, x) in enumerate(zip(terms, operands)):
        single = tuple(j for j, label in enumerate(term) if x.shape[j] == 1 and sizes[label] != 1)
        if single:
            operands[i] = x.squeeze(single)
            terms[i] = "".join(label for j, label in enumerate(term) if j not in single)
    return _einsum(*operands, terms=tuple(terms), result=result)


def _subscripts(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """The terms and the result as letters only, the ellipsis spelled out."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"einsum: {subscripts!r} has {len(terms)} terms for {len(ndims)} operands")
    spare = [c for c in _LABELS if c not in subscripts]
    hidden = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims)]
    most = max((n for term, n in zip(terms, hidden) if "..." in term), default=0)
    ellipsis = "".join(spare[:most])
    for term, n, ndim in zip(terms, hidden, ndims):
        letters = term.replace("...", "", 1)
        if not (letters.isalpha() or not letters) or n < 0 or (n and "..." not in term):
            raise ValueError(f"einsum: term {term!r} does not fit an operand with {ndim} axes")
    terms = [term.replace("...", ellipsis[most - n :] if n else "") for term, n in zip(terms, hidden)]
    if arrow:
        result = right.replace("...", ellipsis)
    else:
        letters = "".join(terms)
        result = ellipsis + "".join(sorted(c for c in set(letters) - set(ellipsis) if letters.count(c) == 1))
    if len(set(result)) < len(result) or not set(result) <= set("".join(terms)):
        raise ValueError(f"einsum: the result {right!r} must name labels of the operands, each once")
    return terms, result
