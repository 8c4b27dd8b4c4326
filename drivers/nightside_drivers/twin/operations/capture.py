"""Operations that move the shutter."""

from nightside_drivers.twin.codes import ALL, Operation, Property, Response
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table
from nightside_drivers.twin.properties import Refusal
from nightside_drivers.twin.shutter import Target

_WITH_AUTOFOCUS = 0xFFFF_FFFE


def initiate_capture(context: Context, request: Request) -> Reply:
    """PTP's own capture; Recording Media 0xd10b says where the frame goes."""
    to_ram = context.body.properties.number(Property.RECORDING_MEDIA) == 1
    context.body.button.by_command(Target.SDRAM if to_ram else Target.CARD, autofocus=False)
    return Reply()


def capture_to_ram(context: Context, request: Request) -> Reply:
    """Nikon's first capture, without autofocus."""
    context.body.button.by_command(Target.SDRAM, autofocus=False)
    return Reply()


def focus_and_capture_to_ram(context: Context, request: Request) -> Reply:
    """Nikon's first capture, with autofocus."""
    context.body.button.by_command(Target.SDRAM, autofocus=True)
    return Reply()


def capture_to_media(context: Context, request: Request) -> Reply:
    """Nikon's second capture: first parameter, with or without autofocus; second, 0 for the card and 1 for RAM."""
    how, where = request.parameter(0), request.parameter(1)
    if how not in {0, _WITH_AUTOFOCUS, ALL} or where > 1:
        raise Refusal(Response.INVALID_PARAMETER)
    context.body.button.by_command(Target.SDRAM if where else Target.CARD, autofocus=how == _WITH_AUTOFOCUS)
    return Reply()


def terminate_capture(context: Context, request: Request) -> Reply:
    """End a bulb exposure, on bodies that can."""
    context.body.button.end_bulb()
    return Reply()


TABLE: Table = {
    Operation.INITIATE_CAPTURE: initiate_capture,
    Operation.INITIATE_CAPTURE_REC_IN_SDRAM: capture_to_ram,
    Operation.AF_CAPTURE_SDRAM: focus_and_capture_to_ram,
    Operation.INITIATE_CAPTURE_REC_IN_MEDIA: capture_to_media,
    Operation.TERMINATE_CAPTURE: terminate_capture,
}
