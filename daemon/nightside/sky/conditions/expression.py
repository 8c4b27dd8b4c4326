"""The text syntax of conditions, for TOML, the command line and the API. The grammar is in docs/reference/sky-conditions.md.

    umbra & nadir_sun < -12 & ~moon_up & off_duty

Every refusal says the column (from 1), what was found there and what would fit.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from nightside.errors import ConditionRefused
from nightside.sky.conditions.base import And, Condition, Named, Not, Or, Threshold, number
from nightside.sky.conditions.vocabulary import BARE, FUNCTIONS, WORDS, Argument, Names
from nightside.sky.curves import QUANTITIES, Curve

LONGEST = 20_000
DEEPEST = 50
"""How deep parentheses and negations may nest."""
MOST_TERMS = 200

_PATTERN = re.compile(
    r"""\s*(?:
    (?P<number>[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?°?)
  | (?P<name>[^\W\d]\w*)
  | (?P<text>"[^"\n]*"|'[^'\n]*')
  | (?P<sign><=|>=|[<>&|~(),])
    )""",
    re.VERBOSE,
)
_ALIASES = {"and": "&", "or": "|", "not": "~"}


class Kind(Enum):
    """What a token is."""

    NUMBER = "a number"
    NAME = "a name"
    TEXT = "a text in quotes"
    SIGN = "a sign"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a condition."""

    kind: Kind
    text: str
    column: int

    @property
    def shown(self) -> str:
        """For people."""
        return "the end" if self.kind is Kind.END else f"{self.text!r}"


def parse_condition(text: str, names: Names | None = None) -> Condition:
    """The condition that a text means. Raises `ConditionRefused` with the column."""
    if len(text) > LONGEST:
        raise ConditionRefused(
            f"The condition is {len(text)} characters long; {LONGEST} are allowed.", remedy="Name its parts."
        )
    return _Parser(list(_tokens(text)), names if names is not None else Names()).whole()


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text.rstrip()):  # every match is at least one character long
        match = _PATTERN.match(text, at)
        if match is None or match.lastgroup is None:
            column = at + len(text[at:]) - len(text[at:].lstrip())
            what = "a text without its closing quote" if text[column] in "\"'" else f"{text[column]!r}, which means nothing"
            raise _refused(column + 1, f"there is {what}")
        word = match[match.lastgroup]
        kind = Kind[match.lastgroup.upper()]
        if kind is Kind.NAME and word.lower() in _ALIASES:
            kind, word = Kind.SIGN, _ALIASES[word.lower()]
        yield Token(kind, word, match.start(match.lastgroup) + 1)
        at = match.end()
    yield Token(Kind.END, "", len(text.rstrip()) + 1)


