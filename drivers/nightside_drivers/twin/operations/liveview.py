"""Operations of live view, and of the lens while one looks through it."""

from nightside_drivers.twin.codes import Operation, Property, Response
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table
from nightside_drivers.twin.properties import Refusal

_MANUAL_FOCUS = 1
_NEARER, _FARTHER = 1, 2
_LONGEST_DRIVE = 32_767


def start_live_view(context: Context, request: Request) -> Reply:
    """Mirror up; DeviceReady says when there is something to see."""
    body = context.body
    if body.shutter.busy:
        raise Refusal(body.busy_response)
    if body.live.prohibited:
        raise Refusal(Response.INVALID_STATUS)
    body.live.start()
    return Reply()


def end_live_view(context: Context, request: Request) -> Reply:
    """Mirror down; harmless when it is down already."""
    context.body.live.end()
    return Reply()


def get_live_view_image(context: Context, request: Request) -> Reply:
    """One picture with its header."""
    _look(context)
    return Reply(data=context.body.live.picture())


def af_drive(context: Context, request: Request) -> Reply:
    """Focus once. In the dark there is nothing to focus on."""
    manual = context.body.properties.number(Property.FOCUS_MODE) == _MANUAL_FOCUS
    if context.body.shutter.busy:
        raise Refusal(context.body.busy_response)
    return Reply(Response.OK if manual or context.body.options.autofocus_finds else Response.OUT_OF_FOCUS)


def af_drive_cancel(context: Context, request: Request) -> Reply:
    """Stop focusing, if it is."""
    return Reply()


def mf_drive(context: Context, request: Request) -> Reply:
    """Move the focus by so many steps: 1 nearer, 2 farther. Only in live view, and not with the switch on M."""
    _look(context)
    direction, steps = request.parameter(0), request.parameter(1)
    if direction not in {_NEARER, _FARTHER} or not 1 <= steps <= _LONGEST_DRIVE:
        raise Refusal(Response.INVALID_PARAMETER)
    if context.body.properties.number(Property.FOCUS_MODE) == _MANUAL_FOCUS:
        raise Refusal(Response.INVALID_STATUS)
    reached = context.body.framing.focus.move(steps if direction == _FARTHER else -steps)
    return Reply(Response.OK if reached else Response.MF_DRIVE_STEP_END)


def change_af_area(context: Context, request: Request) -> Reply:
    """Where live view looks for focus, in pixels of the whole frame."""
    _look(context)
    sensor = context.body.facts.file.sensor
    if request.parameter(0) >= sensor.width_px or request.parameter(1) >= sensor.height_px:
        raise Refusal(Response.INVALID_PARAMETER)
    context.body.live.focus_at = (request.parameter(0), request.parameter(1))
    return Reply()


def _look(context: Context) -> None:
    context.body.live.watch()
    if not context.body.live.on:
        raise Refusal(Response.NOT_LIVE_VIEW)
    if not context.body.live.ready or context.body.shutter.busy:
        raise Refusal(Response.DEVICE_BUSY)


TABLE: Table = {
    Operation.START_LIVE_VIEW: start_live_view,
    Operation.END_LIVE_VIEW: end_live_view,
    Operation.GET_LIVE_VIEW_IMG: get_live_view_image,
    Operation.AF_DRIVE: af_drive,
    Operation.AF_DRIVE_CANCEL: af_drive_cancel,
    Operation.MF_DRIVE: mf_drive,
    Operation.CHANGE_AF_AREA: change_af_area,
}
