"""Errors as `application/problem+json` (RFC 9457), each with its code, what it means and the remedy, and never a traceback."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from nightside.errors import NightsideError, PlanImpossible, Refused
from nightside.plan.values import Value

MEDIA_TYPE = "application/problem+json"
DETAILS = "https://nightside.invalid/problems/"
"""A problem's type is a name, and not a page: `invalid` is reserved for addresses that lead nowhere."""


class RequestRefused(Refused):
    """A request makes no sense, or is more than the API takes."""

    code = "request-refused"
    exit_code = 101


class Problem(Value):
    """What every error is answered with."""

    type: str
    title: str
    status: int
    code: str
    """As in docs/reference/exit-codes.md."""
    exit: int
    """What a command ends with that meets it."""
    detail: str
    """What happened."""
    means: str
    """What it means for the night; may be empty."""
    remedy: str
    """What to do; may be empty."""
    offered: dict[str, Any] | None = None
    """Where a program cannot be shot: the nearest that can, if there is one."""


def described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Problems that a route may answer with, for its description."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {int(status): {"description": status.phrase, "content": content} for status in statuses}


ALWAYS = described(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What any route may answer with."""


def told_once(description: dict[str, Any]) -> dict[str, Any]:
    """An API's description in which what any route may answer with is written once, and referred to."""
    components = description.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    schema = {"$ref": "#/components/schemas/Problem"}
    names = {str(status): HTTPStatus(int(status)).name.title().replace("_", "") for status in ALWAYS}
    components["responses"] = {
        names[str(status)]: {**answer, "content": {MEDIA_TYPE: {"schema": schema}}} for status, answer in ALWAYS.items()
    }
    for methods in description["paths"].values():
        for operation in methods.values():
            answers: dict[str, Any] = operation["responses"]
            for status, name in names.items():
                if answers.get(status, {}).get("content", {}).keys() == {MEDIA_TYPE}:
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    return description


def problem(
    status: int,
    code: str,
    what: str,
    *,
    means: str = "",
    remedy: str = "",
    ends_with: int = RequestRefused.exit_code,
    headers: Mapping[str, str] | None = None,
    offered: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """One answer that says what went wrong."""
    body: dict[str, Any] = {"type": f"{DETAILS}{code}", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    body |= {"exit": ends_with, "detail": what, "means": means, "remedy": remedy}
    if offered is not None:
        body["offered"] = offered
    return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)


def of(error: NightsideError) -> JSONResponse:
    """What an error of ours is to a client."""
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == HTTPStatus.UNAUTHORIZED else {}
    offered = error.offered if isinstance(error, PlanImpossible) else None
    return problem(
        error.http_status,
        error.code,
        error.what,
        means=error.means,
        remedy=error.remedy,
        ends_with=error.exit_code,
        headers=headers,
        offered=None if offered is None else offered.model_dump(mode="json"),
    )


def answer_with_problems(app: FastAPI) -> None:
    """Have every error of this application answered as a problem."""

    @app.exception_handler(NightsideError)
    async def ours(_: Request, error: NightsideError) -> JSONResponse:
        return of(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            RequestRefused.code,
            _listed(error.errors()),
            remedy="/api/openapi.json says what may be sent.",
        )

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"http-{error.status_code}", str(error.detail), headers=error.headers)

    del ours, malformed, plain  # they are registered


def _listed(faults: Sequence[Any]) -> str:
    """Every fault, by where it is. What was sent is not repeated: it may be long, or somebody's secret."""
    said = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults[:20]]
    return "; ".join(said) + ("" if len(faults) <= len(said) else f"; and {len(faults) - len(said)} more")