class _Parser:
    """Recursive descent, one method a rule of the grammar."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self._tokens = tokens
        self._names = names
        self._at = 0
        self._depth = 0
        self._terms = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._next.kind is not Kind.END:
            raise self._unexpected("'&', '|' or the end")
        return condition

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind is not Kind.END
        return token

    def _accept(self, *signs: str) -> Token | None:
        return self._take() if self._next.kind is Kind.SIGN and self._next.text in signs else None

    def _either(self) -> Condition:
        condition = self._both()
        while self._accept("|"):
            condition = Or(condition, self._both())
        return condition

    def _both(self) -> Condition:
        condition = self._term()
        while self._accept("&"):
            condition = And(condition, self._term())
        return condition

    def _term(self) -> Condition:
        self._depth += 1
        self._terms += 1
        if self._depth > DEEPEST:
            raise _refused(self._next.column, f"parentheses nest more than {DEEPEST} deep")
        if self._terms > MOST_TERMS:
            raise _refused(self._next.column, f"there are more than {MOST_TERMS} terms")
        condition = Not(self._term()) if self._accept("~") else self._primary()
        self._depth -= 1
        return condition

    def _primary(self) -> Condition:
        if self._accept("("):
            condition = self._either()
            if not self._accept(")"):
                raise self._unexpected("')'")
            return condition
        match self._next.kind:
            case Kind.NUMBER:
                return self._between()
            case Kind.NAME:
                return self._named(self._take())
            case _:
                raise self._unexpected("a condition")

    def _named(self, token: Token) -> Condition:
        word = token.text
        if word in QUANTITIES:
            return self._comparison(token)
        if word in FUNCTIONS and not (word in BARE and self._next.text != "("):
            return self._call(token)
        if word in BARE:
            return FUNCTIONS[word]([], self._names)
        if word in WORDS:
            return WORDS[word]
        if word in self._names.conditions:
            return Named(word, self._names.conditions[word])
        raise self._unknown(token)

    def _comparison(self, name: Token) -> Condition:
        relation = self._relation()
        return Threshold(QUANTITIES[name.text], relation.text[0] == ">", self._level(QUANTITIES[name.text]))

    def _between(self) -> Condition:
        """A number, a relation, a quantity and perhaps another relation and number: −18 < sun < −12."""
        first = self._take()
        relation = self._relation()
        if self._next.kind is not Kind.NAME or self._next.text not in QUANTITIES:
            raise self._unexpected("a quantity, such as sun")
        curve = QUANTITIES[self._take().text]
        condition: Condition = Threshold(curve, relation.text[0] == "<", _level(first, curve))
        if second := self._accept("<", "<=", ">", ">="):
            condition = And(condition, Threshold(curve, second.text[0] == ">", self._level(curve)))
        return condition

    def _relation(self) -> Token:
        if relation := self._accept("<", "<=", ">", ">="):
            return relation
        raise self._unexpected("'<' or '>' and a number")

    def _level(self, curve: Curve) -> float:
        if self._next.kind is not Kind.NUMBER:
            raise self._unexpected("a number")
        return _level(self._take(), curve)

    def _call(self, name: Token) -> Condition:
        if not self._accept("("):
            raise self._unexpected(f"'(', because {name.text} takes arguments")
        arguments: list[Argument] = []
        while not self._accept(")"):  # every round takes a token, and the end is refused
            if arguments and not self._accept(","):
                raise self._unexpected("',' or ')'")
            arguments.append(self._argument())
        try:
            return FUNCTIONS[name.text](arguments, self._names)
        except ValueError as error:
            raise _refused(name.column, f"{name.text} {error}") from None

    def _argument(self) -> Argument:
        token = self._next
        if token.kind is Kind.NUMBER:
            return _value(self._take())
        if token.kind is Kind.TEXT:
            return self._take().text[1:-1]
        if token.kind is Kind.NAME:
            return self._take().text
        raise self._unexpected("a number, a name or a text in quotes")

    def _unexpected(self, wanted: str) -> ConditionRefused:
        return _refused(self._next.column, f"there is {self._next.shown}, where {wanted} would fit")

    def _unknown(self, token: Token) -> ConditionRefused:
        known = [*WORDS, *QUANTITIES, *FUNCTIONS, *self._names.conditions]
        near = get_close_matches(token.text, known, n=1)
        hint = f", but {near[0]!r} is" if near else ""
        return _refused(token.column, f"{token.text!r} is no known condition{hint}")


def _value(token: Token) -> float:
    value = float(token.text.replace("−", "-").rstrip("°"))
    if not math.isfinite(value):
        raise _refused(token.column, f"{token.text} is too large a number")
    return value


def _level(token: Token, curve: Curve) -> float:
    value = _value(token)
    if not curve.least <= value <= curve.most:
        reach = f"{number(curve.least)} to {number(curve.most)}{curve.unit}"
        raise _refused(token.column, f"{curve.name} goes from {reach}, so it is never {number(value)}")
    return value


def _refused(column: int, what: str) -> ConditionRefused:
    return ConditionRefused(
        f"Column {column} of the condition: {what}.",
        means="The condition cannot be understood.",
        remedy="docs/reference/sky-conditions.md has the syntax and every name.",
    )
