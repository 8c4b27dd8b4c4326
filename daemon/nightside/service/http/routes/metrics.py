"""Metrics, for Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from nightside.service.http.doors import WATCHING, offered
from nightside.service.http.problems import ALWAYS

router = APIRouter(dependencies=[WATCHING], responses=ALWAYS)


@router.get("/metrics", tags=["health"], response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Everything that is counted and measured, in Prometheus's text format, or as OpenMetrics to whoever accepts that."""
    text, media_type = await offered(request).metrics.text(request.headers.get("accept", ""))
    return Response(text, headers={"content-type": media_type})
